"""Laws of tellings, promises and absences: whatever comes in whatever order."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.duty.life.rules import (
    Away,
    Happening,
    Word,
    hindrance,
    is_absurd,
    is_plausible,
    quiet_until,
    same_events,
    standing,
)
from sync.words import CommitmentState, LifeEvent

FIRST_DAY = date(2026, 3, 1)
NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)
happenings = st.lists(
    st.builds(
        Happening,
        st.uuids(),
        st.sampled_from([UUID(int=1), UUID(int=2)]),
        st.sampled_from([LifeEvent.DEATH, LifeEvent.HOSPITAL]),
        st.integers(0, 40).map(lambda day: FIRST_DAY + timedelta(days=day)),
    ),
    max_size=12,
    unique_by=lambda one: one.id,
)
words = st.lists(
    st.builds(
        Word,
        st.uuids(),
        st.integers(0, 6).map(lambda hour: NOON + timedelta(hours=hour)),
        st.sampled_from([UUID(int=1), UUID(int=2)]),
        st.booleans(),
        st.booleans(),
    ),
    max_size=8,
    unique_by=lambda one: one.id,
)


def is_same(one: Happening, other: Happening, days: int) -> bool:
    near = abs((one.happened_on - other.happened_on).days) <= days
    return one.door == other.door and one.event == other.event and near


@given(happenings, st.integers(0, 10), st.integers(1, 4))
def test_no_two_first_tellings_are_near_and_every_other_is_near_its_first(
    told: Sequence[Happening], days: int, sets: int
) -> None:
    firsts: list[Happening] = []
    same: dict[UUID, UUID] = {}
    for begin in range(0, len(told), sets):  # as they come, some at once
        batch = told[begin : begin + sets]
        found = same_events(firsts, batch, days)
        firsts += [one for one in batch if one.id not in found]
        same |= found
    assert not any(is_same(one, other, days) for one in firsts for other in firsts if one is not other)
    by_id = {one.id: one for one in told}
    assert same.keys() == by_id.keys() - {one.id for one in firsts}
    assert all(is_same(by_id[one], by_id[first], days) and first not in same for one, first in same.items())


@given(happenings, st.integers(0, 10))
def test_two_tellings_are_one_event_or_two_in_either_order(told: Sequence[Happening], days: int) -> None:
    pair = list(told[:2])
    assert len(same_events([], pair, days)) == len(same_events([], pair[::-1], days))


@given(words, st.randoms(use_true_random=False))
def test_where_a_promise_stands_does_not_hang_on_the_order_of_arrival(told: list[Word], chance: object) -> None:
    stands = standing(told)
    shuffled = list(told)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert standing(shuffled) == stands
    since = [word for word in told if not word.kept]
    last_no = max(((word.at, word.id) for word in since), default=None)
    after = [word for word in told if word.kept and (last_no is None or (word.at, word.id) > last_no)]
    if not after:
        assert stands.state is CommitmentState.OPEN
    else:
        confirmed = any(word.confirms for word in after)
        assert stands.state is (CommitmentState.CONFIRMED if confirmed else CommitmentState.TOLD_KEPT)


def test_a_promise_nobody_spoke_of_is_open() -> None:
    assert standing([]) == (CommitmentState.OPEN, None, None)


def test_the_first_home_that_confirms_is_the_one_that_did() -> None:
    told = [Word(UUID(int=n), NOON + timedelta(hours=n), UUID(int=n), True, n > 1) for n in (1, 2, 3)]
    assert standing(told) == (CommitmentState.CONFIRMED, NOON + timedelta(hours=2), UUID(int=2))


aways = st.lists(
    st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(0, 15), st.integers(0, 6)).filter(
        lambda one: one[0] != one[1]
    ),
    max_size=12,
)


@given(aways)
def test_nobody_is_away_twice_and_nobody_stands_in_while_away(asked: list[tuple[int, int, int, int]]) -> None:
    stand: list[Away] = []
    for n, (person, deputy, begin, length) in enumerate(asked):
        first_on = FIRST_DAY + timedelta(days=begin)
        one = Away(UUID(int=n), UUID(int=person), UUID(int=deputy), first_on, first_on + timedelta(days=length))
        found = hindrance(stand, one)
        if found is None:
            stand.append(one)
        else:
            assert found[1] in {other.id for other in stand}
    for day in range(25):
        on = FIRST_DAY + timedelta(days=day)
        today = [one for one in stand if one.first_on <= on <= one.last_on]
        away = [one.person for one in today]
        assert len(away) == len(set(away))
        assert not set(away) & {one.deputy for one in today}


@pytest.mark.parametrize(
    ("first", "last", "plausible"),
    [
        (0, 0, True),
        (0, 179, True),
        (0, 180, False),
        (1, 0, False),
        (366, 366, True),
        (367, 367, False),
        (-367, 0, False),
    ],
)
def test_an_absence_is_neither_longer_than_half_a_year_nor_far_away(first: int, last: int, plausible: bool) -> None:
    days = [FIRST_DAY + timedelta(days=n) for n in (first, last)]
    assert is_plausible(days[0], days[1], FIRST_DAY, 180) is plausible


def test_an_absence_does_not_stand_in_its_own_way() -> None:
    one = Away(UUID(int=1), UUID(int=2), UUID(int=3), FIRST_DAY, FIRST_DAY)
    assert hindrance([one], one._replace(last_on=FIRST_DAY + timedelta(days=3))) is None


@pytest.mark.parametrize(
    ("happened_on", "absurd"),
    [(FIRST_DAY, False), (FIRST_DAY + timedelta(days=1), True), (FIRST_DAY - timedelta(days=60), False),
     (FIRST_DAY - timedelta(days=61), True)],
)  # fmt: skip
def test_an_event_happened_before_it_was_told_and_not_long_before(happened_on: date, absurd: bool) -> None:
    assert is_absurd(happened_on, FIRST_DAY, 60) is absurd


@pytest.mark.parametrize("event", LifeEvent)
def test_after_a_death_a_dispute_and_in_hospital_nothing_is_asked(event: LifeEvent) -> None:
    quiet = {LifeEvent.DEATH, LifeEvent.DISPUTE, LifeEvent.HOSPITAL}
    assert quiet_until(event, FIRST_DAY, 30) == (date(2026, 3, 31) if event in quiet else None)
