"""Datums of Chinese maps, and distances, against values that others measured."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.geo.datum import bd09_from_gcj02, from_wgs84, gcj02_from_wgs84, in_china, to_wgs84
from sync.geo.distance import metres
from sync.words import Datum

IN_CHINA = st.tuples(st.floats(75, 130), st.floats(20, 50))


def columns(path: Path, *names: str) -> list[np.ndarray]:
    with path.open() as file:
        rows = list(csv.DictReader(file))
    return [np.array([float(row[name]) for row in rows]) for name in names]


def test_cities_agree_with_the_libraries_that_published_them(shared_data: Path) -> None:
    names = ("wgs_lon", "wgs_lat", "gcj_lon", "gcj_lat", "bd09_lon", "bd09_lat", "tolerance_m")
    path = shared_data / "geo_ref" / "wgs84_gcj02_pairs.csv"
    with path.open() as file:
        rows = [row for row in csv.DictReader(file) if row["gcj_lon"]]
    wgs = [np.array([float(row[n]) for row in rows]) for n in names[:2]]
    gcj = [np.array([float(row[n]) for row in rows]) for n in names[2:4]]
    tolerance = np.array([float(row["tolerance_m"] or 1) for row in rows])
    assert np.all(metres(*gcj02_from_wgs84(*wgs), *gcj) <= tolerance)
    assert np.all(metres(*to_wgs84(*gcj, Datum.GCJ02), *wgs) <= tolerance)
    baidu = [(row, n) for n, row in enumerate(rows) if row["bd09_lon"]]
    bd09 = [np.array([float(row[name]) for row, _ in baidu]) for name in names[4:6]]
    index = [n for _, n in baidu]
    assert np.all(metres(*to_wgs84(*bd09, Datum.BD09), wgs[0][index], wgs[1][index]) <= tolerance[index] + 1)


def test_the_same_boundary_in_both_systems_is_one_line(shared_data: Path) -> None:
    path = shared_data / "geo_ref" / "penglai_boundary_vertex_pairs.csv"
    wgs_lon, wgs_lat, gcj_lon, gcj_lat = columns(path, "wgs_lon", "wgs_lat", "gcj_lon", "gcj_lat")
    off = metres(*to_wgs84(gcj_lon, gcj_lat, Datum.GCJ02), wgs_lon, wgs_lat)
    assert np.median(off) < 1
    assert np.max(off) < 2


def test_tiananmen_stands_where_every_map_of_china_draws_it() -> None:
    lon, lat = gcj02_from_wgs84([116.3913], [39.9075])
    assert (round(float(lon[0]), 4), round(float(lat[0]), 4)) == (116.3975, 39.9089)


@pytest.mark.parametrize("datum", [Datum.WGS84, Datum.GCJ02, Datum.BD09])
@given(point=IN_CHINA)
def test_there_and_back_is_the_same_point(datum: Datum, point: tuple[float, float]) -> None:
    there = from_wgs84([point[0]], [point[1]], datum)
    back = to_wgs84(*there, datum)
    assert metres(*back, [point[0]], [point[1]])[0] < 0.05


def test_outside_china_nothing_moves() -> None:
    assert not in_china([2.35], [48.85])[0]
    assert to_wgs84([2.35], [48.85], Datum.GCJ02)[0][0] == 2.35


def test_baidu_adds_its_own_shift() -> None:
    lon, lat = bd09_from_gcj02([116.404], [39.915])
    assert (round(float(lon[0]), 5), round(float(lat[0]), 5)) == (116.41037, 39.92134)


@pytest.mark.parametrize(
    ("a", "b", "wanted"),
    [  # ST_Distance of geography in PostGIS 3.3
        ((120.7591, 37.8082), (120.7591, 37.8082), 0.0),
        ((120.7591, 37.8082), (120.7691, 37.8082), 880.5),
        ((120.7591, 37.8082), (120.7591, 37.8182), 1109.9),
        ((120.7, 37.7), (121.0, 37.9), 34_507.0),
    ],
)
def test_distances_are_geodesic(a: tuple[float, float], b: tuple[float, float], wanted: float) -> None:
    assert metres([a[0]], [a[1]], [b[0]], [b[1]])[0] == pytest.approx(wanted, rel=0.005, abs=0.01)
