"""A unit's year as numbers for one sheet of paper: no home, no person, no order by merit."""

from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, db
from sync.duty.numbers import FEW

_HERE = "o.unit_id IN (SELECT unit_id FROM unit_above WHERE above_id = :unit)"
_YEAR = text(
    "SELECT CAST(extract(month FROM o.due_at - interval '1 second') AS int) AS month, o.origin,"
    " count(*) FILTER (WHERE o.state = 'met' AND o.met_at < o.due_at) AS in_time,"
    " count(*) FILTER (WHERE o.state = 'met' AND o.met_at >= o.due_at) AS late,"
    " count(*) FILTER (WHERE o.state = 'lapsed') AS lapsed, count(*) FILTER (WHERE o.state = 'excused') AS excused,"
    " count(*) FILTER (WHERE o.state = 'owed') AS open,"
    " count(*) FILTER (WHERE o.holder_id IS NULL AND o.holder_unit_id IS NULL) AS nobody,"
    " count(*) FILTER (WHERE o.provisional) AS provisional"
    f" FROM obligation o WHERE {_HERE} AND extract(year FROM o.due_at - interval '1 second') = :year GROUP BY 1, 2"
)
_HOMES = text(
    "SELECT count(*) AS homes, count(*) FILTER (WHERE EXISTS (SELECT FROM link l JOIN place a ON a.id = l.place_id"
    "  WHERE (a.id = o.id OR a.merged_into_id = o.id) AND l.valid @> CAST(:today AS date))) AS linked"
    f" FROM place o WHERE {_HERE} AND o.kind = 'household' AND o.state IN ('active', 'proposed')"
    " AND o.merged_into_id IS NULL"
)
_FEW = text(
    f"SELECT count(DISTINCT f.holder_id), coalesce(sum(f.number - f.has), 0) FROM ({FEW}) f"
    " JOIN unit_above a ON a.unit_id = f.unit_id AND a.above_id = :unit"
)
_ATTEMPTS = text(
    "SELECT count(*) FILTER (WHERE o.outcome NOT IN ('met', 'lives_away')) AS attempts, count(*) AS visits FROM visit o"
    f" WHERE {_HERE} AND extract(year FROM o.started_at) = :year"
)


class Line(NamedTuple):
    """What became of the contact that was due."""

    in_time: int = 0
    late: int = 0
    lapsed: int = 0
    excused: int = 0
    open: int = 0

    @property
    def due(self) -> int:
        """All of it."""
        return sum(self)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The year of a unit and all below it; `missing_links` are those that rules ask for and nobody has, of so many
    holders; `provisional`: due times over days that are not announced yet."""

    year: int
    homes: int
    linked: int
    holders_short: int
    missing_links: int
    months: dict[int, Line]
    events: Line
    nobody: int
    visits: int
    attempts: int
    provisional: int

    @property
    def total(self) -> Line:
        """What the programmes asked for in the year."""
        return add(list(self.months.values()))


def add(lines: list[Line]) -> Line:
    """The sum of lines."""
    return Line(*(sum(column) for column in zip(*lines, strict=True))) if lines else Line()


def year_of(session: Session, unit: UUID, year: int) -> Sheet:
    """The sheet of a year as things stand now; what was due after life events is told apart from the programmes."""
    facts = {"unit": unit, "year": year, "today": clock.today()}
    months = dict.fromkeys(range(1, 13), Line())
    events, nobody, provisional = Line(), 0, 0
    for row in session.execute(_YEAR, facts):
        line = Line(row.in_time, row.late, row.lapsed, row.excused, row.open)
        nobody, provisional = nobody + row.nobody, provisional + row.provisional
        if row.origin == "programme":
            months[row.month] = add([months[row.month], line])
        else:
            events = add([events, line])
    homes, linked = session.execute(_HOMES, facts).one()
    few: Any = facts | {"all": True, "own": db.pg_uuids(()), "programme": None}
    short, missing = session.execute(_FEW, few).one()
    attempts, visits = session.execute(_ATTEMPTS, facts).one()
    return Sheet(
        year, homes, linked, short, int(missing), months, events, nobody, visits, attempts, provisional,
    )  # fmt: skip
