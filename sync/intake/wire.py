"""Payload schema 1 of a batch: what a phone sends, as typed structures; the OpenAPI document is made from them.

A batch is decoded in two steps, so that a bad record never sinks its batch: the envelope first, with its records
left raw, then each record by itself. Unknown fields are ignored here and survive in the stored bytes.
Times are RFC 3339 with an offset; positions are degrees in the datum they name; lengths are metres.
"""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Raw, Struct

from sync.words import (
    Attestation,
    Category,
    Datum,
    LifeEvent,
    Mode,
    Outcome,
    PlaceKind,
    Provider,
    Recorded,
    SealedKind,
    Urgency,
)

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


class PhotoCited(Struct, frozen=True):
    """A photo of this visit; its bytes travel by `PUT /phone/v1/blobs/{sha256}`, before or after."""

    id: Id
    sha256: Sha256Hex
    size: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    taken_at: At | None = None
    fix: Fix | None = None


class Answers(Struct, frozen=True):
    """Answers to one questionnaire, with the version they were made with."""

    form: Annotated[str, Meta(max_length=100)]
    version: Annotated[str, Meta(max_length=40)]
    values: dict[Annotated[str, Meta(max_length=100)], Any]


class Sealed(Struct, frozen=True):
    """A matter encrypted on the phone to the sealed officers' public key; nobody else ever holds its text."""

    kind: SealedKind
    key_id: Annotated[str, Meta(max_length=64)]
    cipher: Annotated[bytes, Meta(max_length=65_536, description="base64")]


class ProblemTold(Struct, frozen=True, kw_only=True):
    """诉求: what a resident asked for, read back to the resident. Either `text` or `sealed`."""

    id: Id
    category: Category | None = None
    urgency: Urgency = Urgency.ORDINARY
    text: Text | None = None
    wish: Text | None = None
    read_back: bool = False
    solved_on_spot: Annotated[Text | None, Meta(description="当场办结: how; then no task is made")] = None
    confidential: Annotated[bool, Meta(description="要求保密")] = False
    sealed: Sealed | None = None
    position: Annotated[Position | None, Meta(description="if elsewhere than the place")] = None
    photos: Annotated[list[PhotoCited], Meta(max_length=10)] = []


class Commitment(Struct, frozen=True):
    """承诺: what was promised, with a date."""

    id: Id
    text: Text
    due_on: Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class Aid(Struct, frozen=True):
    """帮扶: what was given or arranged."""

    id: Id
    what: Line
    source: Line = ""
    given_on: Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None


class LifeEventSeen(Struct, frozen=True):
    """A life event noticed in this or another home."""

    id: Id
    event: LifeEvent
    place: UUID | None = None
    happened_on: Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None


class Attested(Struct, frozen=True):
    """Why evidence is missing or strange, in the cadre's words."""

    code: Attestation
    text: Text = ""


class VisitRecord(Struct, frozen=True, kw_only=True, tag="visit", tag_field="kind"):
    """入户走访. `place` names a known place or the `new_place` of this or an earlier record."""

    id: Id
    place: UUID
    new_place: NewPlace | None = None
    outcome: Outcome
    mode: Mode = Mode.HOME
    recorded: Recorded = Recorded.NOW
    programme: UUID | None = None
    obligation: UUID | None = None
    started: Moment
    ended: Moment
    recorder: Annotated[UUID | None, Meta(description="absent: the phone's cadre")] = None
    visitors: Annotated[
        list[UUID], Meta(max_length=30, description="absent: the recorder; a 代录 names who was there")
    ] = []
    fixes: list[Fix] = []
    photos: Annotated[list[PhotoCited], Meta(max_length=30)] = []
    answers: Annotated[list[Answers], Meta(max_length=10)] = []
    note: Annotated[str, Meta(max_length=20_000)] = ""
    problems: Annotated[list[ProblemTold], Meta(max_length=50)] = []
    commitments: Annotated[list[Commitment], Meta(max_length=20)] = []
    aid: Annotated[list[Aid], Meta(max_length=20)] = []
    rating: Annotated[int, Meta(ge=1, le=5, description="shown to the cadre, enters nothing")] | None = None
    policies_explained: Annotated[list[Line], Meta(max_length=30)] = []
    life_events: Annotated[list[LifeEventSeen], Meta(max_length=10)] = []
    attestations: Annotated[list[Attested], Meta(max_length=10)] = []


class ProblemRecord(ProblemTold, frozen=True, kw_only=True, tag="problem", tag_field="kind"):
    """A problem told outside a visit; sealed matters always travel so, as a record of their own."""

    told: Moment
    place: UUID | None = None
    unit: Annotated[UUID | None, Meta(description="where the matter is, if no place is named")] = None


Record = VisitRecord | ProblemRecord


class App(Struct, frozen=True):
    """Which app made the batch."""

    name: Annotated[str, Meta(max_length=60)]
    version: Annotated[str, Meta(max_length=40)]


class Batch(Struct, frozen=True):
    """上传记录: what a phone hands over in one request."""

    schema: Literal[1]
    batch: Annotated[UUID, Meta(description="the id of the URL")]
    device_seq: Annotated[int, Meta(ge=1, le=2**31 - 1, description="1, 2, 3 … without gaps")]
    sent: Sent
    records: list[Record]
    app: App | None = None
    oldest_unsent_at: At | None = None


class Envelope(Struct, frozen=True):
    """A batch whose records are still raw; other schemas than 1 have at least `schema`."""

    batch: UUID
    device_seq: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    sent: Sent
    records: list[Raw]
    app: App | None = None
    oldest_unsent_at: At | None = None


class SchemaOf(Struct, frozen=True):
    """The one field that a body of any schema has."""

    schema: Annotated[int, Meta(ge=1, le=32_767)]


class RecordHead(Struct, frozen=True):
    """What a record of any kind has."""

    kind: Annotated[str, Meta(max_length=40)]
    id: UUID


decode_schema = msgspec.json.Decoder(SchemaOf).decode
decode_envelope = msgspec.json.Decoder(Envelope).decode
decode_head = msgspec.json.Decoder(RecordHead).decode
decode_record = msgspec.json.Decoder(Record).decode
