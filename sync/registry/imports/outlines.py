"""GeoJSON files of outlines: features to rows of text, geometries checked and brought to WGS 84 vertex by vertex."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from sync.geo.datum import to_wgs84
from sync.registry.imports.reading import FileError
from sync.registry.imports.spec import ColumnError
from sync.words import Datum

# Properties that name the unit, in any case; XZQDM and XZQMC are those of the land survey's databases.
CODE_NAMES = ("code", "unit_code", "adcode", "xzqdm", "代码", "单位代码", "区划代码")
NAME_NAMES = ("name", "unit_name", "xzqmc", "名称", "单位名称")
POSITIONS_MIN = 4  # of a ring, the first repeated at the end
DECIMALS = 7  # about a centimetre


def read_features(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """(number of the feature from 1, its code, name and geometry as text); raises FileError for what is no GeoJSON."""
    document = _document(path)
    features = document.get("features") if document.get("type") == "FeatureCollection" else [document]
    if not isinstance(features, list) or document.get("type") not in ("FeatureCollection", "Feature"):
        raise FileError(f"{path.name}: 应为 FeatureCollection / must be a FeatureCollection")
    for number, feature in enumerate(features, start=1):
        known = feature if isinstance(feature, dict) else {}
        told = known.get("properties")
        properties = {str(key).lower(): value for key, value in (told if isinstance(told, dict) else {}).items()}
        values = {"code": _first(properties, CODE_NAMES), "name": _first(properties, NAME_NAMES)}
        if known.get("geometry") is not None:
            values["shape"] = orjson.dumps(known["geometry"]).decode()
        yield number, {key: value for key, value in values.items() if value}


def _document(path: Path) -> dict[str, Any]:
    raw = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    document = None
    for encoding in ("utf-8", "gb18030"):
        with suppress(UnicodeDecodeError, orjson.JSONDecodeError):
            document = orjson.loads(raw.decode(encoding))
            break
    if not isinstance(document, dict):
        raise FileError(f"{path.name}: 不是 GeoJSON 文件 / is not a GeoJSON file")
    return document


def _first(properties: dict[str, Any], names: tuple[str, ...]) -> str:
    found = (properties.get(name) for name in names)
    return next((str(value).strip() for value in found if isinstance(value, str | int) and str(value).strip()), "")


def outline_in(datum: Datum) -> Callable[[str], str]:
    """What reads a geometry whose coordinates are in `datum`: a MultiPolygon in WGS 84, both as text of GeoJSON.

    It raises ColumnError with what is wrong. Rings that cross themselves are mended later, by the database.
    """

    def read(text: str) -> str:
        geometry = orjson.loads(text)
        kind = geometry.get("type") if isinstance(geometry, dict) else None
        if kind not in ("Polygon", "MultiPolygon"):
            raise ColumnError("应为 Polygon 或 MultiPolygon", "must be a Polygon or MultiPolygon")
        coordinates = geometry.get("coordinates")
        polygons = [coordinates] if kind == "Polygon" else coordinates
        if not isinstance(polygons, list) or not all(isinstance(rings, list) and rings for rings in polygons):
            raise ColumnError("坐标结构不对", "coordinates have the wrong structure")
        shape = [[_ring(ring, datum) for ring in rings] for rings in polygons]
        return orjson.dumps({"type": "MultiPolygon", "coordinates": shape}).decode()

    return read


def _ring(ring: Any, datum: Datum) -> list[list[float]]:
    try:
        points = np.array([position[:2] for position in ring], np.float64)
    except (TypeError, ValueError, IndexError, KeyError) as error:
        raise ColumnError("坐标不是数字", "coordinates are not numbers") from error
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < POSITIONS_MIN:
        raise ColumnError("环至少要有四个点", "a ring has at least four positions")
    if not np.array_equal(points[0], points[-1]):
        raise ColumnError("环没有闭合", "a ring is not closed")
    if not (np.all(np.abs(points[:, 0]) <= 180) and np.all(np.abs(points[:, 1]) <= 90)):
        raise ColumnError("不是经纬度", "these are not degrees")
    lon, lat = to_wgs84(points[:, 0], points[:, 1], datum)
    rounded: list[list[float]] = np.round(np.column_stack((lon, lat)), DECIMALS).tolist()
    return rounded
