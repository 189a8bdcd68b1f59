"""Two towns on the map: another one beside Beigou, visits anywhere, and tiles decoded as a browser decodes them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import mapbox_vector_tile
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from sync import ids
from sync.geo.tiles import Tile, codes, column_and_row
from tests.factories import batches
from tests.factories.village import Village

FAR = (120.92, 37.60)  # the home of the other town's village
MVT = "application/vnd.mapbox-vector-tile"


class Town:
    """The other town, with a village and a home in it."""

    def __init__(self) -> None:
        self.town, self.village, self.home = ids.uuid7(), ids.uuid7(), ids.uuid7()


def add_town(session: Session, beigou: Village, other: Town) -> None:
    """Write it, under the same county."""
    for unit, parent, kind, name in (
        (other.town, beigou.county, "town", "大辛店镇"), (other.village, other.town, "village", "山后村"),
    ):  # fmt: skip
        session.execute(
            text("INSERT INTO unit (id, parent_id, kind, name, sort_code) VALUES (:i, :p, :k, :n, '2')"),
            {"i": unit, "p": parent, "k": kind, "n": name},
        )
    for unit, above, depth in (
        (other.town, other.town, 0), (other.town, beigou.county, 1), (other.village, other.village, 0),
        (other.village, other.town, 1), (other.village, beigou.county, 2),
    ):  # fmt: skip
        session.execute(text("INSERT INTO unit_above VALUES (:u, :a, :d)"), {"u": unit, "a": above, "d": depth})
    session.execute(
        text(
            "INSERT INTO place (id, kind, unit_id, town_id, name, position, state) VALUES (:i, 'household', :u, :t,"
            " '山后村1号', ST_SetSRID(ST_MakePoint(:x, :y), 4326), 'active')"
        ),
        {"i": other.home, "u": other.village, "t": other.town, "x": FAR[0], "y": FAR[1]},
    )


def visit_at(village: Village, place: UUID, at: datetime, where: tuple[float, float], **more: Any) -> dict[str, Any]:
    """A visit of Li's with five good fixes somewhere."""
    fixes = [
        {
            "lon": where[0] + n * 1e-6 + at.day * 1e-6,  # no two days have the very same coordinates
            "lat": where[1],
            "at": at + timedelta(minutes=2 * n),
            "accuracy_m": 12.0,
            "provider": "gps",
        }
        for n in range(5)
    ]
    return batches.visit(village, at, place=place, fixes=fixes, **more)


def tile_at(where: tuple[float, float], z: int) -> Tile:
    x, y = column_and_row(codes(*where, z))
    return Tile(z, int(x), int(y))


def address(at: Tile, query: str = "") -> str:
    return f"/map/tiles/visits/{at.z}/{at.x}/{at.y}.mvt?{query}"


def layer(answer: TestResponse, name: str) -> list[dict[str, Any]]:
    """Features of the one layer of a tile, with their place in it."""
    if answer.status_code == 204:
        assert answer.data == b""
        return []
    assert (answer.status_code, answer.mimetype) == (200, MVT), answer.json
    layers = mapbox_vector_tile.decode(answer.data)
    assert list(layers) == [name]
    assert layers[name]["extent"] == 4096
    return [feature["properties"] | {"xy": feature["geometry"]["coordinates"]} for feature in layers[name]["features"]]
