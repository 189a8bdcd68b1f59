"""Laws of groups: the same for any order of arrival, stars, cut where a person cut them."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from sync.dedup.grouping import Edge, Plan, below, plan
from sync.dedup.rules import How, Tie, Trait, tie_of, ties
from sync.policy import defaults
from sync.words import Mode, Outcome, SameKind

POLICY = defaults().dedup
NINE = datetime(2026, 3, 10, 1, tzinfo=UTC)
DOOR = UUID(int=7)


def trait(
    n: int, cadre: int = 1, phone: int | None = None, at_min: float = 0, lasts_min: float = 10, **more: Any
) -> Trait:
    start = NINE + timedelta(minutes=at_min)
    whole = {"mode": Mode.HOME, "outcome": Outcome.MET} | more
    return Trait(
        UUID(int=n), UUID(int=100 + cadre), UUID(int=200 + (cadre if phone is None else phone)), DOOR, start,
        start + timedelta(minutes=lasts_min), **whole,
    )  # fmt: skip


class Store:
    """What the database would hold: visits in the order of their coming, open edges, pairs taken apart."""

    def __init__(self) -> None:
        self.visits: list[Trait] = []
        self.edges: dict[UUID, Edge] = {}
        self.barred: set[frozenset[UUID]] = set()

    def take(self, new: list[Trait]) -> Plan:
        found = ties(new, self.visits, POLICY)
        for group in self.groups():
            found += ties([one for one in self.visits if one.id in group], [], POLICY)
        self.visits += new
        drawn = plan(
            found, list(self.edges.values()), {one.id: n for n, one in enumerate(self.visits)}, self.barred
        )  # fmt: skip
        for child, edge in self.edges.items():
            kind = SameKind.REPEAT if child in drawn.repeats else edge.kind
            self.edges[child] = edge._replace(parent=drawn.moved.get(edge.parent, edge.parent), kind=kind)
        for edge in drawn.edges:
            assert edge.child not in self.edges, "a child has one open edge"
            self.edges[edge.child] = edge
        return drawn

    def cut(self, child: UUID) -> None:
        gone = self.edges.pop(child)
        self.barred |= {frozenset((child, gone.parent)), frozenset((child, gone.matched))}
        for one in below(child, list(self.edges.values())) - {child}:
            self.edges[one] = self.edges[one]._replace(parent=child)

    def groups(self) -> set[frozenset[UUID]]:
        found: dict[UUID, set[UUID]] = {}
        for one in self.visits:
            root = self.edges[one.id].parent if one.id in self.edges else one.id
            found.setdefault(root, set()).add(one.id)
        return {frozenset(group) for group in found.values()}

    def counted(self) -> Counter[tuple[frozenset[UUID], UUID]]:
        cadres = {one.id: one.recorder_id for one in self.visits}
        again = {child for child, edge in self.edges.items() if edge.kind is SameKind.REPEAT}
        return Counter((group, cadres[id_]) for group in self.groups() for id_ in group if id_ not in again)

    def check(self) -> None:
        for child, edge in self.edges.items():
            assert edge.child == child != edge.parent
            assert edge.parent not in self.edges, "parents are roots"
            seen, at = {child}, edge.matched
            while at in self.edges:
                assert at not in seen, "along `matched` there is no cycle"
                seen.add(at)
                at = self.edges[at].matched
            assert at == edge.parent, "along `matched` one comes to the root"


def visits(random: Random) -> list[Trait]:
    """Up to nine tellings at one door by three cadres with three phones; some are copies. Spread over two hours, or so
    close that copies drift out of each other's window and others join them all the same."""
    close = random.random() < 0.5
    times = [0, 1, 1.5, 2.5, 3, 4, 5, 6, 20, 33] if close else [*range(121)]
    return [
        trait(
            n,
            random.choice([1, 1, 1, 2] if close else [1, 2, 3]),
            None if close else random.randint(1, 3),
            random.choice(times),
            random.choice([3, 10, 40]),
            mode=random.choice([Mode.HOME] * 6 + [Mode.DOOR, Mode.FIELD, Mode.PHONE]),
            answers_hash=random.choice([None, b"a", b"a", b"b"]),
        )
        for n in range(1, random.randint(2, 9) + 1)
    ]


# Chance by a seed: what hypothesis draws by itself is seldom crowded enough for groups to meet.
seeds = st.integers(0, 2**32 - 1).map(Random)


def arrive(told: list[Trait], random: Random) -> Store:
    store, left = Store(), list(told)
    random.shuffle(left)
    while left:
        size = random.randint(1, len(left))
        store.take(left[:size])
        store.check()
        left = left[size:]
    return store


@settings(max_examples=400, deadline=None)
@given(seeds)
def test_any_order_of_arrival_gives_the_same_groups_and_the_same_credit(random: Random) -> None:
    told = visits(random)
    first, second = arrive(told, random), arrive(told, random)
    assert first.groups() == second.groups()
    assert first.counted() == second.counted()


@settings(max_examples=100, deadline=None)
@given(seeds)
def test_the_root_is_the_record_that_was_stored_first(random: Random) -> None:
    store = arrive(visits(random), random)
    rank = {one.id: n for n, one in enumerate(store.visits)}
    for edge in store.edges.values():
        assert rank[edge.parent] < rank[edge.child]


@settings(max_examples=200, deadline=None)
@given(seeds)
def test_what_a_person_took_apart_no_machine_joins_again(random: Random) -> None:
    store = Store()
    for one in visits(random):
        store.take([one])
        if store.edges and random.random() < 0.4:
            store.cut(random.choice(sorted(store.edges)))
        store.check()
        assert not any(pair <= group for pair in store.barred for group in store.groups())


@settings(max_examples=100, deadline=None)
@given(seeds)
def test_ties_are_symmetric(random: Random) -> None:
    for one, other in pairwise(visits(random)):
        there, back = tie_of(one, other, POLICY), tie_of(other, one, POLICY)
        assert (there and there[2:]) == (back and back[2:])


@settings(max_examples=100, deadline=None)
@given(seeds)
def test_looking_at_close_ones_alone_misses_no_tie(random: Random) -> None:
    told = visits(random)
    pairs = {frozenset((a.id, b.id)) for a in told for b in told if a.id < b.id and tie_of(a, b, POLICY)}
    assert {frozenset(tie[:2]) for tie in ties(told, [], POLICY)} == pairs


def test_cutting_an_edge_gives_back_what_it_had_joined() -> None:
    store = Store()
    store.take([trait(1, at_min=0)])
    store.take([trait(2, cadre=2, at_min=50)])
    store.take([trait(3, cadre=3, at_min=60)])
    before = store.groups()
    assert len(before) == 2
    store.take([trait(4, cadre=4, at_min=25)])
    assert len(store.groups()) == 1
    joined = next(edge for edge in store.edges.values() if edge.child == UUID(int=2))
    assert (joined.parent, joined.matched) == (UUID(int=1), UUID(int=4))
    store.cut(joined.child)
    assert store.groups() == {frozenset({UUID(int=1), UUID(int=4)}), frozenset({UUID(int=2), UUID(int=3)})}


def test_the_edge_of_a_shared_series_names_the_two_who_share_it() -> None:
    """The nearer visit in time is another's; what is told of the evidence must not fall on its cadre."""
    nearer = Tie(UUID(int=1), UUID(int=3), How.JOINT, "overlap", 10.0)
    copied = Tie(UUID(int=2), UUID(int=3), How.JOINT, "overlap", 90.0, shared=True)
    before = Edge(UUID(int=2), UUID(int=1), SameKind.JOINT, "overlap", UUID(int=1))
    [edge] = plan([nearer, copied], [before], {UUID(int=n): n for n in (1, 2, 3)}, set()).edges
    assert edge == Edge(UUID(int=3), UUID(int=1), SameKind.JOINT, "overlap", UUID(int=2), shared=True)


def test_what_a_person_called_a_repeat_stays_one_and_stands_for_what_it_repeats() -> None:
    said = Edge(UUID(int=2), UUID(int=1), SameKind.REPEAT, "person", UUID(int=1))
    copy = Tie(UUID(int=2), UUID(int=3), How.REPEAT, "answers", 60.0)
    drawn = plan([copy], [said], {UUID(int=n): n for n in (1, 2, 3)}, set())
    assert (drawn.edges[0].kind, drawn.firsts[UUID(int=3)]) == (SameKind.REPEAT, UUID(int=1))
