"""The trail: who did what to whom, and who read what, in the transaction that did it. Insert-only."""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock
from sync.models import Event, ReadAudit


def record(
    session: Session,
    verb: str,
    subject_id: UUID | None,
    *,
    actor_id: UUID | None = None,
    unit_id: UUID | None = None,
    **facts: Any,
) -> None:
    """Note an act: `verb` is noun.verb (`device.lost`), no actor means the machine or the operator's shell.

    `facts` are JSON-ready and hold ids and words, never names, texts or positions.
    """
    session.add(
        Event(at=clock.now(), actor_id=actor_id, verb=verb, subject_id=subject_id, unit_id=unit_id, facts=facts)
    )


def read(
    session: Session,
    person_id: UUID,
    *,
    place_id: UUID | None,
    unit_id: UUID | None,
    fields: str,
    duty: str,
    request: str,
    reason: str | None = None,
) -> None:
    """Note that somebody opened something about a household: which `fields`, for which `duty` (link/<id>,
    finding/<id>, task/<id>, a role), by which `request` (its path); the `reason` of somebody who had no duty."""
    now = clock.now()
    session.add(
        ReadAudit(
            on=clock.local(now).date(),
            at=now,
            person_id=person_id,
            unit_id=unit_id,
            place_id=place_id,
            fields=fields,
            duty=duty,
            reason=reason,
            request=request,
        )
    )


_DAILY = text(
    'INSERT INTO read_audit ("on", at, person_id, fields, duty, request)'
    " VALUES (:on, :at, :person, 'feed', :duty, :request)"
    " ON CONFLICT (\"on\", request) WHERE fields = 'feed' DO NOTHING"
)


def read_daily(session: Session, person_id: UUID, device_id: UUID, duty: str) -> None:
    """Note that a phone asked for what its own person may always see: one row a phone, duty and day."""
    now = clock.now()
    on = clock.local(now).date()
    facts = {"on": on, "at": now, "person": person_id, "duty": duty, "request": f"pull:{device_id}:{duty}:{on}"}
    session.execute(_DAILY, facts)
