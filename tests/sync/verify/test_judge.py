"""Where a visit took place: the table of the design, and laws that no tuning may break."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.geo.datum import from_wgs84
from sync.policy import defaults
from sync.verify.rules.evidence import Evidence, FixSeries, PlacePoint
from sync.verify.rules.explain import explain
from sync.verify.rules.judge import Judgement, judge_visits
from sync.verify.rules.rice import chance_within
from sync.words import Attestation, Datum, Mode, Reason, Recorded, Verdict

POLICY = defaults().verify
HOME = PlacePoint(120.7591, 37.8082, 200.0)
DEG_M = 111_320.0
START = 1_773_100_000.0


def fixes(count: int = 5, *, metres: float = 5.0, accuracy: float | None = 12.0, **changes: Any) -> FixSeries:
    """Fixes every two minutes, so many metres north of the home."""
    columns = {
        "lon": [HOME.lon] * count,
        "lat": [HOME.lat + metres / DEG_M] * count,
        "accuracy_m": [accuracy] * count,
        "at": [START + 120 * n for n in range(count)],
        "provider": "g" * count,
        "datum": "w" * count,
        "mock": "0" * count,
    }
    return FixSeries(**(columns | changes))


def evidence(**changes: Any) -> Evidence:
    return Evidence(**({"started_at": START, "ended_at": START + 600, "place": HOME, "fixes": fixes()} | changes))


def judge(**changes: Any) -> Judgement:
    (judgement,) = judge_visits([evidence(**changes)], POLICY)
    return judgement


def codes(judgement: Judgement) -> set[Reason]:
    return {finding.code for finding in judgement.reasons}


@pytest.mark.parametrize(
    ("accuracy", "distance", "wanted"),
    [
        (20, 0, 1.00), (20, 60, 1.00), (20, 100, 0.47), (20, 150, 0), (50, 0, 0.99), (50, 60, 0.84), (50, 100, 0.43),
        (100, 0, 0.68), (100, 60, 0.54), (100, 150, 0.15), (200, 0, 0.25), (200, 60, 0.23), (200, 300, 0.03),
    ],
)  # fmt: skip
def test_the_chance_to_be_inside_is_the_table_of_the_design(accuracy: float, distance: float, wanted: float) -> None:
    chance = chance_within(np.array([100.0]), np.array([distance]), np.array([accuracy / 1.51]))
    assert chance[0] == pytest.approx(wanted, abs=0.01)


def test_the_chance_agrees_with_dice() -> None:
    random = np.random.default_rng(7)
    for radius, distance, sigma in ((100, 80, 40), (200, 250, 60), (400, 0, 300)):
        x, y = random.normal(distance, sigma, 200_000), random.normal(0, sigma, 200_000)
        diced = np.mean(np.hypot(x, y) < radius)
        chance = chance_within(np.array([float(radius)]), np.array([float(distance)]), np.array([float(sigma)]))
        assert chance[0] == pytest.approx(diced, abs=0.005)


@pytest.mark.parametrize(
    ("changes", "verdict", "reason"),
    [
        ({}, Verdict.VERIFIED, None),
        ({"fixes": fixes(metres=3000)}, Verdict.DOUBTFUL, Reason.LOC_OUTSIDE),
        ({"fixes": fixes(mock="11111")}, Verdict.DOUBTFUL, Reason.LOC_MOCK),
        ({"fixes": FixSeries()}, Verdict.UNVERIFIABLE, Reason.LOC_NO_FIX),
        ({"fixes": fixes(accuracy=1500)}, Verdict.UNVERIFIABLE, Reason.LOC_ACCURACY_POOR),
        ({"fixes": fixes(accuracy=5000)}, Verdict.UNVERIFIABLE, Reason.LOC_ACCURACY_POOR),
        ({"fixes": fixes(count=1)}, Verdict.UNVERIFIABLE, Reason.LOC_SINGLE_FIX),
        ({"fixes": fixes(count=2)}, Verdict.UNVERIFIABLE, Reason.LOC_SHORT_DWELL),
        ({"fixes": fixes(count=2), "mode": Mode.DOOR}, Verdict.VERIFIED, None),
        ({"fixes": fixes(at=[START - 5000] * 5)}, Verdict.UNVERIFIABLE, Reason.LOC_STALE_FIX),
        ({"place": None}, Verdict.UNVERIFIABLE, Reason.PLACE_NO_POSITION),
        ({"time_uncertainty_s": 9999.0}, Verdict.UNVERIFIABLE, Reason.TIME_UNKNOWN),
        ({"started_at": None, "ended_at": None}, Verdict.UNVERIFIABLE, Reason.TIME_UNKNOWN),
        ({"recorded": Recorded.AFTERWARDS}, Verdict.UNVERIFIABLE, Reason.RECORDED_AFTERWARDS),
        ({"mode": Mode.PHONE}, Verdict.UNVERIFIABLE, Reason.MET_ELSEWHERE),
        ({"mode": Mode.HOSPITAL, "fixes": fixes(metres=9000)}, Verdict.UNVERIFIABLE, Reason.MET_ELSEWHERE),
        ({"flags": (Reason.TIME_JUMP, Reason.TIME_SKEW), "local_hour": 23}, Verdict.DOUBTFUL, Reason.TIME_JUMP),
        ({"local_hour": 21}, Verdict.VERIFIED, None),
    ],
)
def test_each_kind_of_evidence_has_its_verdict(
    changes: dict[str, Any], verdict: Verdict, reason: Reason | None
) -> None:
    judgement = judge(**changes)
    assert judgement.verdict is verdict
    if reason:
        assert reason in codes(judgement)
    zh, en = explain(judgement)
    assert verdict.zh in zh
    assert len(en) > 10


@pytest.mark.parametrize(
    ("datum", "reason"), [(Datum.GCJ02, Reason.LOC_DATUM_GCJ02), (Datum.BD09, Reason.LOC_DATUM_BD09)]
)
def test_a_wrong_datum_is_recognised_and_explained_away(datum: Datum, reason: Reason) -> None:
    lon, lat = from_wgs84([HOME.lon], [HOME.lat], datum)
    shifted = fixes(lon=[float(lon[0])] * 5, lat=[float(lat[0])] * 5)
    judgement = judge(fixes=shifted)
    assert (judgement.verdict, reason in codes(judgement)) == (Verdict.VERIFIED, True)
    declared = fixes(lon=[float(lon[0])] * 5, lat=[float(lat[0])] * 5, datum=datum.value[0] * 5)
    assert judge(fixes=declared).verdict is Verdict.VERIFIED


def test_the_explanation_has_numbers_a_cadre_understands() -> None:
    zh, en = explain(judge(fixes=fixes(metres=43)))
    assert "43" in zh
    assert "43" in en
    zh, _ = explain(judge(fixes=fixes(metres=3000)))
    assert "公里" in zh


def test_some_mocked_fixes_weigh_little() -> None:
    judgement = judge(fixes=fixes(count=8, mock="10000000"))
    assert judgement.verdict is Verdict.VERIFIED
    assert Reason.LOC_MOCK in codes(judgement)


SERIES = st.lists(
    st.tuples(
        st.floats(-180, 180), st.floats(-90, 90), st.none() | st.floats(-5, 9000) | st.just(float("nan")),
        st.floats(START - 5000, START + 9000), st.sampled_from("gfnu"), st.sampled_from("wgb"), st.sampled_from("01"),
    ),
    max_size=12,
)  # fmt: skip
ANY = st.builds(
    lambda rows, place, mode, recorded, flags, attested, hour: evidence(
        fixes=FixSeries(
            [r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows], [r[3] for r in rows],
            "".join(r[4] for r in rows), "".join(r[5] for r in rows), "".join(r[6] for r in rows),
        ),
        place=place, mode=mode, recorded=recorded, flags=flags, attested=attested, local_hour=hour,
    ),
    SERIES, st.none() | st.just(HOME), st.sampled_from(Mode), st.sampled_from(Recorded),
    st.sampled_from([(), (Reason.TIME_SKEW,), (Reason.LINK_NOT_ASSIGNED,)]),
    st.sampled_from([(), (Attestation.MET_ELSEWHERE,)]), st.none() | st.integers(0, 23),
)  # fmt: skip


@given(ANY)
@settings(max_examples=150, deadline=None)
def test_a_machine_never_refuses_and_always_explains(one: Evidence) -> None:
    (judgement,) = judge_visits([one], POLICY)
    assert judgement.verdict is not Verdict.REFUSED
    assert all(explain(judgement))


@given(ANY)
@settings(max_examples=150, deadline=None)
def test_leaving_out_all_fixes_or_the_place_never_makes_a_visit_doubtful(one: Evidence) -> None:
    from dataclasses import replace

    (before,) = judge_visits([one], POLICY)
    for less in (replace(one, fixes=FixSeries()), replace(one, place=None), replace(one, local_hour=None)):
        (after,) = judge_visits([less], POLICY)
        assert after.verdict is not Verdict.DOUBTFUL or before.verdict is Verdict.DOUBTFUL


@given(st.lists(ANY, min_size=2, max_size=5))
@settings(max_examples=60, deadline=None)
def test_no_visit_is_judged_by_another(many: list[Evidence]) -> None:
    together = judge_visits(many, POLICY)
    assert together == [judge_visits([one], POLICY)[0] for one in many]
    assert judge_visits(list(reversed(many)), POLICY) == together[::-1]


def test_nothing_to_judge_is_no_judgement() -> None:
    assert judge_visits([], POLICY) == []


def test_columns_of_unequal_length_are_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="length"):
        judge(fixes=fixes(mock="0"))
