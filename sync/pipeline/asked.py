"""From what residents asked for to tasks: the bridge between intake and follow-up."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sync import changes, ids
from sync.followup.actions import Told, assign, raise_tasks
from sync.followup.queries import authors, told_before
from sync.intake.drafts import VisitDraft
from sync.intake.origin import Item, Origin
from sync.intake.parents import Parents, ewkt
from sync.intake.results import Answer, Result
from sync.intake.rules import correct
from sync.intake.wire import ProblemRecord, ProblemTold
from sync.pipeline.walk import Walk
from sync.words import FeedKind, RecordState

Where = tuple[UUID | None, UUID, UUID | None]


def take_problems(walk: Walk, known: Parents, drafts: Sequence[VisitDraft], items: Sequence[Item]) -> list[Answer]:
    """Write the problems of visits and those told outside a visit, with the tasks they cause.

    Answers for the records; a problem of a repeated visit joins the task that the first telling caused.
    """
    doubted = drafts if walk.again else [one for one in drafts if one.rev > 1]
    told_ids = [problem.id for one in doubted for problem in one.record.problems] + [item.record.id for item in items]
    stored = authors(walk.session, told_ids) if told_ids else {}
    answers, fresh = [], []
    for item in items:
        if item.record.id in stored:
            answers.append(_known_already(item, stored[item.record.id] == item.origin.person_id))
            continue
        result = Result(item.ord, "problem", item.record.id, RecordState.APPLIED, _forget(item))
        answers.append(Answer(item.origin, result))
        fresh.append(_outside(walk, known, item))
    pairs = [
        (_told(one.origin, problem, (one.record.place, one.unit_id, one.town_id), one.started.at, one.record.id), one)
        for one in drafts
        for problem in one.record.problems
        if problem.id not in stored
    ]
    fresh += [told for told, _ in pairs]
    _choose_tasks(walk, fresh, {told.id: one.repeat_of for told, one in pairs if one.repeat_of})
    assign(walk.session, fresh, walk.policy.followup, walk.now)
    touched = raise_tasks(walk.session, fresh, walk.now, walk.policy.version)
    changes.touched(walk.session, FeedKind.TASK, touched)
    return answers


def _known_already(item: Item, own: bool) -> Answer:
    state, facts = RecordState.DUPLICATE, dict[str, Any](of=item.record.id) | _forget(item)
    if not own:
        state, facts = RecordState.QUARANTINED, {"reason": "id-taken", "pointer": "/id"}
    return Answer(item.origin, Result(item.ord, "problem", item.record.id, state, facts))


def _forget(item: Item) -> dict[str, Any]:
    """A sealed matter that is stored is forgotten by its phone (Restraint)."""
    return {"forget": True} if isinstance(item.record, ProblemRecord) and item.record.sealed else {}


def _outside(walk: Walk, known: Parents, item: Item) -> Told:
    record, origin = item.record, item.origin
    assert isinstance(record, ProblemRecord)
    unit, town = known.whereabouts(origin, record.place, record.unit)
    assert unit is not None, "the holder of a device has a unit"
    moment = record.told
    at = correct(moment.wall, moment.elapsed_ms, moment.boot_id, origin.sent, walk.policy.push).at
    return _told(origin, record, (record.place, unit, town), at, None)


def _told(origin: Origin, problem: ProblemTold, where: Where, at: datetime, visit: UUID | None) -> Told:
    place, unit, town = where
    sealed = problem.sealed
    return Told(
        id=problem.id,
        reporter_id=origin.person_id,
        device_id=origin.device_id,
        visit_id=visit,
        place_id=place,
        unit_id=unit,
        town_id=town,
        told_at=at,
        category=problem.category,
        urgency=problem.urgency,
        text=problem.text,
        wish=problem.wish,
        read_back=problem.read_back,
        confidential=problem.confidential,
        sealed_kind=sealed.kind if sealed else None,
        sealed_key_id=sealed.key_id if sealed else None,
        cipher=sealed.cipher if sealed else None,
        solved_on_spot=problem.solved_on_spot,
        position=ewkt(problem.position),
    )


def _choose_tasks(walk: Walk, fresh: Sequence[Told], repeated: dict[UUID, UUID]) -> None:
    """A task for each problem that was not solved on the spot; a repeat joins the task of its first telling."""
    before = told_before(walk.session, set(repeated.values()))
    for told in sorted(fresh, key=lambda one: one.id in repeated):
        if told.solved_on_spot:
            continue
        if told.id in repeated:
            told.task_id = before.get((repeated[told.id], told.category, told.text))
        if told.task_id is None:
            told.task_id, told.causes_task = ids.uuid7(), True
        if told.visit_id is not None:
            before.setdefault((told.visit_id, told.category, told.text), told.task_id)
