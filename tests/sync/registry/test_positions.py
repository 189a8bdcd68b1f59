"""Positions learned from visits: robust, never in circles."""

from datetime import date
from uuid import UUID

import numpy as np
import pytest

from sync import ids
from sync.geo.distance import metres
from sync.policy import defaults
from sync.registry.positions import Lesson, learn, median
from tests.factories.village import HOME

POLICY = defaults().verify
LI, CHEN, SUN = (ids.uuid7() for _ in range(3))


def lesson(cadre: UUID = LI, day: int = 1, east_m: float = 0.0, north_m: float = 0.0, checked: bool = False) -> Lesson:
    lon, lat = HOME[0] + east_m / 88_000, HOME[1] + north_m / 111_000
    return Lesson(ids.uuid7(), cadre, date(2026, 3, day), lon, lat, checked)


def off_m(at: tuple[float, float], east_m: float = 0.0) -> float:
    return float(metres(*at, HOME[0] + east_m / 88_000, HOME[1]))


def test_the_median_is_the_point_of_least_distance() -> None:
    random = np.random.default_rng(3)
    lon, lat = HOME[0] + random.normal(0, 3e-4, 41), HOME[1] + random.normal(0, 3e-4, 41)
    at = median(lon, lat)
    least = metres(lon, lat, *at).sum()
    for east, north in ((2e-6, 0), (-2e-6, 0), (0, 2e-6), (0, -2e-6)):
        assert metres(lon, lat, at[0] + east, at[1] + north).sum() >= least - 1e-3


def test_up_to_two_in_five_bad_visits_hardly_move_it() -> None:
    """sync.md [M20]: visits that were all invented at the same desk, 2 km away."""
    random = np.random.default_rng(5)
    for _ in range(20):
        east, north = random.normal(0, 15, 20) / 88_000, random.normal(0, 15, 20) / 111_000
        east[:8] = 2000 / 88_000
        at = median(HOME[0] + east, HOME[1] + north)
        assert off_m(at) < 60


@pytest.mark.parametrize(
    "points", [[(1.0, 1.0)], [(1.0, 1.0)] * 4, [(1.0, 1.0), (1.0, 1.0), (1.1, 1.0)], [(0.0, 0.0), (1.0, 0.0)]]
)
def test_the_median_of_few_or_equal_points_is_among_them(points: list[tuple[float, float]]) -> None:
    lon, lat = np.array(points).T
    at = median(lon, lat)
    assert lon.min() - 1e-9 <= at[0] <= lon.max() + 1e-9
    assert at[1] == pytest.approx(lat[0], abs=1e-9)


def test_three_visits_on_three_days_by_two_cadres_teach() -> None:
    taught = [lesson(LI, 1), lesson(LI, 2, 10), lesson(CHEN, 3, -10)]
    learned = learn(taught, POLICY)
    assert learned is not None
    assert off_m((learned.lon, learned.lat)) < 15
    assert learned.visits == [one.visit_id for one in taught]


@pytest.mark.parametrize(
    "taught",
    [
        [lesson(LI, 1), lesson(CHEN, 2)],  # two visits
        [lesson(LI, 1), lesson(LI, 2), lesson(CHEN, 2)],  # two days
        [lesson(LI, 1), lesson(LI, 2), lesson(LI, 3)],  # one cadre
        [lesson(LI, 1), lesson(CHEN, 2, 400), lesson(SUN, 3, -400)],  # nobody agrees
    ],
)
def test_less_teaches_nothing(taught: list[Lesson]) -> None:
    assert learn(taught, POLICY) is None


def test_a_verifier_who_confirmed_a_visit_is_the_second_person() -> None:
    assert learn([lesson(LI, 1), lesson(LI, 2), lesson(LI, 3, checked=True)], POLICY) is not None


def test_each_cadre_is_judged_by_what_the_others_taught() -> None:
    taught = [lesson(LI, 1, 40), lesson(LI, 2, 40), lesson(CHEN, 3), lesson(CHEN, 4), lesson(SUN, 5, 2)]
    learned = learn(taught, POLICY)
    assert learned is not None
    without_li = learned.without[LI]
    assert without_li is not None
    assert off_m(without_li) < 5
    assert learned.without[CHEN] is not None


def test_a_single_visit_of_another_is_not_enough_to_judge_by() -> None:
    """Else one invented visit would put the honest one in doubt."""
    learned = learn([lesson(LI, 1), lesson(LI, 2), lesson(CHEN, 3, 2000)], POLICY)
    assert learned is not None
    assert learned.without == {LI: None, CHEN: pytest.approx(learned.without[CHEN])}
    assert learned.without[CHEN] is not None
