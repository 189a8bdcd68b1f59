"""Programmes and the dated links they cause."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sync.models.types import At, Base, Days, On, UuidKey, stored
from sync.words import LinkCategory

ONE_CADRE = "programme_id::text || cadre_id::text || place_id::text"
ONE_UNIT = "programme_id::text || holder_unit_id::text || place_id::text"


class Programme(Base):
    """联系制度: the rule behind links, with the document it rests on."""

    __tablename__ = "programme"

    id: Mapped[UuidKey]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    basis: Mapped[str] = mapped_column(server_default=text("''"), comment="依据文件")
    office_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"), comment="office in charge")
    valid: Mapped[Days] = mapped_column(server_default=text("'(,)'"))


class Link(Base):
    """结对: the dated duty of one cadre or one unit towards a place; seen by the two ends alone."""

    __tablename__ = "link"
    __table_args__ = (
        CheckConstraint("(cadre_id IS NULL) <> (holder_unit_id IS NULL)", name="one_holder"),
        # One expression instead of three columns: else the planner would look links up in this GiST index, which is
        # thirty times slower at it than the b-tree below.
        ExcludeConstraint(
            (text(f"({ONE_CADRE})"), "="), ("valid", "&&"), name="ex_link_cadre_once", using="gist",
            where=text("cadre_id IS NOT NULL"),
        ),
        ExcludeConstraint(
            (text(f"({ONE_UNIT})"), "="), ("valid", "&&"), name="ex_link_unit_once", using="gist",
            where=text("holder_unit_id IS NOT NULL"),
        ),
        Index("ix_link_place_id_cadre_id", "place_id", "cadre_id"),
        Index("ix_link_cadre_id", "cadre_id"),
    )  # fmt: skip

    id: Mapped[UuidKey]
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programme.id"))
    category: Mapped[LinkCategory] = mapped_column(stored(LinkCategory))
    cadre_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    holder_unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"))
    place_id: Mapped[UUID] = mapped_column(ForeignKey("place.id"))
    valid: Mapped[Days]


class HandOver(Base):
    """Links that moved in one act: who asked for what, and what became of each. A repeat gets the same answer."""

    __tablename__ = "hand_over"

    id: Mapped[UuidKey]
    by: Mapped[UUID]
    at: Mapped[At]
    starts_on: Mapped[On] = mapped_column(comment="first day of the new holder")
    asked: Mapped[dict[str, Any]] = mapped_column(JSONB)
    done: Mapped[dict[str, Any] | None] = mapped_column(JSONB, comment="what became of it")
