"""Life events that nobody confirmed: what third persons told of a home goes again (practice.md, personal information
law; product.md, Restraint).

A home confirms an event when somebody is met there who tells of it in the visit, and when the contact that the event
owes is made. Until then it is hearsay, whoever told it and however often: a reporter, a cadre without a visit, a visit
next door. A visit that a person refused confirms nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import changes, db
from sync.policy import Push
from sync.privacy import bodies, erasing
from sync.words import FeedKind

# First tellings from before :before that no telling of the same event confirms.
_OLD = (
    "FROM life_event e LEFT JOIN obligation o ON o.life_event_id = e.id"
    " WHERE e.same_as_id IS NULL AND e.received_at < :before AND o.state IS DISTINCT FROM 'met'"
    " AND NOT EXISTS (SELECT FROM life_event t JOIN visit v ON v.id = t.visit_id LEFT JOIN place h ON h.id = t.place_id"
    "  LEFT JOIN place d ON d.id = v.place_id WHERE (t.id = e.id OR t.same_as_id = e.id)"
    "  AND v.outcome IN ('met', 'lives_away') AND v.verdict <> 'refused'"
    "  AND coalesce(d.merged_into_id, v.place_id) = coalesce(h.merged_into_id, t.place_id))"
)
_TELLINGS = text(
    "SELECT t.id, t.place_id, t.visit_id, t.device_id, t.batch_id, t.quiet_until FROM"
    f" (SELECT e.id {_OLD} AND o.state IS DISTINCT FROM 'owed' ORDER BY e.received_at, e.id LIMIT :most) w"
    " JOIN life_event t ON t.id = w.id OR t.same_as_id = w.id"
)
_STAYING = text(f"SELECT count(*) {_OLD} AND o.state = 'owed'")
# A revision of a visit repeats what it noticed.
_BATCHES = text("SELECT DISTINCT device_id, batch_id FROM visit_rev WHERE visit_id = ANY(:visits)")
_DELETE = text("DELETE FROM life_event WHERE id = ANY(:ids)")
_CUT = text(
    "UPDATE visit_rev r SET content = jsonb_set(r.content, '{life_events}', coalesce((SELECT jsonb_agg(e.one ORDER BY"
    "  e.n) FROM jsonb_array_elements(r.content -> 'life_events') WITH ORDINALITY AS e(one, n)"
    "  WHERE CAST(e.one ->> 'id' AS uuid) <> ALL(:ids)), '[]'))"
    " WHERE r.visit_id = ANY(:visits) AND r.content -> 'life_events' IS NOT NULL"
)


def old(session: Session, before: datetime, most: int) -> list[Any]:
    """Every telling of at most so many events that were first told before then and that nobody confirmed. While contact
    is owed they stay: it may still confirm them."""
    return list(session.execute(_TELLINGS, {"before": before, "most": most}))


def staying(session: Session, before: datetime) -> int:
    """How many such events stay because contact is still owed."""
    return int(session.scalar(_STAYING, {"before": before}) or 0)


def let_go(session: Session, tellings: Sequence[Any], push: Push) -> None:
    """Delete tellings: rows, words of the visits that noticed them, bytes of their batches; phones forget them, and the
    same ids come in no more. That contact was owed stays with its obligation, not why."""
    gone = {one.id for one in tellings}
    visits = db.pg_uuids({one.visit_id for one in tellings if one.visit_id})
    batches = {(row[0], row[1]) for row in session.execute(_BATCHES, {"visits": visits})}
    batches |= {(one.device_id, one.batch_id) for one in tellings}
    bodies.blank(session, sorted(batches), gone, push)
    session.execute(_CUT, {"ids": db.pg_uuids(gone), "visits": visits})
    session.execute(_DELETE, {"ids": db.pg_uuids(gone)})
    erasing.refuse_again(session, gone)
    changes.touched(session, FeedKind.LIFE_EVENT, gone)
    changes.touched(session, FeedKind.PLACE, {one.place_id for one in tellings if one.quiet_until})
