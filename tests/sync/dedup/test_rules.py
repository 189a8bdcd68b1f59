"""When two records tell of one visit: each level by its letter, and where it ends."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from sync.dedup.rules import How, Series, Trait, is_shared, likely_pairs, tie_of, ties
from sync.policy import defaults
from sync.words import Mode, Outcome

POLICY = defaults().dedup
NINE = datetime(2026, 3, 10, 1, tzinfo=UTC)
LI, CHEN = UUID(int=1), UUID(int=2)


def told(n: int, at_min: float = 0, lasts_min: float = 10, cadre: UUID = LI, **more: Any) -> Trait:
    """Record number n of a visit; each cadre has a phone."""
    start = NINE + timedelta(minutes=at_min)
    whole: dict[str, Any] = {"mode": Mode.HOME, "outcome": Outcome.MET, "device_id": cadre, "door": UUID(int=9)} | more
    return Trait(
        id=UUID(int=n), recorder_id=cadre, started_at=start, ended_at=start + timedelta(minutes=lasts_min), **whole
    )


def how(one: Trait, other: Trait) -> How | None:
    tie = tie_of(one, other, POLICY)
    return tie.how if tie else None


@pytest.mark.parametrize("trace", ["fixes_hash", "answers_hash"])
def test_the_same_content_within_two_minutes_is_a_repeat(trace: str) -> None:
    assert how(told(1, **{trace: b"x"}), told(2, 2, **{trace: b"x"})) is How.REPEAT
    assert how(told(1, **{trace: b"x"}), told(2, 2.1, **{trace: b"x"})) is How.LIKELY
    assert how(told(1, **{trace: b"x"}), told(2, 1, **{trace: b"y"})) is How.LIKELY
    assert how(told(1, **{trace: b"x"}), told(2, 1, cadre=CHEN, **{trace: b"x"})) is How.JOINT


def test_a_common_photo_makes_a_repeat() -> None:
    assert how(told(1, photos=frozenset({b"a", b"b"})), told(2, photos=frozenset({b"b"}))) is How.REPEAT


@pytest.mark.parametrize(
    ("at_min", "expected"), [(5, How.LIKELY), (39, How.LIKELY), (40, None), (45, None)]
)  # the first ends at 10
def test_a_gap_of_less_than_half_an_hour_is_likely_a_repeat(at_min: float, expected: How | None) -> None:
    assert how(told(1), told(2, at_min)) is expected


def test_from_two_hours_on_a_second_visit_is_a_visit_of_its_own() -> None:
    assert how(told(1, lasts_min=115), told(2, 119)) is How.LIKELY
    assert how(told(1, lasts_min=115), told(2, 120)) is None
    assert how(told(1, lasts_min=200), told(2, 120)) is None


def test_a_knock_in_vain_and_a_visit_after_it_are_two_facts() -> None:
    vain = told(1, lasts_min=1, outcome=Outcome.NOBODY_HOME)
    assert how(vain, told(2, 15)) is None
    assert how(vain, told(2, 0.5)) is How.LIKELY  # both cannot be at the same time


def test_a_call_before_coming_is_a_contact_of_its_own() -> None:
    assert how(told(1, mode=Mode.PHONE), told(2, 12)) is None
    assert how(told(1, mode=Mode.PHONE), told(2, 12, mode=Mode.PHONE)) is How.LIKELY


@pytest.mark.parametrize(
    ("at_min", "lasts_min", "expected"),
    [
        (0, 10, How.JOINT),
        (30, 10, How.JOINT),  # begun half an hour apart
        (31, 10, None),
        (55, 60, How.JOINT),  # five minutes together
        (56, 60, None),
    ],
)
def test_two_cadres_with_two_phones_at_one_door_are_joint(
    at_min: float, lasts_min: float, expected: How | None
) -> None:
    first = told(1, lasts_min=60 if at_min > 31 else 10)
    assert how(first, told(2, at_min, lasts_min, cadre=CHEN)) is expected


def test_two_names_on_one_phone_are_not_joint() -> None:
    assert how(told(1), told(2, cadre=CHEN, device_id=LI)) is None


def test_a_call_is_never_joint_and_another_spot_is_another_visit() -> None:
    assert how(told(1, mode=Mode.PHONE), told(2, cadre=CHEN, mode=Mode.PHONE)) is None
    assert how(told(1), told(2, cadre=CHEN, mode=Mode.HOSPITAL)) is None
    assert how(told(1, mode=Mode.HOSPITAL), told(2, cadre=CHEN, mode=Mode.HOSPITAL)) is How.JOINT
    assert how(told(1, mode=Mode.DOOR), told(2, cadre=CHEN)) is How.JOINT


def test_a_visit_that_nobody_ended_reaches_no_further_than_a_day() -> None:
    endless = told(1, lasts_min=60 * 72)
    assert how(endless, told(2, 60 * 23, cadre=CHEN)) is How.JOINT
    assert how(endless, told(2, 60 * 25, cadre=CHEN)) is None


def test_only_one_door_is_compared_and_known_ones_not_with_each_other() -> None:
    apart = told(3, cadre=CHEN, door=UUID(int=8))
    assert [tie[:2] for tie in ties([told(1)], [told(2, cadre=CHEN), apart], POLICY)] == [(UUID(int=1), UUID(int=2))]
    assert ties([], [told(1), told(2, cadre=CHEN)], POLICY) == []


def test_the_later_visit_is_asked_about_with_the_closest_before_it() -> None:
    three = [told(1), told(2, 12), told(3, 24)]
    found = ties(three, [], POLICY)
    starts = {one.id: one.started_at for one in three}
    assert likely_pairs(found, starts, set()) == [(UUID(int=2), UUID(int=1)), (UUID(int=3), UUID(int=2))]
    assert likely_pairs(found, starts, {UUID(int=2)}) == [(UUID(int=3), UUID(int=1))]


def test_series_equal_to_six_decimals_are_shared() -> None:
    mine = Series((120.7591, 120.75911), (37.8082, 37.80821), "gg")
    assert is_shared(mine, mine._replace(lon=(120.7591000004, 120.75911)))
    assert not is_shared(mine, mine._replace(lon=(120.759102, 120.75911)))
    assert not is_shared(mine, Series(mine.lon[:1], mine.lat[:1], "g"))
    assert not is_shared(Series((), (), ""), Series((), (), ""))


def test_positions_by_the_network_alone_are_never_shared() -> None:
    room = Series((120.7591,), (37.8082,), "n")
    assert not is_shared(room, room)
    assert is_shared(room._replace(provider="f"), room._replace(provider="g"))
