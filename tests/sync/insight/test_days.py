"""Days as whole months and the days at their edges."""

from collections import Counter
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sync.insight.days import Days, next_month

DATES = st.dates(date(2023, 11, 1), date(2026, 3, 31))


def every_day_of(month: date) -> list[date]:
    return [month + timedelta(days=n) for n in range((next_month(month) - month).days)]


@given(DATES, DATES)
def test_months_and_edges_are_every_asked_day_once(first: date, last: date) -> None:
    asked = Days(first, last)
    parts = asked.by_months()
    told = Counter([*parts.days, *(day for month in parts.months for day in every_day_of(month))])
    told.subtract(parts.less)
    assert sorted(told.elements()) == [first + timedelta(days=n) for n in range((last - first).days + 1)]
    assert min(told.values(), default=0) >= 0
    assert all(month.day == 1 for month in parts.months)
    assert len(parts.days) + len(parts.less) <= 31


def test_a_whole_year_is_twelve_months_and_no_day() -> None:
    parts = Days(date(2024, 1, 1), date(2024, 12, 31)).by_months()
    assert (len(parts.months), parts.days, parts.less) == (12, [], [])


@given(DATES, DATES, st.none() | DATES, st.none() | DATES)
def test_an_open_end_is_closed_by_what_there_is(low: date, high: date, first: date | None, last: date | None) -> None:
    closed = Days(first, last).within(low, high)
    assert closed == (max(low, first or low), min(high, last or high))
    assert closed.length == len(closed.by_days().days)
