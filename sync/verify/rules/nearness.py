"""How a fix lies to the place: metres, the chance of being inside the radius, and whether it is surely away.

Both tests are needed: a coarse fix at the very door has a small chance of being inside, which means no evidence;
only a fix that is far speaks against the visit.
"""

from dataclasses import dataclass

import numpy as np

from sync.geo.datum import Floats
from sync.geo.distance import metres
from sync.geo.trace import Mask
from sync.policy import Verify
from sync.verify.rules.evidence import Fixes, Visits, is_one_of
from sync.verify.rules.rice import chance_within


@dataclass(frozen=True, slots=True, eq=False)
class Nearness:
    """Per fix: WGS 84 degrees, metres to the place (NaN without one); of usable ones, whether far or inside."""

    lon: Floats
    lat: Floats
    d_m: Floats
    far: Mask
    inside: Mask


def nearness(lon: Floats, lat: Floats, fixes: Fixes, visits: Visits, usable: Mask, policy: Verify) -> Nearness:
    """Where fixes at (lon, lat) in WGS 84 lie to their visits' places."""
    owner = fixes.runs.owner
    d_m = metres(lon, lat, visits.lon[owner], visits.lat[owner])
    radius_m = visits.radius_m[owner]
    far = usable & (d_m > radius_m + policy.far_accuracies * fixes.accuracy_m)
    return Nearness(lon, lat, d_m, far, usable & (d_m <= radius_m))


def chances(near: Nearness, fixes: Fixes, visits: Visits, usable: Mask, policy: Verify) -> Floats:
    """P(true point inside the radius) of each usable fix; 0 for others and where there is no place."""
    out = np.zeros(len(fixes.lon))
    rows = np.flatnonzero(usable & np.isfinite(near.d_m))
    coarse = is_one_of(fixes.provider[rows], "n", "u")
    sigma_m = np.maximum(fixes.accuracy_m[rows] / policy.accuracy_per_sigma, policy.sigma_floor_m)
    sigma_m = np.where(coarse, sigma_m * policy.sigma_coarse_factor, sigma_m)
    out[rows] = chance_within(visits.radius_m[fixes.runs.owner[rows]], near.d_m[rows], sigma_m)
    return out
