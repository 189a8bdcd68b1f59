"""Numbers of duty by unit, without names or categories: what a leader reads, and an office for its own programmes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, db
from sync.access import Actor
from sync.ground import ASIDE
from sync.words import Role

COUNTED = (
    "homes", "linked", "contacted", "owed", "met", "late", "lapsed", "excused", "overdue", "paused", "nobody",
)  # fmt: skip
GAPS = ("few_links", "nobody", "overdue", "uncovered")
_BASES = text(
    "SELECT DISTINCT CASE WHEN kind = ANY(:aside) THEN coalesce(parent_id, id) ELSE id END FROM unit"
    " WHERE id = ANY(:ids)"
)
_IS_BELOW = text("SELECT EXISTS (SELECT FROM unit_above WHERE unit_id = :unit AND above_id = ANY(:bases))")
_OWN = text("SELECT id FROM programme WHERE office_id = ANY(:offices)")
# A home counts once under the id that merged ones stand for. `:all` is a leader's view, else that of an office: its
# programmes, and what has none below its unit.
_MINE = "(:all OR o.programme_id = ANY(CAST(:own AS uuid[])) OR o.programme_id IS NULL)"
_NOBODYS = "o.holder_id IS NULL AND o.holder_unit_id IS NULL"
_PROGRAMME = "(CAST(:programme AS uuid) IS NULL OR o.programme_id = CAST(:programme AS uuid))"
_ROOT = "JOIN place a ON a.id = {}.place_id JOIN place r ON r.id = coalesce(a.merged_into_id, a.id)"
_BELOW = "unit_id IN (SELECT unit_id FROM below)"
_CHILDREN = (
    "below AS (SELECT u.id, a.unit_id FROM unit u JOIN unit_above a ON a.above_id = u.id"
    "  WHERE u.parent_id = ANY(:under) OR u.id = ANY(:under) AND a.depth = 0)"
)
_NOW = (
    "now AS MATERIALIZED (SELECT o.unit_id,"
    "  count(*) FILTER (WHERE o.due_at <= :now AND NOT coalesce(o.paused_until > :now, false)) AS overdue,"
    "  count(*) FILTER (WHERE o.paused_until > :now) AS paused,"
    f"  count(*) FILTER (WHERE {_NOBODYS}) AS nobody"
    f" FROM obligation o WHERE o.state = 'owed' AND o.opens_at <= :now AND ({_MINE} OR {_NOBODYS}) AND {_PROGRAMME}"
    f" AND o.{_BELOW}"
    " GROUP BY 1)"
)
# Who has fewer links than a rule says: persons who hold the role at a unit of that level, or units of that level.
_HOLDERS = (
    "SELECT g.programme_id, g.category, g.number, t.person_id AS holder_id, t.unit_id, false AS is_unit"
    " FROM programme_rule g JOIN person_role t ON t.role = g.role AND t.valid @> CAST(:today AS date)"
    "  JOIN unit u ON u.id = t.unit_id AND u.kind = g.level WHERE g.holder = 'cadre' AND g.number > 0"
    " UNION ALL SELECT g.programme_id, g.category, g.number, u.id, u.id, true FROM programme_rule g"
    "  JOIN unit u ON u.kind = g.level AND u.valid @> CAST(:today AS date) WHERE g.holder = 'unit' AND g.number > 0"
)
FEW = (
    "SELECT h.programme_id, p.name AS programme, h.category, h.holder_id, h.unit_id, h.is_unit, h.number, c.has"
    f" FROM ({_HOLDERS}) h JOIN programme p ON p.id = h.programme_id AND p.valid @> CAST(:today AS date)"
    " CROSS JOIN LATERAL (SELECT count(DISTINCT coalesce(a.merged_into_id, a.id)) AS has FROM link l"
    "  JOIN place a ON a.id = l.place_id WHERE l.programme_id = h.programme_id AND l.category = h.category"
    "  AND l.valid @> CAST(:today AS date) AND (l.cadre_id = h.holder_id OR l.holder_unit_id = h.holder_id)) c"
    " WHERE c.has < h.number AND h.category IS NOT NULL AND (:all OR h.programme_id = ANY(CAST(:own AS uuid[])))"
    " AND (CAST(:programme AS uuid) IS NULL OR h.programme_id = CAST(:programme AS uuid))"
)
_SHOWN = "u.id AS unit, u.name, u.kind, EXISTS (SELECT FROM unit c WHERE c.parent_id = u.id) AS has_children"
_COUNTS = text(
    f"WITH {_CHILDREN}, {_NOW},"
    " homes AS MATERIALIZED (SELECT unit_id, count(*) AS homes FROM place WHERE kind = 'household'"
    f"  AND state IN ('active', 'proposed') AND merged_into_id IS NULL AND {_BELOW} GROUP BY 1),"
    f" linked AS MATERIALIZED (SELECT r.unit_id, count(DISTINCT r.id) AS linked FROM link o {_ROOT.format('o')}"
    "  WHERE o.valid @> CAST(:today AS date) AND r.kind = 'household' AND r.state IN ('active', 'proposed')"
    f"  AND {_MINE} AND {_PROGRAMME} AND r.{_BELOW} GROUP BY 1),"
    " owed AS MATERIALIZED (SELECT o.unit_id,"
    "   count(DISTINCT r.id) FILTER (WHERE o.state = 'met') AS contacted,"
    "   count(*) FILTER (WHERE o.state = 'owed') AS owed, count(*) FILTER (WHERE o.state = 'met') AS met,"
    "   count(*) FILTER (WHERE o.state = 'met' AND o.met_at >= o.due_at) AS late,"
    "   count(*) FILTER (WHERE o.state = 'lapsed') AS lapsed, count(*) FILTER (WHERE o.state = 'excused') AS excused"
    f"  FROM obligation o {_ROOT.format('o')} WHERE o.due_at > :since AND o.due_at <= :until"
    f"  AND {_MINE} AND {_PROGRAMME} AND o.{_BELOW} GROUP BY 1)"
    f" SELECT {_SHOWN}, "
    + ", ".join(f"CAST(coalesce(sum(n.{name}), 0) AS int) AS {name}" for name in COUNTED)
    + " FROM below b JOIN unit u ON u.id = b.id LEFT JOIN (SELECT * FROM homes FULL JOIN linked USING (unit_id)"
    "  FULL JOIN owed USING (unit_id) FULL JOIN now USING (unit_id)) n ON n.unit_id = b.unit_id"
    " WHERE u.kind <> ALL(:aside) AND u.valid @> CAST(:today AS date)"
    " GROUP BY u.id ORDER BY u.sort_code, u.id"
)
_GAPS = text(
    f"WITH {_CHILDREN}, {_NOW}, few AS (SELECT f.unit_id, count(*) AS few_links FROM ({FEW}) f GROUP BY 1),"
    f" needy AS (SELECT r.unit_id, count(DISTINCT r.id) AS uncovered FROM needy y {_ROOT.format('y')}"
    f"  WHERE y.valid @> CAST(:today AS date) AND r.state IN ('active', 'proposed') AND r.{_BELOW}"
    "  AND NOT EXISTS (SELECT FROM link l JOIN place b ON b.id = l.place_id"
    "   WHERE (b.id = r.id OR b.merged_into_id = r.id) AND l.valid @> CAST(:today AS date)) GROUP BY 1)"
    f" SELECT {_SHOWN}, "
    + ", ".join(f"CAST(coalesce(sum(n.{name}), 0) AS int) AS {name}" for name in GAPS)
    + " FROM below b JOIN unit u ON u.id = b.id"
    " LEFT JOIN (SELECT * FROM now FULL JOIN few USING (unit_id) FULL JOIN needy USING (unit_id)) n"
    "  ON n.unit_id = b.unit_id"
    " WHERE u.valid @> CAST(:today AS date) GROUP BY u.id ORDER BY u.sort_code, u.id"
)


@dataclass(frozen=True, slots=True)
class View:
    """What somebody sees of duty: all of the units below `bases`, or of these the office's own programmes."""

    bases: Sequence[UUID]
    everything: bool
    own: Sequence[UUID]

    def facts(self, programme: UUID | None) -> dict[str, Any]:
        """As parameters of the statements."""
        facts = {"all": self.everything, "own": db.pg_uuids(self.own), "programme": programme}
        return facts | {"today": clock.today(), "now": clock.now()}


def view_of(session: Session, actor: Actor, unit: UUID | None) -> View | None:
    """What the actor sees at a unit, or at all; None if nothing. A leader's view goes before an office's."""
    leads = [held.unit_id for held in actor.roles if held.role is Role.LEADER]
    offices = [held.unit_id for held in actor.roles if held.role is Role.PROGRAMME_OFFICE]
    if leads and (unit is None or is_below(session, unit, leads)):
        return View(leads, True, ())
    bases = session.scalars(_BASES, {"ids": db.pg_uuids(offices), "aside": _aside()}).all() if offices else []
    if bases and (unit is None or is_below(session, unit, bases)):
        return View(bases, False, session.scalars(_OWN, {"offices": db.pg_uuids(offices)}).all())
    return None


def is_below(session: Session, unit: UUID, bases: Sequence[UUID]) -> bool:
    """Whether a unit is one of these or below one of them."""
    return bool(session.scalar(_IS_BELOW, {"unit": unit, "bases": db.pg_uuids(bases)}))


def counts(
    session: Session, view: View, unit: UUID | None, first: date, last: date, programme: UUID | None = None
) -> list[Any]:
    """Each unit directly under `unit` (or under where the viewer's roles are) with COUNTED, what is below it included,
    in the order of the administrative codes.

    owed, met, late, lapsed, excused and contacted are of what is due from the first day to the last; overdue, paused
    and nobody are of this moment.
    """
    facts = view.facts(programme) | {"under": db.pg_uuids([unit] if unit else view.bases), "aside": _aside()}
    facts |= {"since": clock.midnight(first), "until": clock.midnight(date.fromordinal(last.toordinal() + 1))}
    return list(session.execute(_COUNTS, facts))


def gaps(session: Session, view: View, unit: UUID | None) -> list[Any]:
    """Each unit directly under `unit` with GAPS: holders with too few links, what is nobody's or overdue, needy homes
    that no programme covers."""
    facts = view.facts(None) | {"under": db.pg_uuids([unit] if unit else view.bases)}
    return list(session.execute(_GAPS, facts))


def _aside() -> list[str]:
    return [kind.value for kind in ASIDE]
