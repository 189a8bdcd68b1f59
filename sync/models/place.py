"""Places: whatever can be visited; the people of a household as contacts."""

from uuid import UUID

from sqlalchemy import CheckConstraint, Float, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from sync.models.types import At, Base, Point, UuidKey, stored
from sync.words import Datum, PlaceKind, PlaceState, Setting


class Place(Base):
    """A household, work point, enterprise, project or office, in one unit, with a position if known."""

    __tablename__ = "place"
    __table_args__ = (
        Index("ix_place_unit_id", "unit_id"),
        Index("ix_place_position", "position", postgresql_using="gist"),
        Index("uq_place_code", "code", unique=True),
        CheckConstraint("radius_m IS NULL OR radius_m BETWEEN 10 AND 5000", name="radius"),
    )

    id: Mapped[UuidKey]
    code: Mapped[str | None] = mapped_column(comment="house number or list number; key of the import")
    kind: Mapped[PlaceKind] = mapped_column(stored(PlaceKind))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    town_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"), comment="for filters only")
    name: Mapped[str]
    address: Mapped[str] = mapped_column(server_default=text("''"))
    position: Mapped[Point | None] = mapped_column(comment="WGS 84")
    position_datum: Mapped[Datum | None] = mapped_column(stored(Datum), comment="datum of the source")
    setting: Mapped[Setting] = mapped_column(stored(Setting), server_default=text("'village'"))
    radius_m: Mapped[float | None] = mapped_column(Float, comment="null: radius of the setting in the policy")
    state: Mapped[PlaceState] = mapped_column(stored(PlaceState))
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("place.id"))
    proposed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[At] = mapped_column(server_default=text("now()"))


class Contact(Base):
    """A person of a place who may be reached; the number only as cipher text and keyed hash."""

    __tablename__ = "contact"

    id: Mapped[UuidKey]
    place_id: Mapped[UUID] = mapped_column(ForeignKey("place.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    phone_cipher: Mapped[bytes | None]
    phone_hash: Mapped[bytes | None] = mapped_column(index=True)
