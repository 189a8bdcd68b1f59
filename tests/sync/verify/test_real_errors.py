"""Errors and accuracies that real phones had: honest visits built from them are hardly ever doubted.

A construction: the pairs (how far off, accuracy claimed) are measured, the visits around them are made up. The rates of
honest visits and planted frauds over the whole road are in the stage's README.
"""

import csv
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from sync.geo.distance import metres
from sync.verify.rules.evidence import Evidence, FixSeries, Neighbour, PlacePoint, Stay
from sync.verify.rules.judge import Judgement, judge_visits, look_at
from sync.words import Reason, Verdict
from tests.sync.verify.test_judge import HOME, POLICY, START

NORTH_M, EAST_M = 111_000.0, 88_000.0
FIXES, APART_S = 6, 90
PROVIDERS = {"GPS": "g", "FLP": "f", "NLP": "n"}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def honest(offs: list[tuple[float, float]], accuracy: list[float], letters: str, radius_m: float) -> Evidence:
    """A visit whose fixes lie so many metres (east, north) off the door, with the accuracies that were claimed."""
    fixes = FixSeries(
        [HOME.lon + east / EAST_M for east, _ in offs],
        [HOME.lat + north / NORTH_M for _, north in offs],
        accuracy,
        [START + APART_S * n for n in range(len(offs))],
        letters,
        "w" * len(offs),
        "0" * len(offs),
    )
    place = PlacePoint(HOME.lon, HOME.lat, radius_m)
    return Evidence(started_at=START, ended_at=START + 600, place=place, fixes=fixes)


def share(judged: list[Judgement], verdict: Verdict) -> float:
    return sum(one.verdict is verdict for one in judged) / len(judged)


@pytest.mark.parametrize("radius_m", [100.0, 200.0, 400.0])
def test_the_errors_of_a_phone_beside_a_survey_receiver_make_no_doubt(shared_data: Path, radius_m: float) -> None:
    drive = rows(shared_data / "gps" / "phone_drive_accuracy.csv")
    random = np.random.default_rng(11)
    visits = []
    for start in range(0, len(drive) - FIXES, FIXES):
        stretch = drive[start : start + FIXES]
        if len({row["phone"] for row in stretch}) == 1:
            lon, lat, true_lon, true_lat = (
                np.array([float(row[name]) for row in stretch]) for name in ("lon", "lat", "truth_lon", "truth_lat")
            )
            east = (lon - true_lon) * NORTH_M * np.cos(np.radians(lat))
            north = (lat - true_lat) * NORTH_M
            turn = random.uniform(0, 2 * np.pi)
            offs = zip(
                (east * np.cos(turn) - north * np.sin(turn)).tolist(),
                (east * np.sin(turn) + north * np.cos(turn)).tolist(),
                strict=True,
            )
            accuracy = [float(row["accuracy_m"]) for row in stretch]
            visits.append(honest(list(offs), accuracy, "g" * FIXES, radius_m))
    judged = judge_visits(visits, POLICY)
    assert len(judged) > 500
    assert share(judged, Verdict.DOUBTFUL) == 0
    assert share(judged, Verdict.VERIFIED) > 0.99


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_phone_that_lies_still_is_at_its_place_by_every_provider(shared_data: Path, provider: str) -> None:
    """The network's fixes are coarse and still verify within a village's radius; none of them leaves a spot."""
    told = [row for row in rows(shared_data / "gps" / "phone_static_fixes.csv") if row["provider"] == provider]
    lon, lat = (np.array([float(row[name]) for row in told]) for name in ("lon", "lat"))
    east = (lon - np.median(lon)) * NORTH_M * np.cos(np.radians(lat))
    north = (lat - np.median(lat)) * NORTH_M
    random = np.random.default_rng(13)
    visits = []
    for _ in range(200):
        taken = random.choice(len(told), FIXES, replace=False)
        accuracy = [float(told[n]["accuracy_m"]) for n in taken]
        offs = list(zip(east[taken].tolist(), north[taken].tolist(), strict=True))
        visits.append(honest(offs, accuracy, PROVIDERS[provider] * FIXES, 200.0))
    looked = look_at(visits, POLICY)
    judged = judge_visits(visits, POLICY)
    assert share(judged, Verdict.DOUBTFUL) == 0
    assert share(judged, Verdict.VERIFIED) > 0.99
    assert {spot is not None for spot in looked.spots} == {provider != "NLP"}


def test_two_visits_of_a_phone_that_lies_still_never_have_one_spot(shared_data: Path) -> None:
    """Satellites scatter: among 94 readings of a phone lying still no two are equal to 6 decimals."""
    told = [row for row in rows(shared_data / "gps" / "phone_static_fixes.csv") if row["provider"] == "GPS"]
    singles = [
        honest([((float(row["lon"]) + 122.1737) * EAST_M, (float(row["lat"]) - 37.4265) * NORTH_M)],
               [float(row["accuracy_m"])], "g", 200.0)
        for row in told
    ]  # fmt: skip
    spots = look_at(singles, POLICY).spots
    assert len(set(spots)) == len(told)


def test_a_day_of_network_positions_repeats_itself_and_is_not_looked_at(shared_data: Path) -> None:
    told = rows(shared_data / "gps" / "phone_network_fixes_relocated.csv")
    points = {(round(float(row["lon"]), 6), round(float(row["lat"]), 6)) for row in told}
    assert len(points) < len(told) / 2
    offs = [((float(r["lon"]) - HOME.lon) * EAST_M, (float(r["lat"]) - HOME.lat) * NORTH_M) for r in told[:200]]
    near = [honest([off], [float(row["accuracy_m"])], "n", 200.0) for off, row in zip(offs, told[:200], strict=True)]
    assert set(look_at(near, POLICY).spots) == {None}


def test_a_drive_from_home_to_home_is_never_too_fast(shared_data: Path) -> None:
    """Real tracks, moved to this district: stays along a day's way, one after the other."""
    track = rows(shared_data / "gps" / "penglai_days_relocated.csv")
    by_day: dict[str, list[tuple[float, float, float]]] = {}
    for row in track:
        at = datetime.fromisoformat(row["t_local"]).timestamp()
        by_day.setdefault(row["day_id"], []).append((at, float(row["lon"]), float(row["lat"])))
    pairs = 0
    for points in by_day.values():
        points.sort()
        base = points[0][0] - START
        for first, second in zip(points[::40], points[40::40], strict=False):
            at, lon, lat = first
            fixes = FixSeries([lon] * 2, [lat] * 2, [15.0] * 2, [at - base - 125, at - base], "gg", "ww", "00")
            there = Stay(second[1], second[2], 15.0, 200.0, second[0] - base, second[0] - base + 300, 30.0)
            visit = Evidence(
                started_at=at - base - 125, ended_at=at - base, place=PlacePoint(lon, lat, 200.0), fixes=fixes,
                neighbours=(Neighbour("0190", there),), time_uncertainty_s=30.0,
            )  # fmt: skip
            [judgement] = judge_visits([visit], POLICY)
            if metres(lon, lat, second[1], second[2]) > 100:
                pairs += 1
            assert judgement.finding(Reason.LOC_TELEPORT) is None
            assert judgement.finding(Reason.OVERLAP_SELF) is None
    assert pairs > 100
