"""Leases: a visit on a verifier's screen is his for a while. The database's clock measures it, whoever asks."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync.errors import refuse

# The findings of a visit are locked in the order of their ids; one UPDATE decides who has them.
_LEASE = text(
    "WITH w AS (SELECT id FROM finding WHERE visit_id = :visit AND state IN ('open', 'asked', 'answered')"
    "  ORDER BY id FOR UPDATE)"
    " UPDATE finding f SET lease_by = :me, lease_until = clock_timestamp() + make_interval(secs => :seconds)"
    " FROM w WHERE f.id = w.id AND f.state IN ('open', 'asked', 'answered')"
    " AND (f.lease_by IS NULL OR f.lease_by = :me OR f.lease_until <= clock_timestamp())"
    " RETURNING f.lease_until"
)
_HOLDER = text(
    "SELECT p.id, p.name FROM finding f JOIN person p ON p.id = f.lease_by WHERE f.visit_id = :visit"
    " AND f.state IN ('open', 'asked', 'answered') AND f.lease_by <> :me AND f.lease_until > clock_timestamp() LIMIT 1"
)
_GIVE_BACK = text("UPDATE finding SET lease_by = NULL, lease_until = NULL WHERE visit_id = :visit AND lease_by = :me")


def lease(session: Session, visit_id: UUID, person_id: UUID, seconds: int) -> datetime | None:
    """Take the visit for `seconds`, or keep it so much longer; until when. None: nothing of it is undecided.

    Raises row-held (423) with who has it.
    """
    facts = {"visit": visit_id, "me": person_id, "seconds": seconds}
    until: list[datetime] = list(session.scalars(_LEASE, facts))
    refuse_if_held(session, visit_id, person_id)
    return max(until, default=None)


def refuse_if_held(session: Session, visit_id: UUID, person_id: UUID) -> None:
    """Raises row-held (423) with who has it, if another verifier has the visit on the screen."""
    holder = session.execute(_HOLDER, {"visit": visit_id, "me": person_id}).one_or_none()
    if holder:
        raise refuse("row-held", held_by={"id": str(holder.id), "name": holder.name})


def give_back(session: Session, visit_id: UUID, person_id: UUID) -> None:
    """Let others have it; nothing happens if it was not held."""
    session.execute(_GIVE_BACK, {"visit": visit_id, "me": person_id})
