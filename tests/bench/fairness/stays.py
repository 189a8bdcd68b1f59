"""Stays of real people at one spot on several days, from tracks of loggers."""

from collections import defaultdict
from functools import cache
from itertools import permutations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tests.factories.real import offsets_m, table, unix

Floats = NDArray[np.float64]
WITHIN_M = 100.0  # a stay ends with the first fix farther than this from its first; two stays closer are one spot
AT_LEAST_S = 300.0
FIXES = 3


class Stay(NamedTuple):
    """One stay: who (user/track), Unix seconds, degrees."""

    track: str
    at: Floats
    lon: Floats
    lat: Floats

    @property
    def middle(self) -> tuple[float, float]:
        """The median of its fixes."""
        return float(np.median(self.lon)), float(np.median(self.lat))


class Again(NamedTuple):
    """A stay as metres from the middle of the same person's stay at the same spot in another track."""

    at: Floats
    east_m: Floats
    north_m: Floats


@cache
def stays_again(first: bool) -> list[Again]:
    """All pairs of stays at one spot, of people with odd numbers (the `first` half) or even ones."""
    by_user: dict[int, list[Stay]] = defaultdict(list)
    for stay in _stays():
        by_user[int(stay.track[:3])].append(stay)
    return [
        again
        for user, stays in sorted(by_user.items())
        if user % 2 == first
        for one, other in permutations(stays, 2)
        if one.track != other.track and (again := _again(one, other))
    ]


def _again(one: Stay, home: Stay) -> Again | None:
    east, north = offsets_m(one.lon, one.lat, *(np.array(degrees) for degrees in home.middle))
    if np.hypot(np.median(east), np.median(north)) > WITHIN_M:
        return None
    return Again(one.at, east, north)


def _stays() -> list[Stay]:
    tracks: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for row in table("gps/geolife_points.csv"):
        tracks[row["track_id"]].append((unix(row["t_utc"]), float(row["lon"]), float(row["lat"])))
    found = []
    for name, points in tracks.items():
        at, lon, lat = np.array(points).T
        low = 0
        while low < len(at):
            east, north = offsets_m(lon[low:], lat[low:], lon[low], lat[low])
            beyond = np.flatnonzero(np.hypot(east, north) > WITHIN_M)
            high = low + (int(beyond[0]) if len(beyond) else len(east))
            if at[high - 1] - at[low] >= AT_LEAST_S and high - low >= FIXES:
                found.append(Stay(name, at[low:high], lon[low:high], lat[low:high]))
                low = high
            else:
                low += 1
    return found
