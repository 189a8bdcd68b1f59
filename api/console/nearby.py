"""/console/v1/map/*.geojson: what lies in a small box, outlines; and /console/v1/units: the tree to choose from."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import orjson
from flask import Response
from sqlalchemy.orm import Session

from api.blueprint import Blueprint
from api.conditional import conditional
from api.console.map import asked_of
from api.console.viewer import on_the_ground, require_unit, seeing_as
from api.schemas.map import AREAS, PLACES, VISITS, AreasAsked, PlacesInBoxAsked, VisitsInBoxAsked
from api.session import house, reading
from sync import clock
from sync.insight.nearby import places_in_box, visits_in_box
from sync.policy import Verify
from sync.registry.areas import outlines
from sync.words import Datum, Role

blp = Blueprint("nearby", __name__, description="地图 / map")
GEOJSON = "application/geo+json"
DATUMS = {datum.value[0]: datum for datum in Datum}
UNCHANGED = "What the browser has is still right"


@blp.get("/map/visits.geojson")
@blp.arguments(VisitsInBoxAsked, location="query")
@blp.response(200, VISITS, content_type=GEOJSON)
@blp.alt_response(304, description=UNCHANGED)
@blp.alt_response(404, "NOT_FOUND")
@blp.alt_response(413, "REQUEST_ENTITY_TOO_LARGE")
def visits_nearby(query: dict[str, Any]) -> Response:
    """Single visits of a small box: where each took place as judged, the place it is held against, accuracy, and the
    best fix as it was told where another datum explains it. Refused with area-too-large for more than `listed_max`."""
    actor, asked, policy = seeing_as(Role.VERIFIER), asked_of(query), house().policy

    def work(session: Session) -> list[Any]:
        require_unit(session, actor, asked.unit)
        return list(visits_in_box(session, actor, asked, query["bbox"], policy.counts))

    return _collection(_feature(row.lon, row.lat, _visit(row, policy.verify)) for row in reading(work))


@blp.get("/map/places.geojson")
@blp.arguments(PlacesInBoxAsked, location="query")
@blp.response(200, PLACES, content_type=GEOJSON)
@blp.alt_response(304, description=UNCHANGED)
@blp.alt_response(413, "REQUEST_ENTITY_TOO_LARGE")
def places_nearby(query: dict[str, Any]) -> Response:
    """Homes of a small box, unnamed: `met` since the day `from` (or ever), `tried` since then, or `never`."""
    actor, policy = seeing_as(Role.VERIFIER), house().policy
    since = clock.midnight(query["from"]) if "from" in query else None
    rows = reading(lambda session: places_in_box(session, actor, query["bbox"], policy.counts))
    return _collection(_feature(row.lon, row.lat, _place(row, since, policy.verify)) for row in rows)


@blp.get("/map/areas.geojson")
@blp.arguments(AreasAsked, location="query")
@blp.response(200, AREAS, content_type=GEOJSON)
@blp.alt_response(304, description=UNCHANGED)
@blp.alt_response(404, "NOT_FOUND")
def areas(query: dict[str, Any]) -> Response:
    """Outlines of a unit and those directly under it, or of all units that the viewer sees. `sketched`: 示意, drawn
    around homes because nobody has imported a real outline."""
    seeing, unit = seeing_as(Role.VERIFIER, Role.LEADER, Role.PROGRAMME_OFFICE), query.get("unit")

    def work(session: Session) -> list[Any]:
        actor = on_the_ground(session, seeing)
        require_unit(session, actor, unit)
        return list(session.execute(outlines(actor, unit)))

    names = ("unit", "name", "kind", "parent", "source")
    return _collection(
        {
            "type": "Feature",
            "geometry": orjson.Fragment(row.shape),
            "properties": {name: getattr(row, name) for name in names},
        }
        for row in reading(work)
    )


def _collection(features: Iterable[dict[str, Any]]) -> Response:
    return conditional(orjson.dumps({"type": "FeatureCollection", "features": list(features)}), GEOJSON)


def _feature(lon: float, lat: float, properties: dict[str, Any]) -> dict[str, Any]:
    point = {"type": "Point", "coordinates": [round(lon, 6), round(lat, 6)]}
    return {"type": "Feature", "geometry": point, "properties": properties}


def _visit(row: Any, policy: Verify) -> dict[str, Any]:
    """Properties of a visit; numbers that its judgement does not have are null."""
    numbers = row.numbers or {}
    radius_m = row.radius_m or (policy.radius_m(row.setting) if row.setting else None)
    return {
        "visit": row.id,
        "verdict": row.verdict,
        "started_at": row.started_at,
        "outcome": row.outcome,
        "mode": row.mode,
        "unit": row.unit_id,
        "place": row.place,
        "place_lon": row.place_lon,
        "place_lat": row.place_lat,
        "radius_m": numbers.get("radius_m", radius_m),
        "distance_m": numbers.get("d_m"),
        "accuracy_m": numbers.get("accuracy_m"),
        "declared": DATUMS.get(row.letter),
        "read_as": numbers.get("datum"),
        "told_lon": row.told_lon,
        "told_lat": row.told_lat,
        "reasons": [reason["code"] for reason in row.reasons or ()],
    }


def _place(row: Any, since: datetime | None, policy: Verify) -> dict[str, Any]:
    def is_seen(at: datetime | None) -> bool:
        return at is not None and (since is None or at >= since)

    return {
        "place": row.id,
        "unit": row.unit_id,
        "kind": row.kind,
        "radius_m": row.radius_m or policy.radius_m(row.setting),
        "state": "met" if is_seen(row.met_at) else "tried" if is_seen(row.tried_at) else "never",
        "met_at": row.met_at,
        "tried_at": row.tried_at,
    }
