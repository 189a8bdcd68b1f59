"""The feed's heads and coalesced items (sync.md section 4), and what each phone pulled last."""

from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, CHAR, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from sync.models.types import At, Base, On


class FeedHead(Base):
    """Counter of one scope (`c:<cadre>`, `u:<unit>`, `g`), locked by its writers."""

    __tablename__ = "feed_head"

    scope: Mapped[str] = mapped_column(primary_key=True)
    head: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    floor: Mapped[int] = mapped_column(
        BigInteger, server_default=text("0"), comment="highest number that was purged; older cursors start afresh"
    )


class FeedItem(Base):
    """The newest thing that happened to one entity in one scope."""

    __tablename__ = "feed_item"
    __table_args__ = (
        Index("uq_feed_item_scope_seq", "scope", "seq", unique=True),
        # Who holds an entity: asked when it changes. Visits (3) and batches (5) stay with their people, so that the
        # many rows of the road pay nothing here.
        Index("ix_feed_item_held", "kind", "id", postgresql_where=text("op = 'P' AND kind <> 3 AND kind <> 5")),
        Index("ix_feed_item_aged_on", "aged_on", postgresql_where=text("aged_on IS NOT NULL")),
        {"postgresql_partition_by": "HASH (scope)"},
    )

    scope: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    op: Mapped[str] = mapped_column(CHAR(1), comment="P put, L left scope, D deleted, M merged")
    aged_on: Mapped[On | None] = mapped_column(comment="day from which a row that tells of an end is kept a while")


class Pull(Base):
    """What a phone pulled last: sync health, and which scopes' reading is on the trail for that day."""

    __tablename__ = "pull"

    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[At]
    on: Mapped[On]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text), comment="whose reading on that day is audited")
    cursor: Mapped[dict[str, int]] = mapped_column(JSONB, comment="{scope: number reached}")
    is_whole: Mapped[bool] = mapped_column(comment="the last page said that there is no more")
