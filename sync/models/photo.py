"""Photos: bytes by their SHA-256, who handed them in, which visit cites them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from sync.models.types import At, Base, Sha256, UuidKey, stored
from sync.words import PhotoState, PictureFault, PictureState


class Blob(Base):
    """Bytes that are durably in the store."""

    __tablename__ = "blob"
    __table_args__ = (
        Index("ix_blob_doomed_at", "doomed_at", postgresql_where=text("doomed_at IS NOT NULL")),
        Index("ix_blob_lost_at", "lost_at", postgresql_where=text("lost_at IS NOT NULL")),
        Index("ix_blob_scrubbed_at", "scrubbed_at"),
    )

    sha256: Mapped[Sha256] = mapped_column(primary_key=True)
    size: Mapped[int]
    stored_at: Mapped[At]  # anew when bytes that were doomed or lost come again
    doomed_at: Mapped[datetime | None] = mapped_column(comment="first step of garbage collection")
    scrubbed_at: Mapped[datetime | None] = mapped_column(comment="when the bytes were last hashed again")
    lost_at: Mapped[datetime | None] = mapped_column(
        comment="the bytes are gone, rotten or about to go; phones are asked for them"
    )


class BlobUpload(Base):
    """Possession: this phone had the bytes. Only it may cite them or ask for them."""

    __tablename__ = "blob_upload"

    sha256: Mapped[Sha256] = mapped_column(ForeignKey("blob.sha256", ondelete="CASCADE"), primary_key=True)
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"), primary_key=True)
    at: Mapped[At]


class Photo(Base):
    """A photo as a visit or problem cites it; `present` once this phone handed in bytes that match."""

    __tablename__ = "photo"
    __table_args__ = (
        Index("ix_photo_sha256", "sha256"),
        Index("ix_photo_visit_id", "visit_id"),
        # Rows come in the order of time: retention finds the old ones in a few pages.
        Index("ix_photo_cited_at", "cited_at", postgresql_using="brin"),
        Index("ix_photo_awaited", "device_id", "batch_id", postgresql_where=text("state = 'awaited'")),
    )

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
    present_at: Mapped[datetime | None]  # stays when the bytes are lost later


class Picture(Base):
    """What the bytes of a blob show, once a worker looked: the original is never changed."""

    __tablename__ = "picture"
    __table_args__ = (
        Index("ix_picture_small_sha256", "small_sha256", postgresql_using="hash"),
        Index("ix_picture_large_sha256", "large_sha256", postgresql_using="hash"),
        Index("ix_picture_fault", "fault", postgresql_where=text("state = 'damaged'")),
    )

    sha256: Mapped[Sha256] = mapped_column(ForeignKey("blob.sha256", ondelete="CASCADE"), primary_key=True)
    state: Mapped[PictureState] = mapped_column(stored(PictureState))
    fault: Mapped[PictureFault | None] = mapped_column(stored(PictureFault), comment="why it is damaged")
    format: Mapped[str | None] = mapped_column(comment="by content: jpeg, png, webp, heif …")
    width: Mapped[int | None] = mapped_column(comment="pixels, as it is to be looked at")
    height: Mapped[int | None]
    orientation: Mapped[int | None] = mapped_column(SmallInteger, comment="EXIF 1 to 8, as found")
    taken_at: Mapped[datetime | None] = mapped_column(comment="EXIF; without an offset: of the installation's zone")
    lon: Mapped[float | None] = mapped_column(comment="EXIF, degrees, WGS 84 as EXIF says")
    lat: Mapped[float | None]
    dhash: Mapped[int | None] = mapped_column(
        BigInteger, comment="difference hash, 64 bits, signed; null: too flat to tell"
    )
    inner_dhash: Mapped[int | None] = mapped_column(
        BigInteger, comment="of the middle, without 2.5 percent at each side"
    )
    small_sha256: Mapped[bytes | None] = mapped_column(comment="thumbnail of 320 px, WebP, without EXIF")
    large_sha256: Mapped[bytes | None] = mapped_column(comment="of 1280 px")
    read_at: Mapped[At]


HASHES = ["dhash", "inner_dhash", "photo_id"]  # in the indexes themselves: nothing is fetched to be compared


class PhotoMark(Base):
    """A picture cited by a visit, laid out for the look-up of similar ones within cadre, unit and place."""

    __tablename__ = "photo_mark"
    __table_args__ = (
        Index("ix_photo_mark_recorder_id_at", "recorder_id", "at", postgresql_include=HASHES),
        Index("ix_photo_mark_unit_id_at", "unit_id", "at", postgresql_include=HASHES),
        Index("ix_photo_mark_place_id", "place_id", postgresql_include=HASHES),
        Index("ix_photo_mark_visit_id", "visit_id"),
    )

    photo_id: Mapped[UUID] = mapped_column(ForeignKey("photo.id", ondelete="CASCADE"), primary_key=True)
    visit_id: Mapped[UUID]
    dhash: Mapped[int] = mapped_column(BigInteger)
    inner_dhash: Mapped[int | None] = mapped_column(BigInteger)
    recorder_id: Mapped[UUID]
    unit_id: Mapped[UUID]
    place_id: Mapped[UUID] = mapped_column(comment="the one it was merged into, if it was")
    at: Mapped[At] = mapped_column(comment="start of the visit")


def apart(one: str, other: str) -> str:
    """SQL of an int: in how few bits two rows with both hashes differ, one whole and the other whole or its middle.

    A copy without its margins (1 to 4 % at a side) is nearer to the middle of the original than to the whole.
    """
    pairs = (("dhash", "dhash"), ("dhash", "inner_dhash"), ("inner_dhash", "dhash"))
    counted = (f"bit_count(CAST({one}.{mine} # {other}.{its} AS bit(64)))" for mine, its in pairs)
    return f"CAST(least({', '.join(counted)}) AS int)"
