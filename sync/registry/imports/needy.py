"""Lists of needy homes (困难名单), as civil affairs keep them: never typed in, and each ends by itself."""

from sync.registry.imports.people import DATES, ENDS
from sync.registry.imports.spec import Check, Column, Kind, day

# Days that end before they begin are told by a check of their own; the other checks take them for one day.
_DAYS = "daterange(CAST(r.valid_from AS date), greatest(CAST(r.valid_from AS date), CAST(r.valid_to AS date)), '[]')"
# Homes by their code, or by the address in a unit or one under it: one that several homes have tells none of them.
_HOMES = (
    "FROM unit_code c JOIN unit_above a ON a.above_id = c.unit_id JOIN place p ON p.unit_id = a.unit_id"
    " AND p.kind = 'household' AND p.state <> 'gone' AND r.address IN (p.address, p.name) WHERE c.code = r.unit_code"
)
_ROOT = "coalesce(p.merged_into_id, p.id)"
_PLACE = (
    f"CASE WHEN r.place_code IS NOT NULL THEN (SELECT {_ROOT} FROM place p WHERE p.code = r.place_code)"
    f" ELSE (SELECT (array_agg({_ROOT}))[1] {_HOMES} HAVING count(DISTINCT {_ROOT}) = 1) END"
)
_BY_ADDRESS = "r.place_code IS NULL AND r.unit_code IS NOT NULL AND r.address IS NOT NULL"
_KNOWN_UNIT = "EXISTS (SELECT FROM unit_code c WHERE c.code = r.unit_code)"
_CHECKS = (
    ENDS,
    Check(
        "place_code",
        "SELECT r.line, coalesce(r.address, r.unit_code) FROM r"
        " WHERE r.place_code IS NULL AND (r.unit_code IS NULL OR r.address IS NULL)",
        "要有走访对象编号,或者单位代码加地址",
        "needs a place code, or unit code and address",
    ),
    Check(
        "place_code",
        "SELECT r.line, r.place_code FROM r WHERE r.place_code IS NOT NULL"
        " AND NOT EXISTS (SELECT FROM place p WHERE p.code = r.place_code)",
        "没有这个走访对象",
        "no such place",
    ),
    Check(
        "unit_code",
        f"SELECT r.line, r.unit_code FROM r WHERE {_BY_ADDRESS} AND NOT {_KNOWN_UNIT}",
        "没有这个单位",
        "no such unit",
    ),
    Check(
        "address",
        f"SELECT r.line, r.address FROM r WHERE {_BY_ADDRESS} AND {_KNOWN_UNIT} AND NOT EXISTS (SELECT {_HOMES})",
        "这个单位没有这个地址的户",
        "no home at this address in the unit",
    ),
    Check(
        "address",
        f"SELECT r.line, r.address FROM r WHERE {_BY_ADDRESS} AND (SELECT count(DISTINCT {_ROOT}) {_HOMES}) > 1",
        "有几户是这个地址,请给出走访对象编号",
        "several homes at this address, give the place code",
    ),
    Check(
        "valid_from",
        f"SELECT DISTINCT a.line, a.valid_from FROM (SELECT r.*, {_PLACE} AS place, {_DAYS} AS d FROM r) a"
        f" JOIN (SELECT r.*, {_PLACE} AS place, {_DAYS} AS d FROM r) b USING (place, list)"
        " WHERE a.line <> b.line AND a.d && b.d",
        "同一户在同一名单中重复",
        "a home stands on the list twice in these days",
    ),
    Check(
        "valid_from",
        f"SELECT r.line, r.valid_from FROM r JOIN needy n ON n.place_id = {_PLACE} AND n.list = r.list"
        f" AND n.valid && {_DAYS} WHERE lower(n.valid) IS DISTINCT FROM lower({_DAYS})",
        "与已有名单的日期重叠",
        "overlaps days that are there",
    ),
)
NEEDY = Kind(
    name="needy",
    columns=(
        Column("place_code", "走访对象编号"),
        Column("unit_code", "单位代码"),
        Column("address", "地址"),
        Column("list", "名单", required=True),
        Column("source", "来源"),
        DATES[0],
        Column("valid_to", "结束日期", day, required=True),
    ),
    record="place_code text, unit_code text, address text, list text, source text, valid_from text, valid_to text",
    checks=_CHECKS,
    writes=(
        f"UPDATE needy n SET valid = {_DAYS}, source = coalesce(r.source, '') FROM r WHERE n.place_id = {_PLACE}"
        f" AND n.list = r.list AND lower(n.valid) IS NOT DISTINCT FROM lower({_DAYS})"
        f" AND (n.valid, n.source) IS DISTINCT FROM ({_DAYS}, coalesce(r.source, '')) RETURNING n.id, false",
        "INSERT INTO needy (id, place_id, list, valid, source)"
        f" SELECT r.id, {_PLACE}, r.list, {_DAYS}, coalesce(r.source, '') FROM r"
        " ON CONFLICT DO NOTHING RETURNING id, true",
    ),
)
