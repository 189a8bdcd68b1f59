"""Photos: bytes by their SHA-256, who handed them in, which visit cites them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from sync.models.types import At, Base, Sha256, UuidKey, stored
from sync.words import PhotoState


class Blob(Base):
    """Bytes that are durably in the store."""

    __tablename__ = "blob"

    sha256: Mapped[Sha256] = mapped_column(primary_key=True)
    size: Mapped[int]
    stored_at: Mapped[At]
    doomed_at: Mapped[datetime | None] = mapped_column(comment="first step of garbage collection")


class BlobUpload(Base):
    """Possession: this phone had the bytes. Only it may cite them or ask for them."""

    __tablename__ = "blob_upload"

    sha256: Mapped[Sha256] = mapped_column(ForeignKey("blob.sha256", ondelete="CASCADE"), primary_key=True)
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"), primary_key=True)
    at: Mapped[At]


class Photo(Base):
    """A photo as a visit or problem cites it; `present` once this phone handed in bytes that match."""

    __tablename__ = "photo"
    __table_args__ = (Index("ix_photo_sha256", "sha256"), Index("ix_photo_visit_id", "visit_id"))

    id: Mapped[UuidKey]
    visit_id: Mapped[UUID | None]
    problem_id: Mapped[UUID | None]
    device_id: Mapped[UUID]
    batch_id: Mapped[UUID]
    sha256: Mapped[Sha256]
    size: Mapped[int] = mapped_column(comment="bytes as declared")
    state: Mapped[PhotoState] = mapped_column(stored(PhotoState))
    taken_at: Mapped[datetime | None]
    fix: Mapped[dict[str, Any] | None] = mapped_column(JSONB, comment="the phone's own fix beside the photo")
    cited_at: Mapped[At]
    present_at: Mapped[datetime | None]
