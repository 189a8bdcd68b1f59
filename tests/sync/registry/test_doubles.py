"""Which places may be one."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.registry.doubles import Door, Double, doubles, normal, stem

VILLAGE, OTHER = UUID(int=100), UUID(int=200)
LON, LAT = 120.7591, 37.8082
TEN_M = 0.0001135  # of longitude at this latitude


def door(n: int, name: str, east_m: float | None = None, unit: UUID = VILLAGE) -> Door:
    lon = None if east_m is None else LON + TEN_M * east_m / 10
    return Door(UUID(int=n), unit, name, lon, None if lon is None else LAT)


def pairs(*places: Door, apart: frozenset[frozenset[UUID]] = frozenset()) -> list[tuple[int, int]]:
    return [(double.one.int, double.other.int) for double in doubles(places, 15.0, apart)]


@pytest.mark.parametrize(
    ("one", "other"),
    [("北沟村1号", "北沟村 1号"), ("北沟村１号", "北沟村1号"), ("北沟村1-2号", "北沟村1—2号"), ("A座3户", "a座3户")],
)
def test_names_written_in_two_ways_are_one_name(one: str, other: str) -> None:
    assert normal(one) == normal(other)
    assert pairs(door(1, one), door(2, other, 9000)) == [(1, 2)]


@pytest.mark.parametrize(
    ("one", "other"),
    [("北沟村1号", "北沟村1号院"), ("张三", "张三家"), ("张三(老宅)", "张三"), ("张三家(老宅)", "张三家")],
)
def test_like_names_are_doubles_only_a_few_steps_apart(one: str, other: str) -> None:
    assert stem(one) == stem(other)
    assert pairs(door(1, one, 0), door(2, other, 10)) == [(1, 2)]
    assert pairs(door(1, one, 0), door(2, other, 20)) == []
    assert pairs(door(1, one), door(2, other, 10)) == []


def test_flats_of_one_house_are_not_doubles() -> None:
    assert pairs(door(1, "3号楼201", 0), door(2, "3号楼202", 0), door(3, "3号楼301", 0)) == []


def test_places_of_two_units_are_not_doubles() -> None:
    assert pairs(door(1, "1号", 0), door(2, "1号", 0, OTHER)) == []


def test_what_a_person_took_apart_is_not_suggested_again() -> None:
    assert pairs(door(1, "1号"), door(2, "1号"), apart=frozenset({frozenset({UUID(int=1), UUID(int=2)})})) == []


def test_same_names_come_first_then_the_closest() -> None:
    places = [door(1, "甲家", 0), door(2, "甲", 12), door(3, "乙", 0), door(4, "乙家", 4), door(5, "丙"), door(6, "丙")]
    assert pairs(*places) == [(5, 6), (3, 4), (1, 2)]
    assert doubles(places, 15.0, frozenset())[0] == Double(UUID(int=5), UUID(int=6), True, None)


def test_a_name_of_signs_alone_is_like_no_other() -> None:
    assert pairs(door(1, "***", 0), door(2, "---", 0)) == []
    assert pairs(door(1, "号", 0), door(2, "户", 0)) == []


@given(st.text(max_size=30))
def test_normal_names_stay_normal(name: str) -> None:
    assert normal(normal(name)) == normal(name)
    assert stem(name) in normal(name) or stem(name) == ""
