"""Whose contact is owed in a home: the linked cadre's, else the grid's or the 片区's, else the village duty person's.

Homes without anybody are a gap that the town is shown.
"""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, db
from sync.words import HeldBy, Role, UnitKind

# Roles at the place's unit or above, in the order in which they are asked; the nearest of equal ones.
NEAR = {
    Role.GRID_WORKER: HeldBy.GRID,
    Role.VILLAGE_CADRE: HeldBy.AREA,
    Role.AREA_CHIEF: HeldBy.AREA,
    Role.DUTY_PERSON: HeldBy.DUTY,
}
_ORDER = [HeldBy.GRID, HeldBy.AREA, HeldBy.DUTY]
# A duty person answers for a village, not for the town where she may be on duty as well.
_VILLAGES = [UnitKind.VILLAGE.value, UnitKind.GRID.value, UnitKind.GROUP.value]
_RESPONSIBLE = text(
    "WITH asked AS MATERIALIZED (SELECT w.id AS asked, r.id AS root, r.unit_id"
    "  FROM unnest(CAST(:ids AS uuid[])) AS w(id) JOIN place a ON a.id = w.id"
    "  JOIN place r ON r.id = coalesce(a.merged_into_id, a.id)),"
    " linked AS (SELECT DISTINCT ON (q.asked) q.asked, l.cadre_id FROM asked q"
    "  CROSS JOIN LATERAL (SELECT q.root AS id UNION ALL SELECT a.id FROM place a WHERE a.merged_into_id = q.root) d"
    "  JOIN link l ON l.place_id = d.id AND l.cadre_id IS NOT NULL AND l.valid @> CAST(:day AS date)"
    "  WHERE EXISTS (SELECT FROM person_role r WHERE r.person_id = l.cadre_id AND r.valid @> CAST(:day AS date))"
    "  ORDER BY q.asked, lower(l.valid) NULLS FIRST, l.id),"
    " stand AS (SELECT b.person_id, b.deputy_id FROM absence b WHERE b.cancelled_at IS NULL"
    "  AND b.valid @> CAST(:day AS date)),"
    " near AS (SELECT DISTINCT ON (q.asked) q.asked, r.person_id, r.role FROM asked q"
    "  JOIN unit_above a ON a.unit_id = q.unit_id JOIN unit u ON u.id = a.above_id"
    "  JOIN person_role r ON r.unit_id = a.above_id AND r.valid @> CAST(:day AS date)"
    "  JOIN unnest(CAST(:roles AS text[]), CAST(:ranks AS int[])) AS k(role, rank) ON k.role = r.role"
    "  WHERE r.role <> 'duty_person' OR u.kind = ANY(:villages)"
    "  ORDER BY q.asked, k.rank, a.depth, lower(r.valid) NULLS FIRST, r.id)"
    " SELECT q.asked, l.cadre_id, n.person_id, n.role, s.deputy_id FROM asked q LEFT JOIN linked l USING (asked)"
    " LEFT JOIN near n USING (asked) LEFT JOIN stand s ON s.person_id = coalesce(l.cadre_id, n.person_id)"
)


class Holder(NamedTuple):
    """Who it is, and by what; nobody is (None, NOBODY)."""

    cadre_id: UUID | None
    how: HeldBy


def responsible(session: Session, place_ids: Collection[UUID], at: datetime) -> dict[UUID, Holder]:
    """Whose contact with each of these places would be on that day, by the id as asked; unknown places are left out.

    Of several links the oldest counts, whichever programme it is of; a holder without any role has left. Whoever is
    away has a deputy.
    """
    if not place_ids:
        return {}
    facts = {
        "ids": db.pg_uuids(set(place_ids)),
        "day": clock.local(at).date(),
        "roles": [role.value for role in NEAR],
        "ranks": [_ORDER.index(how) for how in NEAR.values()],
        "villages": _VILLAGES,
    }
    return {row.asked: _holder(*row[1:]) for row in session.execute(_RESPONSIBLE, facts)}


def _holder(linked: UUID | None, near: UUID | None, role: str | None, deputy: UUID | None) -> Holder:
    if deputy is not None:
        return Holder(deputy, HeldBy.DEPUTY)
    if linked is not None:
        return Holder(linked, HeldBy.LINK)
    return Holder(near, NEAR[Role(role)]) if role else Holder(None, HeldBy.NOBODY)
