"""The trail: who did what to whom, in the transaction that did it. Insert-only."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from sync import clock
from sync.models import Event


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
