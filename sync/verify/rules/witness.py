"""Whether a phone's own visits of the same hours show that it tells its fixes in WGS 84, as it says (sync.md D6.2).

A wrong address may lie just where another datum would put it. A satellite receiver does not change its datum from one
door to the next: where the same phone was at other homes of the village, confirmed as told and so precisely that no
shift fits in, the datum explains nothing. Only satellite fixes witness: what a phone calls fused comes from several
sources, which may differ. Only homes of one unit: their positions came from one import, right or shifted together.
"""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from sync.policy import Verify
from sync.verify.rules.evidence import Neighbour
from sync.words import Datum, Provider

SHIFTED = frozenset({Datum.GCJ02.value, Datum.BD09.value})


class Told(NamedTuple):
    """How a visit's best fix was read: phone, unit and place by their ids, provider and datum by their words."""

    device: UUID | str
    unit: UUID | str
    place: UUID | str
    provider: str
    datum: str


def witnesses(told: Told, neighbours: Iterable[tuple[Told, Neighbour]], policy: Verify) -> tuple[str, ...]:
    """The visits that speak against reading this one in another datum, one of each home; none unless there are enough.

    `told` is how this visit would be read; the order of the neighbours decides nothing.
    """
    if told.datum not in SHIFTED or told.provider != Provider.GPS:
        return ()
    found: dict[UUID | str, str] = {}
    for other, neighbour in neighbours:
        if _is_alike(told, other) and other.datum == Datum.WGS84 and _is_precise(neighbour, policy):
            found[other.place] = min(neighbour.visit, found.get(other.place, neighbour.visit))
    return tuple(sorted(found.values())) if len(found) >= policy.datum_witnesses else ()


def doubted(told: Told, neighbours: Iterable[tuple[Told, Neighbour]]) -> list[str]:
    """The other way round: the neighbours that were read in another datum, and against which this visit may speak."""
    if told.datum != Datum.WGS84:
        return []
    return [
        one.visit for other, one in neighbours if _is_alike(told, other) and other.datum in SHIFTED
    ]  # fmt: skip


def _is_alike(one: Told, other: Told) -> bool:
    """Whether both are satellite fixes of one phone, at two homes of one unit."""
    return (
        one.device == other.device
        and one.unit == other.unit
        and one.place != other.place
        and one.provider == other.provider == Provider.GPS
    )


def _is_precise(neighbour: Neighbour, policy: Verify) -> bool:
    """Whether no shift between datums fits into what confirms the stay."""
    stay = neighbour.stay
    return stay.radius_m + policy.far_accuracies * stay.accuracy_m <= policy.datum_witness_m
