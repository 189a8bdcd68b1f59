"""The numbers of each visit, taken from the columns of all: what the findings and the explanation speak of."""

from math import isfinite
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sync.geo.datum import Floats
from sync.geo.trace import Ints
from sync.policy import Verify
from sync.verify.rules.datum import CANDIDATES, Reading
from sync.verify.rules.evidence import DATUM_LETTERS, PROVIDER_LETTERS, Evidence, Fixes
from sync.verify.rules.usable import Usable
from sync.words import Datum

DECLARED = {ord(letter): datum for datum, letter in DATUM_LETTERS.items()}
PROVIDERS = {ord(letter): provider for provider, letter in PROVIDER_LETTERS.items()}


class Measure(NamedTuple):
    """One visit in numbers. Metres, seconds, counts; `best` is the index in its own series, -1 for none.

    The best fix has the greatest chance of being inside, then lies nearest, then is the most precise. The fixes of a
    visit share their bias: their chances are never multiplied. Ties go to the earliest fix and then to the westernmost,
    so that the order in which fixes are told decides nothing.
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
    hint: int
    hint_m: float
    place_hint: int
    place_hint_m: float
    inside_since: float
    inside_until: float
    best: int
    p_in: float
    d_m: float
    accuracy_m: float
    at: float
    lon: float
    lat: float
    letter: int
    declared: int
    provider: int

    @property
    def datum(self) -> Datum:
        """The datum by which the best fix was read."""
        return CANDIDATES[self.recognised] if self.recognised >= 0 else DECLARED.get(self.letter, Datum.WGS84)

    @property
    def told_datum(self) -> Datum:
        """The datum that the best fix says of itself."""
        return DECLARED.get(self.declared, Datum.WGS84)

    def is_mocked(self, policy: Verify) -> bool:
        """Whether more of the fixes told (usable or not) are simulated than may happen by itself."""
        return self.mock > policy.mock_share_max * self.told

    def here(self, evidence: Evidence, policy: Verify) -> list[int] | None:
        """[from, until] in whole Unix seconds of a stay that the place confirms and nothing puts in doubt, or None.

        Only such a stay may speak about other visits: a wild, simulated or unconfirmed fix taints none of them.
        """
        if evidence.place is None or evidence.is_weightless or self.best < 0 or self.is_mocked(policy):
            return None
        if not self.d_m <= evidence.place.radius_m + policy.far_accuracies * self.accuracy_m:
            return None
        if isfinite(self.inside_since):
            return [round(self.inside_since), round(self.inside_until)]
        return [round(self.at), round(self.at)]

    def numbers(self, evidence: Evidence, policy: Verify) -> dict[str, Any]:
        """What is stored with the verdict; keys without a value are left out."""
        found: dict[str, Any] = {"fixes": self.told, "usable": self.usable}
        if evidence.attested:
            found["said"] = [code.value for code in evidence.attested]
        if self.best < 0:
            return found
        found |= {
            "best_fix": self.best,
            "accuracy_m": round(self.accuracy_m, 1),
            "lon": round(self.lon, policy.point_decimals),
            "lat": round(self.lat, policy.point_decimals),
            "datum": self.datum.value,
            "provider": PROVIDERS[self.provider].value,
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
        if here := self.here(evidence, policy):
            found["here"] = here
        return found


def measure(fixes: Fixes, marks: Usable, reading: Reading, chance: Floats) -> list[Measure]:
    """One Measure a visit."""
    runs, near = fixes.runs, reading.near
    d_rank = np.nan_to_num(near.d_m, nan=np.inf)
    best = runs.first_by((-chance, d_rank, fixes.accuracy_m, fixes.at, near.lon), marks.usable)
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
        reading.hint,
        reading.hint_m,
        reading.place_hint,
        reading.place_hint_m,
        runs.least(fixes.at, near.inside),
        runs.most(fixes.at, near.inside),
        np.where(best >= 0, best - runs.starts[:-1], -1),
        *(_take(column, best) for column in (chance, near.d_m, fixes.accuracy_m, fixes.at, near.lon, near.lat)),
        *(_take(column, best) for column in (fixes.datum, fixes.declared, fixes.provider)),
    ]
    return [Measure(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def _take(column: NDArray[Any], index: Ints) -> NDArray[Any]:
    """The elements at the indices; the column's first stands in for -1, where nobody looks."""
    return column[np.maximum(index, 0)] if len(column) else np.zeros(len(index), column.dtype)
