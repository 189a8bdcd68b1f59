"""Payload schema 1 of a batch: what a phone sends, as typed structures; the OpenAPI document is made from them.

A batch is decoded in two steps, so that a bad record never sinks its batch: the envelope first, with its records
left raw, then each record by itself. Unknown fields are ignored here and survive in the stored bytes.
Times are RFC 3339 with an offset; positions are degrees in the datum they name; lengths are metres.
"""

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Raw, Struct

from sync.intake.wire_basics import At, Fix, Id, Line, Moment, NewPlace, Position, Sent, Sha256Hex, Text
from sync.intake.wire_edits import PlaceEditRecord
from sync.intake.wire_life import (
    AbsenceRecord,
    Aid,
    Commitment,
    CommitmentKeptRecord,
    KeptTold,
    LifeEventRecord,
    LifeEventSeen,
)
from sync.words import (
    Attestation,
    Category,
    Excuse,
    Mode,
    Outcome,
    Recorded,
    RecordKind,
    SealedKind,
    Urgency,
)


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
    phone_wished: Annotated[bool, Meta(description="the family asked for a call instead of a visit")] = False
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
    commitments_kept: Annotated[list[KeptTold], Meta(max_length=20)] = []
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


class Statement(Struct, frozen=True, kw_only=True):
    """What a cadre says about a visit: codes, words, or both. OTHER is said in words."""

    id: Id
    codes: Annotated[list[Attestation], Meta(max_length=10)] = []
    text: Text = ""
    said: Moment


class AnswerRecord(Statement, frozen=True, kw_only=True, tag="answer", tag_field="kind"):
    """答复询问: the answer to a verifier's question about a visit."""

    question: UUID


class AttestationRecord(Statement, frozen=True, kw_only=True, tag="attestation", tag_field="kind"):
    """情况说明或申诉: why evidence of a visit is missing or strange; as an appeal it goes before a verifier."""

    visit: UUID
    appeal: bool = False


class CoVisitRecord(Struct, frozen=True, kw_only=True, tag="co_visit", tag_field="kind"):
    """同行确认: somebody named as a visitor says whether he was there. Silence confirms."""

    id: Id
    visit: UUID
    took_part: bool
    said: Moment


class ObligationExcuseRecord(Struct, frozen=True, kw_only=True, tag="obligation_excuse", tag_field="kind"):
    """应访说明: the holder of an obligation says why contact is not owed any more."""

    id: Id
    obligation: UUID
    excuse: Excuse
    text: Text = ""
    said: Moment


Record = (
    VisitRecord
    | ProblemRecord
    | AnswerRecord
    | AttestationRecord
    | CoVisitRecord
    | LifeEventRecord
    | CommitmentKeptRecord
    | AbsenceRecord
    | ObligationExcuseRecord
    | PlaceEditRecord
)
Placed = VisitRecord | ProblemRecord | LifeEventRecord  # kinds that say where


def kind_of(record: Record) -> RecordKind:
    """The word of a record's kind."""
    return RecordKind(str(record.__struct_config__.tag))


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
    blanked: bool = False  # its content was erased here, after it came


decode_schema = msgspec.json.Decoder(SchemaOf).decode
decode_envelope = msgspec.json.Decoder(Envelope).decode
decode_head = msgspec.json.Decoder(RecordHead).decode
decode_record = msgspec.json.Decoder(Record).decode
