"""Places: whatever can be visited; the people of a household as contacts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import CheckConstraint, Float, ForeignKey, Index, SmallInteger, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from sync.models.types import At, Base, Point, UuidKey, stored
from sync.words import AreaSource, Datum, PlaceKind, PlaceState, PositionMethod, Residence, Setting


class Place(Base):
    """A household, work point, enterprise, project or office, in one unit, with a position if known."""

    __tablename__ = "place"
    __table_args__ = (
        Index("ix_place_unit_id", "unit_id"),
        Index("ix_place_position", "position", postgresql_using="gist"),
        Index("uq_place_code", "code", unique=True),
        Index("ix_place_merged_into_id", "merged_into_id", postgresql_where=text("merged_into_id IS NOT NULL")),
        Index(
            "ix_place_in_service",
            "unit_id",
            postgresql_where=text("state IN ('active', 'proposed') AND merged_into_id IS NULL"),
        ),
        Index("ix_place_proposed", "created_at", "id", postgresql_where=text("state = 'proposed'")),
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
    residence: Mapped[Residence] = mapped_column(
        stored(Residence), server_default=text("'here'"), comment="a dissolved household has the state gone"
    )
    merged_into_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("place.id"), comment="always a place that is not merged itself"
    )
    proposed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[At] = mapped_column(server_default=text("now()"))


class PlaceMerge(Base):
    """One place was found to be another: both rows stay, `away` is an alias until a person undoes it.

    The open merges are a forest; `place.merged_into_id` is the root of each tree, written with them.
    """

    __tablename__ = "place_merge"
    __table_args__ = (
        Index("uq_place_merge_away_id", "away_id", unique=True, postgresql_where=text("undone_at IS NULL")),
        Index("ix_place_merge_into_id", "into_id"),
    )

    id: Mapped[UuidKey]
    away_id: Mapped[UUID] = mapped_column(ForeignKey("place.id"))
    into_id: Mapped[UUID] = mapped_column(ForeignKey("place.id"), comment="the root it was merged into")
    state_before: Mapped[PlaceState] = mapped_column(stored(PlaceState), comment="of `away`; undoing gives it back")
    by: Mapped[UUID]
    at: Mapped[At]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[UUID | None]


class Contact(Base):
    """A person of a place who may be reached; the number only as cipher text and keyed hash."""

    __tablename__ = "contact"

    id: Mapped[UuidKey]
    place_id: Mapped[UUID] = mapped_column(ForeignKey("place.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    phone_cipher: Mapped[bytes | None]
    phone_hash: Mapped[bytes | None] = mapped_column(index=True)


class PlacePosition(Base):
    """One version of a place's position, with what it rests on; the newest stands in `place.position` too."""

    __tablename__ = "place_position"

    place_id: Mapped[UUID] = mapped_column(ForeignKey("place.id", ondelete="CASCADE"), primary_key=True)
    n: Mapped[int] = mapped_column(SmallInteger, primary_key=True, comment="1 is the first known version")
    position: Mapped[Point | None] = mapped_column(comment="WGS 84")
    method: Mapped[PositionMethod] = mapped_column(stored(PositionMethod))
    visits: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default=text("'{}'"))
    without: Mapped[dict[str, Any]] = mapped_column(
        JSONB, server_default=text("'{}'"), comment="{cadre: [lon, lat]}: the position computed without that cadre"
    )
    by: Mapped[UUID | None] = mapped_column(comment="null: the machine")
    at: Mapped[At]


class PlaceSeen(Base):
    """When somebody of a place was last met, and when it was last tried: coverage reads this, never all visits."""

    __tablename__ = "place_seen"
    # Room in each page, and no index over the times: a new time changes no index.
    __table_args__ = (Index("ix_place_seen_unit_id", "unit_id"), {"postgresql_with": {"fillfactor": 80}})

    place_id: Mapped[UUID] = mapped_column(primary_key=True, comment="of the place that merged ones stand for")
    unit_id: Mapped[UUID] = mapped_column(comment="that of the place")
    met_at: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]


class Area(Base):
    """Outline of a unit: imported, or sketched (示意) where nobody has one."""

    __tablename__ = "area"
    __table_args__ = (Index("ix_area_shape", "shape", postgresql_using="gist"),)

    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id", ondelete="CASCADE"), primary_key=True)
    shape: Mapped[WKBElement] = mapped_column(Geometry("MULTIPOLYGON", srid=4326, spatial_index=False))
    source: Mapped[AreaSource] = mapped_column(stored(AreaSource))
    at: Mapped[At]
