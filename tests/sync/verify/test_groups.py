"""What many visits have in common: causes, villages that are shifted alike, votes about datums."""

import numpy as np
import pytest

from sync import ids
from sync.verify.rules.cause import Subject, cause_of, codes_of, shifted_alike
from sync.verify.rules.evidence import Reused
from sync.verify.rules.findings import Finding
from sync.verify.rules.judge import Judgement
from sync.verify.rules.votes import Group, Vote, count
from sync.words import Cause, Reason, Verdict
from tests.sync.verify.test_judge import HOME, POLICY, fixes, judge

SUBJECT = Subject("visit", "place", "device", "M|1|g")


@pytest.mark.parametrize(
    ("reasons", "cause", "key"),
    [
        ((Finding(Reason.LOC_OUTSIDE, 1.0), Finding(Reason.LOC_MOCK, 1.0)), Cause.ADDRESS, "place"),
        ((Finding(Reason.LOC_OUTSIDE, 1.0, {"fix_datum": "gcj02"}),), Cause.DATUM, "M|1|g"),
        ((Finding(Reason.LOC_MOCK, 1.0),), Cause.DEVICE, "device"),
        ((Finding(Reason.LOC_FROZEN, 1.0), Finding(Reason.TIME_SKEW, 0.2)), Cause.DEVICE, "device"),
        ((Finding(Reason.PHOTO_REUSED_EXACT, 1.0, {"sha256": "ab"}),), Cause.PHOTO, "ab"),
        ((Finding(Reason.LOC_TELEPORT, 1.0),), Cause.SINGLE, "visit"),
        ((Finding(Reason.TIME_JUMP, 0.6), Finding(Reason.PHOTO_EXIF_TIME, 0.4)), Cause.SINGLE, "visit"),
    ],
)
def test_the_first_suspicion_is_the_datum_and_the_address(reasons: tuple[Finding, ...], cause: Cause, key: str) -> None:
    assert cause_of(Judgement(Verdict.DOUBTFUL, reasons), SUBJECT) == (cause, key)


def test_a_datum_without_a_known_group_is_an_address() -> None:
    outside = Judgement(Verdict.DOUBTFUL, (Finding(Reason.LOC_OUTSIDE, 1.0, {"fix_datum": "gcj02"}),))
    assert cause_of(outside, SUBJECT._replace(group=None)) == (Cause.ADDRESS, "place")


def test_codes_stand_heaviest_first() -> None:
    reused = (Reused("v", "p", "ab" * 32, "2026-03-01", exact=True),)
    judgement = judge(reused=reused, local_hour=23, shared_phone=True)
    assert codes_of(judgement) == ["PHOTO_REUSED_EXACT", "DEVICE_SHARED", "TIME_ODD_HOURS"]
    assert codes_of(judge(fixes=fixes(count=1))) == ["LOC_SINGLE_FIX"]


def shifts(vectors: list[tuple[float, float]]) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:  # type: ignore[type-arg]
    east, north = np.array(vectors, np.float64).T / 111_320
    lon, lat = np.full(len(east), HOME.lon), np.full(len(east), HOME.lat)
    return (lon + east / np.cos(np.radians(HOME.lat)), lat + north), (lon, lat)


def test_a_common_vector_is_found_among_lone_mistakes() -> None:
    alike = [(500 + n * 5, 150 - n * 5) for n in range(5)]
    at, registered = shifts([*alike, (-900, 40), (30, 2000)])
    mask = shifted_alike(at, registered, list("abcdefg"), POLICY)
    assert mask.tolist() == [True] * 5 + [False] * 2


@pytest.mark.parametrize(
    ("vectors", "places"),
    [
        ([(500.0, 150.0)] * 4, "abcd"),  # too few visits
        ([(500.0, 150.0)] * 6, "aabbaa"),  # too few places
        ([(500.0 * n, -300.0 * n) for n in range(1, 7)], "abcdef"),  # nothing in common
    ],
)
def test_too_little_in_common_is_no_group(vectors: list[tuple[float, float]], places: str) -> None:
    at, registered = shifts(vectors)
    assert not shifted_alike(at, registered, list(places), POLICY).any()


A, B, C, D = (Group(model, "1", "g") for model in "ABCD")
PLACES = [ids.uuid7() for _ in range(6)]
VISIT = ids.uuid7()


def votes(group: Group, **by_place: tuple[int, int, int]) -> list[Vote]:
    return [Vote(group, PLACES[int(name[1])], VISIT, *counts) for name, counts in by_place.items()]


def test_a_group_that_is_shifted_nearly_everywhere_is_read_so() -> None:
    tally = count(votes(A, p0=(0, 2, 0), p1=(0, 2, 0), p2=(1, 1, 0)), POLICY)
    assert tally.shifted == {A: ("g", 5, 3)}
    assert count(votes(A, p0=(0, 0, 2), p1=(0, 0, 2), p2=(0, 1, 2)), POLICY).shifted == {A: ("b", 6, 3)}


@pytest.mark.parametrize(
    "cast",
    [
        votes(A, p0=(0, 2, 0), p1=(0, 2, 0)),  # two places
        votes(A, p0=(0, 1, 0), p1=(0, 1, 0), p2=(0, 2, 0)),  # four visits
        votes(A, p0=(0, 2, 0), p1=(3, 2, 0), p2=(0, 2, 0)),  # many near as told
    ],
)
def test_too_few_votes_change_nothing(cast: list[Vote]) -> None:
    assert count(cast, POLICY).shifted == {}


def test_a_group_that_is_near_as_told_is_straight() -> None:
    assert count(votes(A, p0=(3, 1, 0), p1=(3, 0, 0)), POLICY).straight == {A}


def test_a_place_where_straight_groups_are_shifted_has_a_shifted_position() -> None:
    cast = [vote for group in (A, B, C) for vote in votes(group, p0=(0, 2, 0), p1=(4, 0, 0))]
    assert count(cast, POLICY).places == {PLACES[0]: ("g", VISIT)}
    assert count(cast[:4], POLICY).places == {}


def test_groups_that_are_shifted_themselves_say_nothing_about_a_place() -> None:
    shifted = [v for group in (A, B, C) for v in votes(group, p0=(0, 2, 0), p1=(0, 2, 0), p2=(0, 2, 0), p3=(1, 0, 0))]
    tally = count(shifted, POLICY)
    assert set(tally.shifted) == {A, B, C}
    assert tally.places == {}
    assert count(votes(D, p0=(0, 9, 0)), POLICY).places == {}
