"""Working days of China as pure arithmetic over a table (sync.md D8.1).

The table holds one row a day with a running count of working days, so that adding n days is a look-up and a difference
is a subtraction. Holidays are data (china_holidays.csv); years that were not announced yet count Monday to Friday and
are provisional.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sync.words import DueKind

CITY = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
SATURDAY = 5
NATIONAL_DAY = (10, 1)
ASSUMED = "monday to friday"


class Holiday(NamedTuple):
    """An announced exception: a day off, or a weekend day that is worked instead."""

    day: date
    name: str
    is_off: bool


class Workday(NamedTuple):
    """A day of the table; `idx` counts the working days up to and including this day."""

    day: date
    is_work: bool
    idx: int
    source: str
    provisional: bool


class Due(NamedTuple):
    """The moment until which there is time (aware), and whether a day on the way is not announced yet."""

    at: datetime
    provisional: bool


class CalendarError(ValueError):
    """A holiday row that cannot be read; the text says which and why."""


def holidays_from(rows: Iterable[Mapping[str, str]]) -> list[Holiday]:
    """Holidays from rows with date (YYYY-MM-DD), name, is_off_day (1 or 0); raises CalendarError for others."""
    found: dict[date, Holiday] = {}
    for number, row in enumerate(rows, start=2):
        try:
            holiday = Holiday(date.fromisoformat(row["date"].strip()), row["name"].strip(), _flag(row["is_off_day"]))
        except (KeyError, AttributeError, ValueError) as error:
            raise CalendarError(f"line {number}: {error}") from error
        if found.setdefault(holiday.day, holiday).is_off != holiday.is_off:
            raise CalendarError(f"line {number}: {holiday.day} is told twice, as work and as off")
    return sorted(found.values())


def workdays_from(holidays: Sequence[Holiday], first_year: int, last_year: int, source: str) -> Iterator[Workday]:
    """Every day of the years as rows. A year whose National Day is not among the holidays was not announced yet."""
    exceptions = {holiday.day: holiday.is_off for holiday in holidays}
    announced = {day.year for day in exceptions if (day.month, day.day) == NATIONAL_DAY}
    day, idx = date(first_year, 1, 1), 0
    while day.year <= last_year:
        is_work = not exceptions.get(day, day.weekday() >= SATURDAY)
        idx += is_work
        known = day.year in announced
        yield Workday(day, is_work, idx, source if known else ASSUMED, not known)
        day += DAY


class Table:
    """The rows of consecutive days, ready for look-ups. Days outside count Monday to Friday and are provisional."""

    def __init__(self, rows: Iterable[Workday]) -> None:
        """Take rows in the order of days; raises CalendarError for a gap."""
        self._rows = list(rows)
        self._idx = [row.idx for row in self._rows]
        if any(after.day - before.day != DAY for before, after in pairwise(self._rows)):
            raise CalendarError("the days of the table are not consecutive")

    def row(self, day: date) -> Workday:
        """The row of a day; outside the table a made one, whose idx means nothing."""
        at = (day - self._rows[0].day).days if self._rows else -1
        if 0 <= at < len(self._rows):
            return self._rows[at]
        return Workday(day, day.weekday() < SATURDAY, -1, ASSUMED, True)

    def add(self, day: date, n: int) -> Workday:
        """The n-th working day after `day`, which is not counted itself."""
        start = self.row(day)
        if start.idx >= 0 and (at := bisect_left(self._idx, start.idx + n)) < len(self._idx):
            return self._rows[at]
        left = n
        while left:
            day += DAY
            left -= self.row(day).is_work
        return self.row(day)

    def is_provisional(self, first: date, last: date) -> bool:
        """Whether a day from first to last is not announced yet."""
        return any(self.row(first + i * DAY).provisional for i in range((last - first).days + 1))


def due(start: datetime, n: int, kind: DueKind, table: Table) -> Due:
    """The end of a term of n >= 1 units that begins at `start` (aware).

    Working days: 24:00 of the n-th working day after the day of receipt. Natural days: 24:00 of the n-th day after it,
    or of the next working day if that one is none. Hours: by the clock. Days are days in Asia/Shanghai.
    """
    if n < 1:
        raise ValueError("a term has at least one unit")
    if kind is DueKind.HOURS:
        return Due(start.astimezone(CITY) + timedelta(hours=n), False)
    day = start.astimezone(CITY).date()
    if kind is DueKind.WORKING_DAYS:
        first, last = day + DAY, table.add(day, n).day
    else:
        first = day + n * DAY
        last = first if table.row(first).is_work else table.add(first, 1).day
    return Due(_midnight_after(last), table.is_provisional(first, last))


def _midnight_after(day: date) -> datetime:
    return datetime.combine(day + DAY, time(), CITY)


def _flag(text: str) -> bool:
    if text.strip() not in ("0", "1"):
        raise ValueError(f"is_off_day is {text!r}, not 0 or 1")
    return text.strip() == "1"
