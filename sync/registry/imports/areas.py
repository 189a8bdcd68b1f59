"""Outlines of units from GeoJSON: a real outline takes the place of a sketched one."""

from sync.registry.imports.outlines import outline_in
from sync.registry.imports.spec import Check, Column, Kind
from sync.words import Datum

_UNIT = (
    "CASE WHEN r.code IS NOT NULL THEN (SELECT c.unit_id FROM unit_code c WHERE c.code = r.code LIMIT 1)"
    " ELSE (SELECT (array_agg(u.id))[1] FROM unit u WHERE u.name = r.name HAVING count(*) = 1) END"
)
_SHAPE = "ST_Multi(ST_CollectionExtract(ST_MakeValid(ST_SetSRID(ST_GeomFromGeoJSON(r.shape), 4326)), 3))"


_CHECKS = (
    Check(
        "code",
        "SELECT r.line, coalesce(r.code, r.name) FROM r WHERE r.code IS NULL AND r.name IS NULL",
        "没有单位代码,也没有单位名称",
        "has neither code nor name of a unit",
    ),
    Check(
        "code",
        f"SELECT r.line, r.code FROM r WHERE r.code IS NOT NULL AND {_UNIT} IS NULL",
        "没有这个单位",
        "no such unit",
    ),
    Check(
        "name",
        "SELECT r.line, r.name FROM r WHERE r.code IS NULL AND r.name IS NOT NULL"
        " AND NOT EXISTS (SELECT FROM unit u WHERE u.name = r.name)",
        "没有这个单位",
        "no such unit",
    ),
    Check(
        "name",
        "SELECT r.line, r.name FROM r WHERE r.code IS NULL AND (SELECT count(*) FROM unit u WHERE u.name = r.name) > 1",
        "有几个同名单位,请给出代码",
        "several units of that name, give the code",
    ),
    Check(
        "code",
        f"SELECT line, code FROM (SELECT r.line, coalesce(r.code, r.name) AS code, {_UNIT} AS unit_id,"
        f" count(*) OVER (PARTITION BY {_UNIT}) AS n FROM r) d WHERE n > 1 AND unit_id IS NOT NULL",
        "同一单位出现多次",
        "the unit stands twice",
    ),
    Check(
        "shape",
        f"SELECT r.line, '' FROM r WHERE r.shape IS NOT NULL AND ST_IsEmpty({_SHAPE})",
        "图形没有面积",
        "the shape has no area",
    ),
)
_WRITE = (
    "INSERT INTO area AS a (unit_id, shape, source, at)"
    f" SELECT {_UNIT}, {_SHAPE}, 'imported', now() FROM r ORDER BY 1"
    " ON CONFLICT (unit_id) DO UPDATE SET shape = excluded.shape, source = excluded.source, at = excluded.at"
    " WHERE a.source <> excluded.source OR ST_AsEWKB(a.shape) <> ST_AsEWKB(excluded.shape)"
    " RETURNING unit_id, xmax = 0"
)


def areas(datum: Datum) -> Kind:
    """The kind of list whose coordinates are in `datum`. A unit is found by its code, or by its name without one."""
    return Kind(
        name="areas",
        columns=(
            Column("code", "单位代码"),
            Column("name", "单位名称"),
            Column("shape", "图形", outline_in(datum), required=True),
        ),
        record="code text, name text, shape text",
        checks=_CHECKS,
        writes=(_WRITE,),
    )
