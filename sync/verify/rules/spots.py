"""The exact coordinates that a visit's satellites gave, as one number by which visits with the same are found."""

import numpy as np

from sync.geo.trace import Mask
from sync.policy import Verify
from sync.verify.rules.evidence import Fixes, is_one_of

DECIMALS = 1_000_000
LAT_BITS = 28


def spots(fixes: Fixes, usable: Mask, policy: Verify) -> list[int | None]:
    """One key a visit: longitude and latitude as told, to 6 decimals, of its most precise usable satellite fix.

    Independent of the place, so that a series handed in for two doors has one key. None without such a fix: positions
    from Wi-Fi and cells repeat honestly, those of satellites do not (sync.md [M21]). A fused fix counts as made from
    satellites when it claims to be as precise as only they are.
    """
    lon = np.rint((fixes.lon + 180.0) * DECIMALS)
    lat = np.rint((fixes.lat + 90.0) * DECIMALS)
    precise = is_one_of(fixes.provider, "f") & (fixes.accuracy_m <= policy.frozen_fused_m)
    best = fixes.runs.first_by((fixes.accuracy_m, lon, lat), usable & (is_one_of(fixes.provider, "g") | precise))
    chosen = [(n, index) for n, index in enumerate(best.tolist()) if index >= 0]
    keys: list[int | None] = [None] * len(best)
    for n, index in chosen:
        keys[n] = (int(lon[index]) << LAT_BITS) | int(lat[index])
    return keys
