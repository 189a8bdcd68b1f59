"""When contact is owed: periods, terms, and the laws that hold for every day of every year."""

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import clock
from sync.calendar.workdays import CITY, Table, workdays_from
from sync.duty.rules.rhythms import (
    MONTHS,
    Period,
    Term,
    is_more_often,
    opening,
    owes,
    periods,
    rhythm_of,
)
from sync.policy import PolicyError, defaults
from sync.terms import Duty
from sync.words import DueKind, LinkCategory, Rhythm

POLICY = defaults().duty
NOTHING = Table([])
DAYS = st.dates(date(2024, 1, 1), date(2031, 12, 31))
EVERY = [rhythm for rhythm in Rhythm if rhythm in MONTHS]


@given(rhythm=st.sampled_from(EVERY), first=DAYS, span=st.integers(0, 800))
def test_periods_cover_every_day_once(rhythm: Rhythm, first: date, span: int) -> None:
    last = first + timedelta(days=span)
    found = list(periods(rhythm, first, last))
    assert found[0].first <= first < found[0].after
    assert found[-1].first <= last < found[-1].after
    assert all(one.after == other.first for one, other in pairwise(found))


def test_nothing_is_owed_at_no_rhythm() -> None:
    assert list(periods(Rhythm.NONE, date(2026, 1, 1), date(2026, 12, 31))) == []


def test_a_year_has_so_many_periods() -> None:
    asked = {rhythm: len(list(periods(rhythm, date(2026, 1, 1), date(2026, 12, 31)))) for rhythm in EVERY}
    assert asked == {Rhythm.MONTH: 12, Rhythm.QUARTER: 4, Rhythm.HALF_YEAR: 2, Rhythm.YEAR: 1}


def test_a_period_is_due_at_its_end_without_any_calendar() -> None:
    due = opening(Period(date(2027, 2, 1), date(2027, 3, 1)), None, NOTHING)
    assert due == (clock.midnight(date(2027, 2, 1)), clock.midnight(date(2027, 3, 1)), False)


def test_working_days_count_only_where_a_rule_says_so_and_say_when_they_are_assumed() -> None:
    february = Period(date(2026, 2, 1), date(2026, 3, 1))
    holidays = Table(workdays_from([], 2026, 2026, "t"))
    due = opening(february, Term(5, DueKind.WORKING_DAYS), holidays)
    assert (due.due_at, due.provisional) == (datetime(2026, 2, 7, tzinfo=CITY), True)
    assert opening(february, Term(90, DueKind.WORKING_DAYS), holidays).due_at == clock.midnight(date(2026, 3, 1))
    assert opening(february, Term(48, DueKind.HOURS), NOTHING).due_at == clock.midnight(date(2026, 2, 3))


@given(day=DAYS, rhythm=st.sampled_from(EVERY), n=st.integers(1, 400), kind=st.sampled_from(list(DueKind)))
def test_a_window_lies_in_its_period_with_or_without_calendar(day: date, rhythm: Rhythm, n: int, kind: DueKind) -> None:
    [period] = periods(rhythm, day, day)
    one = opening(period, Term(n, kind), NOTHING)
    assert clock.midnight(period.first) == one.opens_at < one.due_at <= clock.midnight(period.after)


@given(category=st.sampled_from(list(LinkCategory)), told=st.none() | st.sampled_from(list(Rhythm)))
def test_a_petitioner_is_never_visited_more_often_than_others(category: LinkCategory, told: Rhythm | None) -> None:
    asked = rhythm_of(category, told, POLICY)
    if category is LinkCategory.PETITION_MATTER:
        assert not is_more_often(asked, Rhythm(POLICY.rhythm_ordinary))
    elif told:
        assert asked is told


def test_rhythms_of_the_trade() -> None:
    asked = {category: rhythm_of(category, None, POLICY) for category in LinkCategory}
    assert asked[LinkCategory.NEEDY] is asked[LinkCategory.LEFT_BEHIND] is Rhythm.MONTH
    assert asked[LinkCategory.ORDINARY] is asked[LinkCategory.ABLE_PERSON] is Rhythm.HALF_YEAR
    assert asked[LinkCategory.UNIT] is asked[LinkCategory.ENTERPRISE] is asked[LinkCategory.PROJECT] is Rhythm.NONE


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (None, None, True),
        (date(2026, 3, 1), None, True),
        (date(2026, 3, 25), None, True),
        (date(2026, 3, 26), None, False),  # begun a few days before the end
        (None, date(2026, 4, 1), True),
        (None, date(2026, 3, 31), False),  # ended before
    ],
)
def test_a_link_owes_what_it_has_time_for(since: date | None, until: date | None, expected: bool) -> None:
    march = Period(date(2026, 3, 1), date(2026, 4, 1))
    assert owes(march, since, until, date(2026, 3, 10), timedelta(days=7)) is expected
    assert not owes(march, since, until, date(2026, 4, 1), timedelta(days=7))


@pytest.mark.parametrize("wrong", [{"rhythm_needy": "weekly"}, {"lapse_days": 22}])
def test_a_policy_that_breaks_the_rules_is_refused(wrong: dict[str, object]) -> None:
    values = {name: getattr(POLICY, name) for name in Duty.types()}
    with pytest.raises(PolicyError):
        Duty.read("duty", values | wrong)
