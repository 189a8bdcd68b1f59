"""What is kept about a phone beside its own row: the tokens it had, and what it last told of itself."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from sync.models.types import At, Base, Sha256


class DeviceToken(Base):
    """A token of a phone that its row does not name any more, or not yet, or that was derived.

    Numbers rise with each rotation and enrolment. A successor is pending until `used_at`; its predecessor is good
    until a while after `superseded_at`. The token itself is stored nowhere: it is derived again from number and nonce.
    """

    __tablename__ = "device_token"
    __table_args__ = (Index("uq_device_token_device_id_no", "device_id", "no", unique=True),)

    token_hash: Mapped[Sha256] = mapped_column(primary_key=True)
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id", ondelete="CASCADE"))
    no: Mapped[int]
    nonce: Mapped[str | None] = mapped_column(comment="of the rotation that made it; null: made by an enrolment")
    made_at: Mapped[At]
    used_at: Mapped[datetime | None] = mapped_column(comment="null: pending")
    superseded_at: Mapped[datetime | None] = mapped_column(comment="first use of its successor")


class DeviceHealth(Base):
    """How a phone's sync is doing, in its own words. Nothing of what it holds."""

    __tablename__ = "device_health"

    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[At]
    app_version: Mapped[str | None]
    unsent: Mapped[int | None] = mapped_column(comment="records that it still holds")
    oldest_unsent_at: Mapped[datetime | None] = mapped_column(comment="by our clock, from the age that it told")
    clock_offset_s: Mapped[float | None] = mapped_column(comment="how far its clock is ahead of ours")
