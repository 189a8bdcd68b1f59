"""What the standard load is made of: real inputs where they lie beside the checkout, else made-up ones."""

import math
from random import Random
from typing import NamedTuple

from api.demo import texts
from tests.factories import real

SOME = 500  # different texts of each kind
METRE = 1 / real.METRES_A_DEGREE


class Material(NamedTuple):
    """Texts, errors of fixes and photos; `told` says in a method column which they are."""

    told: str
    notes: list[str]
    problems: list[tuple[str, str]]
    errors: list[tuple[float, float, float]]
    photos: list[bytes]


def material(seed: int = 1) -> Material:
    """The same for the same seed and folder."""
    random = Random(seed)
    return _made_up(random) if real.folder() is None else _real(random)


def _real(random: Random) -> Material:
    """Complaints as notes and problems; pairs of error and accuracy of phones, in the direction they had."""
    told = real.complaints()
    notes = [text for _, text in random.sample(told, min(SOME, len(told)))]
    problems = random.sample(told, min(SOME, len(told)))
    return Material("real texts, fix errors and photos", notes, problems, real.phone_errors(), real.photos())


def _made_up(random: Random) -> Material:
    notes = [texts.note(random) for _ in range(SOME)]
    problems = [(category.value, text) for category, text in (texts.problem(random) for _ in range(SOME))]
    errors = [(random.gauss(0, 10), random.gauss(0, 10), random.uniform(5, 40)) for _ in range(SOME)]
    return Material("made-up texts, fix errors and photos", notes, problems, errors, [])


def beside(lon: float, lat: float, error: tuple[float, float, float]) -> tuple[float, float, float]:
    """(lon, lat, accuracy) of a fix with this error."""
    east, north, accuracy = error
    return lon + east * METRE / math.cos(math.radians(lat)), lat + north * METRE, accuracy
