"""Which homes are looked after: when somebody of a place was last met, and when it was last tried.

Promise: coverage never counts visits. Batches keep the last times of each place in `place_seen`; where a time may have
to go back (a visit refused, a merge, a changed outcome) the visits of just those places are looked at again.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Integer,
    Select,
    and_,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Session, aliased

from sync import access, clock, db
from sync.access import Actor
from sync.insight.rules import is_met
from sync.models import Place, PlaceSeen, Unit, UnitAbove
from sync.roles import Noun
from sync.words import Mode, Outcome

Rows = Select[*tuple[Any, ...]]
# Written out, so that a prepared statement still matches the partial index.
IN_SERVICE: ColumnElement[bool] = literal_column(
    "place.state IN ('active', 'proposed') AND place.merged_into_id IS NULL", Boolean
)

_MET = " OR ".join(
    f"v.outcome = '{outcome.value}' AND v.mode = '{mode.value}'"
    for outcome in Outcome
    for mode in Mode
    if is_met(outcome, mode)
)
_SEE = text(
    "INSERT INTO place_seen AS s (place_id, unit_id, met_at, tried_at)"
    " SELECT * FROM unnest(CAST(:places AS uuid[]), CAST(:units AS uuid[]), CAST(:met AS timestamptz[]),"
    "  CAST(:tried AS timestamptz[])) AS w(id, unit, met, tried)"
    "  WHERE EXISTS (SELECT FROM place p WHERE p.id = w.id AND p.state IN ('active', 'proposed'))"
    "  ORDER BY id ON CONFLICT (place_id) DO UPDATE"
    "  SET met_at = greatest(s.met_at, excluded.met_at), tried_at = greatest(s.tried_at, excluded.tried_at)"
    "  WHERE s.met_at IS DISTINCT FROM greatest(s.met_at, excluded.met_at)"
    "  OR s.tried_at IS DISTINCT FROM greatest(s.tried_at, excluded.tried_at)"
)
# The row is made or locked in a statement of its own, so that the next one sees every visit whose batch held it.
_LOCK = text(
    "INSERT INTO place_seen AS s (place_id, unit_id) SELECT id, unit_id FROM place WHERE id IN"
    "  (SELECT coalesce(merged_into_id, id) FROM place WHERE id = ANY(:ids)) ORDER BY 1"
    " ON CONFLICT (place_id) DO UPDATE SET unit_id = excluded.unit_id RETURNING place_id"
)
_RECOUNT = text(
    f"WITH seen AS (SELECT w.id, max(v.started_at) FILTER (WHERE {_MET}) AS met_at, max(v.started_at) AS tried_at"
    "  FROM unnest(CAST(:roots AS uuid[])) AS w(id) CROSS JOIN LATERAL"
    "   (SELECT w.id AS place_id UNION ALL SELECT id FROM place WHERE merged_into_id = w.id) AS p"
    "  LEFT JOIN visit v ON v.place_id = p.place_id AND v.verdict <> 'refused' GROUP BY w.id)"
    " UPDATE place_seen s SET met_at = seen.met_at, tried_at = seen.tried_at FROM seen WHERE s.place_id = seen.id"
)
_GONE = text(
    "DELETE FROM place_seen s USING place p WHERE p.id = s.place_id AND p.id = ANY(:ids)"
    " AND (p.merged_into_id IS NOT NULL OR p.state NOT IN ('active', 'proposed'))"
)
_PLACES = text("SELECT DISTINCT place_id FROM visit WHERE id = ANY(:ids)")


class Seen(NamedTuple):
    """A visit as coverage sees it; `place_id` is the place that merged ones stand for."""

    place_id: UUID
    unit_id: UUID
    at: datetime
    outcome: Outcome
    mode: Mode


def see(session: Session, visits: Iterable[Seen]) -> None:
    """Note the last times of the places of new visits: one statement, rows in the order of their key. Who was met at a
    home that is out of service changes no number: such a home is not counted either."""
    met: dict[UUID, datetime] = {}
    tried: dict[UUID, datetime] = {}
    units: dict[UUID, UUID] = {}
    for one in visits:
        units[one.place_id] = one.unit_id
        tried[one.place_id] = max(one.at, tried.get(one.place_id, one.at))
        if is_met(one.outcome, one.mode):
            met[one.place_id] = max(one.at, met.get(one.place_id, one.at))
    if tried:
        times = [met[place].isoformat() if place in met else "NULL" for place in tried]
        facts = {"places": db.pg_uuids(units), "units": db.pg_uuids(units.values()), "met": f"{{{','.join(times)}}}"}
        session.execute(_SEE, facts | {"tried": db.pg_times(tried.values())})


def recount(session: Session, places: Collection[UUID]) -> None:
    """Find out anew when these places were met and tried: after a visit there was refused or no longer is, changed its
    outcome, or a place was merged, parted or taken out of service. Whatever ids of merged places are given, their whole
    group is done; a place that is not to be visited any more has no times."""
    if not places:
        return
    roots = session.scalars(_LOCK, {"ids": db.pg_uuids(places)}).all()
    session.execute(_RECOUNT, {"roots": db.pg_uuids(roots)})
    session.execute(_GONE, {"ids": db.pg_uuids(places)})


def recount_of(session: Session, visits: Collection[UUID]) -> None:
    """The same for the places of these visits."""
    if visits:
        recount(session, session.scalars(_PLACES, {"ids": db.pg_uuids(visits)}).all())


def of_children(actor: Actor, under: Collection[UUID], since: datetime | None) -> Rows:
    """Coverage of each unit directly under `under`, what is below it included, and of `under` itself where places hang
    on it: unit, name, kind, has_children, places, met, tried since a moment, in the order of the administrative codes.

    Only the last times are kept, so the answer always reaches until now. A leader sees the numbers of the units below,
    a verifier those under the own unit. Of units that lie below one another the highest is taken, so that nothing is
    counted twice.
    """
    numbers = _places().cte("numbers").prefix_with("MATERIALIZED")
    seen = _seen(since).cte("seen").prefix_with("MATERIALIZED")
    child, above = aliased(Unit), aliased(UnitAbove)
    lower = exists().where(above.unit_id == UnitAbove.unit_id, above.above_id.in_(under), above.depth > 0)
    highest = select(UnitAbove.unit_id).where(UnitAbove.unit_id.in_(under), UnitAbove.depth == 0, ~lower).cte("highest")
    tops = select(highest.c.unit_id)
    return (
        select(
            Unit.id.label("unit"),
            Unit.name,
            Unit.kind,
            exists().where(child.parent_id == Unit.id, child.valid.contains(clock.today())).label("has_children"),
            cast(func.sum(numbers.c.places), Integer).label("places"),
            *(cast(func.coalesce(func.sum(seen.c[name]), 0), Integer).label(name) for name in ("met", "tried")),
        )
        .join(UnitAbove, UnitAbove.above_id == Unit.id)
        .join(numbers, numbers.c.unit_id == UnitAbove.unit_id)
        .join(seen, seen.c.unit_id == UnitAbove.unit_id, isouter=True)
        .where(or_(Unit.parent_id.in_(tops), and_(Unit.id.in_(tops), UnitAbove.depth == 0)))
        .where(UnitAbove.unit_id.in_(access.units_within(actor, Noun.COUNT, Noun.EVIDENCE)))
        .group_by(Unit.id)
        .order_by(Unit.sort_code, Unit.id)
    )


# Each table is summed up by unit first, whoever asks: looking every row's unit up in the viewer's scope takes three
# times as long, and there are a few hundred units.


def _places() -> Rows:
    return select(Place.unit_id, func.count().label("places")).where(IN_SERVICE).group_by(Place.unit_id)


def _seen(since: datetime | None) -> Rows:
    met = PlaceSeen.met_at >= since if since else PlaceSeen.met_at.is_not(None)
    tried = PlaceSeen.tried_at >= since if since else PlaceSeen.tried_at.is_not(None)
    return select(
        PlaceSeen.unit_id,
        func.count().filter(met).label("met"),
        func.count().filter(and_(tried, met.is_not(True))).label("tried"),
    ).group_by(PlaceSeen.unit_id)
