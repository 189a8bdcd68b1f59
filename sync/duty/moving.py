"""Obligations go with their links when these are handed over."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import changes, clock, db
from sync.words import FeedKind

_MOVE = text(
    "UPDATE obligation o SET link_id = l.id,"
    " holder_id = CASE WHEN :now_theirs THEN l.cadre_id ELSE o.holder_id END,"
    " holder_unit_id = CASE WHEN :now_theirs THEN l.holder_unit_id ELSE o.holder_unit_id END"
    " FROM unnest(CAST(:olds AS uuid[]), CAST(:news AS uuid[])) AS w(old, new) JOIN link l ON l.id = w.new"
    " WHERE o.link_id = w.old AND o.state = 'owed' AND o.lapses_at > :starts_at RETURNING o.id"
)


def move_obligations(session: Session, moved: Mapping[UUID, UUID], starts_on: date) -> list[UUID]:
    """Give what is owed under these links (old id: the id under which it goes on) to who holds them from a day on.

    Met, excused and lapsed ones stay with whom they were. If the day is still to come, the former holder keeps them
    until then; the round of that day gives them over (rounds.owe_visits).
    """
    facts = {
        "olds": db.pg_uuids(moved),
        "news": db.pg_uuids(moved.values()),
        "now_theirs": starts_on <= clock.today(),
        "starts_at": clock.midnight(starts_on),
    }
    found = list(session.scalars(_MOVE, facts))
    changes.touched(session, FeedKind.OBLIGATION, found)
    return found
