"""Batches as an operator looks for them: by state, by id."""

from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, tuple_

from sync.models import Batch, WaitingRecord
from sync.words import BatchState, RecordState

BatchSelect = Select[Batch]


def batches_in(
    state: BatchState | None, records: RecordState | None, device_id: UUID | None, newest: int
) -> BatchSelect:
    """The newest batches: in one state, with a record that waits in one state, of one phone, if these are given."""
    wanted: list[ColumnElement[bool]] = []
    if state:
        wanted.append(Batch.state == state)
    if records:
        waiting = select(WaitingRecord.device_id, WaitingRecord.batch_id).where(WaitingRecord.state == records)
        wanted.append(tuple_(Batch.device_id, Batch.id).in_(waiting))
    if device_id:
        wanted.append(Batch.device_id == device_id)
    return select(Batch).where(*wanted).order_by(Batch.received_at.desc()).limit(newest)


def batches_named(batch_id: UUID, device_id: UUID | None) -> BatchSelect:
    """The batches of that id: one, unless two phones made the same; `device_id` tells them apart."""
    wanted = [Batch.id == batch_id] if device_id is None else [Batch.id == batch_id, Batch.device_id == device_id]
    return select(Batch).where(*wanted)
