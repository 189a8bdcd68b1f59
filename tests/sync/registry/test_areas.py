"""Outlines of units: imported from GeoJSON in any datum, sketched where nobody has drawn one."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from sync import ids
from sync.geo.datum import from_wgs84
from sync.house import House
from sync.registry.areas import Sketched, sketch
from sync.registry.imports.areas import areas
from sync.registry.imports.outlines import read_features
from sync.registry.imports.reading import FileError
from sync.registry.imports.run import Outcome, import_rows
from sync.words import Datum
from tests.sync.registry.test_imports import rows_of

SQUARE = [[120.0, 37.0], [121.0, 37.0], [121.0, 38.0], [120.0, 38.0], [120.0, 37.0]]


def feature(ring: Any, kind: str = "Polygon", **properties: Any) -> dict[str, Any]:
    coordinates = [ring] if kind == "Polygon" else [[ring]]
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}


def moved(ring: list[list[float]], east: float, north: float = 0.0, by: float = 1.0) -> list[list[float]]:
    """A ring of another size at another place."""
    return [[120 + (x - 120) * by + east, 37 + (y - 37) * by + north] for x, y in ring]


@pytest.fixture
def bring(house: House, tmp_path: Path) -> Any:
    """Import features of a file that is written first."""

    def bring(*features: Any, datum: Datum = Datum.WGS84, encoding: str = "utf-8", **more: Any) -> Outcome:
        path = tmp_path / "areas.geojson"
        document = {"type": "FeatureCollection", "features": list(features)}
        path.write_text(json.dumps(document, ensure_ascii=False), encoding=encoding)
        return import_rows(house.write, areas(datum), read_features(path), **more)

    return bring


@pytest.fixture
def county(house: House) -> UUID:
    """A county with two towns; villages 甲, 乙 in the first, two of the name 中村, one in each."""
    tree = [
        ("c", None, "county", "蓬莱区", "370614"), ("t1", "c", "town", "北沟镇", "370614101"),
        ("t2", "c", "town", "大辛店镇", "370614102"), ("v1", "t1", "village", "甲村", "370614101001"),
        ("v2", "t1", "village", "乙村", "370614101002"), ("v3", "t1", "village", "中村", "370614101003"),
        ("v4", "t2", "village", "中村", "370614102001"),
    ]  # fmt: skip
    known = {name: ids.uuid7() for name, *_ in tree}

    def work(session: Any) -> None:
        for name, above, kind, title, code in tree:
            facts = {"i": known[name], "p": known.get(above), "k": kind, "n": title, "c": code}  # type: ignore[arg-type]
            session.execute(
                text("INSERT INTO unit (id, parent_id, kind, name, sort_code) VALUES (:i, :p, :k, :n, :c)"), facts
            )
            session.execute(text("INSERT INTO unit_code VALUES (:i, '2023', :c)"), facts)
        session.execute(
            text(
                "WITH RECURSIVE up AS (SELECT id AS unit_id, id AS above_id, 0 AS depth FROM unit UNION ALL"
                " SELECT up.unit_id, u.parent_id, depth + 1 FROM up JOIN unit u ON u.id = up.above_id"
                " WHERE u.parent_id IS NOT NULL) INSERT INTO unit_above SELECT * FROM up"
            )
        )

    house.write(work)
    return known["c"]


def homes(house: House, code: str, *points: tuple[float, float], state: str = "active") -> None:
    """Homes of a village."""

    def work(session: Any) -> None:
        for lon, lat in points:
            session.execute(
                text(
                    "INSERT INTO place (id, kind, unit_id, name, state, position)"
                    " SELECT :i, 'household', unit_id, '户', :s, ST_SetSRID(ST_MakePoint(:x, :y), 4326)"
                    " FROM unit_code WHERE code = :c"
                ),
                {"i": ids.uuid7(), "s": state, "x": lon, "y": lat, "c": code},
            )

    house.write(work)


def areas_of(house: House) -> dict[str, tuple[str, float]]:
    """Source and size in square degrees of every outline, by the unit's code."""
    found = rows_of(
        house,
        "SELECT c.code, a.source, ST_Area(a.shape) FROM area a JOIN unit_code c USING (unit_id) ORDER BY c.code",
    )
    return {code: (source, round(size, 3)) for code, source, size in found}


def test_an_outline_finds_its_unit_by_code_or_by_name(house: House, county: UUID, bring: Any) -> None:
    by_code = feature(SQUARE, adcode=370614, name="别的写法")
    by_name = feature(moved(SQUARE, 0.2, 0.2, 0.1), "MultiPolygon", XZQMC="北沟镇")
    outcome = bring(by_code, by_name)
    assert (outcome.new, outcome.changed, outcome.faults) == (2, 0, [])
    assert areas_of(house) == {"370614": ("imported", 1.0), "370614101": ("imported", 0.01)}


def test_importing_again_changes_nothing_and_a_new_shape_one_row(house: House, county: UUID, bring: Any) -> None:
    bring(feature(SQUARE, code="370614"), feature(SQUARE, code="370614101"))
    before = rows_of(house, "SELECT unit_id, xmin::text, at FROM area ORDER BY 1")
    again = bring(feature(SQUARE, code="370614"), feature(SQUARE, code="370614101"))
    assert (again.new, again.changed, again.unchanged) == (0, 0, 2)
    assert rows_of(house, "SELECT unit_id, xmin::text, at FROM area ORDER BY 1") == before
    smaller = bring(feature(SQUARE, code="370614"), feature(moved(SQUARE, 0, 0, 0.5), code="370614101"))
    assert (smaller.new, smaller.changed, smaller.unchanged) == (0, 1, 1)


def test_every_bad_feature_is_named_and_a_broken_file_changes_nothing(house: House, county: UUID, bring: Any) -> None:
    bad: list[Any] = [
        feature(SQUARE, code="no such"),
        feature(SQUARE, name="无此村"),
        feature(SQUARE, name="中村"),
        feature(SQUARE),
        {"type": "Feature", "properties": {"code": "370614"}, "geometry": None},
        {"type": "Feature", "properties": None, "geometry": {"type": "Point", "coordinates": [1, 2]}},
        feature(SQUARE[:3], code="370614101001"),
        feature([*SQUARE[:-1], [120.0, 37.1]], code="370614101002"),
        feature([["a", "b"]] * 4, code="370614102"),
        feature([[500.0, 37.0], [121.0, 37.0], [121.0, 38.0], [500.0, 37.0]], code="370614101003"),
        feature([[120.0, 37.0], [121.0, 37.0], [120.0, 37.0], [120.0, 37.0]], code="370614102001"),
        "no feature",
        {"type": "Feature", "properties": {"code": "370614"}, "geometry": {"type": "Polygon", "coordinates": 7}},
    ]
    outcome = bring(feature(SQUARE, code="370614101"), *bad)
    told = {(fault.line, fault.column): fault.en for fault in outcome.faults}
    assert told == {
        (2, "code"): "no such unit",
        (3, "name"): "no such unit",
        (4, "name"): "several units of that name, give the code",
        (5, "code"): "has neither code nor name of a unit",
        (6, "shape"): "is required",
        (6, "code"): "the unit stands twice",
        (7, "code"): "has neither code nor name of a unit",
        (7, "shape"): "must be a Polygon or MultiPolygon",
        (8, "shape"): "a ring has at least four positions",
        (9, "shape"): "a ring is not closed",
        (10, "shape"): "coordinates are not numbers",
        (11, "shape"): "these are not degrees",
        (12, "shape"): "the shape has no area",
        (13, "code"): "has neither code nor name of a unit",
        (13, "shape"): "is required",
        (14, "code"): "the unit stands twice",
        (14, "shape"): "coordinates have the wrong structure",
    }
    assert areas_of(house) == {}


def test_a_dry_run_checks_and_writes_nothing(house: House, county: UUID, bring: Any) -> None:
    assert bring(feature(SQUARE, code="370614"), dry_run=True).faults == []
    assert bring(feature(SQUARE, code="?"), dry_run=True).faults != []
    assert areas_of(house) == {}


def test_a_ring_that_crosses_itself_is_mended(house: House, county: UUID, bring: Any) -> None:
    bow_tie = [[120.0, 37.0], [121.0, 38.0], [121.0, 37.0], [120.0, 38.0], [120.0, 37.0]]
    assert bring(feature(bow_tie, code="370614")).new == 1
    assert areas_of(house) == {"370614": ("imported", 0.5)}
    assert rows_of(house, "SELECT ST_IsValid(shape), ST_GeometryType(shape) FROM area") == [(True, "ST_MultiPolygon")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_files_of_an_office_pc_are_read(county: UUID, bring: Any, encoding: str) -> None:
    assert bring(feature(SQUARE, 名称="北沟镇"), encoding=encoding).new == 1


@pytest.mark.parametrize("content", [b"", b"[]", b'{"type": "Topology"}', b"\xff\xfe\xff", b'{"a": NaN}', b"7"])
def test_what_is_no_geojson_is_refused_as_a_whole(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.geojson"
    path.write_bytes(content)
    with pytest.raises(FileError, match=r"x\.geojson"):
        list(read_features(path))


@pytest.mark.parametrize("datum", list(Datum))
def test_vertices_are_brought_to_wgs_84_one_by_one(house: House, county: UUID, bring: Any, datum: Datum) -> None:
    lon, lat = from_wgs84([x for x, _ in SQUARE], [y for _, y in SQUARE], datum)
    ring = [[float(x), float(y)] for x, y in zip(lon, lat, strict=True)]
    bring(feature(ring, code="370614"), datum=datum)
    off = (
        "SELECT max(ST_Distance(CAST(p.geom AS geography), CAST(ST_Boundary(ST_MakeEnvelope(120, 37, 121, 38, 4326)) AS"
    )
    [(metres,)] = rows_of(house, f"{off} geography))) FROM area, ST_DumpPoints(shape) AS p")
    assert metres < 0.2
    assert datum is Datum.WGS84 or abs(ring[0][0] - 120) > 0.003


def test_the_real_boundary_is_one_line_in_both_datums(house: House, county: UUID, shared_data: Path) -> None:
    """AMap's line as published in GCJ-02, and as somebody else converted it: the vertices lie on each other's line."""

    def shape(name: str, datum: Datum) -> str:
        source = read_features(shared_data / "admin" / f"penglai_district_{name}.geojson")
        assert import_rows(house.write, areas(datum), source).faults == []
        [(wkt,)] = rows_of(house, "SELECT ST_AsText(shape) FROM area")
        return str(wkt)

    fine, coarse = shape("wgs84_amap", Datum.WGS84), shape("gcj02_datav", Datum.GCJ02)
    misread = shape("gcj02_datav", Datum.WGS84)

    def apart_m(line: str) -> float:
        measured = text(
            "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY ST_Distance(CAST(p.geom AS geography),"
            " CAST(ST_Boundary(ST_GeomFromText(:fine, 4326)) AS geography)))"
            " FROM ST_DumpPoints(ST_GeomFromText(:line, 4326)) AS p"
        )
        return float(house.read(lambda session: session.scalar(measured, {"fine": fine, "line": line})) or 0)

    assert apart_m(coarse) < 3
    assert apart_m(misread) > 100


def test_villages_are_sketched_around_their_homes_inside_the_real_outline(
    house: House, county: UUID, bring: Any
) -> None:
    bring(feature(SQUARE, code="370614"))
    homes(house, "370614101001", (120.2, 37.5), (120.2001, 37.5), (120.2002, 37.5), (120.9, 37.1))  # one is far off
    homes(house, "370614101002", (120.8, 37.5))
    homes(house, "370614101003", (120.5, 37.5), state="gone")
    drawn = house.write(sketch)
    assert drawn == Sketched(villages=2, above=1, changed=3, left=2)
    assert areas_of(house) == {
        "370614": ("imported", 1.0),
        "370614101": ("sketched", 1.0),
        "370614101001": ("sketched", 0.5),
        "370614101002": ("sketched", 0.5),
    }
    [(holds, inside)] = rows_of(
        house,
        "SELECT ST_Contains(a.shape, ST_SetSRID(ST_MakePoint(120.2, 37.5), 4326)),"
        " ST_Area(ST_Difference(a.shape, o.shape)) < 1e-6 FROM area a JOIN unit_code c USING (unit_id), area o"
        " JOIN unit_code d USING (unit_id) WHERE c.code = '370614101001' AND d.code = '370614'",
    )
    assert (holds, inside) == (True, True)
    assert house.write(sketch).changed == 0


def test_a_real_outline_is_never_sketched_over_and_its_land_is_left_out(house: House, county: UUID, bring: Any) -> None:
    homes(house, "370614101001", (120.2, 37.5))
    homes(house, "370614101002", (120.8, 37.5))
    bring(feature(SQUARE, code="370614"))
    house.write(sketch)
    east = [[120.6, 37.0], [121.0, 37.0], [121.0, 38.0], [120.6, 38.0], [120.6, 37.0]]
    assert bring(feature(east, code="370614101002")).changed == 1
    drawn = house.write(sketch)
    assert (drawn.villages, drawn.changed) == (1, 2)  # the village, and its town of both
    assert areas_of(house) == {
        "370614": ("imported", 1.0),
        "370614101": ("sketched", 1.0),
        "370614101001": ("sketched", 0.6),
        "370614101002": ("imported", 0.4),
    }


def test_the_nearest_real_outline_above_holds_the_sketch(house: House, county: UUID, bring: Any) -> None:
    homes(house, "370614101001", (120.2, 37.5))
    homes(house, "370614102001", (120.8, 37.5))
    west = [[120.0, 37.0], [120.3, 37.0], [120.3, 38.0], [120.0, 38.0], [120.0, 37.0]]
    bring(feature(SQUARE, code="370614"), feature(west, code="370614101"))
    house.write(sketch)
    assert areas_of(house)["370614101001"] == ("sketched", 0.3)
    assert areas_of(house)["370614102001"] == ("sketched", 1.0)


def test_a_sketch_without_its_ground_goes(house: House, county: UUID, bring: Any) -> None:
    homes(house, "370614101001", (120.2, 37.5))
    bring(feature(SQUARE, code="370614"))
    house.write(sketch)
    house.write(lambda session: session.execute(text("UPDATE place SET state = 'gone'")))
    assert house.write(sketch) == Sketched(villages=0, above=0, changed=2, left=4)
    assert areas_of(house) == {"370614": ("imported", 1.0)}


def test_without_a_real_outline_nothing_is_sketched(house: House, county: UUID) -> None:
    homes(house, "370614101001", (120.2, 37.5))
    assert house.write(sketch) == Sketched(villages=0, above=0, changed=0, left=4)
