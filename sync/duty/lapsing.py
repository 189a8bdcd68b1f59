"""Obligations that nobody met in their time lapse, a piece at a time."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import changes, clock
from sync.policy import Duty
from sync.words import FeedKind

_LAPSE = text(
    "UPDATE obligation SET state = 'lapsed' WHERE id IN (SELECT id FROM obligation WHERE state = 'owed'"
    "  AND lapses_at <= :now AND (paused_until IS NULL OR paused_until <= :now)"
    "  ORDER BY lapses_at LIMIT :most FOR NO KEY UPDATE SKIP LOCKED) RETURNING id"
)


def lapse(session: Session, policy: Duty) -> int:
    """Let obligations lapse whose time for late contact is over and that no attempt pauses; how many.

    Contact that took place in time and is told later meets them all the same (discharging).
    """
    found = session.scalars(_LAPSE, {"now": clock.now(), "most": policy.lapse_chunk}).all()
    changes.touched(session, FeedKind.OBLIGATION, found)
    return len(found)
