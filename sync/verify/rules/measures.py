"""The numbers of each visit, taken from the columns of all: what the findings and the explanation speak of."""

from math import isfinite
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sync.geo.datum import Floats
from sync.geo.trace import Ints
from sync.policy import Verify
from sync.verify.rules.datum import CANDIDATES, Reading
from sync.verify.rules.evidence import Evidence, Fixes
from sync.verify.rules.usable import Usable
from sync.words import Datum

DECLARED = {ord("w"): Datum.WGS84, ord("g"): Datum.GCJ02, ord("b"): Datum.BD09}


class Measure(NamedTuple):
    """One visit in numbers. Metres, seconds, counts; `best` is the index in its own series, -1 for none.

    The best fix has the greatest chance of being inside, then lies nearest, then is the most precise. The fixes of a
    visit share their bias: their chances are never multiplied.
    """

    told: int
    usable: int
    imprecise: int
    stale: int
    stale_at: float
    mock: int
    far: int
    inside: int
    span_s: float
    least_d_m: float
    as_told_d_m: float
    recognised: int
    best: int
    p_in: float
    d_m: float
    accuracy_m: float
    lon: float
    lat: float
    letter: int

    @property
    def datum(self) -> Datum:
        """The datum by which the best fix was read."""
        return CANDIDATES[self.recognised] if self.recognised >= 0 else DECLARED.get(self.letter, Datum.WGS84)

    def numbers(self, evidence: Evidence, policy: Verify) -> dict[str, Any]:
        """What is stored with the verdict; keys without a value are left out."""
        found: dict[str, Any] = {"fixes": self.told, "usable": self.usable}
        if self.best < 0:
            return found
        found |= {
            "best_fix": self.best,
            "accuracy_m": round(self.accuracy_m, 1),
            "lon": round(self.lon, policy.point_decimals),
            "lat": round(self.lat, policy.point_decimals),
            "datum": self.datum.value,
        }
        if evidence.place and isfinite(self.d_m):
            found |= {
                "radius_m": round(evidence.place.radius_m, 1),
                "d_m": round(self.d_m, 1),
                "p_in": round(self.p_in, 4),
                "far_share": round(self.far / self.usable, 3),
                "in_radius_share": round(self.inside / self.usable, 3),
                "span_s": round(self.span_s),
            }
        return found


def measure(fixes: Fixes, marks: Usable, reading: Reading, chance: Floats) -> list[Measure]:
    """One Measure a visit."""
    runs, near = fixes.runs, reading.near
    d_rank = np.nan_to_num(near.d_m, nan=np.inf)
    best = runs.first_by((-chance, d_rank, fixes.accuracy_m), marks.usable)
    columns = [
        runs.lengths,
        runs.count(marks.usable),
        runs.count(marks.imprecise),
        runs.count(marks.stale),
        runs.most(fixes.at, marks.stale),
        runs.count(fixes.mock),
        runs.count(near.far),
        runs.count(near.inside),
        runs.span(fixes.at, near.inside),
        runs.least(near.d_m, marks.usable),
        reading.d_as_told_m,
        reading.recognised,
        np.where(best >= 0, best - runs.starts[:-1], -1),
        *(_take(column, best) for column in (chance, near.d_m, fixes.accuracy_m, near.lon, near.lat, fixes.datum)),
    ]
    return [Measure(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def _take(column: NDArray[Any], index: Ints) -> NDArray[Any]:
    """The elements at the indices; the column's first stands in for -1, where nobody looks."""
    return column[np.maximum(index, 0)] if len(column) else np.zeros(len(index), column.dtype)
