"""A batch as a whole: opened, read, applied record set by record set, settled."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from sync import changes, clock, errands
from sync.intake import parse, results
from sync.intake.results import Result
from sync.intake.rules import SentClock
from sync.intake.wire import VisitRecord
from sync.pipeline.records import apply_records
from sync.pipeline.walk import Walk
from sync.points import reach
from sync.policy import Policy
from sync.words import BatchState, FeedKind, Job, RecordState


def apply_batch(
    session: Session, policy: Policy, device_id: UUID, batch_id: UUID, span: tuple[int, int] | None = None
) -> int:
    """Turn a stored batch into visits, verdicts, problems and tasks, and write what the phone may ask for.

    Running it again is harmless: records that are settled stay as they are, the others are tried again. `span`
    limits it to records lo <= ord < hi. Answers how many records the batch has (0 if it cannot be read).
    """
    opened = _open(session, policy, device_id, batch_id)
    if opened is None:
        return 0
    walk, parsed = opened
    low, high = span or (0, len(parsed.records))
    assert walk.batch.results is not None
    todo = [one for one in parsed.records[low:high] if walk.batch.results[one.ord]["state"] in results.OPEN]
    settled = [_unread(one) for one in todo if not isinstance(one, parse.Parsed)]
    settled += _apply_set(walk, [one for one in todo if isinstance(one, parse.Parsed)])
    reach("applied")
    _settle(walk, parsed, settled)
    reach("settled")
    return len(parsed.records)


def count_records(session: Session, policy: Policy, device_id: UUID, batch_id: UUID) -> int:
    """How many records a batch has; 0 if it cannot be read."""
    opened = _open(session, policy, device_id, batch_id)
    return 0 if opened is None else len(opened[1].records)


def quarantine_record(
    session: Session, policy: Policy, device_id: UUID, batch_id: UUID, ord_: int, reason: str
) -> None:
    """Put one record aside that no attempt could apply; its neighbours are applied without it (D1.6)."""
    opened = _open(session, policy, device_id, batch_id)
    if opened is not None:
        walk, parsed = opened
        one = parsed.records[ord_]
        _settle(walk, parsed, [Result(ord_, _kind(one), _id(one), RecordState.QUARANTINED, {"reason": reason})])


def release_waiting(session: Session) -> None:
    """Owe another try to batches with records held past their time, or parked for what this server knows by now."""
    rows = session.execute(
        text(
            "SELECT DISTINCT device_id, batch_id FROM waiting_record"
            " WHERE state = 'held' AND until < :now OR state = 'parked' AND kind = ANY(:kinds)"
            " UNION SELECT device_id, id FROM batch WHERE state = 'parked' AND schema <= :schema"
        ),
        {"now": clock.now(), "kinds": list(parse.BUILT), "schema": parse.SCHEMA},
    )
    for device_id, batch_id in rows:
        owe_again(session, device_id, batch_id)


def owe_again(session: Session, device_id: UUID, batch_id: UUID) -> None:
    """Owe another try at a batch; settled records stay as they are."""
    subject = f"{device_id}/{batch_id}"
    errands.owe(session, Job.APPLY_BATCH, subject, dedupe_key=f"again:{subject}", priority=6)


def _open(session: Session, policy: Policy, device_id: UUID, batch_id: UUID) -> tuple[Walk, parse.ParsedBatch] | None:
    batch = results.open_batch(session, device_id, batch_id)
    if batch is None or batch.body is None or batch.encoding is None:
        return None
    reach("opened")
    now = clock.now()
    changes.touched(session, FeedKind.BATCH, [batch.id])
    parsed = parse.parse_body(batch.body, batch.encoding, batch.id, policy.push)
    reach("parsed")
    if isinstance(parsed, parse.Newer):
        results.save(session, batch, BatchState.PARKED, now, schema=parsed.schema)
        return None
    if isinstance(parsed, parse.Unreadable):
        results.save(session, batch, BatchState.QUARANTINED, now, note=parsed.reason)
        return None
    if batch.results is None:
        batch.results = [Result(one.ord, _kind(one), _id(one), RecordState.PENDING).as_json() for one in parsed.records]
    sent = batch.sent or SentClock(parsed.sent.at, parsed.sent.elapsed_ms, parsed.sent.boot_id, batch.received_at)
    late = now > batch.received_at + timedelta(days=policy.push.held_days)
    return Walk(session, policy, batch, sent, now, clock.today(), late), parsed


def _settle(walk: Walk, parsed: parse.ParsedBatch, settled: Sequence[Result]) -> None:
    answers = walk.batch.results
    assert answers is not None
    for result in settled:
        answers[result.ord] = result.as_json()
    results.set_waiting(walk.session, walk.batch, settled, walk.now)
    pending = any(answer["state"] == RecordState.PENDING.value for answer in answers)
    results.save(
        walk.session,
        walk.batch,
        BatchState.RECEIVED if pending else BatchState.DONE,
        walk.now,
        schema=parsed.schema,
        seq=parsed.device_seq,
    )


def _apply_set(walk: Walk, records: Sequence[parse.Parsed], again: bool = False) -> list[Result]:
    """All records as one set; if the database refuses, once more with a fresh look (a race was lost), then in
    halves until the culprit stands alone and is quarantined (D1.5)."""
    if not records:
        return []
    try:
        with walk.session.begin_nested():
            return apply_records(replace(walk, again=again), records)
    except (IntegrityError, DataError) as error:
        if not again:
            return _apply_set(walk, records, again=True)
        if len(records) == 1:
            reason = str(error.orig).splitlines()[0][:300]
            one = records[0]
            return [Result(one.ord, _kind(one), _id(one), RecordState.QUARANTINED, {"reason": reason})]
        middle = len(records) // 2
        return _apply_set(walk, records[:middle]) + _apply_set(walk, records[middle:])


def _unread(one: parse.Later | parse.Bad) -> Result:
    if isinstance(one, parse.Later):
        return Result(one.ord, one.kind, one.id, RecordState.PARKED)
    state = RecordState.REJECTED if one.rejected else RecordState.QUARANTINED
    facts = {"reason": one.reason} | ({"pointer": one.pointer} if one.pointer else {})
    return Result(one.ord, one.kind, one.id, state, facts)


def _kind(one: parse.Parsed | parse.Later | parse.Bad) -> str:
    if not isinstance(one, parse.Parsed):
        return one.kind
    return "visit" if isinstance(one.record, VisitRecord) else "problem"


def _id(one: parse.Parsed | parse.Later | parse.Bad) -> UUID | None:
    return one.record.id if isinstance(one, parse.Parsed) else one.id
