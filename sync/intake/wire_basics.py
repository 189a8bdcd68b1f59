"""What every kind of record is made of: ids, moments, fixes, positions, places found at the door.

Times are RFC 3339 with an offset; positions are degrees in the datum they name; lengths are metres.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from sync.words import Datum, PlaceKind, Provider

At = Annotated[datetime, Meta(tz=True, description="RFC 3339 with an offset, as the phone's clock said")]
Line = Annotated[str, Meta(max_length=200)]
Text = Annotated[str, Meta(max_length=4000)]
Id = Annotated[UUID, Meta(description="UUIDv7 made on the phone")]
Longitude = Annotated[float, Meta(ge=-180, le=180)]
Latitude = Annotated[float, Meta(ge=-90, le=90)]
Sha256Hex = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class Moment(Struct, frozen=True):
    """A time with its evidence: wall clock, and the monotonic clock of one boot (D1.9)."""

    wall: At
    elapsed_ms: Annotated[int, Meta(ge=0, le=2**53)] | None = None
    boot_id: Annotated[str, Meta(max_length=64)] | None = None


class Sent(Struct, frozen=True):
    """The phone's clocks at the moment of the first sending."""

    at: At
    elapsed_ms: Annotated[int, Meta(ge=0, le=2**53)] | None = None
    boot_id: Annotated[str, Meta(max_length=64)] | None = None


class Fix(Struct, frozen=True):
    """One GPS reading. `accuracy_m` is the radius of 68 %; absent or negative means unknown."""

    lon: Longitude
    lat: Latitude
    at: At
    accuracy_m: float | None = None
    elapsed_ms: Annotated[int, Meta(ge=0, le=2**53)] | None = None
    provider: Provider = Provider.UNKNOWN
    mock: bool = False
    datum: Datum = Datum.WGS84


class Position(Struct, frozen=True):
    """A place on the ground."""

    lon: Longitude
    lat: Latitude
    accuracy_m: Annotated[float, Meta(ge=0, le=100_000)] | None = None
    datum: Datum = Datum.WGS84


class NewPlace(Struct, frozen=True):
    """A household or other place found at the door that is not in the list; it becomes `proposed`."""

    id: Id
    kind: PlaceKind
    unit: Annotated[UUID, Meta(description="village or grid in which it lies")]
    name: Line
    address: Line = ""
    position: Position | None = None
