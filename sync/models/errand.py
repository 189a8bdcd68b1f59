"""Owed work: one mechanism for everything that must happen after a commit."""

from datetime import datetime

from sqlalchemy import BigInteger, Identity, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from sync.models.types import At, Base


class Errand(Base):
    """A job owed for a subject; `attempt` rises with each claim and is the fence."""

    __tablename__ = "errand"
    __table_args__ = (
        Index("ix_errand_open", "priority", "due_at", postgresql_where=text("done_at IS NULL")),
        Index(
            "uq_errand_dedupe_key", "dedupe_key", unique=True, postgresql_where=text("done_at IS NULL"),
        ),
        Index("ix_errand_done_at", "done_at", postgresql_where=text("done_at IS NOT NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    job: Mapped[str]
    subject: Mapped[str] = mapped_column(comment="ids, never data")
    facts: Mapped[dict[str, object]] = mapped_column(JSONB, server_default=text("'{}'"))
    dedupe_key: Mapped[str | None] = mapped_column(comment="unique among open errands")
    priority: Mapped[int] = mapped_column(SmallInteger, server_default=text("5"))
    owed_at: Mapped[At]
    due_at: Mapped[At]
    again: Mapped[bool] = mapped_column(server_default=text("false"), comment="owed once more while it was being run")
    attempt: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    lease_until: Mapped[datetime | None]
    last_error: Mapped[str | None]
    done_at: Mapped[datetime | None]


class Heartbeat(Base):
    """A sweeper or worker that lives."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[At]
