"""Which fixes of a visit are evidence at all."""

from dataclasses import dataclass

import numpy as np

from sync.geo.trace import Mask
from sync.policy import Verify
from sync.verify.rules.evidence import Fixes, Visits


@dataclass(frozen=True, slots=True, eq=False)
class Usable:
    """Marks over all fixes: `usable` are evidence, the others say why they are not."""

    usable: Mask
    imprecise: Mask
    stale: Mask


def usable(fixes: Fixes, visits: Visits, policy: Verify) -> Usable:
    """Usable: on the globe, not (0, 0), inside the visit's interval with some slack, with a believable accuracy.

    `imprecise` would be usable but for its accuracy, `stale` but for being older than the visit. A comparison with
    NaN is false, so that whatever is missing makes a fix unusable and nothing else.
    """
    owner = fixes.runs.owner
    lon, lat, accuracy_m, at = fixes.lon, fixes.lat, fixes.accuracy_m, fixes.at
    on_globe = (np.abs(lon) <= 180.0) & (np.abs(lat) <= 90.0) & ((lon != 0.0) | (lat != 0.0))
    precise = (accuracy_m > 0.0) & (accuracy_m <= policy.accuracy_max_m)
    opens = visits.started_at[owner] - policy.window_slack_s
    closes = visits.ended_at[owner] + policy.window_slack_s
    inside = (at >= opens) & (at <= closes)
    old = (at < opens) & (at > -np.inf)
    return Usable(on_globe & precise & inside, on_globe & ~precise & inside, on_globe & precise & old)
