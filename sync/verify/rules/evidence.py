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
ELSEWHERE_SAID = frozenset({Attestation.MET_ELSEWHERE, Attestation.MOVED})
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


class Stay(NamedTuple):
    """Where somebody demonstrably was: a position that the registered place confirms, and for how long.

    Degrees of WGS 84, metres, Unix seconds; `uncertainty_s` is that of the visit's clock.
    """

    lon: float
    lat: float
    accuracy_m: float
    radius_m: float
    since: float
    until: float
    uncertainty_s: float


class Neighbour(NamedTuple):
    """Another visit of the same recorder, near in time."""

    visit: str
    stay: Stay


class SameSpot(NamedTuple):
    """Another visit whose satellite fix has the very same coordinates to 6 decimals.

    `apart_m` lies between the two registered places, None where one of them is unknown.
    """

    visit: str
    same_place: bool
    same_day: bool
    same_phone: bool
    apart_m: float | None = None


class PhotoTold(NamedTuple):
    """What the camera wrote into a photo of the visit: Unix seconds, degrees as told; None where it wrote nothing."""

    photo: str
    taken_at: float | None = None
    lon: float | None = None
    lat: float | None = None


class Reused(NamedTuple):
    """A photo of this visit that another visit has as well.

    `exact`: the same bytes; else `bits` differ of the 64 of the difference hash. `day` is the local day of the other
    visit, as it is told; `came_before`: the other visit began earlier. `joined`: both are one visit told twice, or
    one that several cadres made together.
    """

    visit: str
    photo: str
    sha256: str
    day: str
    exact: bool
    bits: int = 0
    came_before: bool = True
    joined: bool = False
    same_place: bool = False
    same_day: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything that a verdict of one visit looks at. None or nothing means unknown, never a sign against anybody.

    Three kinds of fields. What may contradict: fixes, place, hour, flags, neighbours, spots, photos, sharing, witnesses
    (visits that show in which datum the phone tells): without any one of them a visit is never doubtful that was not so
    before. What explains: recorded, mode, attested, by_other,
    `read_as` (the datum letters by which the phone's group is read; empty: as declared). What the unit decided:
    location_off. `learning`: the place is known, its position is still being learned.
    """

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
    read_as: str = ""
    by_other: bool = False
    location_off: bool = False
    learning: bool = False
    neighbours: tuple[Neighbour, ...] = ()
    same_spot: tuple[SameSpot, ...] = ()
    photos: tuple[PhotoTold, ...] = ()
    reused: tuple[Reused, ...] = ()
    shared_phone: bool = False
    sharing_declared: bool = False
    joint_shared: tuple[str, ...] = ()
    witnesses: tuple[str, ...] = ()

    @property
    def is_remote(self) -> bool:
        """Whether no position is asked at all: written down afterwards, or held by telephone."""
        return self.recorded is Recorded.AFTERWARDS or self.mode in REMOTE

    @property
    def is_blind(self) -> bool:
        """Whether fixes are not looked at: nobody asked for them, or the unit does not collect them."""
        return self.is_remote or self.location_off

    @property
    def is_lent_undeclared(self) -> bool:
        """Whether another than its holder wrote with this phone, and nobody declared that it is shared."""
        return self.shared_phone and not self.sharing_declared

    @property
    def is_weightless(self) -> bool:
        """Whether nothing can be contradicted, because no position of a visitor is asked: then findings are facts.

        Written by another (代录): the phone is the writer's and may have been anywhere.
        """
        return self.is_blind or self.by_other

    @property
    def is_elsewhere(self) -> bool:
        """Whether the cadre says that it was not held at the place, so that being far contradicts nothing."""
        return self.mode in ELSEWHERE or self.by_other or not ELSEWHERE_SAID.isdisjoint(self.attested)

    @property
    def is_witnessed(self) -> bool:
        """Whether it is known that the phone tells WGS 84; who was elsewhere by his own word is not asked where."""
        return bool(self.witnesses) and not self.is_elsewhere

    @property
    def is_brief(self) -> bool:
        """Whether a short stay is natural: at the door, or nobody was met."""
        return self.mode in BRIEF or self.outcome is not Outcome.MET


@dataclass(frozen=True, slots=True, eq=False)
class Fixes:
    """The fixes of all visits end to end; `runs` tells which belong to which visit. Letters are bytes.

    `datum` is how a fix is read, `declared` what it says of itself: they differ where a device group is overridden.
    """

    runs: Runs
    lon: Floats
    lat: Floats
    accuracy_m: Floats
    at: Floats
    provider: NDArray[np.uint8]
    datum: NDArray[np.uint8]
    declared: NDArray[np.uint8]
    mock: Mask


@dataclass(frozen=True, slots=True, eq=False)
class Visits:
    """One value a visit: interval in Unix seconds and place, NaN where unknown; whether its datum is witnessed."""

    started_at: Floats
    ended_at: Floats
    lon: Floats
    lat: Floats
    radius_m: Floats
    witnessed: Mask


NOWHERE = PlacePoint(UNKNOWN_TIME, UNKNOWN_TIME, UNKNOWN_TIME)


def visits_of(evidence: Sequence[Evidence], uncertainty_max_s: float) -> Visits:
    """The visits as columns; a time that is less certain than asked is unknown."""
    rows = [
        (*((e.started_at, e.ended_at) if e.time_uncertainty_s <= uncertainty_max_s else (None, None)),
         *(e.place or NOWHERE))
        for e in evidence
    ]  # fmt: skip
    table = np.array(rows, np.float64).reshape(-1, 5)
    started_at, ended_at, lon, lat, radius_m = np.ascontiguousarray(table.T)
    witnessed = np.array([e.is_witnessed for e in evidence], np.bool_)
    return Visits(started_at, ended_at, lon, lat, radius_m, witnessed)


def fixes_of(evidence: Sequence[Evidence]) -> Fixes:
    """The fixes as columns, none where they are not looked at; ValueError for columns of unequal length.

    Accuracies have the precision of the stored column, so that a stored series is judged as the fresh one was.
    """
    series = [FixSeries() if e.is_blind else e.fixes for e in evidence]
    read_as = [s.datum if e.is_blind else e.read_as or s.datum for e, s in zip(evidence, series, strict=True)]
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
        for column in ((s.provider for s in series), read_as, (s.datum for s in series), (s.mock for s in series))
    ]
    if {len(column) for column in numbers} | {len(column) for column in letters} != {starts[-1]}:
        raise ValueError("the columns of a fix series differ in length")
    lon, lat, accuracy_m, at = numbers
    provider, datum, told, mock = letters
    accuracy_m = accuracy_m.astype(np.float32).astype(np.float64)
    return Fixes(Runs(starts), lon, lat, accuracy_m, at, provider, datum, told, mock == ord("1"))


def is_one_of(letters: NDArray[np.uint8], *wanted: str) -> Mask:
    """Which letters are among the wanted."""
    mask: Mask = letters == ord(wanted[0])
    for letter in wanted[1:]:
        mask = mask | (letters == ord(letter))
    return mask


__all__ = [
    "Evidence",
    "FixSeries",
    "Fixes",
    "Ints",
    "Neighbour",
    "PhotoTold",
    "PlacePoint",
    "Reused",
    "SameSpot",
    "Stay",
    "Visits",
]
