"""Tiles of Web Mercator and their codes, against the textbook formula and PostGIS."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync.geo.tiles import NOWHERE, ZOOM, Box, Tile, codes, column_and_row, cover, interleaved

LON, LAT = st.floats(-180, 179.999), st.floats(-85, 85)
TILES = st.integers(0, ZOOM).flatmap(
    lambda z: st.builds(Tile, st.just(z), st.integers(0, 2**z - 1), st.integers(0, 2**z - 1))
)


def textbook(lon: float, lat: float, z: int) -> tuple[int, int]:
    """Column and row as every text on slippy maps gives them."""
    phi = math.radians(lat)
    x = (lon + 180) / 360 * 2**z
    y = (1 - math.log(math.tan(phi) + 1 / math.cos(phi)) / math.pi) / 2 * 2**z
    return int(x), int(y)


def quadkey(x: int, y: int, z: int) -> int:
    """The digits of a quadkey, read as a number of base 4."""
    return int("".join(str((x >> n & 1) + 2 * (y >> n & 1)) for n in reversed(range(z))) or "0", 4)


@given(LON, LAT, st.integers(0, ZOOM))
def test_a_point_has_the_code_of_its_tile(lon: float, lat: float, z: int) -> None:
    x, y = textbook(lon, lat, z)
    assert int(codes(lon, lat, z)) == quadkey(x, y, z)


@given(st.integers(0, 2**31 - 1), st.integers(0, 2**31 - 1))
def test_a_code_gives_its_column_and_row_back(x: int, y: int) -> None:
    assert [int(n) for n in column_and_row(interleaved(x, y))] == [x, y]


@given(LON, LAT, st.integers(0, ZOOM))
def test_a_point_lies_in_the_codes_of_just_the_tile_that_holds_it(lon: float, lat: float, z: int) -> None:
    x, y = textbook(lon, lat, z)
    cell = int(codes(lon, lat))
    low, high = Tile(z, x, y).codes()
    assert low <= cell <= high
    for beside in (Tile(z, x + 1, y), Tile(z, x, y + 1), Tile(z, x - 1, y)):
        if beside.exists:
            low, high = beside.codes()
            assert not low <= cell <= high


@given(TILES, st.integers(0, ZOOM))
def test_codes_of_a_tile_are_those_of_the_tiles_inside_it_or_of_the_one_that_holds_it(at: Tile, zoom: int) -> None:
    low, high = at.codes(zoom)
    if zoom >= at.z:
        assert high - low + 1 == 4 ** (zoom - at.z)
    else:
        assert low == high == int(interleaved(at.x >> at.z - zoom, at.y >> at.z - zoom))


@pytest.mark.parametrize(
    "at", [Tile(-1, 0, 0), Tile(ZOOM + 1, 0, 0), Tile(3, 8, 0), Tile(3, 0, 8), Tile(3, -1, 0), Tile(3, 0, -1)]
)
def test_what_lies_outside_the_square_is_no_tile(at: Tile) -> None:
    assert not at.exists
    assert Tile(3, 7, 7).exists


@given(LON, LAT, st.floats(0, 0.3), st.floats(0, 0.3))
def test_a_cover_holds_every_point_of_the_box(lon: float, lat: float, wide: float, high: float) -> None:
    box = Box(lon, lat, min(lon + wide, 180), min(lat + high, 85))
    ranges = cover(box)
    assert len(ranges) <= 9
    assert all(low <= high for low, high in ranges)
    assert all(before[1] + 1 < after[0] for before, after in pairwise(ranges))
    x, y = np.meshgrid(np.linspace(box.west, box.east, 5), np.linspace(box.south, box.north, 5))
    for cell in codes(x.ravel(), y.ravel()).tolist():
        assert any(low <= cell <= high for low, high in ranges)


def test_a_small_box_is_covered_closely() -> None:
    cells = sum(high - low + 1 for low, high in cover(Box(120.75, 37.80, 120.76, 37.81)))
    assert cells < 9 * 4 ** (ZOOM - 15)


def test_a_point_without_numbers_is_nowhere_and_the_poles_are_in_the_outermost_rows() -> None:
    assert codes([np.nan, 1.0], [1.0, np.inf]).tolist() == [NOWHERE, NOWHERE]
    assert [int(n) for n in column_and_row(codes(0.0, 90.0, 4))] == [8, 0]
    assert [int(n) for n in column_and_row(codes(180.0, -90.0, 4))] == [15, 15]


def test_postgis_draws_the_tile_around_the_same_points(session: Session) -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        lon, lat, z = rng.uniform(73, 135), rng.uniform(18, 53), int(rng.integers(0, ZOOM + 1))
        x, y = (int(n) for n in column_and_row(codes(lon, lat, z)))
        inside = text(
            "SELECT ST_Covers(ST_Expand(ST_TileEnvelope(:z, :x, :y), 0.001),"
            " ST_Transform(ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), 3857))"
        )
        assert session.scalar(inside, {"z": z, "x": x, "y": y, "lon": lon, "lat": lat})
