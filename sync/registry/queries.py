"""Places as the console asks for them: selects within the viewer's scope."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import ColumnElement, Select, cast, func, or_, select
from sqlalchemy.orm import aliased

from sync.access import Actor, within
from sync.ground import units_below
from sync.models import Place, PlaceMerge, PlacePosition, Unit
from sync.roles import Noun
from sync.words import PlaceState

Rows = Select[*tuple[Any, ...]]
STANDING = (PlaceState.PROPOSED, PlaceState.ACTIVE)


def lon_of(position: Any) -> ColumnElement[float]:
    """Degrees east of a geography column."""
    return func.ST_X(cast(position, Geometry("POINT", srid=4326)))


def lat_of(position: Any) -> ColumnElement[float]:
    """Degrees north of a geography column."""
    return func.ST_Y(cast(position, Geometry("POINT", srid=4326)))


def places_found(actor: Actor, unit_id: UUID | None, words: str) -> Rows:
    """Places that stand for themselves, of a unit and those under it, whose name or code holds the words."""
    rows = (
        select(
            Place.id,
            Place.code,
            Place.name,
            Place.address,
            Place.kind,
            Place.state,
            Place.unit_id,
            Unit.name.label("unit_name"),
        )
        .join(Unit, Unit.id == Place.unit_id)
        .where(Place.state.in_(STANDING))
    )
    if unit_id:
        rows = rows.where(Place.unit_id.in_(units_below([unit_id])))
    if words:
        rows = rows.where(
            or_(Place.name.contains(words, autoescape=True), Place.code.startswith(words, autoescape=True))
        )
    return within(actor, rows, Noun.PLACE)


def place_shown(actor: Actor, place_id: UUID) -> Rows:
    """One place as the viewer may see it, merged or not."""
    rows = (
        select(
            Place.id,
            Place.code,
            Place.name,
            Place.address,
            Place.kind,
            Place.state,
            Place.unit_id,
            Unit.name.label("unit_name"),
            lon_of(Place.position).label("lon"),
            lat_of(Place.position).label("lat"),
            Place.position_datum,
            Place.setting,
            Place.radius_m,
            Place.merged_into_id,
        )
        .join(Unit, Unit.id == Place.unit_id)
        .where(Place.id == place_id)
    )
    return within(actor, rows, Noun.PLACE)


def positions_of(place_id: UUID) -> Rows:
    """Every version of a place's position, the newest first."""
    return (
        select(
            PlacePosition.n,
            lon_of(PlacePosition.position).label("lon"),
            lat_of(PlacePosition.position).label("lat"),
            PlacePosition.method,
            func.cardinality(PlacePosition.visits).label("visits"),
            PlacePosition.by,
            PlacePosition.at,
        )
        .where(PlacePosition.place_id == place_id)
        .order_by(PlacePosition.n.desc())
    )


def aliases_of(place_id: UUID) -> Rows:
    """What was merged into a place, with the merge that can be undone, the newest first."""
    return (
        select(Place.id, Place.code, Place.name, PlaceMerge.id.label("merge"), PlaceMerge.by, PlaceMerge.at)
        .join(PlaceMerge, (PlaceMerge.away_id == Place.id) & PlaceMerge.undone_at.is_(None))
        .where(Place.merged_into_id == place_id)
        .order_by(PlaceMerge.at.desc(), PlaceMerge.id)
    )


def units_with_places(actor: Actor, unit_id: UUID | None) -> Rows:
    """The units of the viewer's places, at or under a unit."""
    rows = within(actor, select(Place.unit_id.label("id")).distinct().where(Place.state.in_(STANDING)), Noun.PLACE)
    return rows.where(Place.unit_id.in_(units_below([unit_id]))) if unit_id else rows


def doors_of(units: Collection[UUID]) -> Rows:
    """The standing places of units, as far as doubles are looked for among them."""
    return select(
        Place.id,
        Place.unit_id,
        Place.name,
        lon_of(Place.position).label("lon"),
        lat_of(Place.position).label("lat"),
    ).where(Place.unit_id.in_(units), Place.state.in_(STANDING))


def taken_apart(units: Collection[UUID]) -> Rows:
    """Pairs of places of these units whose merge a person undid."""
    away = aliased(Place)
    return (
        select(PlaceMerge.away_id, PlaceMerge.into_id)
        .join(away, away.id == PlaceMerge.away_id)
        .where(PlaceMerge.undone_at.is_not(None), away.unit_id.in_(units))
    )


def units_of_places(places: Collection[UUID]) -> Rows:
    """The unit of each place."""
    return select(Place.id, Place.unit_id).where(Place.id.in_(places))
