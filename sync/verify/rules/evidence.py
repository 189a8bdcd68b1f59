"""What a verdict is made from: plain values, so that the same evidence always gives the same verdict."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sync.geo.datum import Floats
from sync.geo.trace import Ints, Mask, Runs
from sync.words import Attestation, Datum, Mode, Outcome, Provider, Reason, Recorded

PROVIDER_LETTERS = {Provider.GPS: "g", Provider.FUSED: "f", Provider.NETWORK: "n", Provider.UNKNOWN: "u"}
DATUM_LETTERS = {Datum.WGS84: "w", Datum.GCJ02: "g", Datum.BD09: "b"}
MOCK_LETTERS = "01"

REMOTE = frozenset({Mode.PHONE})
ELSEWHERE = frozenset({Mode.FIELD, Mode.VILLAGE_OFFICE, Mode.HOSPITAL}) | REMOTE
BRIEF = frozenset({Mode.DOOR})
UNKNOWN_TIME = float("nan")


class PlacePoint(NamedTuple):
    """Position of a place in WGS 84 degrees, and the radius within which a visit is at the place."""

    lon: float
    lat: float
    radius_m: float


@dataclass(frozen=True, slots=True)
class FixSeries:
    """The fixes of one visit as columns of equal length, as the table `trace` stores them.

    lon, lat: degrees in the declared datum. at: Unix seconds, corrected. accuracy_m: 68 % radius; None, NaN, zero or
    negative means unknown. provider, datum, mock: one letter a fix (PROVIDER_LETTERS, DATUM_LETTERS, MOCK_LETTERS).
    """

    lon: Sequence[float] = ()
    lat: Sequence[float] = ()
    accuracy_m: Sequence[float | None] = ()
    at: Sequence[float] = ()
    provider: str = ""
    datum: str = ""
    mock: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything that the first verdict of one visit looks at. None means unknown and never counts against anybody."""

    recorded: Recorded = Recorded.NOW
    mode: Mode = Mode.HOME
    outcome: Outcome = Outcome.MET
    started_at: float | None
    ended_at: float | None
    time_uncertainty_s: float = 0.0
    local_hour: int | None = None
    flags: tuple[Reason, ...] = ()
    attested: tuple[Attestation, ...] = ()
    place: PlacePoint | None = None
    fixes: FixSeries = FixSeries()

    @property
    def is_remote(self) -> bool:
        """Whether no position is asked at all: written down afterwards, or held by telephone."""
        return self.recorded is Recorded.AFTERWARDS or self.mode in REMOTE

    @property
    def is_elsewhere(self) -> bool:
        """Whether the cadre says that it was not held at the place, so that being far contradicts nothing."""
        return self.mode in ELSEWHERE or Attestation.MET_ELSEWHERE in self.attested

    @property
    def is_brief(self) -> bool:
        """Whether a short stay is natural: at the door, or nobody was met."""
        return self.mode in BRIEF or self.outcome is not Outcome.MET


@dataclass(frozen=True, slots=True, eq=False)
class Fixes:
    """The fixes of all visits end to end; `runs` tells which belong to which visit. Letters are bytes."""

    runs: Runs
    lon: Floats
    lat: Floats
    accuracy_m: Floats
    at: Floats
    provider: NDArray[np.uint8]
    datum: NDArray[np.uint8]
    mock: Mask


@dataclass(frozen=True, slots=True, eq=False)
class Visits:
    """One value a visit: interval in Unix seconds and place, NaN where unknown."""

    started_at: Floats
    ended_at: Floats
    lon: Floats
    lat: Floats
    radius_m: Floats


NOWHERE = PlacePoint(UNKNOWN_TIME, UNKNOWN_TIME, UNKNOWN_TIME)


def visits_of(evidence: Sequence[Evidence], uncertainty_max_s: float) -> Visits:
    """The visits as columns; a time that is less certain than asked is unknown."""
    rows = [
        (*((e.started_at, e.ended_at) if e.time_uncertainty_s <= uncertainty_max_s else (None, None)),
         *(e.place or NOWHERE))
        for e in evidence
    ]  # fmt: skip
    table = np.array(rows, np.float64).reshape(-1, 5)
    return Visits(*np.ascontiguousarray(table.T))


def fixes_of(evidence: Sequence[Evidence]) -> Fixes:
    """The fixes as columns, none for visits that ask for no position; ValueError for columns of unequal length."""
    series = [FixSeries() if e.is_remote else e.fixes for e in evidence]
    starts = np.zeros(len(series) + 1, np.intp)
    np.cumsum([len(s.lon) for s in series], out=starts[1:])
    numbers = [
        np.array(list(chain.from_iterable(column)), np.float64)
        for column in (
            (s.lon for s in series), (s.lat for s in series), (s.accuracy_m for s in series), (s.at for s in series)
        )
    ]  # fmt: skip
    letters = [
        np.frombuffer("".join(column).encode(), np.uint8)
        for column in ((s.provider for s in series), (s.datum for s in series), (s.mock for s in series))
    ]
    if {len(column) for column in numbers} | {len(column) for column in letters} != {starts[-1]}:
        raise ValueError("the columns of a fix series differ in length")
    lon, lat, accuracy_m, at = numbers
    provider, datum, mock = letters
    return Fixes(Runs(starts), lon, lat, accuracy_m, at, provider, datum, mock == ord("1"))


def is_one_of(letters: NDArray[np.uint8], *wanted: str) -> Mask:
    """Which letters are among the wanted."""
    mask: Mask = letters == ord(wanted[0])
    for letter in wanted[1:]:
        mask = mask | (letters == ord(letter))
    return mask


__all__ = ["Evidence", "FixSeries", "Fixes", "Ints", "PlacePoint", "Visits"]
