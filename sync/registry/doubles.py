"""Places that may be one: like names in one unit, or like names a few steps apart. Pure; a person decides."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple
from uuid import UUID

import numpy as np

from sync.geo.distance import metres

_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^】]*】")
_NOTHING = re.compile(r"[\W_]+")
# What people put after a number or a name without meaning another home: 1号, 1号院, 张三家.
_SUFFIX = re.compile(r"(?:号院|大院|号|院|户|家|宅|房)+$")


class Door(NamedTuple):
    """A place as far as it is compared: degrees in WGS 84, or None."""

    id: UUID
    unit_id: UUID
    name: str
    lon: float | None
    lat: float | None


class Double(NamedTuple):
    """Two places of one unit that may be one; `apart_m` if both have a position."""

    one: UUID
    other: UUID
    same_name: bool
    apart_m: float | None


def normal(name: str) -> str:
    """A name without width, case, spaces and punctuation: 北沟村 １号 and 北沟村1号 are one."""
    return _NOTHING.sub("", unicodedata.normalize("NFKC", name).casefold())


def stem(name: str) -> str:
    """A normal name without asides in brackets and without what is put after it: 张三家(老宅) and 张三 have one."""
    plain = _ASIDE.sub("", unicodedata.normalize("NFKC", name))
    return _SUFFIX.sub("", normal(plain))


def doubles(places: Sequence[Door], within_m: float, apart: frozenset[frozenset[UUID]]) -> list[Double]:
    """Pairs of one unit with one normal name wherever they stand, or with one stem closer than `within_m`.

    Flats of one house stand at one spot and are told apart by their numbers, which belong to the stem. Pairs in
    `apart` were taken apart by a person before. Same names first, then the closest.
    """
    alike: dict[tuple[UUID, str], list[Door]] = {}
    for place in places:
        if key := stem(place.name) or normal(place.name):
            alike.setdefault((place.unit_id, key), []).append(place)
    found = [double for group in alike.values() for double in _pairs(group, within_m)]
    found = [double for double in found if frozenset((double.one, double.other)) not in apart]
    return sorted(found, key=lambda d: (not d.same_name, d.apart_m is None, d.apart_m or 0.0, d.one, d.other))


def _pairs(group: Sequence[Door], within_m: float) -> Iterator[Double]:
    for one, other in combinations(sorted(group, key=lambda place: place.id), 2):
        apart_m = _apart_m(one, other)
        same = normal(one.name) == normal(other.name)
        if same or (apart_m is not None and apart_m < within_m):
            yield Double(one.id, other.id, same, apart_m)


def _apart_m(one: Door, other: Door) -> float | None:
    if one.lon is None or one.lat is None or other.lon is None or other.lat is None:
        return None
    ends = (np.array([value]) for value in (one.lon, one.lat, other.lon, other.lat))
    return round(float(metres(*ends)[0]), 1)
