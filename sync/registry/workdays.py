"""The working-day calendar as rows: from announced holidays, assumed beyond them."""

import csv
from collections.abc import Iterable, Mapping
from importlib.resources import files

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, db
from sync.calendar.workdays import holidays_from, workdays_from
from sync.models import Workday

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
    return len(days)
