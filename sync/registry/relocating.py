"""Positions of places as persons correct them: a new version each time, the old ones stay and can be brought back."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import changes, db
from sync.words import Datum, FeedKind, PositionMethod

_LOCK = text(
    "SELECT p.id, p.unit_id, ST_X(CAST(p.position AS geometry)) AS lon, ST_Y(CAST(p.position AS geometry)) AS lat,"
    " p.position_datum AS datum FROM place p WHERE p.id = ANY(:ids) ORDER BY p.id FOR NO KEY UPDATE"
)
_IMPORTED = text(
    "SELECT p.id, ST_X(CAST(p.position AS geometry)) AS lon, ST_Y(CAST(p.position AS geometry)) AS lat,"
    " p.position_datum AS datum, p.unit_id FROM place p"
    " LEFT JOIN LATERAL (SELECT method FROM place_position WHERE place_id = p.id ORDER BY n DESC LIMIT 1) v ON true"
    " WHERE p.unit_id = :unit AND p.state IN ('active', 'proposed') AND p.position IS NOT NULL"
    " AND coalesce(v.method, CASE WHEN p.proposed_by IS NULL THEN 'imported' ELSE 'told' END) IN ('imported', 'datum')"
    " ORDER BY p.id"
)
_KEEP_FIRST = text(
    "INSERT INTO place_position (place_id, n, position, method, at)"
    " SELECT p.id, 1, p.position, CASE WHEN p.proposed_by IS NULL THEN 'imported' ELSE 'told' END, p.created_at"
    " FROM place p WHERE p.id = ANY(:ids) AND p.position IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM place_position v WHERE v.place_id = p.id)"
)
_MOVE = text(
    "WITH m AS (SELECT id, ST_SetSRID(ST_MakePoint(lon, lat), 4326)::geography AS position"
    "  FROM unnest(CAST(:ids AS uuid[]), CAST(:lons AS float8[]), CAST(:lats AS float8[])) AS m(id, lon, lat)),"
    " v AS (INSERT INTO place_position (place_id, n, position, method, by, at)"
    "  SELECT m.id, coalesce((SELECT max(n) FROM place_position WHERE place_id = m.id), 0) + 1, m.position, :method,"
    "  :by, :at FROM m)"
    " UPDATE place p SET position = m.position, position_datum = coalesce(:datum, p.position_datum)"
    " FROM m WHERE p.id = m.id"
)
_OURS = text(
    "SELECT p.id FROM place p JOIN LATERAL"
    " (SELECT by, at FROM place_position WHERE place_id = p.id ORDER BY n DESC LIMIT 1) v ON true"
    " WHERE (p.id = :place OR p.unit_id = :unit) AND v.by = :by AND v.at = :at ORDER BY p.id FOR NO KEY UPDATE OF p"
)
_BRING_BACK = text(
    "WITH l AS (SELECT place_id, max(n) AS n FROM place_position WHERE place_id = ANY(:ids) GROUP BY place_id),"
    " b AS (SELECT l.place_id, l.n, o.position, coalesce(o.method, 'corrected') AS method,"
    "   coalesce(o.visits, '{}') AS visits, coalesce(o.without, '{}') AS without"
    "  FROM l LEFT JOIN place_position o ON o.place_id = l.place_id AND o.n = l.n - 1),"
    " v AS (INSERT INTO place_position (place_id, n, position, method, visits, without, by, at)"
    "  SELECT place_id, n + 1, position, method, visits, without, :by, :at FROM b)"
    " UPDATE place p SET position = b.position FROM b WHERE p.id = b.place_id"
)
_DATUM = text(
    "UPDATE place p SET position_datum = d.datum"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:datums AS text[])) AS d(id, datum) WHERE p.id = d.id"
)


class Standing(NamedTuple):
    """Where a place stands now: WGS 84 degrees or None, and the datum of the source that said so."""

    id: UUID
    unit_id: UUID
    lon: float | None
    lat: float | None
    datum: Datum | None


class Move(NamedTuple):
    """A place and where it really stands, WGS 84 degrees."""

    id: UUID
    lon: float
    lat: float


def lock_places(session: Session, ids: Collection[UUID]) -> list[Standing]:
    """Places as they stand; nobody else moves them until the transaction ends."""
    rows = session.execute(_LOCK, {"ids": db.pg_uuids(ids)})
    return [Standing(r.id, r.unit_id, r.lon, r.lat, r.datum and Datum(r.datum)) for r in rows]


def imported_places(session: Session, unit_id: UUID) -> list[Standing]:
    """Places of a unit whose position came with an import: what was measured or corrected since is left alone."""
    rows = session.execute(_IMPORTED, {"unit": unit_id})
    return [Standing(r.id, r.unit_id, r.lon, r.lat, r.datum and Datum(r.datum)) for r in rows]


def relocate(
    session: Session, moves: Sequence[Move], method: PositionMethod, by: UUID, at: datetime, datum: Datum | None
) -> None:
    """Give each place a new version of its position; `datum` is that of the source, None leaves what was said."""
    if not moves:
        return
    ids = [move.id for move in moves]
    lock_places(session, ids)
    session.execute(_KEEP_FIRST, {"ids": db.pg_uuids(ids)})
    session.execute(
        _MOVE,
        {
            "ids": db.pg_uuids(ids), "lons": db.pg_array(move.lon for move in moves),
            "lats": db.pg_array(move.lat for move in moves), "method": method.value, "by": by, "at": at,
            "datum": datum and datum.value,
        },
    )  # fmt: skip
    changes.touched(session, FeedKind.PLACE, ids)


def bring_back(
    session: Session, place: UUID | None, unit: UUID | None, was: tuple[UUID, datetime], by: UUID, at: datetime
) -> list[UUID]:
    """Undo the versions that `was` (person, time) wrote for a place, or for the places of a unit, where they are the
    newest: the version before comes back as a new one. Ids of the places that moved."""
    ids = list(session.scalars(_OURS, {"place": place, "unit": unit, "by": was[0], "at": was[1]}))
    if ids:
        session.execute(_BRING_BACK, {"ids": db.pg_uuids(ids), "by": by, "at": at})
        changes.touched(session, FeedKind.PLACE, ids)
    return ids


def say_datums(session: Session, datums: dict[UUID, Datum | None]) -> None:
    """Write which datum the source of each position was in."""
    if datums:
        values = [datum and datum.value for datum in datums.values()]
        session.execute(_DATUM, {"ids": db.pg_uuids(datums), "datums": values})
