"""Batches as a whole: opened, read, applied as one set of records, settled."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from sync import changes, clock, errands
from sync.identity.numbers import Numbers
from sync.intake import parse, results
from sync.intake.origin import Item, Origin
from sync.intake.results import Answer, Opened, Result
from sync.intake.rules import SentClock
from sync.intake.wire import kind_of
from sync.pipeline.kinds import apply_records
from sync.pipeline.walk import Walk
from sync.points import reach
from sync.policy import Policy
from sync.words import BatchState, FeedKind, Job, RecordState

# What a record may wait for: tables.
PARENTS = ("visit", "place", "contact", "question", "unit", "person", "programme", "commitment", "absence")


class Part(NamedTuple):
    """A batch to apply, or its records lo <= ord < hi of `span`."""

    device_id: UUID
    batch_id: UUID
    span: tuple[int, int] | None = None


class Read(NamedTuple):
    """A batch that was opened and could be read."""

    batch: Opened
    parsed: parse.ParsedBatch
    origin: Origin


def apply_batches(session: Session, policy: Policy, parts: Sequence[Part], numbers: Numbers | None = None) -> None:
    """Turn stored batches into visits, verdicts, problems and tasks, and write what their phones may ask for.
    `numbers` seals the telephone numbers in them; without it they are kept aside.

    All are applied as one set, so that many small batches cost hardly more statements than one; batches of one phone
    follow each other, because a later one may tell more about what an earlier one began. Running it again is harmless:
    records that are settled stay as they are, the others are tried again.
    """
    left = list(parts)
    while left:
        firsts = {part.device_id: part for part in reversed(left)}
        left = [part for part in left if firsts[part.device_id] is not part]
        _apply_round(session, policy, list(firsts.values()), numbers or Numbers(""))


def _apply_round(session: Session, policy: Policy, parts: Sequence[Part], numbers: Numbers) -> None:
    walk = Walk(session, policy, clock.now(), clock.today(), numbers=numbers)
    spans = {(part.device_id, part.batch_id): part.span for part in parts}
    read = _read(walk, list(spans))
    settled: dict[Origin, list[Result]] = {one.origin: [] for one in read}
    items = []
    for batch, parsed, origin in read:
        low, high = spans[batch.device_id, batch.id] or (0, len(parsed.records))
        assert batch.results is not None
        for one in parsed.records[low:high]:
            if batch.results[one.ord]["state"] not in results.OPEN:
                continue
            if isinstance(one, parse.Parsed):
                items.append(Item(origin, one.ord, one.record, one.sha256))
            else:
                settled[origin].append(_unread(one))
    for answer in _apply_set(walk, items):
        settled[answer.origin].append(answer.result)
    reach("applied")
    results.save(session, [_settle(walk, one, settled[one.origin]) for one in read])
    reach("settled")


def count_records(session: Session, policy: Policy, device_id: UUID, batch_id: UUID) -> int:
    """How many records a batch has; 0 if it cannot be read."""
    read = _read(Walk(session, policy, clock.now(), clock.today()), [(device_id, batch_id)])
    return len(read[0].parsed.records) if read else 0


def quarantine_record(
    session: Session, policy: Policy, device_id: UUID, batch_id: UUID, ord_: int, reason: str
) -> None:
    """Put one record aside that no attempt could apply; its neighbours are applied without it (D1.6)."""
    walk = Walk(session, policy, clock.now(), clock.today())
    for read in _read(walk, [(device_id, batch_id)]):
        one = read.parsed.records[ord_]
        result = Result(ord_, _kind(one), _id(one), RecordState.QUARANTINED, {"reason": reason})
        results.save(session, [_settle(walk, read, [result])])


def release_waiting(session: Session) -> None:
    """Owe another try to batches with records held past their time, or parked for what this server knows by now, or
    that wait for something that came in the same moment as they did."""
    rows = session.execute(
        text(
            "SELECT device_id, batch_id FROM waiting_record"
            " WHERE state = 'held' AND until < :now OR state = 'parked' AND kind = ANY(:kinds)"
            " UNION SELECT w.device_id, w.batch_id FROM waiting_record w WHERE w.waits_for IS NOT NULL AND ("
            + " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE id = w.waits_for)" for table in PARENTS)
            + ") UNION SELECT device_id, id FROM batch WHERE state = 'parked' AND schema <= :schema"
        ),
        {"now": clock.now(), "kinds": list(parse.BUILT), "schema": parse.SCHEMA},
    )
    for device_id, batch_id in rows:
        owe_again(session, device_id, batch_id)


def owe_again(session: Session, device_id: UUID, batch_id: UUID) -> None:
    """Owe another try at a batch; settled records stay as they are."""
    subject = f"{device_id}/{batch_id}"
    errands.owe(session, Job.APPLY_BATCH, subject, dedupe_key=f"again:{subject}", priority=6)


def _read(walk: Walk, keys: Sequence[tuple[UUID, UUID]]) -> list[Read]:
    """Open and parse batches; one that cannot be read is answered and left out."""
    read, unread = [], []
    for batch in results.open_batches(walk.session, keys):
        if batch.body is None or batch.encoding is None:
            continue
        reach("opened")
        changes.touched(walk.session, FeedKind.BATCH, [batch.id])
        parsed = parse.parse_body(batch.body, batch.encoding, batch.id, walk.policy.push)
        reach("parsed")
        if isinstance(parsed, parse.Newer):
            unread.append(results.row(batch, BatchState.PARKED, walk.now, schema=parsed.schema))
        elif isinstance(parsed, parse.Unreadable):
            unread.append(results.row(batch, BatchState.QUARANTINED, walk.now, note=parsed.reason))
        else:
            if batch.results is None:
                batch.results = [
                    Result(one.ord, _kind(one), _id(one), RecordState.PENDING).as_json() for one in parsed.records
                ]
            read.append(Read(batch, parsed, _origin(walk, batch, parsed)))
    results.save(walk.session, unread)
    return read


def _origin(walk: Walk, batch: Opened, parsed: parse.ParsedBatch) -> Origin:
    told = parsed.sent
    return Origin(
        device_id=batch.device_id,
        batch_id=batch.id,
        person_id=batch.person_id,
        roles=batch.roles,
        received_at=batch.received_at,
        sent=batch.sent or SentClock(told.at, told.elapsed_ms, told.boot_id, batch.received_at),
        late=walk.now > batch.received_at + timedelta(days=walk.policy.push.held_days),
    )


def _settle(walk: Walk, read: Read, settled: Sequence[Result]) -> dict[str, Any]:
    """The batch's answers with these results in their places, as a row to save."""
    batch, parsed, _ = read
    answers = batch.results
    assert answers is not None
    for result in settled:
        answers[result.ord] = result.as_json()
    results.set_waiting(walk.session, batch, settled, walk.now)
    if any(result.facts.get("reason") == parse.ERASED for result in settled):
        subject = f"{batch.device_id}/{batch.id}"
        errands.owe(walk.session, Job.BLANK_ERASED, subject, dedupe_key=f"blank/{subject}", priority=6)
    pending = any(answer["state"] == RecordState.PENDING.value for answer in answers)
    state = BatchState.RECEIVED if pending else BatchState.DONE
    return results.row(batch, state, walk.now, schema=parsed.schema, seq=parsed.device_seq)


def _apply_set(walk: Walk, items: Sequence[Item], again: bool = False) -> list[Answer]:
    """All records as one set; if the database refuses, once more with a fresh look (a race was lost), then in
    halves until the culprit stands alone and is quarantined (D1.5)."""
    if not items:
        return []
    try:
        with walk.session.begin_nested():
            return apply_records(replace(walk, again=again), items)
    except (IntegrityError, DataError) as error:
        if not again:
            return _apply_set(walk, items, again=True)
        if len(items) == 1:
            [one], reason = items, str(error.orig).splitlines()[0][:300]
            result = Result(one.ord, one.kind.value, one.record.id, RecordState.QUARANTINED, {"reason": reason})
            return [Answer(one.origin, result)]
        middle = len(items) // 2
        return _apply_set(walk, items[:middle]) + _apply_set(walk, items[middle:])


def _unread(one: parse.Later | parse.Bad) -> Result:
    if isinstance(one, parse.Later):
        return Result(one.ord, one.kind, one.id, RecordState.PARKED)
    state = RecordState.REJECTED if one.rejected else RecordState.QUARANTINED
    facts: dict[str, Any] = {"reason": one.reason} | ({"pointer": one.pointer} if one.pointer else {})
    if one.reason == parse.ERASED:
        facts["forget"] = True
    return Result(one.ord, one.kind, one.id, state, facts)


def _kind(one: parse.Parsed | parse.Later | parse.Bad) -> str:
    return kind_of(one.record).value if isinstance(one, parse.Parsed) else one.kind


def _id(one: parse.Parsed | parse.Later | parse.Bad) -> UUID | None:
    return one.record.id if isinstance(one, parse.Parsed) else one.id
