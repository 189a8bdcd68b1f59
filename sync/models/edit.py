"""What people say that the registry has wrong: fields with a story, every telling, and what persons decided.

A value is a JSON string, or {"lon", "lat"} in WGS 84; a telephone number stands in the cipher column beside it alone.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from sync.models.types import At, Base, UuidKey, stored
from sync.words import EditField, EditReason, EditState, Proposing, Taking

Value = Any  # of JSON: a string, a point, null


class EditedField(Base):
    """One field of one place, or of a person of it, that somebody corrected: what the telling began from, what it left.

    `base` stood before the tellings that nobody has decided about; `stands` is what they, or a decision, made of it.
    Where the registry says something else than `stands`, a list or a verifier changed it since.
    """

    __tablename__ = "edited_field"
    __table_args__ = (
        Index(
            "uq_edited_field_place_id_field_contact_id", "place_id", "field", "contact_id", unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_edited_field_open", "open_since", "id", postgresql_where=text("open_since IS NOT NULL")),
        Index("ix_edited_field_settled", "changed_at", "id", postgresql_where=text("open_since IS NULL")),
    )  # fmt: skip

    id: Mapped[UuidKey]
    place_id: Mapped[UUID] = mapped_column(ForeignKey("place.id"))
    field: Mapped[EditField] = mapped_column(stored(EditField))
    contact_id: Mapped[UUID | None] = mapped_column(comment="for phone and contact_name; may be of a person to come")
    base: Mapped[Value] = mapped_column(JSONB(none_as_null=True), nullable=True)
    base_cipher: Mapped[bytes | None]
    stands: Mapped[Value] = mapped_column(JSONB(none_as_null=True), nullable=True)
    stands_cipher: Mapped[bytes | None]
    is_told: Mapped[bool] = mapped_column(
        server_default=text("false"), comment="the registry's value comes from here: no list overwrites it"
    )
    listed: Mapped[Value] = mapped_column(
        JSONB(none_as_null=True), nullable=True, comment="what the list said last: it says so again in vain"
    )
    listed_cipher: Mapped[bytes | None]
    decided_at: Mapped[datetime | None] = mapped_column(comment="of the last decision: what was said before it is late")
    open_since: Mapped[datetime | None] = mapped_column(comment="a person is needed since then")
    reasons: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"), comment="why")
    changed_at: Mapped[At]
    rev: Mapped[int] = mapped_column(server_default=text("1"), comment="whoever decides names the one he has seen")


class PlaceEdit(Base):
    """One telling, as it was told: never changed but for what became of it."""

    __tablename__ = "place_edit"
    __table_args__ = (
        Index("ix_place_edit_edited_field_id", "edited_field_id"),
        Index("ix_place_edit_person_id_said_at", "person_id", "said_at"),
        Index("ix_place_edit_place_id", "place_id", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[UuidKey]
    edited_field_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("edited_field.id"), comment="null: a home found at the door, which stands in `place`"
    )
    place_id: Mapped[UUID] = mapped_column(comment="as told; may since be merged into another")
    field: Mapped[EditField] = mapped_column(stored(EditField))
    old: Mapped[Value] = mapped_column(JSONB(none_as_null=True), nullable=True)
    old_cipher: Mapped[bytes | None]
    new: Mapped[Value] = mapped_column(JSONB(none_as_null=True), nullable=True)
    new_cipher: Mapped[bytes | None]
    state: Mapped[EditState] = mapped_column(stored(EditState))
    needs: Mapped[EditReason | None] = mapped_column(stored(EditReason), comment="why it never applies by itself")
    in_play: Mapped[bool] = mapped_column(comment="nobody has decided about it, and no list or verifier came after it")
    person_id: Mapped[UUID | None] = mapped_column(comment="null: an imported list")
    device_id: Mapped[UUID | None]
    batch_id: Mapped[UUID | None]
    sha256: Mapped[bytes | None] = mapped_column(comment="of the record's bytes: the same id with others is no repeat")
    said_at: Mapped[At] = mapped_column(comment="corrected")
    received_at: Mapped[At]
    note: Mapped[str] = mapped_column(server_default=text("''"))
    since_on: Mapped[date | None] = mapped_column(Date, comment="since when it is so")
    evidence: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True), comment="fix, accuracy, distance")


class EditDecision(Base):
    """What a person decided about a field: never changed; undone by a time of its own."""

    __tablename__ = "edit_decision"
    __table_args__ = (Index("ix_edit_decision_edited_field_id", "edited_field_id", "at"),)

    id: Mapped[UuidKey]
    edited_field_id: Mapped[UUID] = mapped_column(ForeignKey("edited_field.id"))
    taking: Mapped[Taking] = mapped_column(stored(Taking))
    edit_id: Mapped[UUID | None] = mapped_column(comment="whose new value was taken")
    value: Mapped[Value] = mapped_column(JSONB(none_as_null=True), nullable=True)
    value_cipher: Mapped[bytes | None]
    before: Mapped[Value] = mapped_column(JSONB(none_as_null=True), nullable=True, comment="what the registry said")
    before_cipher: Mapped[bytes | None]
    base: Mapped[Value] = mapped_column(JSONB(none_as_null=True), nullable=True, comment="of the field, as it was")
    base_cipher: Mapped[bytes | None]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, comment="what undoing needs: states of the tellings, times")
    reason: Mapped[str] = mapped_column(server_default=text("''"))
    by: Mapped[UUID]
    at: Mapped[At]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[UUID | None]


class ProposalDecision(Base):
    """What a person decided about a home found at the door."""

    __tablename__ = "proposal_decision"
    __table_args__ = (
        Index("uq_proposal_decision_place_id", "place_id", unique=True, postgresql_where=text("undone_at IS NULL")),
    )

    id: Mapped[UuidKey] = mapped_column(comment="of the merge as well, if it was merged")
    place_id: Mapped[UUID] = mapped_column(ForeignKey("place.id"))
    proposing: Mapped[Proposing] = mapped_column(stored(Proposing))
    into_id: Mapped[UUID | None]
    code: Mapped[str | None]
    reason: Mapped[str] = mapped_column(server_default=text("''"))
    by: Mapped[UUID]
    at: Mapped[At]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[UUID | None]
