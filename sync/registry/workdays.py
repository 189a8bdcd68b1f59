"""The working-day calendar as rows: from announced holidays, assumed beyond them."""

import csv
from collections.abc import Iterable, Mapping
from datetime import date
from importlib.resources import files
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import changes, clock, db
from sync.calendar import workdays
from sync.calendar.workdays import Table, holidays_from, workdays_from
from sync.models import Workday
from sync.words import FeedKind

_COLUMNS = ("day", "is_work", "idx", "source", "provisional")


def shipped_holidays() -> list[dict[str, str]]:
    """The holidays that come with the product (sync/calendar/README.md names their source)."""
    source = files("sync.calendar").joinpath("china_holidays.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(source.splitlines()))


def replace_workdays(session: Session, rows: Iterable[Mapping[str, str]], source: str) -> int:
    """Write the calendar anew from holiday rows (date, name, is_off_day), up to the end of next year; how many days.

    Raises CalendarError for a row that cannot be read.
    """
    holidays = holidays_from(rows)
    first = min(holiday.day.year for holiday in holidays)
    days = list(workdays_from(holidays, first, clock.today().year + 1, source))
    session.execute(text("DELETE FROM workday"))
    db.put(session, Workday, _COLUMNS, [(d.day, d.is_work, d.idx, d.source, d.provisional) for d in days])
    changes.touched(session, FeedKind.CALENDAR, [UUID(int=FeedKind.CALENDAR.value)])
    return len(days)


def calendar(session: Session, first: date, last: date) -> Table:
    """The working-day calendar from first to last day."""
    rows = session.execute(
        text(
            "SELECT day, is_work, idx, source, provisional FROM workday WHERE day BETWEEN :first AND :last ORDER BY day"
        ),
        {"first": first, "last": last},
    )
    return Table(workdays.Workday(row.day, row.is_work, row.idx, row.source, row.provisional) for row in rows)
