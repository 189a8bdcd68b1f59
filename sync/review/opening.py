"""Opening and settling findings of machine verdicts: what is doubtful waits for a person, grouped by its cause."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import db, ids
from sync.models import Finding
from sync.words import Cause, FindingState, Reason, Verdict

LOCATION = (Cause.ADDRESS, Cause.AREA, Cause.DATUM, Cause.DEVICE, Cause.PHOTO, Cause.SINGLE)
UNDECIDED = (FindingState.OPEN, FindingState.ASKED, FindingState.ANSWERED)
# Findings about a place, not about a verdict: the visit stands for the place, and its verdict settles nothing.
OF_PLACES = (Reason.LOC_DATUM_GCJ02, Reason.LOC_DATUM_BD09, Reason.PLACE_LEARNING)


class Judged(NamedTuple):
    """A visit as it was judged just now; `reasons` are codes, heaviest first; cause and key of what is doubtful."""

    visit_id: UUID
    unit_id: UUID
    town_id: UUID | None
    verdict: Verdict
    reasons: list[str]
    cause: Cause
    cause_key: str


class Outside(NamedTuple):
    """An undecided finding of a visit outside its place, with both positions in WGS 84 degrees."""

    finding_id: UUID
    unit_id: UUID
    place_id: UUID
    lon: float
    lat: float
    place_lon: float
    place_lat: float


_COLUMNS = ("id", "visit_id", "unit_id", "town_id", "cause", "cause_key", "reasons", "state", "opened_at")
_LIST = ", ".join(f"'{cause}'" for cause in LOCATION)
_OPEN_STATES = ", ".join(f"'{state}'" for state in UNDECIDED)
_MARKS = "ARRAY[" + ", ".join(f"'{code}'" for code in OF_PLACES) + "]"
_UNDECIDED = text(
    f"SELECT id, visit_id, cause, cause_key, reasons FROM finding WHERE visit_id = ANY(:visits) AND cause IN ({_LIST})"
    f" AND state IN ({_OPEN_STATES}) ORDER BY id FOR UPDATE"
)
_CHANGE = text("UPDATE finding SET cause = :cause, cause_key = :key, reasons = :reasons WHERE id = :id")
_SETTLE = text(
    f"UPDATE finding SET state = 'settled', closed_at = :now WHERE visit_id = ANY(:visits) AND cause IN ({_LIST})"
    f" AND state IN ({_OPEN_STATES}) AND NOT reasons && {_MARKS}"
)
_OUTSIDE = text(
    "SELECT f.id, f.unit_id, r.id AS place_id, ST_X(CAST(v.point AS geometry)), ST_Y(CAST(v.point AS geometry)),"
    " ST_X(CAST(r.position AS geometry)), ST_Y(CAST(r.position AS geometry))"
    " FROM finding f JOIN visit v ON v.id = f.visit_id JOIN place p ON p.id = v.place_id"
    " JOIN place r ON r.id = coalesce(p.merged_into_id, p.id)"
    f" WHERE f.unit_id = ANY(:units) AND f.state IN ({_OPEN_STATES}) AND f.cause IN ('address', 'datum', 'area')"
    " AND 'LOC_OUTSIDE' = ANY(f.reasons) AND v.point IS NOT NULL AND r.position IS NOT NULL"
    " ORDER BY f.unit_id, f.opened_at DESC LIMIT 2000"
)
_REGROUP = text(
    "UPDATE finding SET cause = :cause, cause_key = :key WHERE id = ANY(:ids) AND (cause, cause_key) <> (:cause, :key)"
    f" AND state IN ({_OPEN_STATES})"
)
_ABOUT = text(
    "INSERT INTO finding (id, visit_id, unit_id, town_id, cause, cause_key, reasons, state, opened_at)"
    " SELECT :id, v.id, v.unit_id, v.town_id, 'address', :key, CAST(:reasons AS text[]), 'open', :now FROM visit v"
    " WHERE v.id = :visit AND NOT EXISTS (SELECT 1 FROM finding f WHERE f.cause IN ('address', 'area')"
    f"  AND f.cause_key = :key AND f.state IN ({_OPEN_STATES}) AND f.reasons && {_MARKS})"
    f" ON CONFLICT (visit_id, cause) WHERE state IN ({_OPEN_STATES}) DO NOTHING"
)


def note_verdicts(session: Session, judged: Sequence[Judged], now: datetime, *, fresh: bool = False) -> None:
    """Open a finding for each doubtful visit, or bring the one it has up to date; settle those of visits that are not
    doubtful any more. `fresh`: the visits are new, none has a finding.

    Visits with a person's decision that stands are not given here: no machine opens them again.
    """
    doubtful = [one for one in judged if one.verdict is Verdict.DOUBTFUL]
    settled = [one.visit_id for one in judged if one.verdict is not Verdict.DOUBTFUL]
    known = {} if fresh or not doubtful else _undecided(session, [one.visit_id for one in doubtful])
    rows = [
        (ids.uuid7(), one.visit_id, one.unit_id, one.town_id, one.cause.value, one.cause_key, one.reasons,
         FindingState.OPEN.value, now)
        for one in doubtful
        if one.visit_id not in known
    ]  # fmt: skip
    db.put(session, Finding, _COLUMNS, rows)
    changes = [
        {"id": found.id, "cause": cause.value, "key": key, "reasons": one.reasons}
        for one in doubtful
        if (found := known.get(one.visit_id))
        for cause, key in [_better(one, Cause(found.cause), found.cause_key)]
        if (cause.value, key, one.reasons) != (found.cause, found.cause_key, found.reasons)
    ]
    if changes:
        session.execute(_CHANGE, changes)
    if settled and not fresh:
        session.execute(_SETTLE, {"visits": db.pg_uuids(settled), "now": now})


def outside(session: Session, units: Sequence[UUID]) -> list[Outside]:
    """The undecided findings of these units whose visits were outside their places, the newest first."""
    if not units:
        return []
    return [Outside(*row) for row in session.execute(_OUTSIDE, {"units": db.pg_uuids(units)})]


def regroup(session: Session, findings: Sequence[UUID], cause: Cause, key: str) -> None:
    """Put undecided findings into one group, because a better cause came to light."""
    session.execute(_REGROUP, {"ids": db.pg_uuids(findings), "cause": cause.value, "key": key})


def open_about_place(
    session: Session, visit_id: UUID, place_id: UUID, reasons: Sequence[Reason], now: datetime
) -> None:
    """Open a finding about the position of a place, with one of its visits to show; once while it is undecided."""
    codes = [code.value for code in reasons]
    assert not set(codes).isdisjoint(OF_PLACES), "or the visit's next verdict would settle it"
    facts = {"id": ids.uuid7(), "visit": visit_id, "key": str(place_id), "reasons": codes, "now": now}
    session.execute(_ABOUT, facts)


def _undecided(session: Session, visits: Sequence[UUID]) -> dict[UUID, Any]:
    return {row.visit_id: row for row in session.execute(_UNDECIDED, {"visits": db.pg_uuids(visits)})}


def _better(one: Judged, cause: Cause, key: str) -> tuple[Cause, str]:
    """The new cause, unless the finding stands in the group of its whole village: one visit alone does not leave it."""
    if cause is Cause.AREA and one.cause in (Cause.ADDRESS, Cause.DATUM):
        return cause, key
    return one.cause, one.cause_key
