"""Merging places and taking merges apart, with everything that follows in visits, verdicts and the feed."""

from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import changes, clock, db, errands
from sync.dedup import actions as dedup
from sync.dedup import queries
from sync.dedup.looking import look
from sync.pipeline import effects, sameness
from sync.pipeline.edits_merged import take_along
from sync.pipeline.owing import owe_rejudge
from sync.policy import Policy
from sync.registry import doors, lookup, merging
from sync.registry.merging import Merged
from sync.words import FeedKind, Job

CHUNK = 500
FIRST = UUID(int=0)
# Edges between a visit told with one of these ids and one told with another, by the groups that such visits are in.
_ACROSS = text(
    "WITH here AS (SELECT id FROM visit WHERE place_id = ANY(:places)),"
    " roots AS (SELECT s.parent_id FROM here h JOIN same_visit s ON s.child_id = h.id AND s.undone_at IS NULL"
    "  UNION SELECT s.parent_id FROM here h JOIN same_visit s ON s.parent_id = h.id AND s.undone_at IS NULL)"
    " SELECT s.id FROM roots r JOIN same_visit s ON s.parent_id = r.parent_id AND s.undone_at IS NULL"
    " JOIN visit c ON c.id = s.child_id JOIN visit m ON m.id = coalesce(s.matched_id, s.parent_id)"
    " WHERE (c.place_id = ANY(:places)) <> (m.place_id = ANY(:places)) ORDER BY s.id"
)


def merge_place(session: Session, merge_id: UUID, away_id: UUID, into_id: UUID, by: UUID) -> Merged:
    """Make one place an alias of another: its visits are judged at the other's position and compared with its visits.

    Raises what `registry.merging.merge_places` raises.
    """
    merged = merging.merge_places(session, merge_id, away_id, into_id, by, clock.now())
    effects.places_regrouped(session, [merged.away_id, merged.into_id, *merged.aliases])
    _follow(session, merged)
    return merged


def undo_merge(session: Session, merge_id: UUID, by: UUID) -> Merged:
    """Make it a place of its own again. Visits that were joined across the two are taken apart, by nobody, so that
    merging the places again joins them again. Raises not-found."""
    undone = merging.undo_merge(session, merge_id, by, clock.now())
    here = db.pg_uuids([undone.away_id, *undone.aliases])
    while across := session.scalars(_ACROSS, {"places": here}).all():  # one that is undone may put back another
        for edge_id in across:
            sameness.settle(session, dedup.undo_edge(session, edge_id, None, clock.now()))
    effects.places_regrouped(session, [undone.away_id, undone.into_id, *undone.aliases])
    _follow(session, undone)
    return undone


def _follow(session: Session, merge: Merged) -> None:
    turned = [merge.away_id, *merge.aliases]
    changes.touched(session, FeedKind.PLACE, [*turned, merge.into_id])
    for place in sorted(turned):
        owe_rejudge(session, f"place/{place}")
    take_along(session, turned)
    for place in (merge.away_id, merge.into_id):
        _owe_look(session, place, FIRST)


def _owe_look(session: Session, place: UUID, after: UUID) -> None:
    facts = orjson.dumps({"after": after}).decode()
    errands.owe(session, Job.LOOK_AGAIN, f"place/{place}", facts=facts, dedupe_key=f"look/{place}/{after}", priority=7)


def look_again(session: Session, policy: Policy, place_id: UUID, after: UUID = FIRST) -> None:
    """Compare the visits told with this id, in the order of their ids from `after` on, with everything at its door.

    A merge brings visits together that nobody compared before. A chunk at a time; the next is owed.
    """
    place = lookup.places(session, [place_id]).get(place_id)
    if place is None:
        return
    held = doors.hold(session, [place.id])
    if held is None:  # merged in this very moment
        _owe_look(session, place_id, after)
        return
    told = queries.told_at(session, [place_id], place.id, after, CHUNK)
    stored = {one.trait.id: one.received_at for one in told}
    by_receipt = sorted(told, key=lambda one: (one.received_at, one.trait.id))
    same = look(session, [one.trait for one in by_receipt], held, {}, policy.dedup, stored)
    dedup.join(session, same.plan, clock.now())
    sameness.follow(session, same, clock.now())
    if len(told) == CHUNK:
        _owe_look(session, place_id, told[-1].trait.id)
