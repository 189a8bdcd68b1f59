"""What follows where visits are found, or said, to be the same, and where they are taken apart."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from sync import changes, clock
from sync.dedup import actions
from sync.dedup.actions import Changed
from sync.dedup.looking import Sameness
from sync.pipeline import effects
from sync.pipeline.owing import owe_visits
from sync.review.opening_repeats import open_repeats
from sync.words import FeedKind, SameKind


def follow(session: Session, same: Sameness, now: datetime, fresh: Collection[UUID] = ()) -> None:
    """After a look: stored visits of the groups that grew are judged again, likely repeats go before a person.

    `fresh` visits are counted by whoever stores them.
    """
    effects.repeats_turned(session, same.plan.turned.difference(fresh), repeats=True)
    changes.touched(session, FeedKind.VISIT, same.changed)
    owe_visits(session, same.changed)
    open_repeats(session, same.likely, now)


def join_visits(session: Session, child_id: UUID, other_id: UUID, by: UUID, kind: SameKind = SameKind.REPEAT) -> UUID:
    """A person says that two records tell of one visit; the edge, for undoing. Raises not-found, visits-apart."""
    return settle(session, actions.join_by_person(session, child_id, other_id, by, clock.now(), kind))


def part_visits(session: Session, one_id: UUID, other_id: UUID, by: UUID) -> UUID:
    """A person says that these are two visits, joined so far or not; the edge, for `unpart_visits`."""
    return settle(session, actions.keep_apart(session, one_id, other_id, by, clock.now()))


def undo_join(session: Session, edge_id: UUID, by: UUID) -> UUID:
    """Take back an edge of the machine or of a person."""
    return settle(session, actions.undo_edge(session, edge_id, by, clock.now()))


def unpart_visits(session: Session, edge_id: UUID, by: UUID) -> UUID:
    """Take back `part_visits`: joined again if they were, else free for the machine."""
    return settle(session, actions.allow_again(session, edge_id, by, clock.now()))


def settle(session: Session, changed: Changed) -> UUID:
    """What follows where an edge was made or undone between stored visits; the edge."""
    if changed.turned:
        effects.repeats_turned(session, [changed.turned], repeats=changed.repeats)
    changes.touched(session, FeedKind.VISIT, changed.visits)
    owe_visits(session, changed.visits)
    return changed.edge_id
