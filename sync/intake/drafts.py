"""A visit on its way from a phone's record to rows: what each stage adds is a field of the draft."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from sync.intake.rules import TrueTime
from sync.intake.wire import ProblemTold, VisitRecord
from sync.words import Reason, Verdict


class Existing(NamedTuple):
    """What the database already has under a visit's id."""

    author_id: UUID
    place_id: UUID
    rev: int
    hashes: frozenset[bytes]
    started_at: datetime


@dataclass(slots=True)
class VisitDraft:
    """One visit record with what the stages found out about it."""

    ord: int
    record: VisitRecord
    sha256: bytes
    started: TrueTime
    ended: TrueTime
    recorder_id: UUID
    parties: list[UUID]
    unit_id: UUID
    town_id: UUID | None
    fix_times: list[float]
    fixes_hash: bytes | None
    answers_hash: bytes | None
    flags: list[Reason] = field(default_factory=list)
    rev: int = 1
    verdict: Verdict = Verdict.UNVERIFIABLE
    reasons: str = "[]"
    numbers: str = "{}"
    point: str | None = None
    repeat_of: UUID | None = None
    repeat_method: str = ""


@dataclass(slots=True)
class ProblemDraft:
    """One problem with where and when it was told."""

    told: ProblemTold
    visit_id: UUID | None
    place_id: UUID | None
    unit_id: UUID
    town_id: UUID | None
    told_at: datetime


def fix_times(record: VisitRecord, started: TrueTime) -> list[float]:
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


def hash_of(parts: list[msgspec.Struct]) -> bytes | None:
    """A hash by which equal series are found (L2); None for nothing."""
    return hashlib.sha256(msgspec.json.encode(parts)).digest()[:16] if parts else None
