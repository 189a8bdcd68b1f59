"""Dated overrides of the policy per unit, resolved down the tree: what a visit is judged by at its unit on its day.

A visit keeps to the rules of the day it was held on, so that judging it again later gives the same verdict.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import audit, clock, db, ids
from sync.errors import refuse
from sync.policy import Evidence, Policy, Verify
from sync.sections import Section
from sync.words import EvidenceMode

SECTIONS: dict[str, type[Section]] = {"verify": Verify, "evidence": Evidence}
# Times of jobs, sizes of chunks and what is stored alike for all: not a unit's to choose.
WHOLE = frozenset({
    "verify.rejudge_chunk", "verify.learn_every_s", "verify.votes_every_s", "verify.point_decimals",
    "verify.datum_votes", "verify.datum_places", "verify.datum_share", "verify.datum_groups", "evidence.asked_days_max",
    "evidence.location_days", "evidence.photos_days", "evidence.location_purpose", "evidence.photos_purpose",
})  # fmt: skip
MODES = ("evidence.location", "evidence.photos")


@dataclass(frozen=True, slots=True)
class UnitPolicy:
    """What holds at a unit on a day; `version` tells the base and every override, and is kept with the verdict."""

    version: str
    verify: Verify
    evidence: Evidence

    @property
    def takes_location(self) -> bool:
        """Whether fixes are looked at."""
        return self.evidence.location != EvidenceMode.OFF

    @property
    def takes_photos(self) -> bool:
        """Whether photos are looked at."""
        return self.evidence.photos != EvidenceMode.OFF


class Override(NamedTuple):
    """One row as it is shown: the unit that decided, the key, the value, from and until which day (exclusive)."""

    unit_id: UUID
    unit: str
    key: str
    value: Any
    since: date | None
    until: date | None
    basis: str


_RESOLVE = text(
    "SELECT a.unit_id, p.key, p.value, lower(p.valid) AS since, upper(p.valid) AS until FROM unit_above a"
    " JOIN policy p ON p.unit_id = a.above_id WHERE a.unit_id = ANY(:units) AND NOT isempty(p.valid)"
    " ORDER BY a.depth DESC, p.at, p.id"
)
_OF_EVIDENCE = "p.key IN ('evidence.location', 'evidence.photos') AND p.valid @> CAST(:day AS date)"
_MODES = text(
    "SELECT DISTINCT ON (a.unit_id, p.key) a.unit_id, p.key, p.value, p.basis, upper(p.valid) AS until"
    f" FROM unit_above a JOIN policy p ON p.unit_id = a.above_id WHERE a.unit_id = ANY(:units) AND {_OF_EVIDENCE}"
    " ORDER BY a.unit_id, p.key, a.depth, p.at DESC, p.id DESC"
)
_MODES_OF_ALL = text(
    f"SELECT p.id, p.unit_id, p.key, p.value, p.valid FROM policy p WHERE {_OF_EVIDENCE} ORDER BY p.id"
)
LEAST = [EvidenceMode.OFF.value, EvidenceMode.OFFERED.value, EvidenceMode.ASKED.value]
_SHOW = text(
    "SELECT p.unit_id, u.name AS unit, p.key, p.value, lower(p.valid) AS since, upper(p.valid) AS until, p.basis"
    " FROM unit_above a JOIN policy p ON p.unit_id = a.above_id JOIN unit u ON u.id = p.unit_id"
    " WHERE a.unit_id = :unit AND p.valid @> CAST(:day AS date) ORDER BY p.key, a.depth, p.at DESC"
)
_END = text(
    "UPDATE policy SET valid = daterange(lower(valid), CAST(:day AS date)) WHERE unit_id = :unit AND key = :key"
    " AND NOT isempty(valid) AND (upper(valid) IS NULL OR upper(valid) > CAST(:day AS date)) RETURNING id"
)
_SET = text(
    "INSERT INTO policy (id, unit_id, key, value, valid, by, at, basis) VALUES (:id, :unit, :key,"
    " CAST(:value AS jsonb), daterange(CAST(:since AS date), CAST(:until AS date)), :by, :at, :basis)"
)


def resolve(session: Session, base: Policy, asked: Sequence[tuple[UUID, date]]) -> list[UnitPolicy]:
    """What holds for each (unit, day), in one statement; equal values are one object, so that a set is judged in few
    groups. The nearest unit up the tree decides, of one unit the newest row."""
    plain = UnitPolicy(base.version, base.verify, base.evidence)
    rows: dict[UUID, list[Any]] = {}
    for row in session.execute(_RESOLVE, {"units": db.pg_uuids({unit for unit, _ in asked})}):
        rows.setdefault(row.unit_id, []).append(row)
    if not rows:
        return [plain] * len(asked)
    made: dict[str, UnitPolicy] = {base.version: plain}
    found = []
    for unit, day in asked:
        values = {r.key: r.value for r in rows.get(unit, ()) if _holds(r.since, r.until, day)}
        version = version_of(base.version, values)
        if version not in made:
            made[version] = overridden(base, values)
        found.append(made[version])
    return found


def evidence_told(session: Session, base: Policy, units: Sequence[UUID], day: date) -> dict[str, dict[str, Any]]:
    """The kinds of evidence that somebody with roles at these units is asked for: of several units the least asking,
    the base without any. What is `asked` says by which basis and until when (Restraint)."""
    rows: dict[tuple[UUID, str], Any] = {
        (row.unit_id, row.key): row for row in session.execute(_MODES, {"units": db.pg_uuids(units), "day": day})
    }
    told = {}
    for kind in ("location", "photos"):
        plain = getattr(base.evidence, kind)
        held = [rows.get((unit, f"evidence.{kind}")) for unit in units] or [None]
        least = min(held, key=lambda row: LEAST.index(row.value if row else plain))
        told[kind] = {
            "mode": EvidenceMode(least.value if least else plain),
            "purpose": getattr(base.evidence, f"{kind}_purpose"),
            "days": getattr(base.evidence, f"{kind}_days"),
        }
        if least and least.value == EvidenceMode.ASKED:
            told[kind] |= {"basis": least.basis, "until": least.until}
    return told


def modes_at(session: Session, day: date) -> list[list[Any]]:
    """Every unit's own rule about evidence on a day, as JSON: when it changes, phones are told."""
    return [list(map(str, row)) for row in session.execute(_MODES_OF_ALL, {"day": day})]


def version_of(base: str, values: Mapping[str, Any]) -> str:
    """`2026-11`, or with overrides `2026-11+evidence.location=off;verify.dwell_s=180`."""
    told = ";".join(f"{key}={value}" for key, value in sorted(values.items()))
    return f"{base}+{told}" if told else base


def overridden(base: Policy, values: Mapping[str, Any]) -> UnitPolicy:
    """The base with these values in their places."""
    sections: dict[str, Any] = {"verify": base.verify, "evidence": base.evidence}
    for key, value in values.items():
        section, _, name = key.partition(".")
        sections[section] = replace(sections[section], **{name: value})
    return UnitPolicy(version_of(base.version, values), **sections)


def checked(key: str, told: str) -> Any:
    """The value of a key, of the type that the policy file has. Raises policy-invalid, which says what is wrong."""
    section, _, name = key.partition(".")
    hints = SECTIONS[section].types() if section in SECTIONS else {}
    if name not in hints or key in WHOLE:
        raise refuse("policy-invalid", detail=f"单位不能改这一项 / not a unit's to change: {key}")
    if key in MODES:
        if told not in set(EvidenceMode):
            raise refuse("policy-invalid", detail=f"{key}: {', '.join(EvidenceMode)}")
        return told
    wanted = hints[name]
    if wanted is str:
        return told
    try:
        value = wanted(told)
    except ValueError:
        raise refuse("policy-invalid", detail=f"{key}: {wanted.__name__}") from None
    if not 0 <= value < 1e9:
        raise refuse("policy-invalid", detail=f"{key}: >= 0")
    return value


def set_override(
    session: Session,
    policy: Policy,
    unit_id: UUID,
    key: str,
    told: str,
    *,
    until: date | None = None,
    basis: str = "",
    by: UUID | None = None,
) -> Any:
    """Replace a value for a unit and those under it from today on, until a day (exclusive) if one is given.

    `asked` needs a basis and an end at most `evidence.asked_days_max` days away (Restraint). What the unit had before
    ends today. Raises policy-invalid. The value as it is kept.
    """
    value, today = checked(key, told), clock.today()
    if until is not None and until <= today:
        raise refuse("policy-invalid", detail=f"--until {until}: 要在今天之后 / must lie after today")
    if key in MODES and value == EvidenceMode.ASKED:
        _check_asked(until, basis, today, policy.evidence.asked_days_max)
    session.execute(_END, {"unit": unit_id, "key": key, "day": today})
    facts = {"unit": unit_id, "key": key, "value": orjson.dumps(value).decode(), "since": today, "until": until}
    session.execute(_SET, facts | {"id": ids.uuid7(), "by": by, "at": clock.now(), "basis": basis})
    told_until = until.isoformat() if until else None
    audit.record(session, "policy.set", unit_id, actor_id=by, unit_id=unit_id, key=key, value=value, until=told_until)
    return value


def end_override(session: Session, unit_id: UUID, key: str, by: UUID | None = None) -> None:
    """End what a unit replaced; from today on what stands above it holds. Raises not-found."""
    ended = session.scalars(_END, {"unit": unit_id, "key": key, "day": clock.today()}).all()
    if not ended:
        raise refuse("not-found", detail=key)
    audit.record(session, "policy.ended", unit_id, actor_id=by, unit_id=unit_id, key=key)


def overrides_at(session: Session, unit_id: UUID, day: date) -> list[Override]:
    """What is replaced at a unit on a day, the deciding row of each key first."""
    return [Override(*row) for row in session.execute(_SHOW, {"unit": unit_id, "day": day})]


def _check_asked(until: date | None, basis: str, today: date, days_max: int) -> None:
    if not basis.strip():
        raise refuse("policy-invalid", detail="asked 需要依据 / needs --basis")
    if until is None or until > today + timedelta(days=days_max):
        raise refuse("policy-invalid", detail=f"asked 最多 {days_max} 天 / needs --until within {days_max} days")


def _holds(since: date | None, until: date | None, day: date) -> bool:
    return (since is None or since <= day) and (until is None or day < until)
