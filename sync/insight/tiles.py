"""Visits on the map: single ones, and counts per cell where there are too many to be told apart.

Promise: every select is bounded by the tile, the viewer's scope and the days, whatever is stored. Single visits come
through ranges of `ix_visit_cell_started_at`; counts through the key of `visit_count`, whole months from rows of months
and the days at the edges from rows of days, together with the differences that are not folded in yet.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    Integer,
    Select,
    SQLColumnExpression,
    Text,
    any_,
    cast,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from sync import access, clock, db
from sync.access import Actor
from sync.errors import refuse
from sync.geo.tiles import ZOOM, Tile
from sync.ground import units_below
from sync.insight.counting import COARSE, FINE
from sync.insight.days import DAY, Days, Parts
from sync.models import SameVisit, UnitAbove, Visit, VisitCount, VisitDelta
from sync.policy import Counts
from sync.roles import Noun
from sync.words import SameKind, Verdict

Rows = Select[*tuple[Any, ...]]
Ranges = Sequence[tuple[int, int]]
Where = Callable[[int], Ranges]  # from a zoom to ranges of its codes that hold what is looked at

EXTENT = 4096  # units across a tile, as clients expect
BUFFER = 256  # no visit is cut off at an edge: its cell decides which tile it is in
BITS = 5  # a tile of counts shows 2**5 x 2**5 cells
COUNTS_BELOW = 12  # zooms that show counts alone
FROM_TABLE = 13  # up to here a crowded tile takes its counts from the table, beyond from the few visits it holds


class Asked(NamedTuple):
    """What a viewer wants to see of the map."""

    days: Days = Days()
    verdicts: Sequence[Verdict] = ()
    unit: UUID | None = None
    programme: UUID | None = None


def tile(session: Session, actor: Actor, asked: Asked, at: Tile, limits: Counts) -> bytes:
    """A Mapbox vector tile: the layer `visits` from zoom 12 on, `counts` below and where visits crowd; b"" if empty.

    Raises area-too-large where a programme is asked for and more visits would have to be looked at than `limits` say:
    counts do not know programmes.
    """
    parts = parts_of(session, asked.days)
    crowd = 0
    if at.z >= COUNTS_BELOW or asked.programme:
        crowd = crowd_in(session, actor, asked, parts, limits, lambda zoom: [at.codes(zoom)])
        if asked.programme and crowd > limits.looked_at_max:
            raise refuse("area-too-large", visits=crowd, most=limits.looked_at_max)
    if at.z >= COUNTS_BELOW and crowd <= limits.tile_visits_max:
        rows = tile_of_visits(actor, asked, at)
    elif asked.programme or at.z > FROM_TABLE:
        rows = tile_of_counts(looked_at(actor, asked, at), at, min(at.z + BITS, ZOOM))
    else:
        level = COARSE if at.z + BITS <= COARSE + 1 else FINE
        grid = min(at.z + BITS, level)
        counts = counted(actor, asked, parts, limits, lambda zoom: [at.codes(zoom)], level, grid)
        rows = tile_of_counts(counts, at, grid)
    return bytes(session.scalar(rows, execution_options=db.AFRESH) or b"")


def crowd_in(session: Session, actor: Actor, asked: Asked, parts: Parts, limits: Counts, where: Where) -> int:
    """How many visits would have to be looked at one by one to answer: of any verdict and programme."""
    counts = counted(actor, asked._replace(verdicts=()), parts, limits, where, FINE).subquery()
    return int(session.scalar(select(func.sum(counts.c.visits)), execution_options=db.AFRESH) or 0)


def single(actor: Actor, asked: Asked, ranges: Ranges) -> Rows:
    """Visits in ranges of cells, repeats left out: id, to which the caller adds columns and a limit."""
    repeat = exists().where(
        SameVisit.child_id == Visit.id, SameVisit.kind == SameKind.REPEAT, SameVisit.undone_at.is_(None)
    )
    # Written out, so that a prepared statement matches the partial index.
    has_cell: ColumnElement[bool] = literal_column("visit.cell >= 0")
    rows = select(Visit.id).select_from(Visit).where(has_cell, _inside(Visit.cell, ranges), ~repeat)
    if asked.days.first:
        rows = rows.where(Visit.started_at >= clock.midnight(asked.days.first))
    if asked.days.last:
        rows = rows.where(Visit.started_at < clock.midnight(asked.days.last + DAY))
    if asked.verdicts:
        rows = rows.where(Visit.verdict.in_(asked.verdicts))
    if asked.unit:
        rows = rows.where(Visit.unit_id.in_(units_below([asked.unit])))
    if asked.programme:
        rows = rows.where(Visit.programme_id == asked.programme)
    return access.within(actor, rows, Noun.EVIDENCE)


def tile_of_visits(actor: Actor, asked: Asked, at: Tile) -> Rows:
    """The bytes of a tile with the layer `visits`."""
    point = func.ST_Transform(cast(Visit.point, Geometry("POINT", srid=4326)), 3857)
    envelope = func.ST_TileEnvelope(at.z, at.x, at.y)
    shown = single(actor, asked, [at.codes()]).with_only_columns(
        func.ST_AsMVTGeom(point, envelope, EXTENT, BUFFER, False, type_=Geometry).label("shape"),
        cast(Visit.id, Text).label("id"),
        cast(Visit.verdict, Text).label("verdict"),
        cast(func.extract("epoch", Visit.started_at), Integer).label("at"),
        cast(Visit.unit_id, Text).label("unit"),
    )
    return _layer("visits", shown)


def tile_of_counts(counts: Rows, at: Tile, grid: int) -> Rows:
    """The bytes of a tile with the layer `counts`: a point in the middle of each cell of zoom `grid`."""
    cells, bits = counts.subquery(), grid - at.z
    half = EXTENT >> bits + 1

    def middle(first: int) -> ColumnElement[int]:
        """Every second bit of the cell's code inside the tile, as units from the tile's edge."""
        place: ColumnElement[int] = literal_column("0")
        for n in range(bits):
            place = place + cells.c.cell.op(">>")(literal_column(str(n + first))).op("&")(literal_column(str(1 << n)))
        return place * literal_column(str(2 * half)) + literal_column(str(half))

    def visits(*verdicts: Verdict) -> ColumnElement[int]:
        return cast(func.coalesce(func.sum(cells.c.visits).filter(cells.c.verdict.in_(verdicts)), 0), Integer)

    shown = (
        select(
            func.ST_MakePoint(middle(0), middle(1), type_=Geometry).label("shape"),
            visits(*Verdict).label("n"),
            *(visits(verdict).label(verdict.value) for verdict in Verdict),
        )
        .group_by(cells.c.cell)
        .having(func.sum(cells.c.visits) > 0)
    )
    return _layer("counts", shown)


def _layer(name: str, shown: Rows) -> Rows:
    # The type of ST_MakePoint and ST_AsMVTGeom is given, so that no conversion to text is put around them.
    rows = shown.subquery("t")
    return select(func.ST_AsMVT(literal_column("t.*"), name, EXTENT, "shape")).select_from(rows)


def looked_at(actor: Actor, asked: Asked, at: Tile) -> Rows:
    """Single visits of a tile as if each were a count: cell, verdict, visits."""
    shift: ColumnElement[int] = literal_column(str(2 * (ZOOM - min(at.z + BITS, ZOOM))))
    columns = Visit.cell.op(">>")(shift).label("cell"), Visit.verdict, literal(1).label("visits")
    return single(actor, asked, [at.codes()]).with_only_columns(*columns)


def counted(
    actor: Actor,
    asked: Asked,
    parts: Parts,
    limits: Counts,
    where: Where | None = None,
    level: int = COARSE,
    grid: int | None = None,
) -> Rows:
    """Counts of whole months (kept at `level`), single days and what is not folded in: on, cell, verdict, visits.

    Without `where` everywhere, those without a position too. Cells are those of zoom `grid`, at most `level`. The same
    key may come several times, also with negative numbers.
    """
    grid = level if grid is None else grid
    units = access.units_within(actor, Noun.EVIDENCE)
    if asked.unit:
        units = units.where(UnitAbove.unit_id.in_(units_below([asked.unit])))
    scope = units.cte("scope").prefix_with("MATERIALIZED")

    def part(table: Any, zoom: int, *chosen: ColumnElement[bool], less: bool = False) -> Rows:
        cell = table.c.cell.op(">>")(literal_column(str(2 * (zoom - grid)))).label("cell")
        visits: ColumnElement[int] = (-table.c.visits if less else table.c.visits).label("visits")
        rows = select(table.c.on, cell, table.c.verdict, visits).where(*chosen)
        rows = rows.where(table.c.unit_id.in_(select(scope.c.unit_id)))
        if asked.verdicts:
            rows = rows.where(table.c.verdict.in_(asked.verdicts))
        return rows.where(_inside(table.c.cell, where(zoom))) if where else rows

    def daily(days: list[date], less: bool = False) -> Rows:
        return part(kept, FINE, kept.c.span == "d", kept.c.level == FINE, kept.c.on == _any(days), less=less)

    kept = VisitCount.__table__
    months = part(kept, level, kept.c.span == "m", kept.c.level == level, kept.c.on == _any(parts.months))
    fresh = select(VisitDelta).order_by(VisitDelta.id).limit(limits.unfolded_max).subquery("fresh")
    unfolded = part(fresh, FINE, *_between(fresh.c.on, asked.days))
    told = [months, daily(parts.days), unfolded, *([daily(parts.less, less=True)] if parts.less else [])]
    return select(union_all(*told).subquery("counted"))


def _inside(cell: SQLColumnExpression[Any], ranges: Ranges) -> ColumnElement[bool]:
    return or_(*(cell.between(low, high) for low, high in ranges))


def _any(days: list[date]) -> ColumnElement[Any]:
    return any_(literal(days, ARRAY(Date)))


def _between(column: ColumnElement[date], days: Days) -> list[ColumnElement[bool]]:
    found = [column >= days.first] if days.first else []
    return [*found, column <= days.last] if days.last else found


def parts_of(session: Session, days: Days, *, daily: bool = False) -> Parts:
    """The parts of these days for which there are counts."""
    known = select(func.min(VisitCount.on), func.max(VisitCount.on)).where(
        VisitCount.span == "m", VisitCount.level == COARSE
    )
    first, last = session.execute(known).one()
    if first is None:
        return Parts([], [], [])
    closed = days.within(first, (last + 31 * DAY).replace(day=1) + 31 * DAY)
    return closed.by_days() if daily else closed.by_months()
