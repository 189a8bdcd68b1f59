"""Positions of places by version, and positions learned from visits without running in circles (sync.md D6.3).

a) Visits verified by position never teach it. b) A position is learned from enough visits on enough days by enough
cadres, most of them close together. c) A move needs a person. d) A cadre's visits are judged against the position
computed without that cadre. e) Each version lists its visits.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import changes, db
from sync.geo.datum import Floats
from sync.geo.distance import metres
from sync.models import PlacePosition
from sync.policy import Verify
from sync.words import FeedKind, PositionMethod

LonLat = tuple[float, float]
STEPS, CLOSE_M = 100, 0.01
MOST = 200  # newest visits of a place that teach


class Lesson(NamedTuple):
    """One visit that teaches: where its best fix was, in WGS 84, by whom, on which local day."""

    visit_id: UUID
    cadre_id: UUID
    day: Any
    lon: float
    lat: float
    is_checked: bool


class Learned(NamedTuple):
    """A position with the visits it rests on, and what it would be without each of their cadres."""

    lon: float
    lat: float
    visits: list[UUID]
    without: dict[UUID, LonLat | None]


class Moved(NamedTuple):
    """A place whose later visits agree on another spot: for a person to look at, by its newest visit."""

    place_id: UUID
    visit_id: UUID
    metres: float


_CHECKED = (
    "EXISTS (SELECT 1 FROM decision d WHERE d.visit_id = v.id AND d.verdict = 'verified' AND d.undone_at IS NULL)"
)
# Who teaches: a visit held at the door now, by a recorder who was there, with a best fix that nothing contradicts.
_LESSONS = (
    "SELECT r.id AS place_id, v.id, v.recorder_id, CAST(v.started_at AS date) AS day,"
    " ST_X(CAST(v.point AS geometry)) AS lon, ST_Y(CAST(v.point AS geometry)) AS lat,"
    f" {_CHECKED} AS is_checked"
    " FROM place r JOIN place p ON p.id = r.id OR p.merged_into_id = r.id JOIN visit v ON v.place_id = p.id"
    " WHERE r.id = ANY(:places) AND v.point IS NOT NULL AND v.mode IN ('home', 'door') AND v.recorded = 'now'"
    " AND EXISTS (SELECT 1 FROM visit_party y WHERE y.visit_id = v.id AND y.is_recorder)"
    " AND NOT EXISTS (SELECT 1 FROM same_visit s WHERE s.child_id = v.id AND s.kind = 'repeat' AND s.undone_at IS NULL)"
)
_NEW = text(_LESSONS + f" AND (v.verdict = 'unverifiable' OR {_CHECKED}) ORDER BY r.id, v.started_at DESC")
_LATER = text(
    _LESSONS + " AND v.verdict IN ('unverifiable', 'doubtful') AND v.started_at > (SELECT at FROM place_position q"
    "  WHERE q.place_id = r.id ORDER BY q.n DESC LIMIT 1) ORDER BY r.id, v.started_at DESC"
)
_UNKNOWN = text(
    "SELECT DISTINCT r.id FROM place r JOIN place p ON p.id = r.id OR p.merged_into_id = r.id"
    " JOIN visit v ON v.place_id = p.id WHERE r.position IS NULL AND r.merged_into_id IS NULL"
    " AND v.point IS NOT NULL AND r.id > :after ORDER BY r.id LIMIT :limit"
)
_LEARNED = text(
    "SELECT DISTINCT ON (q.place_id) q.place_id, q.method, q.without, ST_X(CAST(p.position AS geometry)) AS lon,"
    " ST_Y(CAST(p.position AS geometry)) AS lat FROM place_position q JOIN place p ON p.id = q.place_id"
    " WHERE q.place_id = ANY(:places) ORDER BY q.place_id, q.n DESC"
)
_OF_METHOD = text(
    "SELECT q.place_id, ST_X(CAST(q.position AS geometry)) AS lon, ST_Y(CAST(q.position AS geometry)) AS lat"
    " FROM place_position q WHERE q.method = 'learned' AND q.place_id > :after"
    " AND NOT EXISTS (SELECT 1 FROM place_position o WHERE o.place_id = q.place_id AND o.n > q.n)"
    " ORDER BY q.place_id LIMIT :limit"
)
_PLACE_IT = text(
    "UPDATE place p SET position = CAST(ST_SetSRID(ST_MakePoint(w.lon, w.lat), 4326) AS geography),"
    " position_datum = 'wgs84'"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:lons AS float8[]), CAST(:lats AS float8[])) AS w(id, lon, lat)"
    " WHERE p.id = w.id AND p.position IS NULL RETURNING p.id"
)
_COLUMNS = ("place_id", "n", "position", "method", "visits", "without", "at")


def without(session: Session, places: Collection[UUID]) -> dict[UUID, dict[UUID, LonLat | None]]:
    """Of places with a position that was learned or told: what it is without each cadre who had a part in it; None:
    nothing is left."""
    if not places:
        return {}
    rows = session.execute(_LEARNED, {"places": db.pg_uuids(places)})
    return {
        row.place_id: {UUID(cadre): tuple(at) if at else None for cadre, at in row.without.items()}
        for row in rows
        if row.method in (PositionMethod.LEARNED, PositionMethod.TOLD)
    }


def median(lon: Floats, lat: Floats) -> LonLat:
    """The geometric median: the point with the least sum of metres, by Weiszfeld's iteration (Vardi and Zhang's for a
    step that lands on a given point). Not quite half of the points may lie anywhere and hardly move it (sync.md [M20]).
    """
    scale = np.array([np.cos(np.radians(lat.mean())), 1.0])
    points = np.column_stack([lon, lat]) * scale
    at = np.median(points, axis=0)
    for _ in range(STEPS):
        away = np.linalg.norm(points - at, axis=1)
        apart = away > 1e-12
        if not apart.any():
            break
        weight = 1.0 / away[apart]
        pull = ((points[apart] - at) * weight[:, None]).sum(axis=0)
        strength = float(np.linalg.norm(pull))
        here = float((~apart).sum())
        if strength <= here:
            break
        step = pull / weight.sum() * (1.0 - here / strength)
        at = at + step
        if np.linalg.norm(step) < CLOSE_M / 111_320.0:
            break
    return float(at[0] / scale[0]), float(at[1])


def learn(lessons: Sequence[Lesson], policy: Verify) -> Learned | None:
    """The position that these visits teach, or None while they are too few, too alike or too far apart.

    A visit that a verifier confirmed stands for a second person.
    """
    days = {one.day for one in lessons}
    people = len({one.cadre_id for one in lessons}) + any(one.is_checked for one in lessons)
    if len(lessons) < policy.learn_visits or len(days) < policy.learn_days or people < policy.learn_cadres:
        return None
    found = _agreed(lessons, policy)
    if found is None:
        return None
    others = {
        cadre: _agreed([one for one in lessons if one.cadre_id != cadre], policy, policy.learn_visits - 1)
        for cadre in sorted({one.cadre_id for one in lessons})
    }
    return Learned(*found, [one.visit_id for one in lessons], others)


def _agreed(lessons: Sequence[Lesson], policy: Verify, least: int = 1) -> LonLat | None:
    """The median, if enough of them lie close to it."""
    if len(lessons) < least:
        return None
    lon = np.array([one.lon for one in lessons])
    lat = np.array([one.lat for one in lessons])
    at = median(lon, lat)
    close = metres(lon, lat, *at) <= policy.learn_within_m
    return at if close.mean() >= policy.learn_share else None


def learn_unknown(
    session: Session, policy: Verify, now: datetime, after: UUID, limit: int
) -> tuple[list[UUID], UUID | None]:
    """Give places without a position the one that their visits teach, up to `limit` places after that id.

    The places that have one now, and the id to go on after (None: that was all).
    """
    ids = list(session.scalars(_UNKNOWN, {"after": after, "limit": limit}))
    found: dict[UUID, Learned] = {}
    for place, lessons in _lessons(session, _NEW, ids).items():
        learned = learn(lessons, policy)
        if learned:
            found[place] = learned
    placed = _place(session, found)
    rows = [
        (place, 1 + before, _ewkt(found[place]), PositionMethod.LEARNED.value, _uuids(found[place].visits),
         _without_json(found[place]), now)
        for place, before in _versions(session, placed).items()
    ]  # fmt: skip
    db.put(session, PlacePosition, _COLUMNS, rows)
    changes.touched(session, FeedKind.PLACE, placed)
    return placed, ids[-1] if len(ids) == limit else None


def moved(session: Session, policy: Verify, after: UUID, limit: int) -> tuple[list[Moved], UUID | None]:
    """Learned places whose later visits, none of them verified by position, agree on a spot further off than `move_m`.

    Nothing is changed: a move needs a person.
    """
    rows = session.execute(_OF_METHOD, {"after": after, "limit": limit}).all()
    known = {row.place_id: (row.lon, row.lat) for row in rows}
    found = []
    for place, lessons in _lessons(session, _LATER, list(known)).items():
        learned = learn(lessons, policy)
        if learned:
            off_m = float(metres(learned.lon, learned.lat, *known[place]))
            if off_m > policy.move_m:
                found.append(Moved(place, lessons[0].visit_id, off_m))
    return found, rows[-1].place_id if len(rows) == limit else None


def _lessons(session: Session, select: Any, places: Sequence[UUID]) -> dict[UUID, list[Lesson]]:
    found: dict[UUID, list[Lesson]] = {}
    if places:
        for place, *lesson in session.execute(select, {"places": db.pg_uuids(places)}):
            known = found.setdefault(place, [])
            if len(known) < MOST:
                known.append(Lesson(*lesson))
    return found


def _place(session: Session, found: dict[UUID, Learned]) -> list[UUID]:
    """Write positions where there still are none; in order of ids, so that two who learn never wait for each other."""
    if not found:
        return []
    ids = sorted(found)
    facts = {
        "ids": db.pg_uuids(ids),
        "lons": db.pg_array(found[id_].lon for id_ in ids),
        "lats": db.pg_array(found[id_].lat for id_ in ids),
    }
    return sorted(session.scalars(_PLACE_IT, facts))


def _versions(session: Session, places: Sequence[UUID]) -> dict[UUID, int]:
    rows = session.execute(
        text("SELECT place_id, max(n) FROM place_position WHERE place_id = ANY(:ids) GROUP BY place_id"),
        {"ids": db.pg_uuids(places)},
    )
    return dict.fromkeys(places, 0) | {row[0]: row[1] for row in rows}


def _ewkt(one: Learned) -> str:
    return f"SRID=4326;POINT({one.lon:.7f} {one.lat:.7f})"


def _uuids(ids: Sequence[UUID]) -> str:
    return db.pg_uuids(ids)


def _without_json(one: Learned) -> str:
    return orjson.dumps({str(cadre): at for cadre, at in one.without.items()}).decode()
