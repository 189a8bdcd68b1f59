"""Outlines of units: who sees them, and sketches where nobody has drawn one."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, func, or_, select, text
from sqlalchemy.orm import Session

from sync import access, clock, db
from sync.access import Actor
from sync.models import Area, Unit
from sync.roles import Noun
from sync.words import UnitKind

Rows = Select[*tuple[Any, ...]]
DECIMALS = 5  # about a metre


def outlines(actor: Actor, unit: UUID | None = None) -> Rows:
    """Outlines of the units that the actor sees, or of `unit` and those directly under it, in the order of the codes:
    unit, name, kind, parent, source, shape (text of a GeoJSON geometry, WGS 84)."""
    rows = (
        select(
            Unit.id.label("unit"),
            Unit.name,
            Unit.kind,
            Unit.parent_id.label("parent"),
            Area.source,
            func.ST_AsGeoJSON(Area.shape, DECIMALS).label("shape"),
        )
        .join(Area, Area.unit_id == Unit.id)
        .order_by(Unit.sort_code, Unit.id)
    )
    if unit:
        rows = rows.where(or_(Unit.id == unit, Unit.parent_id == unit))
    return access.within(actor, rows, Noun.UNIT)


def extent(actor: Actor) -> Rows:
    """West, south, east, north (degrees) of all outlines that the actor sees; nulls without any."""
    box = func.ST_Extent(Area.shape)
    rows = select(func.ST_XMin(box), func.ST_YMin(box), func.ST_XMax(box), func.ST_YMax(box))
    return access.within(actor, rows.select_from(Area).join(Unit, Unit.id == Area.unit_id), Noun.UNIT)


# Cells are drawn on the square of Web Mercator, whose angles are true. A village's middle is the median of its homes,
# which a few wrong positions do not move; the land of villages with an outline of their own is left out.
_CELLS = text(
    "WITH village AS (SELECT u.id FROM unit u WHERE u.kind = 'village'"
    "   AND NOT EXISTS (SELECT FROM area a WHERE a.unit_id = u.id AND a.source = 'imported')),"
    " middle AS (SELECT v.id, ST_Transform(ST_SetSRID(ST_MakePoint("
    "    percentile_cont(0.5) WITHIN GROUP (ORDER BY ST_X(CAST(p.position AS geometry))),"
    "    percentile_cont(0.5) WITHIN GROUP (ORDER BY ST_Y(CAST(p.position AS geometry)))), 4326), 3857) AS at"
    "   FROM village v JOIN unit_above a ON a.above_id = v.id JOIN place p ON p.unit_id = a.unit_id"
    "   WHERE p.position IS NOT NULL AND p.state = 'active' AND p.merged_into_id IS NULL GROUP BY v.id),"
    " ground AS (SELECT m.id, m.at, o.unit_id AS outline FROM middle m CROSS JOIN LATERAL"
    "   (SELECT r.unit_id FROM unit_above a JOIN area r ON r.unit_id = a.above_id AND r.source = 'imported'"
    "    WHERE a.unit_id = m.id AND a.depth > 0 ORDER BY a.depth LIMIT 1) o),"
    " land AS (SELECT r.unit_id AS outline, ST_Transform(ST_Difference(r.shape, coalesce("
    "    (SELECT ST_Union(t.shape) FROM unit_above a JOIN unit u ON u.id = a.unit_id AND u.kind = 'village'"
    "     JOIN area t ON t.unit_id = u.id AND t.source = 'imported' WHERE a.above_id = r.unit_id AND a.depth > 0),"
    "    ST_GeomFromText('POLYGON EMPTY', 4326))), 3857) AS shape"
    "   FROM area r WHERE r.unit_id IN (SELECT outline FROM ground)),"
    " cell AS (SELECT g.outline, (ST_Dump(CASE WHEN count(DISTINCT ST_AsBinary(g.at)) = 1 THEN ST_Envelope(l.shape)"
    "    ELSE ST_VoronoiPolygons(ST_Collect(g.at), 0, ST_Envelope(l.shape)) END)).geom AS shape"
    "   FROM ground g JOIN land l USING (outline) GROUP BY g.outline, l.shape),"
    " drawn AS (SELECT g.id, ST_Multi(ST_CollectionExtract(ST_Intersection(c.shape, l.shape), 3)) AS shape"
    "   FROM ground g JOIN cell c ON c.outline = g.outline AND ST_Intersects(c.shape, g.at)"
    "   JOIN land l ON l.outline = g.outline)"
    " SELECT id, CAST(ST_ReducePrecision(ST_Transform(shape, 4326), 0.000001) AS text) AS shape FROM drawn"
    " WHERE NOT ST_IsEmpty(shape)"
)
_UNIONS = text(
    "SELECT u.id, CAST(ST_Multi(ST_CollectionExtract(ST_Union(t.shape), 3)) AS text) AS shape"
    " FROM unit u JOIN unit_above a ON a.above_id = u.id AND a.depth > 0"
    " JOIN unit v ON v.id = a.unit_id AND v.kind = 'village' JOIN area t ON t.unit_id = v.id"
    " WHERE u.kind = ANY(:kinds) AND NOT EXISTS (SELECT FROM area o WHERE o.unit_id = u.id AND o.source = 'imported')"
    " GROUP BY u.id"
)
_KEEP = text(
    "WITH w AS (SELECT id, ST_Multi(CAST(shape AS geometry)) AS shape"
    "   FROM unnest(CAST(:ids AS uuid[]), CAST(:shapes AS text[])) AS w(id, shape)),"
    " gone AS (DELETE FROM area a USING unit u WHERE u.id = a.unit_id AND u.kind = ANY(:kinds)"
    "   AND a.source = 'sketched' AND NOT EXISTS (SELECT FROM w WHERE w.id = a.unit_id) RETURNING 1),"
    " put AS (INSERT INTO area AS a (unit_id, shape, source, at) SELECT id, shape, 'sketched', :now FROM w"
    "   ON CONFLICT (unit_id) DO UPDATE SET shape = excluded.shape, at = excluded.at"
    "   WHERE a.source = 'sketched' AND ST_AsEWKB(a.shape) <> ST_AsEWKB(excluded.shape) RETURNING 1)"
    " SELECT (SELECT count(*) FROM put) + (SELECT count(*) FROM gone)"
)
_LEFT = text(
    "SELECT count(*) FROM unit u WHERE u.kind = 'village' AND NOT EXISTS (SELECT FROM area a WHERE a.unit_id = u.id)"
)
_VILLAGES, _ABOVE = [UnitKind.VILLAGE.value], [UnitKind.TOWN.value, UnitKind.AREA.value]


class Sketched(NamedTuple):
    """What became of the units without an outline of their own."""

    villages: int
    above: int
    changed: int
    left: int


def sketch(session: Session) -> Sketched:
    """Draw villages that nobody has drawn, inside the nearest real outline above them, and towns from their villages.

    What was sketched before is drawn again or goes; a real outline is never touched. Villages without a home whose
    position is known, or without a real outline above, are left out.
    """
    cells = session.execute(_CELLS).all()
    changed = _keep(session, cells, _VILLAGES)
    unions = session.execute(_UNIONS, {"kinds": _ABOVE}).all()
    changed += _keep(session, unions, _ABOVE)
    return Sketched(len(cells), len(unions), changed, int(session.scalar(_LEFT) or 0))


def _keep(session: Session, drawn: Sequence[Any], kinds: list[str]) -> int:
    """Write what was drawn of these kinds; how many rows are other than before."""
    facts = {"ids": db.pg_uuids(row.id for row in drawn), "shapes": [row.shape for row in drawn], "kinds": kinds}
    return int(session.scalar(_KEEP, facts | {"now": clock.now()}) or 0)
