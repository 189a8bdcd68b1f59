"""The links that programmes cause, and the routing table of matters."""

from sync.registry.imports.people import DATES, ENDS, RANGE
from sync.registry.imports.programmes import REFUSED
from sync.registry.imports.spec import Check, Column, Kind, one_of
from sync.words import Category, LinkCategory, TaskKind

_AREA = "(SELECT c.unit_id FROM unit_code c WHERE c.code = r.{} LIMIT 1)"
_CADRE = "(SELECT p.id FROM person p WHERE p.staff_no = r.staff_no)"
_PLACE = "(SELECT p.id FROM place p WHERE p.code = r.place_code)"
_PROGRAMME = "(SELECT g.id FROM programme g WHERE g.code = r.programme)"


def _known(column: str, table: str, key: str, zh: str, en: str) -> Check:
    sql = (
        f"SELECT r.line, r.{column} FROM r WHERE r.{column} IS NOT NULL"
        f" AND NOT EXISTS (SELECT 1 FROM {table} t WHERE t.{key} = r.{column})"
    )
    return Check(column, sql, zh, en)


LINKS = Kind(
    name="links",
    columns=(
        Column("programme", "联系制度代码", required=True),
        Column("category", "联系类别", one_of(LinkCategory, REFUSED), required=True),
        Column("staff_no", "工号"),
        Column("unit_code", "单位代码"),
        Column("place_code", "走访对象编号", required=True),
        *DATES,
    ),
    record="programme text, category text, staff_no text, unit_code text, place_code text,"
    " valid_from text, valid_to text",
    touches="LINK",
    checks=(
        ENDS,
        _known("programme", "programme", "code", "没有这个联系制度", "no such programme"),
        _known("staff_no", "person", "staff_no", "没有这个工号", "no such staff number"),
        _known("unit_code", "unit_code", "code", "没有这个单位", "no such unit"),
        _known("place_code", "place", "code", "没有这个走访对象", "no such place"),
        Check(
            "staff_no",
            "SELECT line, staff_no FROM r WHERE (staff_no IS NULL) = (unit_code IS NULL)",
            "工号和单位代码要填一个,只填一个",
            "exactly one of staff number and unit",
        ),
        Check(
            "valid_from",
            f"SELECT DISTINCT a.line, a.valid_from FROM (SELECT r.*, {RANGE} AS d FROM r) a"
            f" JOIN (SELECT r.*, {RANGE} AS d FROM r) b USING (programme, place_code) WHERE a.line <> b.line"
            " AND coalesce(a.staff_no, a.unit_code) = coalesce(b.staff_no, b.unit_code) AND a.d && b.d",
            "同一结对的日期重叠",
            "the same link overlaps itself",
        ),
        Check(
            "valid_from",
            f"SELECT r.line, r.valid_from FROM r JOIN link l ON l.programme_id = {_PROGRAMME}"
            f" AND l.place_id = {_PLACE} AND (l.cadre_id = {_CADRE} OR l.holder_unit_id = {_AREA.format('unit_code')})"
            f" AND l.valid && {RANGE} WHERE lower(l.valid) IS DISTINCT FROM lower({RANGE})",
            "与已有结对的日期重叠",
            "overlaps a link that is there",
        ),
    ),
    writes=(
        f"UPDATE link l SET valid = {RANGE}, category = r.category FROM r WHERE l.programme_id = {_PROGRAMME}"
        f" AND l.place_id = {_PLACE} AND (l.cadre_id = {_CADRE} OR l.holder_unit_id = {_AREA.format('unit_code')})"
        f" AND lower(l.valid) IS NOT DISTINCT FROM lower({RANGE})"
        f" AND (l.valid, l.category) IS DISTINCT FROM ({RANGE}, r.category) RETURNING l.id, false",
        "INSERT INTO link (id, programme_id, category, cadre_id, holder_unit_id, place_id, valid)"
        f" SELECT r.id, {_PROGRAMME}, r.category, {_CADRE}, {_AREA.format('unit_code')}, {_PLACE}, {RANGE} FROM r"
        " ON CONFLICT DO NOTHING RETURNING id, true",
    ),
)
ROUTES = Kind(
    name="routes",
    columns=(
        Column("category", "诉求类别", one_of(Category), required=True),
        Column("area_code", "区域代码", required=True),
        Column("unit_code", "承办单位代码", required=True),
        Column("kind", "工单类别", one_of(TaskKind), required=True),
    ),
    record="category text, area_code text, unit_code text, kind text",
    checks=(
        _known("area_code", "unit_code", "code", "没有这个区域", "no such area"),
        _known("unit_code", "unit_code", "code", "没有这个单位", "no such unit"),
    ),
    writes=(
        "INSERT INTO route AS o (id, category, area_id, unit_id, kind)"
        f" SELECT r.id, r.category, {_AREA.format('area_code')}, {_AREA.format('unit_code')}, r.kind FROM r"
        " ON CONFLICT (category, area_id, unit_id) DO UPDATE SET kind = excluded.kind WHERE o.kind <> excluded.kind"
        " RETURNING id, xmax = 0",
    ),
)
