"""Working days of China."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync.calendar.workdays import CalendarError, Table, due, holidays_from, workdays_from
from sync.registry.workdays import replace_workdays, shipped_holidays
from sync.words import DueKind

CITY = ZoneInfo("Asia/Shanghai")
TABLE = Table(workdays_from(holidays_from(shipped_holidays()), 2020, 2027, "shipped"))


def at(*day: int) -> datetime:
    return datetime(*day, 15, 30, tzinfo=CITY)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("start", "n", "wanted", "provisional"),
    [
        (at(2026, 3, 10), 5, (2026, 3, 18), False),  # Tuesday to the next Tuesday, 24:00
        (at(2026, 9, 30), 1, (2026, 10, 9), False),  # National Day lies between
        (at(2026, 2, 13), 1, (2026, 2, 15), False),  # the Saturday after is worked
        (at(2026, 12, 30), 5, (2027, 1, 7), True),  # 2027 is not announced
    ],
)
def test_working_days_end_at_midnight_of_the_last(
    start: datetime, n: int, wanted: tuple[int, int, int], provisional: bool
) -> None:
    ends = due(start, n, DueKind.WORKING_DAYS, TABLE)
    assert (ends.at, ends.provisional) == (datetime(*wanted, tzinfo=CITY), provisional)


def test_natural_days_end_on_a_working_day() -> None:
    assert due(at(2026, 9, 29), 5, DueKind.NATURAL_DAYS, TABLE).at == datetime(2026, 10, 9, tzinfo=CITY)
    assert due(at(2026, 3, 9), 2, DueKind.NATURAL_DAYS, TABLE).at == datetime(2026, 3, 12, tzinfo=CITY)


def test_hours_run_through_every_night() -> None:
    start = at(2026, 9, 30)
    assert due(start, 24, DueKind.HOURS, TABLE).at == start + timedelta(hours=24)
    with pytest.raises(ValueError, match="at least one"):
        due(start, 0, DueKind.HOURS, TABLE)


@given(st.dates(date(2020, 1, 1), date(2028, 6, 1)), st.integers(1, 60))
def test_a_longer_term_never_ends_earlier(day: date, n: int) -> None:
    start = datetime.combine(day, datetime.min.time(), CITY)
    short, long = (due(start, m, DueKind.WORKING_DAYS, TABLE).at for m in (n, n + 1))
    assert start < short < long


@pytest.mark.parametrize(
    "row",
    [
        {"date": "2026-13-01", "name": "x", "is_off_day": "1"},
        {"date": "2026-01-01", "name": "x", "is_off_day": "perhaps"},
        {"name": "x", "is_off_day": "1"},
    ],
)
def test_a_row_that_is_no_holiday_is_named(row: dict[str, str]) -> None:
    with pytest.raises(CalendarError, match="line 2"):
        holidays_from([row])


def test_days_with_a_gap_are_no_table() -> None:
    rows = list(workdays_from([], 2026, 2026, "x"))
    with pytest.raises(CalendarError, match="consecutive"):
        Table([rows[0], rows[2]])


def test_the_calendar_is_written_up_to_the_end_of_next_year(session: Session) -> None:
    days = replace_workdays(session, shipped_holidays(), "shipped")
    last, provisional = session.execute(text("SELECT max(day), count(*) FILTER (WHERE provisional) FROM workday")).one()
    assert days == session.scalar(text("SELECT count(*) FROM workday"))
    assert (last.month, last.day) == (12, 31)
    assert provisional >= 365
