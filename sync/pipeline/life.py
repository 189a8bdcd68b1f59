"""What happened in homes: from records and visits to tellings, and the contact that each event owes."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sync import changes, clock
from sync.duty.life import events
from sync.duty.life.due import due_times
from sync.duty.life.events import Told
from sync.duty.life.rules import QUIET, is_absurd
from sync.duty.owing import Owed, owe_contacts
from sync.intake.drafts import VisitDraft
from sync.intake.origin import Item
from sync.intake.parents import Parents
from sync.intake.results import Answer
from sync.intake.rules import correct
from sync.intake.wire_life import LifeEventRecord, LifeEventSeen
from sync.pipeline.refusing import answer, hold_or_keep
from sync.pipeline.walk import Walk
from sync.words import FeedKind, OwedFor, RecordState


class Fresh(NamedTuple):
    """A telling that is not kept yet; contact since `since` meets what it owes."""

    told: Told
    since: datetime


def take_life_events(walk: Walk, known: Parents, items: Sequence[Item]) -> list[Answer]:
    """Tellings of reporters and cadres. Told of before: kept beside the first one, and answered with its id."""
    kept = events.known(walk.session, [item.record.id for item in items])
    answers: list[Answer] = []
    fresh: list[tuple[Item, Fresh]] = []
    for item in sorted(items, key=lambda one: (one.origin.received_at, one.ord)):
        record = item.record
        assert isinstance(record, LifeEventRecord)
        place = record.place or known.houses.get(record.id)
        if record.id in kept:
            answers.append(_known_already(item, kept[record.id]))
        elif place is None or place not in known.places:
            parent = record.place or record.unit
            assert parent is not None, "a house without a unit is told in the teller's own"
            answers.append(hold_or_keep(walk, item, parent))
        else:
            one = _fresh(walk, known, item, record, place)
            if is_absurd(one.told.happened_on, _day(one.told.told_at), walk.policy.life.past_days):
                answers.append(answer(item, RecordState.QUARANTINED, reason="absurd-date", pointer="/happened_on"))
            else:
                fresh.append((item, one))
                kept[record.id] = events.Known(one.told.told_by, None)
    same = _keep(walk, known, [one for _, one in fresh])
    for item, one in fresh:
        first = same.get(one.told.id)
        answers.append(answer(item, RecordState.DUPLICATE, of=first) if first else answer(item, RecordState.APPLIED))
    return answers


def note_life_events(walk: Walk, known: Parents, drafts: Sequence[VisitDraft]) -> None:
    """What visits noticed, in their own home or in another; a slip in the day never sinks a visit.

    To be called when the visits are stored: the visit itself may be the contact that is owed.
    """
    seen = {one.id: (draft, one) for draft in drafts for one in draft.record.life_events}
    if not seen:
        return
    doubted = walk.again or any(draft.rev > 1 for draft in drafts)
    kept = {*events.known(walk.session, seen), *events.let_go(walk.session, seen)} if doubted else set()
    _keep(walk, known, [_noticed(walk, known, *pair) for id_, pair in seen.items() if id_ not in kept])


def _keep(walk: Walk, known: Parents, fresh: Sequence[Fresh]) -> dict[UUID, UUID]:
    """Keep tellings; what they owe, and who is told. Answers which told of a known event, with the first telling."""
    same = events.write(walk.session, [one.told for one in fresh], walk.policy.life, walk.now)
    due = due_times(walk.session, {one.told.event for one in fresh}, walk.policy.duty, walk.now)
    owed = [
        Owed(
            place_id=one.told.door, origin=OwedFor.LIFE_EVENT, opens_at=min(one.since, walk.now),
            due_at=due[one.told.event].at, life_event_id=one.told.id, provisional=due[one.told.event].provisional,
        )
        for one in fresh
        if one.told.id not in same and one.told.place_id in known.places
    ]  # fmt: skip
    owe_contacts(walk.session, walk.policy, owed)
    changes.touched(walk.session, FeedKind.LIFE_EVENT, [same.get(one.told.id, one.told.id) for one in fresh])
    changes.touched(walk.session, FeedKind.PLACE, [one.told.door for one in fresh if one.told.event in QUIET])
    return same


def _known_already(item: Item, kept: events.Known) -> Answer:
    """The id is there: a repeat if it is the author's own, taken if it is another's."""
    if kept.told_by != item.origin.person_id:
        return answer(item, RecordState.QUARANTINED, reason="id-taken", pointer="/id")
    return answer(item, RecordState.DUPLICATE, of=kept.same_as_id or item.record.id)


def _fresh(walk: Walk, known: Parents, item: Item, record: LifeEventRecord, place: UUID) -> Fresh:
    moment, origin = record.told, item.origin
    at = correct(moment.wall, moment.elapsed_ms, moment.boot_id, origin.sent, walk.policy.push).at
    unit, town = known.whereabouts(origin, place)
    assert unit is not None, "the place is known"
    told = Told(
        record.id, place, known.root(place), unit, town, record.event, record.happened_on or _day(at),
        origin.person_id, at, origin.device_id, origin.batch_id, None,
    )  # fmt: skip
    return Fresh(told, clock.midnight(record.happened_on) if record.happened_on else at)


def _noticed(walk: Walk, known: Parents, draft: VisitDraft, seen: LifeEventSeen) -> Fresh:
    at, origin, place = draft.started.at, draft.origin, seen.place or draft.record.place
    on = seen.happened_on or _day(at)
    if is_absurd(on, _day(at), walk.policy.life.past_days):
        on = _day(at)
    unit, town = known.whereabouts(origin, place)
    if place not in known.places:
        unit, town = draft.unit_id, draft.town_id
    assert unit is not None, "the home is known, or the visit's unit stands for it"
    told = Told(
        seen.id, place, known.root(place), unit, town, seen.event, on, draft.recorder_id, at, origin.device_id,
        origin.batch_id, draft.record.id,
    )  # fmt: skip
    return Fresh(told, min(at, clock.midnight(on)) if seen.happened_on else at)


def _day(at: datetime) -> date:
    return clock.local(at).date()
