"""Groups of records that tell of one visit: who is the root, who counts. Pure, over plain values.

A group is a star: every record but one points to the root, so that there are no chains and no cycles. The root is
the record that was stored first. Beside it each edge names the record it was matched with; along these the group is
a tree, and cutting an edge gives back exactly what it had joined.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sync.dedup.rules import How, Tie
from sync.words import SameKind

Barred = Collection[frozenset[UUID]]
PERSON = "person"  # the method of edges that a person made


class Edge(NamedTuple):
    """`child` tells of the same visit as `parent`, the root of the group; `matched` is the one it was like.

    REPEAT: the child counts for nobody. JOINT: it counts for its cadre, the household is covered once. `shared`:
    child and matched came with one series of fixes.
    """

    child: UUID
    parent: UUID
    kind: SameKind
    method: str
    matched: UUID
    shared: bool = False


@dataclass(slots=True)
class Plan:
    """What is to be written: new edges, the roots that hang on another now, and joint records that turn into repeats.

    `firsts` names for every repeat of these groups the record that counts instead.
    """

    edges: list[Edge]
    moved: dict[UUID, UUID]
    repeats: set[UUID]
    firsts: dict[UUID, UUID]

    @property
    def turned(self) -> set[UUID]:
        """Every record that is a repeat from now on."""
        return self.repeats | {edge.child for edge in self.edges if edge.kind is SameKind.REPEAT}


@dataclass(slots=True)
class _Groups:
    """Groups as they grow: root of each record, records of each root."""

    roots: dict[UUID, UUID]
    members: dict[UUID, set[UUID]]

    def hang(self, root: UUID, on: UUID) -> None:
        gone = self.members.pop(root)
        self.members[on] |= gone
        self.roots |= dict.fromkeys(gone, on)


def plan(found: Sequence[Tie], stored: Sequence[Edge], ranks: Mapping[UUID, int], barred: Barred) -> Plan:
    """The edges that these ties ask for, beside those that are stored.

    `found` are the ties between all records of the groups that are touched, old ones too: who repeats whom is seen
    from them alone. `ranks` say for each record when it was stored. `barred` pairs were taken apart by a person: no
    machine brings together two groups that hold one of each.
    Laws (tests/sync/dedup): whatever the order of arrival, the groups are the same, and so is how many records of
    each cadre count in each; every parent is a root.
    """
    groups = _Groups({id_: id_ for id_ in ranks}, {id_: {id_} for id_ in ranks})
    for edge in stored:
        groups.hang(edge.child, edge.parent)
    made: dict[UUID, Edge] = {}
    firm = [tie for tie in found if tie.how is not How.LIKELY]
    firm.sort(key=lambda tie: (tie.how is How.JOINT, not tie.shared, tie.apart_s, *sorted((tie.one, tie.other))))
    for tie in firm:
        first, last = sorted((groups.roots[tie.one], groups.roots[tie.other]), key=ranks.__getitem__)
        if first == last or _straddles(groups.members[first], groups.members[last], barred):
            continue
        like = tie.one if groups.roots[tie.one] == first else tie.other
        is_itself = last in (tie.one, tie.other)
        made[last] = Edge(last, first, SameKind.JOINT, tie.method, like, tie.shared and is_itself)
        groups.hang(last, first)
    again = _repeats([tie for tie in firm if frozenset(tie[:2]) not in barred], stored, groups, ranks)
    return Plan(
        edges=[
            edge._replace(parent=groups.roots[edge.child], kind=SameKind.REPEAT if edge.child in again else edge.kind)
            for edge in made.values()
        ],
        moved={edge.parent: groups.roots[edge.parent] for edge in stored if edge.parent in made},
        repeats={edge.child for edge in stored if edge.kind is SameKind.JOINT and edge.child in again},
        firsts=again,
    )


def _straddles(one: set[UUID], other: set[UUID], barred: Barred) -> bool:
    return any(len(pair & one) == 1 and len(pair & other) == 1 for pair in barred)


def _repeats(
    found: Sequence[Tie], stored: Sequence[Edge], groups: _Groups, ranks: Mapping[UUID, int]
) -> dict[UUID, UUID]:
    """Records that tell again what another of their cadre told, and what: of each such class the first stored counts.

    Whatever was a repeat before, by a machine or a person, stays one.
    """
    first_of = {id_: id_ for id_ in ranks}

    def first(id_: UUID) -> UUID:
        while first_of[id_] != id_:
            id_ = first_of[id_]
        return id_

    again = [edge for edge in stored if edge.kind is SameKind.REPEAT]
    pairs = [(edge.child, edge.matched) for edge in again if edge.method == PERSON]
    pairs += [(t.one, t.other) for t in found if t.how is How.REPEAT and groups.roots[t.one] == groups.roots[t.other]]
    for one, other in pairs:
        early, late = sorted((first(one), first(other)), key=ranks.__getitem__)
        first_of[late] = early
    return {id_: first(id_) for id_ in {edge.child for edge in again} | {id_ for id_ in ranks if first(id_) != id_}}


def below(child: UUID, edges: Sequence[Edge]) -> set[UUID]:
    """The child with all records that hang on it along `matched`: what leaves the group with it."""
    found = {child}
    grown = True
    while grown:
        more = {edge.child for edge in edges if edge.matched in found} - found
        found |= more
        grown = bool(more)
    return found
