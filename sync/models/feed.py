"""The feed's heads and coalesced items (sync.md section 4)."""

from uuid import UUID

from sqlalchemy import BigInteger, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import CHAR
from sqlalchemy.orm import Mapped, mapped_column

from sync.models.types import Base


class FeedHead(Base):
    """Counter of one scope (`c:<cadre>`, `u:<unit>`, `g`), locked by its writers."""

    __tablename__ = "feed_head"

    scope: Mapped[str] = mapped_column(primary_key=True)
    head: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    floor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


class FeedItem(Base):
    """The newest thing that happened to one entity in one scope."""

    __tablename__ = "feed_item"
    __table_args__ = (
        Index("uq_feed_item_scope_seq", "scope", "seq", unique=True),
        {"postgresql_partition_by": "HASH (scope)"},
    )

    scope: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    op: Mapped[str] = mapped_column(CHAR(1), comment="P put, L left scope, D deleted, M merged")
