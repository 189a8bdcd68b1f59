"""The kinds of records: who may tell each, when it was, which step takes it. The only list of them beside the wire."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import text

from sync import db, errands
from sync.intake.origin import Item, Origin
from sync.intake.parents import Parents, resolve, told_of
from sync.intake.parse import ERASED
from sync.intake.results import Answer
from sync.intake.rules import correct
from sync.intake.wire import VisitRecord
from sync.intake.wire_basics import Moment
from sync.pipeline.absences import take_absences
from sync.pipeline.company import take_co_visits
from sync.pipeline.duties import take_excuses
from sync.pipeline.editing import take_edits
from sync.pipeline.life import take_life_events
from sync.pipeline.promises import take_kept
from sync.pipeline.records import take_told
from sync.pipeline.refusing import answer, hold
from sync.pipeline.said import take_statements
from sync.pipeline.walk import Walk
from sync.points import reach
from sync.words import Job, RecordKind, RecordState

Step = Callable[[Walk, Parents, Sequence[Item]], list[Answer]]


def _anybody(origin: Origin) -> bool:
    return bool(origin.roles)


def _visiting(origin: Origin) -> bool:
    return origin.may_visit


class Kind(NamedTuple):
    """How records of one kind walk: who may hand them in, the field that says when, the step that applies and
    answers all of them at once."""

    may: Callable[[Origin], bool]
    moment: str
    step: Step


# In the order of the steps: what is said of a visit comes after the visits of the same set.
KINDS = {
    RecordKind.VISIT: Kind(_visiting, "started", take_told),
    RecordKind.PROBLEM: Kind(_anybody, "told", take_told),
    RecordKind.CO_VISIT: Kind(_visiting, "said", take_co_visits),
    RecordKind.ANSWER: Kind(_visiting, "said", take_statements),
    RecordKind.ATTESTATION: Kind(_visiting, "said", take_statements),
    RecordKind.OBLIGATION_EXCUSE: Kind(_visiting, "said", take_excuses),
    RecordKind.LIFE_EVENT: Kind(_anybody, "told", take_life_events),
    RecordKind.COMMITMENT_KEPT: Kind(_visiting, "said", take_kept),
    RecordKind.ABSENCE: Kind(_visiting, "said", take_absences),
    RecordKind.PLACE_EDIT: Kind(_visiting, "said", take_edits),
}


def apply_records(walk: Walk, items: Sequence[Item]) -> list[Answer]:
    """Apply understood records in one set; one answer for each. Raises IntegrityError when a race was lost."""
    known = resolve(walk.session, items, walk.now)
    reach("resolved")
    answers: list[Answer] = []
    ready: dict[Step, list[Item]] = {kind.step: [] for kind in KINDS.values()}
    for item in items:
        refusal = _refusal(walk, item, known)
        if refusal:
            answers.append(refusal)
        else:
            ready[KINDS[item.kind].step].append(item)
    for step, taken in ready.items():
        if taken or step is take_told:
            answers += step(walk, known, taken)
    _wake_waiting(walk, known, ready[take_told])
    return answers


def _refusal(walk: Walk, item: Item, known: Parents) -> Answer | None:
    """Why a record is not applied now, or None."""
    record, origin, kind = item.record, item.origin, KINDS[item.kind]
    if known.erased & told_of(record) or record.id in known.purged:
        return answer(item, RecordState.REJECTED, reason=ERASED, forget=True)
    if not kind.may(origin):
        return answer(item, RecordState.UNPERMITTED, reason="no role that visits")
    missing = known.missing(record)
    if missing is not None and not origin.late:
        return hold(walk, item, missing)
    moment: Moment = getattr(record, kind.moment)
    at = correct(moment.wall, moment.elapsed_ms, moment.boot_id, origin.sent, walk.policy.push).at
    earliest = walk.now - timedelta(days=walk.policy.push.past_days_max)
    if not earliest <= at <= walk.now + timedelta(days=1):
        return answer(item, RecordState.QUARANTINED, reason="absurd-date", pointer=f"/{kind.moment}/wall")
    return None


def _wake_waiting(walk: Walk, known: Parents, told: Sequence[Item]) -> None:
    """Batches that were held for a place or a visit of this set are owed another try."""
    visits = [item.record for item in told if isinstance(item.record, VisitRecord)]
    came = [*known.found, *(visit.id for visit in visits)]
    came += [promise.id for visit in visits for promise in visit.commitments]
    if not came:
        return
    rows = walk.session.execute(
        text("SELECT DISTINCT device_id, batch_id FROM waiting_record WHERE waits_for = ANY(:ids)"),
        {"ids": db.pg_uuids(came)},
    )
    for device_id, batch_id in rows:
        subject = f"{device_id}/{batch_id}"
        errands.owe(walk.session, Job.APPLY_BATCH, subject, dedupe_key=f"again:{subject}")
