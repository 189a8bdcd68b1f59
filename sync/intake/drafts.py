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
from sync.intake.rules import SentClock, TrueTime, correct, moved
from sync.intake.wire import VisitRecord
from sync.intake.wire_basics import Moment
from sync.policy import Push
from sync.words import Provider, Reason, Recorded, Verdict

OWN_CLOCK_S = 60.0


class Existing(NamedTuple):
    """What the database already has under a visit's id; `door` is what its place stands for by now."""

    author_id: UUID
    door: UUID
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
    spot: int | None = None  # key of the exact coordinates of its best satellite fix
    policy_version: str = ""
    cell: int = -1  # Morton code of the point's cell
    repeat_of: UUID | None = None
    joint_with: UUID | None = None
    review: bool = False  # a revision that changes place or times: a person looks at it

    @property
    def is_lent(self) -> bool:
        """Whether another wrote it than the one to whom the phone belongs."""
        return self.recorder_id != self.origin.person_id


def draft(item: Item, record: VisitRecord, known: Parents, policy: Push) -> VisitDraft:
    """A visit with its times corrected and its people named. Its parents exist, or it goes on without them."""
    origin, sent = item.origin, item.origin.sent
    ahead_s = by_satellite(record)
    started, ended = (_true(one, ahead_s, sent, policy) for one in (record.started, record.ended))
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


def by_satellite(record: VisitRecord) -> float | None:
    """Seconds by which the satellites' time is ahead of the phone's clock, where fixes are a witness of their own.

    The monotonic clock tells how long after the start a fix was taken. Browsers stamp fixes with the phone's clock: a
    time that agrees with it to a minute says nothing new, and the wire does not tell the two apart.
    """
    began = record.started
    if began.elapsed_ms is None:
        return None
    ahead = sorted(
        (fix.at - began.wall).total_seconds() - (fix.elapsed_ms - began.elapsed_ms) / 1000
        for fix in record.fixes
        if fix.provider is Provider.GPS and fix.elapsed_ms is not None and not fix.mock
    )
    middle = ahead[len(ahead) // 2] if ahead else 0.0
    return middle if abs(middle) > OWN_CLOCK_S else None


def _true(moment: Moment, ahead_s: float | None, sent: SentClock, policy: Push) -> TrueTime:
    seen_at = None if ahead_s is None else moved(moment.wall, ahead_s)
    return correct(moment.wall, moment.elapsed_ms, moment.boot_id, sent, policy, seen_at)


def _as_real(value: float | None) -> float | None:
    """A number that the column of four bytes holds; None where it does not, which no accuracy in metres is."""
    return None if value is None or (value != 0.0 and not 1e-30 <= abs(value) <= 1e30) else value


def _columns(record: VisitRecord, started: TrueTime) -> FixColumns:
    fixes = record.fixes
    return FixColumns(
        _times(record, started),
        [fix.lon for fix in fixes],
        [fix.lat for fix in fixes],
        [_as_real(fix.accuracy_m) for fix in fixes],
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
