"""Whose coordinates are shifted: the phones' or the place's (sync.md D6.2), by the votes of many visits. Pure.

A visit votes when it was near its place, as told or after reading it in another datum. Votes have two sides. A device
group that is shifted nearly everywhere is shifted itself. A place where groups are shifted that are not so elsewhere
has a shifted position.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from sync.policy import Verify


class Group(NamedTuple):
    """Phones that deliver alike: model, app version, provider letter."""

    model: str
    app_version: str
    provider: str

    @property
    def key(self) -> str:
        """As errands and findings name it."""
        return "|".join(self)


class Vote(NamedTuple):
    """What the visits of one group to one place say: so many near as told, or after reading as GCJ-02 or BD-09."""

    group: Group
    place: UUID
    visit: UUID
    as_told: int
    gcj02: int
    bd09: int


@dataclass(slots=True)
class Tally:
    """Groups to be read in another datum (letter), those that are to be read as told, places that are shifted."""

    shifted: dict[Group, tuple[str, int, int]] = field(default_factory=dict)
    straight: set[Group] = field(default_factory=set)
    places: dict[UUID, tuple[str, UUID]] = field(default_factory=dict)


def count(votes: Sequence[Vote], policy: Verify) -> Tally:
    """`shifted`: group to (datum letter, visits, places). `places`: place to (datum letter, a visit to show)."""
    tally = Tally()
    by_group: dict[Group, list[Vote]] = {}
    for vote in votes:
        by_group.setdefault(vote.group, []).append(vote)
    for group, cast in by_group.items():
        letter, visits, places = max((_side(letter, cast) for letter in "gb"), key=lambda side: side[1:])
        total = sum(vote.as_told + vote.gcj02 + vote.bd09 for vote in cast)
        if visits < policy.datum_share * total:
            if total >= policy.datum_votes:
                tally.straight.add(group)
        elif visits >= policy.datum_votes and places >= policy.datum_places:
            tally.shifted[group] = (letter, visits, places)
    tally.places = _places(votes, by_group, tally, policy)
    return tally


def _side(letter: str, cast: Sequence[Vote]) -> tuple[str, int, int]:
    counts = [vote.gcj02 if letter == "g" else vote.bd09 for vote in cast]
    return letter, sum(counts), sum(number > 0 for number in counts)


def _places(
    votes: Sequence[Vote], by_group: Mapping[Group, Sequence[Vote]], tally: Tally, policy: Verify
) -> dict[UUID, tuple[str, UUID]]:
    """Places where enough groups are shifted, each of which was near as told somewhere else."""
    shifted: dict[tuple[UUID, str], list[Vote]] = {}
    for vote in votes:
        straight_elsewhere = any(other.as_told for other in by_group[vote.group] if other.place != vote.place)
        if vote.group in tally.shifted or vote.as_told or not straight_elsewhere:
            continue
        letter = "g" if vote.gcj02 >= vote.bd09 else "b"
        shifted.setdefault((vote.place, letter), []).append(vote)
    return {
        place: (letter, max(vote.visit for vote in cast))
        for (place, letter), cast in sorted(shifted.items())
        if len(cast) >= policy.datum_groups
    }
