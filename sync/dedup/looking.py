"""The look of a set of visits at what is stored: which of them tell of the same. A few statements for the whole set."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from sync.dedup import queries, rules
from sync.dedup.grouping import Edge, Plan, plan
from sync.dedup.queries import Member
from sync.dedup.rules import How, Series, Tie, Trait
from sync.policy import Dedup
from sync.words import SameKind


class Sameness(NamedTuple):
    """What a look found: edges to write, pairs (later, earlier) for a person, stored visits whose group changes."""

    plan: Plan
    likely: list[tuple[UUID, UUID]]
    changed: set[UUID]

    @property
    def edges(self) -> list[Edge]:
        """The new edges, as the verdict needs them."""
        return self.plan.edges


def nothing() -> Sameness:
    """What a look finds where nothing is the same."""
    return Sameness(Plan([], {}, set(), {}), [], set())


def look(
    session: Session,
    new: Sequence[Trait],
    doors: Mapping[UUID, Sequence[UUID]],
    fixes: Mapping[UUID, Series],
    policy: Dedup,
    stored: Mapping[UUID, datetime] | None = None,
) -> Sameness:
    """Compare visits with each other and with what is stored around them at the same doors.

    The doors must be held (registry.doors), so that no other set with a visit to them is under way. `new` stand in
    the order of their coming; `fixes` are their series. `stored` says when those of them were stored that are no
    longer new: after a merge of places the same look is taken at old visits.
    """
    if not new:
        return nothing()
    stored = stored or {}
    known = queries.near(session, new, doors, policy)
    found = rules.ties(new, [one.trait for one in known], policy)
    if not found:
        return nothing()
    around = {one.id: one for one in (*(one.trait for one in known), *new)}
    here = {one.trait.id: one.received_at for one in known} | dict(stored)
    old = {id_ for tie in found for id_ in (tie.one, tie.other)} & here.keys()
    members = queries.groups(session, old) if old else []
    barred = queries.barred(session, [one.id for one in members]) if members else set()
    within = _within(members, around, policy)
    firm = _marked(session, [*found, *within], fixes, here | {one.id: one.received_at for one in members})
    edges = [one.edge for one in members if one.edge]
    drawn = plan(firm, edges, _ranks(members, [one.id for one in new if one.id not in here]), barred)
    again = drawn.turned | {edge.child for edge in edges if edge.kind is SameKind.REPEAT}
    starts = {id_: one.started_at for id_, one in around.items()}
    likely = [pair for pair in rules.likely_pairs(found, starts, again) if frozenset(pair) not in barred]
    return Sameness(drawn, likely, _changed(drawn, members))


def _within(members: Sequence[Member], around: Mapping[UUID, Trait], policy: Dedup) -> list[Tie]:
    """The ties inside the stored groups: who repeats whom there."""
    groups: dict[UUID, list[Member]] = {}
    for one in members:
        groups.setdefault(one.root, []).append(one)
    found: list[Tie] = []
    for group in groups.values():
        door = next(around[one.id].door for one in group if one.id in around)
        found += rules.ties([one.trait._replace(door=door) for one in group], [], policy)
    return found


def _ranks(members: Sequence[Member], fresh: Sequence[UUID]) -> dict[UUID, int]:
    """Ranks by when a record was stored: those that are there first, then the new ones as they came."""
    older = sorted(members, key=lambda one: (one.received_at, one.id))
    return {id_: rank for rank, id_ in enumerate([*(one.id for one in older), *fresh])}


def _marked(
    session: Session, found: Sequence[Tie], fixes: Mapping[UUID, Series], stored: Mapping[UUID, datetime]
) -> list[Tie]:
    """The ties, joint ones of two phones with one series of fixes marked as shared."""
    joint = {id_ for tie in found if tie.how is How.JOINT for id_ in (tie.one, tie.other)}
    missing = {id_: at for id_, at in stored.items() if id_ in joint and id_ not in fixes}
    every = {**fixes, **(queries.series(session, missing) if missing else {})}
    nowhere = Series((), (), "")
    return [
        tie._replace(shared=rules.is_shared(every.get(tie.one, nowhere), every.get(tie.other, nowhere)))
        if tie.how is How.JOINT
        else tie
        for tie in found
    ]


def _changed(drawn: Plan, members: Sequence[Member]) -> set[UUID]:
    """Stored visits of the groups that get a new edge: their verdicts look at whom they were with."""
    grown = {id_ for edge in drawn.edges for id_ in (edge.child, edge.parent)}
    return {one.id for one in members if one.root in grown | drawn.moved.keys()}
