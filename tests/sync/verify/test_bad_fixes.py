"""Fixes as cheap phones tell them: what cannot be a reading is evidence of nothing, and of nothing against anybody."""

from math import inf, nan
from typing import Any

import pytest

from sync.geo.datum import from_wgs84
from sync.verify.rules.explain import explain
from sync.words import Datum, Reason, Verdict
from tests.sync.verify.test_judge import DEG_M, HOME, START, codes, fixes, judge

FAR = HOME.lon + 0.05
DAY = 86_400.0


@pytest.mark.parametrize("accuracy", [None, nan, -1.0, 0.0, -inf, inf, 1e9])
@pytest.mark.parametrize("lon", [HOME.lon, FAR])
def test_a_fix_that_does_not_say_how_good_it_is_says_nothing(accuracy: float | None, lon: float) -> None:
    judgement = judge(fixes=fixes(accuracy=accuracy, lon=[lon] * 5))
    assert judgement.verdict is Verdict.UNVERIFIABLE
    assert Reason.LOC_ACCURACY_POOR in codes(judgement)
    assert Reason.LOC_OUTSIDE not in codes(judgement)
    assert judgement.point is None


@pytest.mark.parametrize(
    "nowhere",
    [(0.0, 0.0), (200.0, 37.8), (120.7, 91.0), (nan, 37.8), (120.7, nan), (inf, inf), (-inf, 37.8)],
)
def test_a_fix_off_the_globe_or_at_its_zero_is_none(nowhere: tuple[float, float]) -> None:
    lon, lat = nowhere
    alone = judge(fixes=fixes(lon=[lon] * 5, lat=[lat] * 5))
    assert (alone.verdict, alone.point) == (Verdict.UNVERIFIABLE, None)
    assert Reason.LOC_NO_FIX in codes(alone)
    among = judge(fixes=fixes(lon=[lon, *[HOME.lon] * 4, lon], lat=[lat, *[HOME.lat] * 4, lat], count=6))
    assert among.verdict is Verdict.VERIFIED
    assert (among.numbers["fixes"], among.numbers["usable"]) == (6, 4)


@pytest.mark.parametrize("off_s", [DAY, 365 * DAY, 1e12, 700.0, nan, inf])
def test_a_fix_of_the_future_is_none(off_s: float) -> None:
    judgement = judge(fixes=fixes(lon=[FAR] * 5, at=[START + 600 + off_s] * 5))
    assert judgement.verdict is Verdict.UNVERIFIABLE
    assert codes(judgement) == {Reason.LOC_NO_FIX}


@pytest.mark.parametrize("off_s", [-DAY, -1e12, -inf])
def test_a_fix_of_long_ago_is_old_and_no_sign(off_s: float) -> None:
    judgement = judge(fixes=fixes(lon=[FAR] * 5, at=[START + off_s] * 5))
    assert judgement.verdict is Verdict.UNVERIFIABLE
    assert Reason.LOC_OUTSIDE not in codes(judgement)
    assert all(explain(judgement))


@pytest.mark.parametrize("count", [1, 2, 5_000])
def test_however_many_there_are_they_are_measured(count: int) -> None:
    step = 600 / max(count - 1, 1)
    judgement = judge(fixes=fixes(count=count, at=[START + step * n for n in range(count)]))
    assert judgement.numbers["fixes"] == judgement.numbers["usable"] == count
    assert judgement.verdict is (Verdict.UNVERIFIABLE if count == 1 else Verdict.VERIFIED)
    assert "LOC_OUTSIDE" not in codes(judgement)


def test_one_fix_at_the_door_among_thousands_elsewhere_keeps_a_visit_from_doubt() -> None:
    lon = [FAR] * 4_999 + [HOME.lon]
    judgement = judge(fixes=fixes(count=5_000, lon=lon, at=[START + 0.1 * n for n in range(5_000)]))
    assert judgement.verdict is not Verdict.DOUBTFUL
    assert Reason.LOC_OUTSIDE not in codes(judgement)


def _mixed(said: str, **told: Any) -> Any:
    """Fixes at the home: the even ones in WGS 84, the odd ones in GCJ-02; they call themselves what `said` says."""
    lon, lat = (float(value) for value in from_wgs84(HOME.lon, HOME.lat + 5 / DEG_M, Datum.GCJ02))
    columns = {
        "lon": [lon if n % 2 else HOME.lon for n in range(6)],
        "lat": [lat if n % 2 else HOME.lat + 5 / DEG_M for n in range(6)],
    }
    return fixes(count=6, datum=said, **(columns | told))


def test_a_phone_that_mixes_datums_and_says_so_is_read_right() -> None:
    judgement = judge(fixes=_mixed("wgwgwg"))
    assert (judgement.verdict, codes(judgement)) == (Verdict.VERIFIED, set())
    assert judgement.numbers["in_radius_share"] == 1.0


def test_a_phone_that_mixes_datums_and_does_not_say_so_is_believed_where_it_fits() -> None:
    judgement = judge(fixes=_mixed("wwwwww"))
    assert judgement.verdict is not Verdict.DOUBTFUL
    assert Reason.LOC_OUTSIDE not in codes(judgement)
    assert judgement.numbers["datum"] == "wgs84"
    assert judgement.numbers["in_radius_share"] == 0.5
