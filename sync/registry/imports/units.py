"""The tree of units, with codes by edition: a re-coded unit is found by its old code and stays the same unit."""

from typing import Any

from sync.registry.imports.spec import Check, Column, Fault, Kind, one_of
from sync.words import UnitKind


def parents_first(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows so that a parent stands before its children; rows of a cycle come last."""
    by_code = {row.get("code"): row for row in rows}
    depth: dict[int, int] = {}

    def deep(row: dict[str, Any]) -> int:
        steps, at = 0, row
        while (above := by_code.get(at.get("parent_code"))) is not None and steps <= len(by_code):
            if id(above) in depth:
                return steps + 1 + depth[id(above)]
            steps, at = steps + 1, above
        return steps

    for row in rows:
        depth[id(row)] = deep(row)
    return sorted(rows, key=lambda row: depth[id(row)])


def cycles(rows: list[dict[str, Any]]) -> list[Fault]:
    """Rows that stand, by their parents, above themselves."""
    above = {row.get("code"): row.get("parent_code") for row in rows}
    faults = []
    for row in rows:
        seen, code = set(), row.get("parent_code")
        while code in above and code not in seen:
            seen.add(code)
            code = above[code]
        if row.get("code") in seen:
            faults.append(
                Fault(row["line"], "parent_code", str(row["parent_code"]), "上下级成环", "the tree has a cycle")
            )
    return faults


_FOUND = (
    "(SELECT c.unit_id FROM unit_code c WHERE c.code IN (r.code, r.old_code) ORDER BY c.code = r.code DESC LIMIT 1)"
)
UNITS = Kind(
    name="units",
    columns=(
        Column("code", "代码", required=True),
        Column("name", "名称", required=True),
        Column("kind", "类别", one_of(UnitKind), required=True),
        Column("parent_code", "上级代码"),
        Column("edition", "版本", required=True),
        Column("old_code", "旧代码"),
        Column("old_edition", "旧版本"),
    ),
    record="code text, name text, kind text, parent_code text, edition text, old_code text, old_edition text",
    order=parents_first,
    touches="PLACE",
    carries="SELECT id FROM place WHERE unit_id = ANY(:ids)",
    checks=(
        Check(
            "parent_code",
            "SELECT r.line, r.parent_code FROM r WHERE r.parent_code IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM r p WHERE p.code = r.parent_code)"
            " AND NOT EXISTS (SELECT 1 FROM unit_code c WHERE c.code = r.parent_code)",
            "没有这个上级单位",
            "no such unit above",
        ),
        Check(
            "parent_code",
            "SELECT r.line, r.parent_code FROM r JOIN unit_code p ON p.code = r.parent_code"
            f" JOIN unit_above a ON a.unit_id = p.unit_id AND a.above_id = {_FOUND}",
            "上级单位是它自己的下级",
            "the unit above is below it",
        ),
        Check(
            "code",
            "SELECT line, code FROM (SELECT line, code, count(*) OVER (PARTITION BY code) AS n FROM r) d WHERE n > 1",
            "代码重复",
            "the code stands twice",
        ),
    ),
    writes=(
        "INSERT INTO unit AS u (id, kind, name, sort_code)"
        f" SELECT coalesce({_FOUND}, r.id), r.kind, r.name, r.code FROM r ORDER BY n"
        " ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, name = excluded.name, sort_code = excluded.sort_code"
        " WHERE (u.kind, u.name, u.sort_code) IS DISTINCT FROM (excluded.kind, excluded.name, excluded.sort_code)"
        " RETURNING id, xmax = 0",
        "INSERT INTO unit_code (unit_id, edition, code)"
        f" SELECT coalesce({_FOUND}, r.id), r.edition, r.code FROM r"
        " UNION SELECT x.unit_id, r.old_edition, r.old_code FROM r,"
        f" LATERAL (SELECT coalesce({_FOUND}, r.id) AS unit_id) x"
        " WHERE r.old_code IS NOT NULL AND r.old_edition IS NOT NULL"
        " ON CONFLICT DO NOTHING",
        "UPDATE unit u SET parent_id = p.unit_id FROM r JOIN unit_code c ON c.code = r.code"
        " LEFT JOIN LATERAL (SELECT unit_id FROM unit_code WHERE code = r.parent_code LIMIT 1) p ON true"
        " WHERE u.id = c.unit_id AND u.parent_id IS DISTINCT FROM p.unit_id RETURNING u.id, false",
    ),
    inspect=cycles,
    after=(
        "WITH RECURSIVE up AS (SELECT id AS unit_id, id AS above_id, 0 AS depth FROM unit UNION ALL"
        " SELECT up.unit_id, u.parent_id, up.depth + 1 FROM up JOIN unit u ON u.id = up.above_id"
        " WHERE u.parent_id IS NOT NULL AND up.depth < 32),"
        " gone AS (DELETE FROM unit_above a WHERE NOT EXISTS (SELECT 1 FROM up"
        "  WHERE up.unit_id = a.unit_id AND up.above_id = a.above_id))"
        " INSERT INTO unit_above AS a (unit_id, above_id, depth) SELECT * FROM up"
        " ON CONFLICT (unit_id, above_id) DO UPDATE SET depth = excluded.depth WHERE a.depth <> excluded.depth",
    ),
)
