"""Every contradiction by hand-made evidence, and the honest life beside it that must not look like one."""

from dataclasses import replace
from typing import Any

import pytest

from sync.geo.datum import from_wgs84, to_wgs84
from sync.verify.rules.evidence import Evidence, Neighbour, PhotoTold, PlacePoint, Reused, SameSpot, Stay
from sync.verify.rules.explain import explain, tell
from sync.verify.rules.findings import Finding
from sync.verify.rules.judge import Judgement, judge_visits, look_at, stored
from sync.verify.rules.sentences import TELL
from sync.words import Attestation, Datum, Mode, Reason, Recorded, Verdict
from tests.sync.verify.test_judge import HOME, POLICY, START, codes, evidence, fixes, judge

ONE, TWO, THREE = (f"0190000{n}-0000-7000-8000-000000000000" for n in (1, 2, 3))
KM = 1 / 88_000  # degrees of longitude a metre, at 37.8 degrees north


def stay(km: float, since_s: float, lasts_s: float = 480, unsure_s: float = 30.0, accuracy_m: float = 12.0) -> Stay:
    """A stay so many kilometres east of the home, that begins so long after this visit began."""
    lon = HOME.lon + km * 1000 * KM
    return Stay(lon, HOME.lat, accuracy_m, 200.0, START + since_s, START + since_s + lasts_s, unsure_s)


def weight(judgement: Judgement, code: Reason) -> float:
    found = judgement.finding(code)
    return found.weight if found else -1.0


@pytest.mark.parametrize(
    ("other", "is_teleport"),
    [
        (stay(30, 540), True),  # 30 km in one minute
        (stay(30, -540), True),  # and the other way round
        (stay(30, 540 + 1200), False),  # twenty minutes by car
        (stay(2.3, 500), False),  # the next hamlet
        (stay(30, 540, unsure_s=1700), False),  # a clock that is off by up to half an hour
        (stay(4, 540, accuracy_m=900.0), False),  # a coarse fix may lie two kilometres off
        (stay(12, 540, unsure_s=150), True),  # 12 km: even with both uncertainties 160 km/h
    ],
)
def test_a_way_that_no_car_makes_is_told_and_every_doubt_is_the_cadres(other: Stay, is_teleport: bool) -> None:
    judgement = judge(neighbours=(Neighbour(ONE, other),), time_uncertainty_s=30.0)
    assert (judgement.verdict is Verdict.DOUBTFUL) is is_teleport
    assert (Reason.LOC_TELEPORT in codes(judgement)) is is_teleport


def test_the_worst_of_several_neighbours_is_told_and_all_are_named() -> None:
    near_far = (Neighbour(ONE, stay(30, 540)), Neighbour(TWO, stay(60, 540)), Neighbour(THREE, stay(1, 540)))
    found = judge(neighbours=near_far).finding(Reason.LOC_TELEPORT)
    assert found is not None
    assert found.facts["visits"] == [TWO, ONE]


@pytest.mark.parametrize(
    ("other", "is_overlap"),
    [
        (stay(3, 100), True),
        (stay(3, -300, 900), True),
        (stay(0.4, 100), False),  # the house across the street
        (stay(1.5, 450), False),  # overlaps by less than the clocks are sure of
        (stay(3, 100, unsure_s=400), False),
    ],
)
def test_nobody_is_at_two_places_at_once_as_far_as_clocks_can_tell(other: Stay, is_overlap: bool) -> None:
    judgement = judge(neighbours=(Neighbour(ONE, other),), time_uncertainty_s=30.0)
    assert (Reason.OVERLAP_SELF in codes(judgement)) is is_overlap


@pytest.mark.parametrize(
    "changes",
    [
        {"recorded": Recorded.AFTERWARDS}, {"mode": Mode.PHONE}, {"by_other": True}, {"location_off": True},
        {"place": None}, {"fixes": fixes(metres=3000), "mode": Mode.FIELD}, {"fixes": fixes(mock="11111")},
        {"time_uncertainty_s": 4000.0},
    ],
)  # fmt: skip
def test_only_a_stay_that_the_place_confirms_speaks_about_other_visits(changes: dict[str, Any]) -> None:
    looked = look_at([evidence(**changes)], POLICY)
    assert looked.stays == [None]
    judgement = judge(neighbours=(Neighbour(ONE, stay(30, 540)),), **changes)
    assert Reason.LOC_TELEPORT not in codes(judgement)


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([], -1.0),
        ([SameSpot(ONE, False, True, True, 900.0)], 0.5),
        ([SameSpot(ONE, False, True, True, 900.0), SameSpot(TWO, False, False, True, 400.0)], 1.0),
        ([SameSpot(ONE, True, True, True, 0.0)] * 3, -1.0),  # the same home on one day: a repeat, a second knock
        ([SameSpot(ONE, True, False, True, 0.0)], 0.0),  # the same home on another day, a kept fix
        ([SameSpot(ONE, True, False, True, 0.0), SameSpot(TWO, True, False, False, 0.0)], 1.0),  # a third day
        ([SameSpot(ONE, False, True, True, 12.0)] * 3, -1.0),  # three flats of one house
        ([SameSpot(ONE, False, False, True, 12.0), SameSpot(TWO, False, True, True, 40.0)], 1.0),
        ([SameSpot(ONE, False, True, True, None)] * 3, -1.0),  # places without a position
    ],
)
def test_equal_coordinates_weigh_by_doors_and_days(others: list[SameSpot], expected: float) -> None:
    judgement = judge(same_spot=tuple(others))
    assert weight(judgement, Reason.LOC_FROZEN) == expected
    assert (judgement.verdict is Verdict.DOUBTFUL) is (expected == 1.0)


@pytest.mark.parametrize(
    ("provider", "accuracy", "has_spot"),
    [("g", 12.0, True), ("f", 6.0, True), ("f", 25.0, False), ("n", 15.0, False), ("u", 5.0, False)],
)
def test_only_satellites_leave_a_spot(provider: str, accuracy: float, has_spot: bool) -> None:
    [spot] = look_at([evidence(fixes=fixes(provider=provider * 5, accuracy=accuracy))], POLICY).spots
    assert (spot is not None) is has_spot


def test_a_series_handed_in_for_two_doors_has_one_spot() -> None:
    spread = fixes(lon=[HOME.lon + n * 1e-5 for n in range(5)], accuracy_m=[9.0, 8.0, 7.0, 8.0, 9.0])
    elsewhere = PlacePoint(HOME.lon + 0.001, HOME.lat, 200.0)
    looked = look_at([evidence(fixes=spread), evidence(fixes=spread, place=elsewhere)], POLICY)
    assert looked.spots[0] == looked.spots[1]
    moved = fixes(lon=[HOME.lon + 2e-6 + n * 1e-5 for n in range(5)], accuracy_m=[9.0, 8.0, 7.0, 8.0, 9.0])
    assert look_at([evidence(fixes=moved)], POLICY).spots != looked.spots[:1]


REUSED = Reused(ONE, TWO, "ab" * 32, "2026-03-01", exact=True)


@pytest.mark.parametrize(
    ("reused", "code", "expected"),
    [
        (REUSED, Reason.PHOTO_REUSED_EXACT, 1.0),
        (REUSED._replace(exact=False, bits=4), Reason.PHOTO_REUSED_SIMILAR, 1.0),
        (REUSED._replace(exact=False, bits=4, same_place=True), Reason.PHOTO_REUSED_SIMILAR, -1.0),  # the same door
        (REUSED._replace(joined=True), Reason.PHOTO_REUSED_EXACT, -1.0),  # went round the group chat
        (REUSED._replace(came_before=False), Reason.PHOTO_REUSED_EXACT, -1.0),  # who took it is not who reused it
        (REUSED._replace(same_place=True, same_day=True), Reason.PHOTO_REUSED_EXACT, -1.0),
        (REUSED._replace(same_place=True), Reason.PHOTO_REUSED_EXACT, 1.0),  # last month's photo
    ],
)
def test_a_photo_weighs_on_whoever_used_it_again_at_another_door_or_day(
    reused: Reused, code: Reason, expected: float
) -> None:
    assert weight(judge(reused=(reused,)), code) == expected


def test_a_photo_counts_once_and_the_same_bytes_before_a_likeness() -> None:
    several = (REUSED._replace(exact=False, bits=2), REUSED, REUSED._replace(visit=THREE))
    judgement = judge(reused=several)
    assert [f.code for f in judgement.reasons] == [Reason.PHOTO_REUSED_EXACT]
    assert judgement.reasons[0].facts["visits"] == [ONE, THREE]


@pytest.mark.parametrize(
    ("photo", "changes", "expected"),
    [
        (PhotoTold(ONE, START + 300), {}, set()),
        (PhotoTold(ONE), {}, set()),  # from the gallery, without EXIF
        (PhotoTold(ONE, START - 3 * 3600), {}, {Reason.PHOTO_EXIF_TIME}),
        (PhotoTold(ONE, START + 3 * 3600), {}, {Reason.PHOTO_EXIF_TIME}),
        (PhotoTold(ONE, START - 3700), {"time_uncertainty_s": 200.0}, set()),
        (PhotoTold(ONE, START - 9 * 3600), {"flags": (Reason.TIME_SKEW,)}, {Reason.TIME_SKEW}),  # the same clock
        (PhotoTold(ONE, None, HOME.lon, HOME.lat + 0.003), {}, set()),
        (PhotoTold(ONE, None, HOME.lon, HOME.lat + 0.02), {}, {Reason.PHOTO_EXIF_GPS}),
        (PhotoTold(ONE, None, HOME.lon, HOME.lat + 0.02), {"attested": (Attestation.MOVED,)}, set()),
        (PhotoTold(ONE, None, 0.0, 0.0), {}, set()),
        (PhotoTold(ONE, None, 500.0, 99.0), {}, set()),
        (PhotoTold(ONE, None, HOME.lon, None), {}, set()),
        (PhotoTold(ONE, None, HOME.lon, HOME.lat + 0.02), {"place": None}, {Reason.PLACE_NO_POSITION}),
    ],
)
def test_what_the_camera_wrote_is_read_kindly(photo: PhotoTold, changes: dict[str, Any], expected: set[Reason]) -> None:
    judgement = judge(photos=(photo,), **changes)
    assert codes(judgement) == expected
    assert judgement.verdict is not Verdict.DOUBTFUL


def test_a_camera_that_writes_gcj02_is_not_elsewhere() -> None:
    lon, lat = from_wgs84([HOME.lon], [HOME.lat], Datum.BD09)
    assert codes(judge(photos=(PhotoTold(ONE, None, float(lon[0]), float(lat[0])),))) == set()


def test_a_shared_phone_weighs_little_and_nothing_when_declared() -> None:
    assert weight(judge(shared_phone=True), Reason.DEVICE_SHARED) == 0.3
    assert codes(judge(shared_phone=True, sharing_declared=True)) == set()


def test_two_phones_with_one_series_of_fixes_are_doubtful() -> None:
    assert judge(joint_shared=(ONE,)).verdict is Verdict.DOUBTFUL


def test_weights_sum_up_only_beyond_what_one_mishap_explains() -> None:
    mishaps: dict[str, Any] = {"local_hour": 23, "shared_phone": True, "flags": (Reason.TIME_SKEW,)}
    assert judge(**mishaps).verdict is Verdict.VERIFIED
    stale = (PhotoTold(ONE, None, HOME.lon, HOME.lat + 0.02),)
    assert judge(**mishaps, photos=stale).verdict is Verdict.DOUBTFUL


def test_a_camera_that_was_elsewhere_at_another_time_is_doubtful() -> None:
    assert judge(photos=(PhotoTold(ONE, START - 3 * 3600, HOME.lon, HOME.lat + 0.02),)).verdict is Verdict.DOUBTFUL


@pytest.mark.parametrize(
    ("changes", "verdict", "reason"),
    [
        ({"location_off": True}, Verdict.UNVERIFIABLE, Reason.EVIDENCE_OFF),
        ({"location_off": True, "fixes": fixes(metres=9000)}, Verdict.UNVERIFIABLE, Reason.EVIDENCE_OFF),
        ({"place": None, "learning": True}, Verdict.UNVERIFIABLE, Reason.PLACE_LEARNING),
        ({"by_other": True}, Verdict.VERIFIED, None),
        ({"by_other": True, "fixes": fixes(metres=9000)}, Verdict.UNVERIFIABLE, Reason.RECORDED_BY_OTHER),
        ({"by_other": True, "fixes": fixes(mock="11111")}, Verdict.UNVERIFIABLE, Reason.RECORDED_BY_OTHER),
        ({"attested": (Attestation.MOVED,), "fixes": fixes(metres=9000)}, Verdict.UNVERIFIABLE, Reason.MET_ELSEWHERE),
        ({"attested": (Attestation.PHONE_DEAD,), "fixes": fixes(count=0)}, Verdict.UNVERIFIABLE, Reason.LOC_NO_FIX),
        ({"local_hour": 21}, Verdict.VERIFIED, None),
    ],
)
def test_what_a_unit_or_a_cadre_says_explains(changes: dict[str, Any], verdict: Verdict, reason: Reason | None) -> None:
    judgement = judge(**changes)
    assert judgement.verdict is verdict
    assert reason is None or reason in codes(judgement)


def test_what_the_cadre_said_stands_in_the_sentence() -> None:
    zh, en = explain(judge(fixes=fixes(count=0), attested=(Attestation.PHONE_DEAD,)))
    assert "手机没电" in zh
    assert "battery empty" in en


def test_a_phone_that_says_gcj02_and_means_wgs84_is_recognised() -> None:
    judgement = judge(fixes=fixes(datum="ggggg"))
    assert judgement.verdict is Verdict.VERIFIED
    assert codes(judgement) == {Reason.LOC_DATUM_WGS84}


def test_an_override_of_the_device_group_is_tried_and_taken_back_where_it_does_not_fit() -> None:
    [lon], [lat] = from_wgs84([HOME.lon], [HOME.lat], Datum.GCJ02)
    shifted = judge(fixes=fixes(lon=[float(lon)] * 5, lat=[float(lat)] * 5), read_as="ggggg")
    assert (shifted.verdict, codes(shifted)) == (Verdict.VERIFIED, {Reason.LOC_DATUM_GCJ02})
    straight = judge(read_as="ggggg")
    assert (straight.verdict, codes(straight)) == (Verdict.VERIFIED, set())


def test_a_place_imported_in_another_datum_is_the_first_suspicion() -> None:
    [lon], [lat] = from_wgs84([HOME.lon], [HOME.lat], Datum.GCJ02)
    judgement = judge(place=PlacePoint(float(lon), float(lat), 100.0))
    outside = judgement.finding(Reason.LOC_OUTSIDE)
    assert outside is not None
    assert outside.facts["place_datum"] == "gcj02"
    assert outside.facts["place_datum_m"] < 20
    assert "GCJ-02" in explain(judgement)[0]


def test_fixes_that_another_datum_nearly_explains_are_told_so() -> None:
    [lon], [lat] = from_wgs84([HOME.lon], [HOME.lat - 0.0007], Datum.GCJ02)
    place = PlacePoint(HOME.lon, HOME.lat, 30.0)
    judgement = judge(place=place, fixes=fixes(lon=[float(lon)] * 5, lat=[float(lat)] * 5, accuracy=5.0))
    outside = judgement.finding(Reason.LOC_OUTSIDE)
    assert outside is not None
    assert outside.facts["fix_datum"] == "gcj02"
    assert to_wgs84([lon], [lat], Datum.GCJ02)[1][0] == pytest.approx(HOME.lat - 0.0007)


@pytest.mark.parametrize("code", Reason)
def test_every_reason_has_a_sentence_of_its_own(code: Reason) -> None:
    assert code in TELL
    facts = {
        "fixes": 5, "usable": 5, "radius_m": 200.0, "least_m": 900, "mock": 3, "visits": [ONE], "here_at": START,
        "there_at": START - 600, "apart_m": 31_000, "travel_s": 120, "kmh": 900, "overlap_s": 90, "count": 3,
        "elsewhere": 2, "day": "2026-03-01", "taken_at": START, "off_s": 7300, "photo_m": 4000, "hour": 23, "stale": 2,
        "age_s": 700, "span_s": 40,
    }  # fmt: skip
    zh, en = tell(Finding(code, 1.0, facts), {})
    assert "{" not in zh + en
    assert zh != en
    accusing = ("假", "作弊", "造", "骗", "谎", "违", "fake", "fraud", "cheat", "lied", "false")
    assert not any(word in (zh + en).lower() for word in accusing)


def test_travel_is_told_with_both_times_and_the_speed() -> None:
    zh, en = explain(judge(neighbours=(Neighbour(ONE, stay(30, 540)),)))
    assert "公里/小时" in zh
    assert "km/h" in en
    assert "位置待核" in zh


def test_a_stored_judgement_explains_itself_as_the_fresh_one() -> None:
    import orjson

    fresh = judge(neighbours=(Neighbour(ONE, stay(30, 540)),), fixes=fixes(metres=20))
    kept = orjson.loads(orjson.dumps({"reasons": fresh.reasons, "numbers": fresh.numbers}))
    assert explain(stored(fresh.verdict, kept["reasons"], kept["numbers"])) == explain(fresh)


def test_another_home_of_the_cadre_next_to_the_fixes_is_told() -> None:
    judgement = judge(fixes=fixes(metres=3000)).telling(Reason.LOC_OUTSIDE, {"other_name": "王家", "other_m": 40})
    assert "离您联系的另一户 王家 只有 40 米" in explain(judgement)[0]


def test_evidence_is_plain_values_and_all_of_it_optional() -> None:
    bare = Evidence(started_at=None, ended_at=None)
    [judgement] = judge_visits([bare], POLICY)
    assert judgement.verdict is Verdict.UNVERIFIABLE
    assert judge_visits([replace(bare, started_at=START)], POLICY)[0].verdict is Verdict.UNVERIFIABLE
