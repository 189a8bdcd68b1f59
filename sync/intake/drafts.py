"""A visit on its way from a phone's record to rows: what each stage adds is a field of the draft."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from sync.intake.origin import Item, Origin
from sync.intake.parents import Parents
from sync.intake.rules import TrueTime, correct
from sync.intake.wire import VisitRecord
from sync.policy import Push
from sync.words import Reason, Recorded, Verdict


class Existing(NamedTuple):
    """What the database already has under a visit's id."""

    author_id: UUID
    place_id: UUID
    rev: int
    hashes: frozenset[bytes]
    started_at: datetime


class FixColumns(NamedTuple):
    """The fixes of one visit as the table `trace` keeps them: columns of equal length, words by their first letter."""

    at: list[float]
    lon: list[float]
    lat: list[float]
    accuracy_m: list[float | None]
    provider: str
    datum: str
    mock: str


@dataclass(slots=True)
class VisitDraft:
    """One visit record with what the stages found out about it."""

    origin: Origin
    ord: int
    record: VisitRecord
    sha256: bytes
    started: TrueTime
    ended: TrueTime
    recorder_id: UUID
    parties: list[UUID]
    unit_id: UUID
    town_id: UUID | None
    fixes: FixColumns
    fixes_hash: bytes | None
    answers_hash: bytes | None
    flags: list[Reason] = field(default_factory=list)
    rev: int = 1
    verdict: Verdict = Verdict.UNVERIFIABLE
    reasons: str = "[]"
    numbers: str = "{}"
    point: str | None = None
    repeat_of: UUID | None = None
    review: bool = False  # a revision that changes place or times: a person looks at it


def draft(item: Item, record: VisitRecord, known: Parents, policy: Push) -> VisitDraft:
    """A visit with its times corrected and its people named. Its parents exist, or it goes on without them."""
    origin, sent = item.origin, item.origin.sent
    started = correct(record.started.wall, record.started.elapsed_ms, record.started.boot_id, sent, policy)
    ended = correct(record.ended.wall, record.ended.elapsed_ms, record.ended.boot_id, sent, policy)
    unit_id, town_id = known.whereabouts(origin, record.place)
    assert unit_id is not None, "the holder of a device has a unit"
    recorder = record.recorder or origin.person_id
    flags = list(dict.fromkeys((*started.flags, *ended.flags)))
    if record.recorded is Recorded.AFTERWARDS:
        flags.append(Reason.RECORDED_AFTERWARDS)
    if known.missing(record):
        flags.append(Reason.PARENT_UNKNOWN)
    return VisitDraft(
        origin=origin,
        ord=item.ord,
        record=record,
        sha256=item.sha256,
        started=started,
        ended=ended if ended.at >= started.at else started,
        recorder_id=recorder,
        parties=list(dict.fromkeys([*record.visitors, recorder] if not record.visitors else record.visitors)),
        unit_id=unit_id,
        town_id=town_id,
        fixes=_columns(record, started),
        fixes_hash=hash_of(record.fixes),
        answers_hash=hash_of(record.answers),
        flags=flags,
    )


def _columns(record: VisitRecord, started: TrueTime) -> FixColumns:
    fixes = record.fixes
    return FixColumns(
        _times(record, started),
        [fix.lon for fix in fixes],
        [fix.lat for fix in fixes],
        [fix.accuracy_m for fix in fixes],
        "".join([fix.provider[0] for fix in fixes]),
        "".join([fix.datum[0] for fix in fixes]),
        "".join(["1" if fix.mock else "0" for fix in fixes]),
    )


def _times(record: VisitRecord, started: TrueTime) -> list[float]:
    """Corrected times of the fixes in Unix seconds: by the monotonic clock where both have one, else by the
    shift that the visit's start was corrected by."""
    anchor = started.at.timestamp()
    shift = anchor - record.started.wall.timestamp()
    elapsed = record.started.elapsed_ms
    if elapsed is None:
        return [fix.at.timestamp() + shift for fix in record.fixes]
    return [
        fix.at.timestamp() + shift if fix.elapsed_ms is None else anchor + (fix.elapsed_ms - elapsed) / 1000
        for fix in record.fixes
    ]


def hash_of(parts: Sequence[msgspec.Struct]) -> bytes | None:
    """A hash by which equal series are found (L2); None for nothing."""
    return hashlib.sha256(msgspec.json.encode(parts)).digest()[:16] if parts else None
