"""Batches as acknowledged: exact bytes, what the phone may ask for, and records that still wait for something."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, LargeBinary, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from sync.models.types import At, Base, On, Sha256, UuidKey, stored
from sync.words import BatchState, RecordState


class Batch(Base):
    """One acknowledged request. `results` is a list by `ord`; it is kept for ever."""

    __tablename__ = "batch"
    __table_args__ = (
        Index("ix_batch_device_id_device_seq", "device_id", "device_seq"),
        Index("ix_batch_open", "state", "received_at", postgresql_where=text("state <> 'done'")),
    )

    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    sha256: Mapped[Sha256] = mapped_column(comment="over the uncompressed JSON")
    size: Mapped[int] = mapped_column(comment="bytes of the uncompressed JSON")
    received_at: Mapped[At]
    received_on: Mapped[On] = mapped_column(comment="day partition of the body")
    state: Mapped[BatchState] = mapped_column(stored(BatchState))
    done_at: Mapped[datetime | None]
    schema: Mapped[int | None] = mapped_column(SmallInteger)
    device_seq: Mapped[int | None]
    clock: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB, comment="clocks of the request: at, elapsed_ms, boot_id"
    )
    results: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
    note: Mapped[str | None] = mapped_column(comment="why the whole batch is parked or quarantined")
    blanked_at: Mapped[datetime | None] = mapped_column(
        comment="records in its body were blanked: the bytes are no longer those of the hash"
    )


class BatchBody(Base):
    """The bytes as they travelled, in day partitions that retention drops; hash and results stay."""

    __tablename__ = "batch_body"
    __table_args__ = {"postgresql_partition_by": "RANGE (received_on)"}  # noqa: RUF012

    received_on: Mapped[On] = mapped_column(primary_key=True)
    device_id: Mapped[UUID] = mapped_column(primary_key=True)
    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    encoding: Mapped[str] = mapped_column(comment="identity or gzip, as sent")
    body: Mapped[bytes] = mapped_column(LargeBinary)


class BatchConflict(Base):
    """The first other body that came under a known batch id: kept, never applied."""

    __tablename__ = "batch_conflict"

    device_id: Mapped[UUID] = mapped_column(primary_key=True)
    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    sha256: Mapped[Sha256]
    received_at: Mapped[At]
    encoding: Mapped[str]
    body: Mapped[bytes] = mapped_column(LargeBinary)


class WaitingRecord(Base):
    """A record that is held, parked or quarantined: one row until it is applied or a person decides."""

    __tablename__ = "waiting_record"
    __table_args__ = (
        ForeignKeyConstraint(["device_id", "batch_id"], ["batch.device_id", "batch.id"]),
        Index("ix_waiting_record_waits_for", "waits_for", postgresql_where=text("waits_for IS NOT NULL")),
        Index("ix_waiting_record_state", "state", "since"),
    )

    device_id: Mapped[UUID] = mapped_column(primary_key=True)
    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    ord: Mapped[int] = mapped_column(primary_key=True, comment="index in the batch's records")
    state: Mapped[RecordState] = mapped_column(stored(RecordState))
    kind: Mapped[str] = mapped_column(comment="as sent; may be a kind of a newer app")
    client_id: Mapped[UUID | None]
    waits_for: Mapped[UUID | None] = mapped_column(comment="id of the unknown parent")
    until: Mapped[datetime | None]
    since: Mapped[At]
    reason: Mapped[str]


class ErasedId(Base):
    """Ids that were erased and cannot come back (D1.11)."""

    __tablename__ = "erased_id"

    id: Mapped[UuidKey]
    erased_at: Mapped[At]
    words_only: Mapped[bool] = mapped_column(
        server_default=text("false"), comment="a purged record: what is said about it still comes in"
    )
