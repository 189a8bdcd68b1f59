"""Programmes with their rules: a line a rule, the programme's own columns alike on each of its lines.

A programme whose lines tell no rule keeps the rules it has; one that has any gets exactly those of the file.
"""

from typing import Any

from sync.policy import defaults
from sync.registry.imports.people import DATES, ENDS, RANGE
from sync.registry.imports.spec import Check, Column, Fault, Kind, one_of, whole
from sync.words import DueKind, HolderKind, LifeEvent, LinkCategory, PlaceKind, Rhythm, Role, UnitKind

REFUSED = "联系类别是封闭的,不得用于管控对象;"
_OWN = ("name", "basis", "office_code", "valid_from", "valid_to")
_RULE = ("holder", "role", "level", "target", "number", "rhythm", "term", "term_kind")
_OFFICE = "(SELECT c.unit_id FROM unit_code c WHERE c.code = r.office_code LIMIT 1)"
_PROGRAMME = "(SELECT g.id FROM programme g WHERE g.code = r.code)"
_TOLD = "i.import_id = :import_id AND i.data ->> 'code' = r.code"
_SUBJECT = "(i.data ? 'category' OR i.data ? 'event')"
_PETITION, _ORDINARY = LinkCategory.PETITION_MATTER.value, ("year", "half_year", "quarter", "month")


def _differ(column: str) -> str:
    return f"min(coalesce({column}, '')) OVER w <> max(coalesce({column}, '')) OVER w"


def _upsert(subject: str) -> str:
    """Write the rules about a subject: category or event."""
    values = ", ".join(f"excluded.{name}" for name in _RULE)
    return (
        f"INSERT INTO programme_rule AS o (id, programme_id, {subject}, {', '.join(_RULE)})"
        f" SELECT r.id, {_PROGRAMME}, r.{subject}, {', '.join(f'r.{name}' for name in _RULE)} FROM r"
        f" WHERE r.{subject} IS NOT NULL ON CONFLICT (programme_id, {subject})"
        f" DO UPDATE SET ({', '.join(_RULE)}) = ROW({values})"
        f" WHERE ({', '.join(f'o.{name}' for name in _RULE)}) IS DISTINCT FROM ({values}) RETURNING programme_id, false"
    )


def _inspect(rows: list[dict[str, Any]]) -> list[Fault]:
    """A petitioner's household is not visited more often than others (Restraint)."""
    too_often = _ORDINARY[_ORDINARY.index(defaults().duty.rhythm_ordinary) + 1 :]
    zh, en = "信访事项联系户的走访不得多于普通户", "not more often than an ordinary household"
    return [
        Fault(row["line"], "rhythm", row["rhythm"], zh, en)
        for row in rows
        if row.get("category") == _PETITION and row.get("rhythm") in too_often
    ]


PROGRAMMES = Kind(
    name="programmes",
    columns=(
        Column("code", "代码", required=True),
        Column("name", "名称", required=True),
        Column("basis", "依据文件"),
        Column("office_code", "主管单位代码"),
        *DATES,
        Column("category", "联系类别", one_of(LinkCategory, REFUSED)),
        Column("event", "必访事由", one_of(LifeEvent)),
        Column("holder", "联系主体", one_of(HolderKind)),
        Column("role", "角色", one_of(Role)),
        Column("level", "单位层级", one_of(UnitKind)),
        Column("target", "对象类别", one_of(PlaceKind)),
        Column("number", "数量", whole(1, 1000)),
        Column("rhythm", "频次", one_of(Rhythm)),
        Column("term", "时限", whole(1, 1000)),
        Column("term_kind", "时限单位", one_of(DueKind)),
    ),
    record="code text, name text, basis text, office_code text, valid_from text, valid_to text, category text,"
    " event text, holder text, role text, level text, target text, number smallint, rhythm text, term smallint,"
    " term_kind text",
    touches="PROGRAMME",
    inspect=_inspect,
    checks=(
        ENDS,
        Check(
            "office_code",
            "SELECT r.line, r.office_code FROM r WHERE r.office_code IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM unit_code t WHERE t.code = r.office_code)",
            "没有这个单位",
            "no such unit",
        ),
        Check(
            "code",
            f"SELECT line, code FROM (SELECT line, code, {' OR '.join(_differ(name) for name in _OWN)} AS differs"
            " FROM r WINDOW w AS (PARTITION BY code)) d WHERE differs",
            "同一代码的名称、依据、主管单位或日期不一致",
            "lines of one code differ in name, basis, office or dates",
        ),
        Check(
            "event",
            "SELECT line, event FROM r WHERE category IS NOT NULL AND event IS NOT NULL",
            "联系类别和必访事由只填一个",
            "not both a category and an event",
        ),
        Check(
            "category",
            "SELECT line, code FROM r WHERE category IS NULL AND event IS NULL"
            f" AND num_nonnulls({', '.join(_RULE)}) > 0",
            "缺少联系类别或必访事由",
            "a rule needs a category or an event",
        ),
        Check(
            "category",
            "SELECT line, coalesce(category, event) FROM (SELECT line, category, event, count(*) OVER"
            " (PARTITION BY code, category, event) AS n FROM r) d"
            " WHERE n > 1 AND coalesce(category, event) IS NOT NULL",
            "同一联系制度中重复",
            "told twice for one programme",
        ),
        Check(
            "term",
            "SELECT line, term FROM r WHERE (term IS NULL) <> (term_kind IS NULL)",
            "时限和时限单位要一起填",
            "a term and its kind go together",
        ),
    ),
    writes=(
        "INSERT INTO programme AS g (id, code, name, basis, office_id, valid)"
        f" SELECT DISTINCT ON (r.code) r.id, r.code, r.name, coalesce(r.basis, ''), {_OFFICE}, {RANGE} FROM r"
        " ORDER BY r.code, r.line"
        " ON CONFLICT (code) DO UPDATE SET name = excluded.name, basis = excluded.basis,"
        " office_id = excluded.office_id, valid = excluded.valid"
        " WHERE (g.name, g.basis, g.office_id, g.valid)"
        " IS DISTINCT FROM (excluded.name, excluded.basis, excluded.office_id, excluded.valid) RETURNING id, xmax = 0",
        f"DELETE FROM programme_rule o USING r WHERE o.programme_id = {_PROGRAMME}"
        f" AND EXISTS (SELECT FROM import_row i WHERE {_TOLD} AND {_SUBJECT})"
        f" AND NOT EXISTS (SELECT FROM import_row i WHERE {_TOLD} AND i.data ->> 'category' IS NOT DISTINCT FROM"
        "  CAST(o.category AS text) AND i.data ->> 'event' IS NOT DISTINCT FROM CAST(o.event AS text))"
        " RETURNING o.programme_id, false",
        _upsert("category"),
        _upsert("event"),
    ),
)
