"""Fixes that say WGS 84 but sit where another datum would put the place (sync.md D6.2): recognised, not blamed.

A phone delivers one datum during a visit. So a visit is looked at as a whole: only when every usable fix is far, and
reading those that say WGS 84 as GCJ-02 or BD-09 brings one near, all of them are read so.
"""

from dataclasses import dataclass, fields

import numpy as np

from sync.geo.datum import Floats, to_wgs84
from sync.geo.trace import Mask
from sync.policy import Verify
from sync.verify.rules.evidence import Fixes, Visits, is_one_of
from sync.verify.rules.nearness import Nearness, nearness
from sync.words import Datum

CANDIDATES = (Datum.GCJ02, Datum.BD09)


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """`near` after recognition; per visit, which candidate was recognised (-1 none) and the least metres as told."""

    near: Nearness
    recognised: np.ndarray[tuple[int], np.dtype[np.intp]]
    d_as_told_m: Floats


def declared(fixes: Fixes) -> tuple[Floats, Floats]:
    """All positions in WGS 84 by the datum that each fix declares; positions off the globe become NaN."""
    on_globe = (np.abs(fixes.lon) <= 180.0) & (np.abs(fixes.lat) <= 90.0)
    lon, lat = np.where(on_globe, fixes.lon, np.nan), np.where(on_globe, fixes.lat, np.nan)
    for datum, letter in ((Datum.GCJ02, "g"), (Datum.BD09, "b")):
        here = np.flatnonzero(is_one_of(fixes.datum, letter))
        if len(here):
            lon[here], lat[here] = to_wgs84(lon[here], lat[here], datum)
    return lon, lat


def recognise(near: Nearness, fixes: Fixes, visits: Visits, usable: Mask, policy: Verify) -> Reading:
    """Read the fixes of visits that are all far once more, as GCJ-02 and as BD-09; the better reading wins."""
    runs = fixes.runs
    recognised = np.full(len(visits.lon), -1, np.intp)
    all_far = (runs.count(near.far) == runs.count(usable)) & (runs.count(usable) > 0)
    suspect = usable & is_one_of(fixes.datum, "w") & all_far[runs.owner]
    as_told_m = runs.least(near.d_m, usable)
    if not suspect.any():
        return Reading(near, recognised, as_told_m)
    readings = [_read_as(datum, near, fixes, visits, suspect, policy) for datum in CANDIDATES]
    hits = np.array([runs.count(suspect & ~reading.far) for reading in readings])
    least_m = np.array([runs.least(reading.d_m, suspect & ~reading.far) for reading in readings])
    second_wins = (hits[1] > hits[0]) | ((hits[1] == hits[0]) & (least_m[1] < least_m[0]))
    recognised[hits.max(axis=0) > 0] = 0
    recognised[(hits.max(axis=0) > 0) & second_wins] = 1
    for choice, reading in enumerate(readings):
        near = _where(suspect & (recognised == choice)[runs.owner], reading, near)
    return Reading(near, recognised, as_told_m)


def _read_as(datum: Datum, near: Nearness, fixes: Fixes, visits: Visits, suspect: Mask, policy: Verify) -> Nearness:
    lon, lat = near.lon.copy(), near.lat.copy()
    lon[suspect], lat[suspect] = to_wgs84(fixes.lon[suspect], fixes.lat[suspect], datum)
    return nearness(lon, lat, fixes, visits, suspect, policy)


def _where(mask: Mask, one: Nearness, other: Nearness) -> Nearness:
    return Nearness(*(np.where(mask, getattr(one, f.name), getattr(other, f.name)) for f in fields(Nearness)))
