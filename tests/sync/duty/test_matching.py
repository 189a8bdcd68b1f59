"""Which contact meets what: the laws, for any windows and calls."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.calendar.workdays import Table
from sync.duty.rules.matching import Call, Fate, Window, fates, is_contact
from sync.duty.rules.rhythms import MONTHS, Rhythm, opening, periods
from sync.policy import defaults
from sync.words import Mode, ObligationState, Outcome

POLICY = defaults().duty
START = datetime(2026, 1, 1, tzinfo=UTC)
LATER = datetime(2028, 1, 1, tzinfo=UTC)
CHAINS = [UUID(int=1), UUID(int=2)]


def windows_of(rhythms: dict[UUID, Rhythm]) -> list[Window]:
    """A year of obligations of links with these rhythms."""
    made = []
    for chain, rhythm in rhythms.items():
        for n, period in enumerate(periods(rhythm, date(2026, 1, 1), date(2026, 12, 31))):
            one = opening(period, None, Table([]))
            lapses = one.due_at + timedelta(days=POLICY.lapse_days)
            id_ = UUID(int=chain.int * 100 + n)
            made.append(Window(id_, chain, one.opens_at, one.due_at, lapses, timedelta(days=POLICY.attempt_days)))
    return made


windows = st.fixed_dictionaries({chain: st.sampled_from(sorted(MONTHS)) for chain in CHAINS}).map(windows_of)
calls = st.lists(
    st.builds(
        lambda hour, met: Call(UUID(int=0), START + timedelta(hours=hour), (START + timedelta(hours=hour)).date(), met),
        st.integers(0, 24 * 400),
        st.booleans(),
    ),
    max_size=60,
).map(lambda made: [call._replace(visit_id=UUID(int=n)) for n, call in enumerate(made)])


@given(windows, calls, st.integers(0, 2**32))
def test_the_order_in_which_visits_arrive_does_not_matter(owed: list[Window], told: list[Call], seed: int) -> None:
    mixed, other = told[:], owed[:]
    Random(seed).shuffle(mixed)
    Random(seed).shuffle(other)
    before, after = fates(owed, told, LATER), fates(other, mixed, LATER)
    assert before == after


@given(windows, calls)
def test_a_day_counts_once_for_a_link_and_only_contact_in_the_window_meets(
    owed: list[Window], told: list[Call]
) -> None:
    found = fates(owed, told, LATER)
    met = [(window, found[window.id].met_by) for window in owed if found[window.id].met_by]
    used = Counter((window.chain, call.on) for window, call in met if call)
    assert not used or max(used.values()) == 1
    pause = timedelta(days=POLICY.attempt_days)
    for window, call in met:
        assert call is not None
        assert call.is_contact
        assert window.opens_at <= call.at < window.lapses_at + pause


@given(windows, calls)
def test_whoever_is_called_on_in_time_is_met_in_time(owed: list[Window], told: list[Call]) -> None:
    found = fates(owed, told, LATER)
    for window in owed:
        in_time = [call for call in told if call.is_contact and window.opens_at <= call.at < window.due_at]
        if in_time:
            first = min(in_time, key=lambda call: (call.at, call.visit_id))
            assert found[window.id] == Fate(ObligationState.MET, first)


@given(windows, calls, calls)
def test_more_contact_never_opens_anything_again(owed: list[Window], told: list[Call], more: list[Call]) -> None:
    few = {id_ for id_, fate in fates(owed, told, LATER).items() if fate.state is ObligationState.MET}
    extra = [call._replace(visit_id=UUID(int=1000 + n)) for n, call in enumerate(more)]
    many = {id_ for id_, fate in fates(owed, told + extra, LATER).items() if fate.state is ObligationState.MET}
    assert few <= many


@given(windows, calls, st.integers(0, 24 * 400))
def test_a_change_at_a_moment_turns_only_what_is_near_it(owed: list[Window], told: list[Call], hour: int) -> None:
    """What `discharging` looks at is enough: what was due 40 days before a visit never changes with it."""
    new = Call(UUID(int=999), START + timedelta(hours=hour), (START + timedelta(hours=hour)).date(), True)
    near = [window for window in owed if window.due_at > new.at - timedelta(days=40)]
    before, after = fates(owed, told, LATER), fates(owed, [*told, new], LATER)
    assert {id_ for id_ in before if before[id_] != after[id_]} <= {window.id for window in near}
    assert {window.id: after[window.id] for window in near} == fates(near, [*told, new], LATER)


def test_a_missed_month_stays_one_missed_month() -> None:
    owed = windows_of({CHAINS[0]: Rhythm.MONTH})
    days = [date(2026, month, 20) for month in range(2, 13)]
    told = [
        Call(UUID(int=n), datetime(day.year, day.month, day.day, tzinfo=UTC), day, True) for n, day in enumerate(days)
    ]
    states = [fates(owed, told, LATER)[window.id].state for window in owed]
    assert states == [ObligationState.LAPSED] + [ObligationState.MET] * 11


def test_a_second_visit_in_the_next_month_makes_up_for_the_missed_one() -> None:
    owed = windows_of({CHAINS[0]: Rhythm.MONTH})[:2]
    told = [
        Call(UUID(int=n), datetime(2026, 2, day, 4, tzinfo=UTC), date(2026, 2, day), True)
        for n, day in enumerate((3, 3, 9))
    ]
    found = fates(owed, told, LATER)
    assert [found[window.id].met_by for window in owed] == [told[2], told[0]]


def test_an_attempt_pauses_and_keeps_an_obligation_open_for_its_days() -> None:
    [window] = windows_of({CHAINS[0]: Rhythm.YEAR})
    tried = window.lapses_at - timedelta(hours=1)
    call = Call(UUID(int=1), tried, tried.date(), False)
    until = tried + timedelta(days=POLICY.attempt_days)
    assert fates([window], [call], until - timedelta(hours=1))[window.id] == Fate(ObligationState.OWED, None, until)
    assert fates([window], [call], until)[window.id].state is ObligationState.LAPSED
    after = Call(UUID(int=2), until - timedelta(hours=2), (until - timedelta(hours=2)).date(), True)
    assert fates([window], [call, after], LATER)[window.id].met_by == after


@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("wished", [False, True])
def test_contact_is_somebody_met_or_called_who_lives_away_or_wishes_it(
    outcome: Outcome, mode: Mode, wished: bool
) -> None:
    expected = outcome is Outcome.LIVES_AWAY or (outcome is Outcome.MET and (mode is not Mode.PHONE or wished))
    assert is_contact(outcome, mode, phone_wished=wished) is expected
