"""Cadres and others who work with the system, with their dated roles at units."""

from sync.registry.imports.places import NO_UNIT, UNIT_OF
from sync.registry.imports.spec import Check, Column, Kind, day, one_of
from sync.words import Role

RANGE = "daterange(CAST(r.valid_from AS date), CAST(r.valid_to AS date), '[]')"
ENDS = Check(
    "to", "SELECT line, valid_to FROM r WHERE valid_to < valid_from", "结束早于开始", "it ends before it begins"
)
DATES = (Column("valid_from", "开始日期", day), Column("valid_to", "结束日期", day))
_PERSON = "(SELECT p.id FROM person p WHERE p.staff_no = r.staff_no)"
CADRES = Kind(
    name="cadres",
    columns=(
        Column("staff_no", "工号", required=True),
        Column("name", "姓名", required=True),
        Column("phone", "电话"),
        Column("unit_code", "单位代码", required=True),
        Column("role", "角色", one_of(Role), required=True),
        *DATES,
    ),
    record="staff_no text, name text, unit_code text, role text, valid_from text, valid_to text,"
    " phone_cipher text, phone_hash text",
    checks=(
        NO_UNIT,
        ENDS,
        Check(
            "name",
            "SELECT line, name FROM (SELECT line, name, min(name) OVER w <> max(name) OVER w AS differs FROM r"
            " WINDOW w AS (PARTITION BY staff_no)) d WHERE differs",
            "同一工号有不同姓名",
            "one staff number with two names",
        ),
        Check(
            "valid_from",
            f"SELECT DISTINCT a.line, a.valid_from FROM (SELECT r.*, {RANGE} AS d FROM r) a"
            f" JOIN (SELECT r.*, {RANGE} AS d FROM r) b USING (staff_no, unit_code, role)"
            " WHERE a.line <> b.line AND a.d && b.d",
            "同一角色的任期重叠",
            "terms of one role overlap",
        ),
    ),
    writes=(
        "INSERT INTO person AS p (id, staff_no, name, phone_cipher, phone_hash)"
        " SELECT DISTINCT ON (r.staff_no) r.id, r.staff_no, r.name, decode(r.phone_cipher, 'hex'),"
        " decode(r.phone_hash, 'hex') FROM r ORDER BY r.staff_no, r.phone_hash NULLS LAST"
        " ON CONFLICT (staff_no) DO UPDATE SET name = excluded.name,"
        " phone_cipher = CASE WHEN excluded.phone_hash IS NULL THEN p.phone_cipher ELSE excluded.phone_cipher END,"
        " phone_hash = coalesce(excluded.phone_hash, p.phone_hash)"
        " WHERE (p.name, p.phone_hash) IS DISTINCT FROM (excluded.name, coalesce(excluded.phone_hash, p.phone_hash))"
        " RETURNING id, xmax = 0",
        "UPDATE person_role o SET valid = x.d FROM"
        f" (SELECT {_PERSON} AS person_id, {UNIT_OF} AS unit_id, r.role, {RANGE} AS d FROM r) x"
        " WHERE o.person_id = x.person_id AND o.unit_id = x.unit_id AND o.role = x.role AND o.valid <> x.d"
        " AND lower(o.valid) IS NOT DISTINCT FROM lower(x.d) RETURNING o.person_id, false",
        "INSERT INTO person_role (id, person_id, unit_id, role, valid)"
        f" SELECT r.id, {_PERSON}, {UNIT_OF}, r.role, {RANGE} FROM r ON CONFLICT DO NOTHING RETURNING person_id, false",
    ),
)
