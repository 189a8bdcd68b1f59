"""What a batch needs to know of the registry: a few selects for all of its records at once."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import db
from sync.words import Setting


class KnownPlace(NamedTuple):
    """A place where its newest identity stands; position in WGS 84 or None."""

    id: UUID
    unit_id: UUID
    town_id: UUID | None
    lon: float | None
    lat: float | None
    radius_m: float | None
    setting: Setting


class Known(NamedTuple):
    """A unit with the town above it."""

    unit_id: UUID
    town_id: UUID | None


_PLACES = text(
    "SELECT a.id AS asked, p.id, p.unit_id, p.town_id, ST_X(CAST(p.position AS geometry)) AS lon,"
    " ST_Y(CAST(p.position AS geometry)) AS lat, p.radius_m, p.setting"
    " FROM place a JOIN place p ON p.id = coalesce(a.merged_into_id, a.id) WHERE a.id = ANY(:ids)"
)
_UNITS = text(
    "SELECT u.id, (SELECT a.above_id FROM unit_above a JOIN unit t ON t.id = a.above_id"
    "  WHERE a.unit_id = u.id AND t.kind = 'town' ORDER BY a.depth LIMIT 1) AS town_id"
    " FROM unit u WHERE u.id = ANY(:ids)"
)
# A link may hang on any id that stands for the place, and so may the question.
_LINKED = text(
    "WITH w AS MATERIALIZED (SELECT d.place_id, t.person_id, CAST(t.at AS date) AS day, t.n"
    "  FROM unnest(CAST(:people AS uuid[]), CAST(:places AS uuid[]), CAST(:days AS timestamptz[]))"
    "   WITH ORDINALITY AS t(person_id, place_id, at, n) LEFT JOIN place p ON p.id = t.place_id"
    "  CROSS JOIN LATERAL (SELECT coalesce(p.merged_into_id, t.place_id) AS place_id"
    "   UNION ALL SELECT a.id FROM place a WHERE a.merged_into_id = coalesce(p.merged_into_id, t.place_id)) d)"
    " SELECT w.n FROM w JOIN link l ON l.place_id = w.place_id AND l.cadre_id = w.person_id AND l.valid @> w.day"
    " UNION SELECT w.n FROM w JOIN link l ON l.place_id = w.place_id AND l.holder_unit_id IS NOT NULL"
    "  AND l.valid @> w.day JOIN person_role r ON r.person_id = w.person_id AND r.unit_id = l.holder_unit_id"
    "  AND r.valid @> w.day"
)


def places(session: Session, ids: Collection[UUID]) -> dict[UUID, KnownPlace]:
    """Places by the id that was asked for; a merged-away id gives the place it was merged into."""
    if not ids:
        return {}
    rows = session.execute(_PLACES, {"ids": db.pg_uuids(ids)})
    return {r.asked: KnownPlace(r.id, r.unit_id, r.town_id, r.lon, r.lat, r.radius_m, Setting(r.setting)) for r in rows}


def units(session: Session, ids: Collection[UUID]) -> dict[UUID, Known]:
    """Units by id, each with its town."""
    if not ids:
        return {}
    return {row[0]: Known(*row) for row in session.execute(_UNITS, {"ids": list(ids)})}


def people(session: Session, ids: Collection[UUID]) -> set[UUID]:
    """Which of these persons exist."""
    if not ids:
        return set()
    return set(session.scalars(text("SELECT id FROM person WHERE id = ANY(:ids)"), {"ids": list(ids)}))


def programmes(session: Session, ids: Collection[UUID]) -> set[UUID]:
    """Which of these programmes exist."""
    if not ids:
        return set()
    return set(session.scalars(text("SELECT id FROM programme WHERE id = ANY(:ids)"), {"ids": list(ids)}))


def linked(session: Session, asked: Sequence[tuple[UUID, UUID, datetime]]) -> set[int]:
    """Which of the (person, place, time) asked for were linked on that day, by their index; merged places are one."""
    if not asked:
        return set()
    people_, places_, times = zip(*asked, strict=True)
    parameters = {"people": db.pg_uuids(people_), "places": db.pg_uuids(places_), "days": db.pg_times(times)}
    return {n - 1 for n in session.scalars(_LINKED, parameters)}
