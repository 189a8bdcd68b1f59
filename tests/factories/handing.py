"""Handing records in and seeing what became of them."""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync.pipeline import Part, apply_batches
from sync.policy import defaults
from tests.factories import batches


def put(session: Session, device: UUID, *records: Any) -> Part:
    """Acknowledge a batch of a phone; nothing is applied yet."""
    batch, json = batches.body(list(records))
    batches.receive(session, device, batch, json)
    return Part(device, batch)


def results(session: Session, part: Part) -> list[dict[str, Any]]:
    """What the phone may ask for."""
    found: list[dict[str, Any]] = session.scalars(
        text("SELECT results FROM batch WHERE id = :b"), {"b": part.batch_id}
    ).one()
    return found


def hand_in(session: Session, device: UUID, *records: Any) -> list[dict[str, Any]]:
    """Hand records in as one batch of a phone and apply it."""
    part = put(session, device, *records)
    apply_batches(session, defaults(), [part])
    return results(session, part)


def open_edges(session: Session) -> list[tuple[Any, ...]]:
    """(child, parent, kind, method) of the edges that stand, in the order of their children."""
    rows = session.execute(
        text("SELECT child_id, parent_id, kind, method FROM same_visit WHERE undone_at IS NULL ORDER BY child_id")
    )
    return [tuple(row) for row in rows]


def owed(session: Session, job: str) -> set[str]:
    """Subjects of the open errands of a job."""
    return set(session.scalars(text("SELECT subject FROM errand WHERE job = :j AND done_at IS NULL"), {"j": job}))
