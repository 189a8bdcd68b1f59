"""Two stays of one recorder that nobody can have made: too far apart for the time between, or at the same time.

Only stays that their places confirm are compared, after every datum correction, and everything unsure is given to the
cadre: the accuracy of both fixes and both radii off the distance, the uncertainty of both clocks onto the time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sync.geo.datum import Floats
from sync.geo.distance import metres
from sync.geo.trace import Mask
from sync.policy import Verify
from sync.verify.rules.evidence import Evidence, Neighbour, Stay
from sync.verify.rules.findings import Finding
from sync.words import Reason

KMH = 3.6
TOLD_MOST = 10  # visits that one finding names
Pair = tuple[int, Stay, Neighbour]


def stay_of(numbers: Mapping[str, Any], uncertainty_s: float) -> Stay | None:
    """The stay that a visit's numbers tell of, fresh or stored; None where its place does not confirm one."""
    if "here" not in numbers:
        return None
    since, until = numbers["here"]
    lon, lat, accuracy_m, radius_m = (float(numbers[key]) for key in ("lon", "lat", "accuracy_m", "radius_m"))
    return Stay(lon, lat, accuracy_m, radius_m, float(since), float(until), uncertainty_s)


def findings(evidence: Sequence[Evidence], stays: Sequence[Stay | None], policy: Verify) -> list[list[Finding]]:
    """LOC_TELEPORT and OVERLAP_SELF of each visit, each once, from its stay and those of its neighbours."""
    found: list[list[Finding]] = [[] for _ in evidence]
    pairs = [(n, stay, other) for n, stay in enumerate(stays) if stay is not None for other in evidence[n].neighbours]
    if not pairs:
        return found
    owner = np.array([n for n, _, _ in pairs])
    compared = _compare(_columns(stay for _, stay, _ in pairs), _columns(other.stay for _, _, other in pairs), policy)
    for mask, tell in ((compared.overlap, _overlap), (compared.teleport, _teleport)):
        for n in np.unique(owner[mask]).tolist():
            rows = np.flatnonzero(mask & (owner == n)).tolist()
            found[n].append(tell(sorted(rows, key=lambda row: pairs[row][2].visit), pairs, compared, policy))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Compared:
    """Per pair: which contradiction it is, metres of travel at least, seconds for it at most, of overlap at least."""

    teleport: Mask
    overlap: Mask
    way_m: Floats
    travel_s: Floats
    overlap_s: Floats
    apart_m: Floats


def _columns(stays: Iterable[Stay]) -> Stay:
    """Stays as one of columns."""
    columns: Any = Stay(*np.array(list(stays), np.float64).T)
    stay: Stay = columns
    return stay


def _compare(here: Stay, there: Stay, policy: Verify) -> _Compared:
    unsure_s = here.uncertainty_s + there.uncertainty_s
    apart_m = metres(here.lon, here.lat, there.lon, there.lat)
    clear_m = apart_m - policy.far_accuracies * (here.accuracy_m + there.accuracy_m)
    overlap_s = np.asarray(np.minimum(here.until - there.since, there.until - here.since) - unsure_s)
    overlap = (overlap_s > 0.0) & (clear_m > policy.overlap_m)
    gap_s = np.maximum(np.maximum(here.since - there.until, there.since - here.until), 0.0)
    travel_s, way_m = np.asarray(gap_s + unsure_s), clear_m - here.radius_m - there.radius_m
    too_fast = way_m * KMH > policy.teleport_kmh * travel_s
    return _Compared(~overlap & (way_m > policy.teleport_m) & too_fast, overlap, way_m, travel_s, overlap_s, apart_m)


def _teleport(rows: list[int], pairs: Sequence[Pair], seen: _Compared, policy: Verify) -> Finding:
    kmh = seen.way_m * KMH / np.maximum(seen.travel_s, 1.0)
    worst = max(rows, key=lambda row: float(kmh[row]))
    facts = _facts(rows, worst, pairs) | {
        "apart_m": round(float(seen.way_m[worst])),
        "travel_s": round(float(seen.travel_s[worst])),
        "kmh": round(float(kmh[worst])),
    }
    return Finding(Reason.LOC_TELEPORT, policy.weight_teleport, facts)


def _overlap(rows: list[int], pairs: Sequence[Pair], seen: _Compared, policy: Verify) -> Finding:
    worst = max(rows, key=lambda row: float(seen.overlap_s[row]))
    facts = _facts(rows, worst, pairs) | {
        "apart_m": round(float(seen.apart_m[worst])),
        "overlap_s": round(float(seen.overlap_s[worst])),
    }
    return Finding(Reason.OVERLAP_SELF, policy.weight_overlap, facts)


def _facts(rows: list[int], worst: int, pairs: Sequence[Pair]) -> dict[str, Any]:
    """Which visits, the worst first, and since when somebody was here and there (Unix seconds)."""
    _, here, there = pairs[worst]
    others = sorted({pairs[row][2].visit for row in rows} - {there.visit})
    return {
        "visits": [there.visit, *others][:TOLD_MOST],
        "here_at": round(here.since),
        "there_at": round(there.stay.since),
    }
