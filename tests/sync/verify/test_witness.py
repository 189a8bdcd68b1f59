"""When the other visits of a phone show that no datum explains where it was."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.geo.datum import from_wgs84
from sync.verify.rules.evidence import Neighbour, Stay
from sync.verify.rules.explain import explain
from sync.verify.rules.witness import Told, doubted, witnesses
from sync.words import Datum, Mode, Reason, Verdict
from tests.sync.verify.test_judge import HOME, POLICY, codes, fixes, judge

SHIFTED = tuple(float(value) for value in from_wgs84(HOME.lon, HOME.lat, Datum.GCJ02))
THERE = fixes(lon=[SHIFTED[0]] * 5, lat=[SHIFTED[1]] * 5)
OWN = Told("phone", "village", "home", "gps", "gcj02")


def neighbour(n: int, accuracy_m: float = 12.0, radius_m: float = 200.0, **changes: str) -> tuple[Told, Neighbour]:
    told = Told("phone", "village", f"home {n}", "gps", "wgs84")._replace(**changes)
    return told, Neighbour(f"visit {n}", Stay(HOME.lon, HOME.lat, accuracy_m, radius_m, 0.0, 600.0, 0.0))


TWO = [neighbour(1), neighbour(2)]


def test_two_other_homes_that_fit_as_told_are_enough() -> None:
    assert witnesses(OWN, TWO, POLICY) == ("visit 1", "visit 2")
    assert witnesses(OWN, TWO[:1], POLICY) == ()


@pytest.mark.parametrize(
    "other",
    [
        neighbour(2, device="another phone"),
        neighbour(2, unit="another village"),  # imported by itself: perhaps shifted by itself
        neighbour(2, place="home"),
        neighbour(2, place="home 1"),
        neighbour(2, provider="fused"),
        neighbour(2, datum="gcj02"),
        neighbour(2, datum="bd09"),
        neighbour(2, accuracy_m=80.0),
        neighbour(2, radius_m=400.0),
    ],
)  # fmt: skip
def test_what_may_have_another_reason_is_no_witness(other: tuple[Told, Neighbour]) -> None:
    assert witnesses(OWN, [neighbour(1), other], POLICY) == ()


@pytest.mark.parametrize("own", [OWN._replace(datum="wgs84"), OWN._replace(provider="fused")])
def test_only_a_satellite_fix_that_was_read_in_another_datum_is_spoken_against(own: Told) -> None:
    assert witnesses(own, TWO, POLICY) == ()


def test_who_witnesses_names_whom_it_is_against() -> None:
    mine = Told("phone", "village", "home", "gps", "wgs84")
    near = [neighbour(1, datum="gcj02"), neighbour(2), neighbour(3, datum="bd09"), neighbour(4, unit="another")]
    assert doubted(mine, near) == ["visit 1", "visit 3"]
    assert doubted(mine._replace(datum="gcj02"), near) == []


@given(st.permutations([neighbour(n) for n in range(5)] + [neighbour(7, place="home 2"), neighbour(0, datum="gcj02")]))
def test_the_order_of_neighbours_decides_nothing(near: list[tuple[Told, Neighbour]]) -> None:
    assert witnesses(OWN, near, POLICY) == tuple(f"visit {n}" for n in range(5))


def test_a_witnessed_visit_is_outside_and_says_why() -> None:
    explained = judge(fixes=THERE)
    assert (explained.verdict, codes(explained)) == (Verdict.VERIFIED, {Reason.LOC_DATUM_GCJ02})
    told = judge(fixes=THERE, witnesses=("visit 1", "visit 2"))
    assert (told.verdict, codes(told)) == (Verdict.DOUBTFUL, {Reason.LOC_OUTSIDE})
    finding = told.finding(Reason.LOC_OUTSIDE)
    assert finding is not None
    assert finding.facts["witnesses"] == ["visit 1", "visit 2"]
    assert finding.facts["least_m"] > 300
    assert "fix_datum" not in finding.facts
    assert (told.numbers["datum"], "here" in told.numbers) == ("wgs84", False)
    zh, en = explain(told)
    assert "另外 2 户的定位都对得上" in zh
    assert "fit 2 other homes" in en


@pytest.mark.parametrize("metres", [0, 30, 150])
def test_witnesses_change_nothing_for_a_visit_at_its_home(metres: float) -> None:
    at_home = fixes(metres=metres)
    assert judge(fixes=at_home, witnesses=("a", "b")) == judge(fixes=at_home)


def test_who_was_elsewhere_by_his_own_word_is_not_held_to_the_datum() -> None:
    told = {"fixes": THERE, "mode": Mode.FIELD}
    assert judge(**told, witnesses=("a", "b")) == judge(**told)


def test_what_says_another_datum_and_is_not_is_read_as_wgs84_all_the_same() -> None:
    told = judge(fixes=fixes(datum="g" * 5), witnesses=("a", "b"))
    assert Reason.LOC_DATUM_WGS84 in codes(told)
    assert told.verdict is Verdict.VERIFIED


def test_how_many_are_enough_is_policy() -> None:
    assert witnesses(OWN, TWO, replace(POLICY, datum_witnesses=3)) == ()
    assert witnesses(OWN, TWO[:1], replace(POLICY, datum_witnesses=1)) == ("visit 1",)
