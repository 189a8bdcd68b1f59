"""What lies in a small box of the map: visits with what their verdict rests on, homes with when they were last met.

Nobody is named here, so that looking at a map is no reading of a household file; who wants to know opens the visit.
"""

from collections.abc import Sequence
from typing import Any

from geoalchemy2 import Geography, Geometry
from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    and_,
    cast,
    func,
    select,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from sync import access, db
from sync.access import Actor
from sync.errors import refuse
from sync.geo.tiles import Box, cover
from sync.insight.coverage import IN_SERVICE
from sync.insight.tiles import Asked, crowd_in, parts_of, single
from sync.models import Place, PlaceSeen, Trace, Visit, VisitVerdict
from sync.policy import Counts
from sync.roles import Noun

Rows = Select[*tuple[Any, ...]]
Told = aliased(Place, name="told")
WIDEST_DEG, MARGIN_DEG = 1.0, 0.01


def visits_in_box(session: Session, actor: Actor, asked: Asked, box: Box, limits: Counts) -> Sequence[Any]:
    """Visits in a box with the numbers of their newest judgement and the place they are held against.

    Raises area-too-large for more than `limits.listed_max`, or where too many would have to be looked at.
    """
    crowd = crowd_in(session, actor, asked, parts_of(session, asked.days), limits, lambda zoom: cover(box, zoom))
    if crowd > limits.looked_at_max:
        raise refuse("area-too-large", visits=crowd, most=limits.listed_max)
    rows = session.execute(_visits(actor, asked, box).limit(limits.listed_max + 1), execution_options=db.AFRESH).all()
    if len(rows) > limits.listed_max:
        raise refuse("area-too-large", visits=max(crowd, len(rows)), most=limits.listed_max)
    return in_order(rows)


def _visits(actor: Actor, asked: Asked, box: Box) -> Rows:
    """The select of `visits_in_box`; `told_lon`, `told_lat`, `letter` are of the best fix as the phone sent it."""
    newest = (
        select(VisitVerdict.reasons, VisitVerdict.numbers)
        .where(VisitVerdict.visit_id == Visit.id)
        .order_by(VisitVerdict.n.desc())
        .limit(1)
        .lateral("newest")
    )
    fix = cast(newest.c.numbers["best_fix"].astext, Integer) + 1
    lon, lat = _degrees(Visit.point)
    columns = (
        Visit.id, Visit.verdict, Visit.started_at, Visit.outcome, Visit.mode, Visit.unit_id, lon.label("lon"),
        lat.label("lat"), newest.c.reasons, newest.c.numbers, Place.id.label("place"),
        *(one.label(name) for name, one in zip(("place_lon", "place_lat"), _degrees(Place.position), strict=True)),
        Place.radius_m, Place.setting, Trace.lon[fix].label("told_lon"), Trace.lat[fix].label("told_lat"),
        func.substr(Trace.datum, fix, 1).label("letter"),
    )  # fmt: skip
    on = cast(Visit.received_at, Date)
    return (
        single(actor, asked, cover(box))
        .with_only_columns(*columns)
        .join(newest, true(), isouter=True)
        .join(Told, Told.id == Visit.place_id, isouter=True)
        .join(Place, Place.id == func.coalesce(Told.merged_into_id, Told.id), isouter=True)
        .join(Trace, and_(Trace.visit_id == Visit.id, Trace.received_on == on), isouter=True)
        .where(lon.between(box.west, box.east), lat.between(box.south, box.north))
    )


def places_in_box(session: Session, actor: Actor, box: Box, limits: Counts) -> Sequence[Any]:
    """Places in service with a position in a box, when they were met and tried. Raises area-too-large."""
    lon, lat = _degrees(Place.position)
    if max(box.east - box.west, box.north - box.south) > WIDEST_DEG:
        raise refuse("area-too-large", most=limits.listed_max)
    # Sides of a box on the globe are great circles, which leave the lines of equal latitude by less than the margin.
    around = cast(func.ST_Expand(func.ST_MakeEnvelope(*box, 4326), MARGIN_DEG, type_=Geometry), Geography)
    rows = (
        select(
            Place.id, Place.unit_id, Place.kind, Place.radius_m, Place.setting, lon.label("lon"), lat.label("lat"),
            PlaceSeen.met_at, PlaceSeen.tried_at,
        )
        .join(PlaceSeen, PlaceSeen.place_id == Place.id, isouter=True)
        .where(IN_SERVICE)
        .where(Place.position.op("&&")(around))
        .where(lon.between(box.west, box.east), lat.between(box.south, box.north))
        .limit(limits.listed_max + 1)
    )  # fmt: skip
    found = session.execute(access.within(actor, rows, Noun.PLACE)).all()
    if len(found) > limits.listed_max:
        raise refuse("area-too-large", most=limits.listed_max)
    return in_order(found)


def in_order(rows: Sequence[Any]) -> list[Any]:
    """Rows by their ids, so that the same answer has the same bytes and a browser keeps it. Sorted here: a sorted and
    limited select would be looked for along the ids of the whole table."""
    return sorted(rows, key=lambda row: row.id)


def _degrees(point: InstrumentedAttribute[Any]) -> tuple[ColumnElement[float], ColumnElement[float]]:
    flat = cast(point, Geometry("POINT", srid=4326))
    return func.ST_X(flat), func.ST_Y(flat)
