"""The kinds of visits that are constructed, each a function that fills a scene."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sync.words import Reason

if TYPE_CHECKING:
    from tests.bench.fairness.scene import Scene

Make = Callable[["Scene"], None]


class Expect(StrEnum):
    """What a verdict ought to say of a kind."""

    FAIR = "honest: hardly ever doubtful"
    ASKED = "honest, and looks otherwise: the cadre is asked"
    REGISTER = "honest, the register is wrong: doubtful, and the cause is named"
    FRAUD = "handed in as evidence: doubtful"
    BLIND = "the evidence contradicts little or nothing: found as far as it does"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind; `told` are the reasons by which it is recognised, `few`: it costs photos, so there are fewer."""

    name: str
    expect: Expect
    make: Make
    told: tuple[Reason, ...] = ()
    few: bool = False
    time_counts: bool = False  # found as well when the true time stands in the visit, whatever was claimed


KINDS: dict[str, Kind] = {}


def kind(
    name: str, expect: Expect = Expect.FAIR, *told: Reason, few: bool = False, time_counts: bool = False
) -> Callable[[Make], Make]:
    """Register a kind under its name."""

    def register(make: Make) -> Make:
        assert name not in KINDS, name
        KINDS[name] = Kind(name, expect, make, told, few, time_counts)
        return make

    return register
