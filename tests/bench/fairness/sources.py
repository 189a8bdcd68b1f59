"""Real errors to draw visits from, in two halves: one that was looked at, one that is only measured."""

from enum import StrEnum
from functools import cache
from random import Random
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tests.bench.fairness.stays import stays_again
from tests.factories.real import Errors, drive, network, offsets_m, table, unix

Floats = NDArray[np.float64]
PRECISE_M = 40.0  # fixes of the day that was located by networks fall apart here: WLAN below, cell towers far above
BESIDE_S, STILL_M = 300.0, 100.0  # still: precise fixes so long before and after lie so close to each other


class Half(StrEnum):
    """Which half of the data."""

    SEEN = "looked at"
    KEPT = "only measured"


class Series(NamedTuple):
    """The fixes of one visit as metres from the home, with what the phone said of itself; `when`: 0 start, 1 end."""

    when: Floats
    east_m: Floats
    north_m: Floats
    accuracy_m: Floats
    provider: str


class Pair(NamedTuple):
    """One real point in WGS 84, GCJ-02 and, where the source has it, BD-09: (lon, lat) each."""

    wgs84: tuple[float, float]
    gcj02: tuple[float, float]
    bd09: tuple[float, float] | None


PHONES = {Half.SEEN: "Pixel4", Half.KEPT: "Pixel4XLModded"}


def satellite(half: Half, random: Random, seconds: float, count: int) -> Series:
    """Satellite fixes: a stretch of the drive as long as the visit, so that the error wanders as it did."""
    return _stretch(drive(PHONES[half]), random, int(seconds), count, "gps")


def indoors(half: Half, random: Random, count: int) -> Series:
    """Network fixes: a stretch of those of the carried phone, one after the other."""
    first = _half_of(len(network().at), half)
    part = Errors(*(column[first] for column in network()))
    return _stretch(part, random, count * 3, count, "network")


def _stretch(errors: Errors, random: Random, length: int, count: int, provider: str) -> Series:
    length = min(length, len(errors.at) - 1)
    low = random.randrange(len(errors.at) - length)
    rows = np.linspace(low, low + length, count).astype(int)
    return _turned(random, errors.east_m[rows], errors.north_m[rows], errors.accuracy_m[rows], provider)


def _turned(
    random: Random, east: Floats, north: Floats, accuracy: Floats, provider: str, when: Floats | None = None
) -> Series:
    """The same errors in another direction, the same for all fixes of the visit."""
    angle = random.uniform(0, 2 * np.pi)
    cos, sin = np.cos(angle), np.sin(angle)
    when = np.linspace(0, 1, len(east)) if when is None else when
    return Series(when, east * cos - north * sin, east * sin + north * cos, accuracy, provider)


def logged(half: Half, random: Random, count: int) -> tuple[float, Series]:
    """(seconds of the visit, fixes): what a logger told of a stay, home being where another day's stay had its middle.

    The logger tells no accuracy: one of a phone among buildings is drawn for the whole visit, whatever the error.
    """
    stay = random.choice(stays_again(half is Half.SEEN))
    seconds = min(stay.at[-1] - stay.at[0], random.uniform(480, 1800))
    start = random.uniform(stay.at[0], stay.at[-1] - seconds)
    rows = np.unique([int(np.abs(stay.at - moment).argmin()) for moment in np.linspace(start, start + seconds, count)])
    when = np.clip((stay.at[rows] - start) / max(seconds, 1.0), -0.05, 1.05)
    accuracy = np.full(len(rows), random.choice(cells(half).precise_m))
    return seconds, _turned(random, stay.east_m[rows], stay.north_m[rows], accuracy, "gps", when)


class Cells(NamedTuple):
    """A day located by networks: (metres from the truth, accuracy) of coarse fixes, accuracies of precise ones."""

    coarse: list[tuple[float, float]]
    precise_m: list[float]


@cache
def cells(half: Half) -> Cells:
    """Coarse fixes of moments when the phone was still: precise ones before and after agree where it was."""
    rows = list(table("gps/phone_network_fixes_relocated.csv"))
    at = np.array([unix(row["t_local"]) for row in rows])
    lon, lat, accuracy = (np.array([float(row[name]) for row in rows]) for name in ("lon", "lat", "accuracy_m"))
    precise = np.flatnonzero(accuracy <= PRECISE_M)
    coarse = []
    for row in np.flatnonzero(accuracy > PRECISE_M):
        place = int(precise.searchsorted(row))
        if not 0 < place < len(precise):
            continue
        pair = precise[place - 1 : place + 1]
        is_near = bool((np.abs(at[pair] - at[row]) <= BESIDE_S).all())
        if is_near and np.hypot(*offsets_m(lon[pair[:1]], lat[pair[:1]], lon[pair[1:]], lat[pair[1:]])) <= STILL_M:
            off = offsets_m(
                lon[row : row + 1], lat[row : row + 1], lon[pair].mean(keepdims=True), lat[pair].mean(keepdims=True)
            )
            coarse.append((float(np.hypot(*off)[0]), float(accuracy[row])))
    own = precise[_half_of(len(precise), half)]
    return Cells(coarse[half is Half.KEPT :: 2], accuracy[own].tolist())


def _half_of(length: int, half: Half) -> slice:
    """The earlier half of what was measured in one go was looked at."""
    return slice(0, length // 2) if half is Half.SEEN else slice(length // 2, length)


@cache
def cities(half: Half) -> list[Pair]:
    """Real points in three datums, from the tests of open libraries: every second one."""
    return [
        Pair(_point(row, "wgs"), _point(row, "gcj"), _point(row, "bd09"))
        for n, row in enumerate(table("geo_ref/wgs84_gcj02_pairs.csv"))
        if n % 2 == (half is Half.KEPT) and row["bd09_lon"] and row["gcj_lon"]
    ]


def _point(row: dict[str, str], datum: str) -> tuple[float, float]:
    return float(row[f"{datum}_lon"]), float(row[f"{datum}_lat"])


@cache
def boundary(half: Half) -> list[Pair]:
    """Vertices of the district's boundary as two maps have them, one in WGS 84 and one in GCJ-02: its two halves."""
    rows = list(table("geo_ref/penglai_boundary_vertex_pairs.csv"))
    return [Pair(_point(row, "wgs"), _point(row, "gcj"), None) for row in rows[_half_of(len(rows), half)]]
