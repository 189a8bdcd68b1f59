"""/console/v1/map: visits on the map for verifiers, within what they see; how well homes are looked after."""

from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.blueprint import Blueprint
from api.conditional import conditional
from api.console.viewer import on_the_ground, require_unit, seeing_as
from api.schemas.map import (
    CountsAsked,
    CoverageAsked,
    CoverageSchema,
    MapSettings,
    TimelineSchema,
    VisitsAsked,
)
from api.session import house, reading
from sync import access, clock
from sync.errors import refuse
from sync.geo.tiles import ZOOM, Tile
from sync.insight import coverage, tiles
from sync.insight.days import Days
from sync.insight.tiles import Asked
from sync.insight.timeline import timeline
from sync.models import Programme
from sync.registry.areas import extent
from sync.roles import Noun
from sync.words import Role, Verdict

blp = Blueprint("map", __name__, description="地图 / map")
MVT = "application/vnd.mapbox-vector-tile"


def asked_of(query: dict[str, Any]) -> Asked:
    """The filters of a query."""
    days = Days(query.get("from"), query.get("until"))
    return Asked(days, tuple(query.get("verdict", ())), query.get("unit"), query.get("programme"))


@blp.get("/map/tiles/visits/<int:z>/<int:x>/<int:y>.mvt")
@blp.arguments(VisitsAsked, location="query")
@blp.response(200, {"type": "string", "format": "binary"}, content_type=MVT, description="One layer: visits or counts")
@blp.alt_response(204, description="Nothing is there")
@blp.alt_response(304, description="The tile that the browser has is still right")
@blp.alt_response(404, "NOT_FOUND", description="No such tile, or no such unit")
@blp.alt_response(413, "REQUEST_ENTITY_TOO_LARGE", description="By programme only where few visits are to be looked at")
def visits_tile(query: dict[str, Any], z: int, x: int, y: int) -> Response:
    """A vector tile. Below zoom 12, and where more than a few thousand visits of the asked days crowd, it has the layer
    `counts` (n, verified, doubtful, unverifiable, refused of a cell), else the layer `visits` (id, verdict, at, unit).

    A visit told twice counts once. Who sees a visit is decided by its unit; `at` is Unix seconds.
    """
    actor, asked, at = seeing_as(Role.VERIFIER), asked_of(query), Tile(z, x, y)
    if not at.exists:
        raise refuse("not-found")

    def work(session: Session) -> bytes:
        require_unit(session, actor, asked.unit)
        return tiles.tile(session, actor, asked, at, house().policy.counts)

    body = reading(work)
    return conditional(body, MVT) if body else Response(status=204)


@blp.get("/map/days")
@blp.arguments(CountsAsked, location="query")
@blp.response(200, TimelineSchema)
@blp.alt_response(404, "NOT_FOUND")
def days(query: dict[str, Any]) -> dict[str, Any]:
    """Visits by local day and verdict, those without a position too; a long time is told by months, cut off at the
    asked days."""
    actor, asked = seeing_as(Role.VERIFIER), asked_of(query)

    def work(session: Session) -> dict[str, Any]:
        require_unit(session, actor, asked.unit)
        line = timeline(session, actor, asked, house().policy.counts)
        items = [
            {"on": on, "n": sum(visits.values())} | {verdict.value: visits[verdict] for verdict in Verdict}
            for on, visits in line.visits.items()
        ]
        return {"step": "month" if line.monthly else "day", "items": items}

    return reading(work)


@blp.get("/map/coverage")
@blp.arguments(CoverageAsked, location="query")
@blp.response(200, CoverageSchema)
@blp.alt_response(404, "NOT_FOUND")
def covered(query: dict[str, Any]) -> dict[str, Any]:
    """How many homes of each unit directly under `unit` were met, only tried, or neither.

    `met`: somebody of the home was met on or after `from`, or ever without it; a call counts for who lives away.
    `tried`: not met since then, but somebody was there. What is kept is the LAST time of each home, so the answer
    always reaches until today: a home met before a past day and again after it counts as met later. A visit that a
    person refused does not count.
    """
    actor, unit, first = seeing_as(Role.VERIFIER, Role.LEADER), query.get("unit"), query.get("from")
    under = [unit] if unit else access.units_of(actor, Noun.UNIT)

    def work(session: Session) -> list[dict[str, Any]]:
        require_unit(session, actor, unit)
        rows = session.execute(coverage.of_children(actor, under, clock.midnight(first) if first else None))
        return [row._asdict() | {"never": row.places - row.met - row.tried} for row in rows]

    items = reading(work)
    total = {name: sum(item[name] for item in items) for name in ("places", "met", "tried", "never")}
    return {"from": first, "until": clock.today(), "items": items, "total": total}


@blp.get("/map/settings")
@blp.response(200, MapSettings)
def map_settings() -> dict[str, Any]:
    """The base map, where to begin, the bounds of the other answers, programmes to filter by."""
    seeing, opened = seeing_as(Role.VERIFIER, Role.LEADER, Role.PROGRAMME_OFFICE), house()

    def work(session: Session) -> tuple[list[float] | None, list[dict[str, UUID | str]]]:
        box = session.execute(extent(on_the_ground(session, seeing))).one()
        programmes = session.execute(
            select(Programme.id, Programme.name).where(Programme.valid.contains(clock.today())).order_by(Programme.code)
        )
        return (None if box[0] is None else list(box)), [row._asdict() for row in programmes]

    bounds, programmes = reading(work)
    return {
        "tile_url": opened.settings.tile_url,
        "tile_credit": opened.settings.tile_credit,
        "bounds": bounds,
        "counts_below_zoom": tiles.COUNTS_BELOW,
        "zoom_max": ZOOM,
        "listed_max": opened.policy.counts.listed_max,
        "today": clock.today(),
        "programmes": programmes,
    }
