"""Shared column types: uuid keys, aware times, words, WGS 84 points."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from geoalchemy2 import Geography, WKBElement
from sqlalchemy import Date, DateTime, Enum, LargeBinary, MetaData, Text
from sqlalchemy.dialects.postgresql import DATERANGE, JSONB, Range
from sqlalchemy.orm import DeclarativeBase, mapped_column

from sync.words import Word

Uuid = Annotated[UUID, mapped_column()]
UuidKey = Annotated[UUID, mapped_column(primary_key=True)]
At = Annotated[datetime, mapped_column(DateTime(timezone=True))]
On = Annotated[date, mapped_column(Date)]
Sha256 = Annotated[bytes, mapped_column(LargeBinary)]
Json = Annotated[dict[str, Any], mapped_column(JSONB)]
Days = Annotated[Range[date], mapped_column(DATERANGE)]
Point = Annotated[WKBElement, mapped_column(Geography("POINT", srid=4326, spatial_index=False))]


class Base(DeclarativeBase):
    """All tables; constraints are named so that the door can turn a violated one into a refusal."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  # SQLAlchemy reads it as a class attribute
        str: Text,
        datetime: DateTime(timezone=True),
        bytes: LargeBinary,
        dict[str, Any]: JSONB,
    }


def stored(words: type[Word]) -> Enum:
    """Column type of a closed list: its values as text; which values exist is decided in words.py alone."""
    return Enum(words, values_callable=lambda cls: [w.value for w in cls], native_enum=False, length=32)
