"""Fixes that say one datum but sit where another would put the place (sync.md D6.2): recognised, not blamed.

A phone delivers one datum during a visit. So a visit is looked at as a whole: only when every usable fix is far, and
reading them in another datum brings one near, all of them are read so. What only nearly fits, and a place that would
fit if its own position were in another datum, are hints for whoever looks at the visit.
"""

from dataclasses import dataclass, fields

import numpy as np

from sync.geo.datum import Floats, to_wgs84
from sync.geo.distance import metres
from sync.geo.trace import Ints, Mask
from sync.policy import Verify
from sync.verify.rules.evidence import Fixes, Visits, is_one_of
from sync.verify.rules.nearness import Nearness, nearness
from sync.words import Datum

CANDIDATES = (Datum.GCJ02, Datum.BD09, Datum.WGS84)
SHIFTED = (Datum.GCJ02, Datum.BD09)


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """`near` after recognition, and per visit: index of the recognised candidate (-1 none), the least metres as told.

    Hints where nothing was recognised: the candidate that would bring a fix to within `area_spread_m` of being near
    (`hint`, `hint_m`), and the datum that the place's position may be in (`place_hint`, `place_hint_m`); -1 none.
    """

    near: Nearness
    recognised: Ints
    d_as_told_m: Floats
    hint: Ints
    hint_m: Floats
    place_hint: Ints
    place_hint_m: Floats


def declared(fixes: Fixes) -> tuple[Floats, Floats]:
    """All positions in WGS 84 by the datum in which each fix is read; positions off the globe become NaN."""
    on_globe = (np.abs(fixes.lon) <= 180.0) & (np.abs(fixes.lat) <= 90.0)
    lon, lat = np.where(on_globe, fixes.lon, np.nan), np.where(on_globe, fixes.lat, np.nan)
    for datum, letter in ((Datum.GCJ02, "g"), (Datum.BD09, "b")):
        here = np.flatnonzero(is_one_of(fixes.datum, letter))
        if len(here):
            lon[here], lat[here] = to_wgs84(lon[here], lat[here], datum)
    return lon, lat


def recognise(near: Nearness, fixes: Fixes, visits: Visits, usable: Mask, policy: Verify) -> Reading:
    """Read the fixes of visits that are all far in the other datums; the best reading wins.

    What says WGS 84 may be GCJ-02 or BD-09, unless other visits witness that the phone does tell WGS 84; what says
    another datum, or is read so because its device group is, may be WGS 84 after all.
    """
    runs, count = fixes.runs, len(visits.lon)
    none, never = np.full(count, -1, np.intp), np.full(count, np.inf)
    all_far = (runs.count(near.far) == runs.count(usable)) & (runs.count(usable) > 0)
    as_told_m = runs.least(near.d_m, usable)
    if not all_far.any():
        return Reading(near, none, as_told_m, none, never, none, never)
    says_wgs84 = usable & (all_far & ~visits.witnessed)[runs.owner] & is_one_of(fixes.declared, "w")
    read_otherwise = usable & all_far[runs.owner] & ~is_one_of(fixes.datum, "w")
    suspects = (says_wgs84, says_wgs84, read_otherwise)
    readings = [
        _read_as(datum, near, fixes, visits, suspect, policy)
        for datum, suspect in zip(CANDIDATES, suspects, strict=True)
    ]
    hits = np.array([runs.count(s & ~r.far) for s, r in zip(suspects, readings, strict=True)])
    least_m = np.array([runs.least(r.d_m, s & ~r.far) for s, r in zip(suspects, readings, strict=True)])
    order = np.lexsort((least_m, -hits), axis=0)
    recognised = np.where(hits.max(axis=0) > 0, order[0], -1)
    hint, hint_m = _hints(readings, suspects, fixes, visits, policy)
    hint[recognised >= 0] = -1
    place_hint, place_hint_m = _place_hints(near, fixes, visits, usable, all_far & (recognised < 0), policy)
    for choice, reading in enumerate(readings):
        near = _where(suspects[choice] & (recognised == choice)[runs.owner], reading, near)
    return Reading(near, recognised, as_told_m, hint, hint_m, place_hint, place_hint_m)


def _hints(
    readings: list[Nearness], suspects: tuple[Mask, ...], fixes: Fixes, visits: Visits, policy: Verify
) -> tuple[Ints, Floats]:
    """The reading that comes closest, where it misses the place by no more than `area_spread_m`."""
    runs = fixes.runs
    allowed_m = visits.radius_m[runs.owner] + policy.far_accuracies * fixes.accuracy_m + policy.area_spread_m
    closest_m = np.array([runs.least(r.d_m, s & (r.d_m <= allowed_m)) for r, s in zip(readings, suspects, strict=True)])
    best = closest_m.argmin(axis=0)
    least_m = closest_m.min(axis=0)
    return np.where(np.isfinite(least_m), best, -1), least_m


def _place_hints(
    near: Nearness, fixes: Fixes, visits: Visits, usable: Mask, asked: Mask, policy: Verify
) -> tuple[Ints, Floats]:
    """The datum in which the position of the place may have been imported, where that explains that all is far."""
    runs, owner = fixes.runs, fixes.runs.owner
    rows = np.flatnonzero(asked)
    closest_m = np.full((len(SHIFTED), len(visits.lon)), np.inf)
    for choice, datum in enumerate(SHIFTED):
        lon, lat = visits.lon.copy(), visits.lat.copy()
        lon[rows], lat[rows] = to_wgs84(lon[rows], lat[rows], datum)
        d_m = metres(near.lon, near.lat, lon[owner], lat[owner])
        fits = usable & asked[owner] & (d_m <= visits.radius_m[owner] + policy.far_accuracies * fixes.accuracy_m)
        closest_m[choice] = runs.least(d_m, fits)
    least_m = closest_m.min(axis=0)
    return np.where(np.isfinite(least_m), closest_m.argmin(axis=0), -1), least_m


def _read_as(datum: Datum, near: Nearness, fixes: Fixes, visits: Visits, suspect: Mask, policy: Verify) -> Nearness:
    lon, lat = near.lon.copy(), near.lat.copy()
    lon[suspect], lat[suspect] = to_wgs84(fixes.lon[suspect], fixes.lat[suspect], datum)
    return nearness(lon, lat, fixes, visits, suspect, policy)


def _where(mask: Mask, one: Nearness, other: Nearness) -> Nearness:
    return Nearness(*(np.where(mask, getattr(one, f.name), getattr(other, f.name)) for f in fields(Nearness)))
