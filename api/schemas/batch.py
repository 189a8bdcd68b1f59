"""Batches as the API shows them."""

from marshmallow import Schema, fields, validate

from api.schemas.device import LockSchema, PhoneClockSchema, TokenTermSchema
from sync.words import BatchState, EvidenceMode, RecordState

IDS_MAX = 500


class RecordResultSchema(Schema):
    """What became of one record; further members belong to its state."""

    ord = fields.Integer(required=True, metadata={"description": "Index in the batch's records"})
    kind = fields.String(required=True)
    id = fields.UUID(allow_none=True, required=True)
    state = fields.Enum(RecordState, by_value=True, required=True)
    of = fields.UUID(metadata={"description": "duplicate: of which visit or problem"})
    with_ = fields.UUID(
        data_key="with", attribute="with", metadata={"description": "joint: with which visit of another cadre"}
    )
    rev = fields.Integer(metadata={"description": "Revision that this record became, if not the first"})
    review = fields.Boolean(metadata={"description": "The revision changed place or times; a person looks at it"})
    for_ = fields.UUID(data_key="for", attribute="for", metadata={"description": "held: the unknown parent"})
    until = fields.AwareDateTime(metadata={"description": "held: applied without it from then on"})
    reason = fields.String()
    pointer = fields.String(metadata={"description": "RFC 6901 pointer into the record"})
    photos_missing = fields.List(fields.String(), metadata={"description": "SHA-256 of photos still to be handed in"})
    forget = fields.Boolean(metadata={"description": "The phone erases its own copy of the record now"})
    forget_problems = fields.List(
        fields.UUID(), metadata={"description": "Sealed problems of a visit of which the phone erases its own copy"}
    )


class BatchSchema(Schema):
    """A stored batch. With 201 or 202 and a receipt that verifies, it is acknowledged."""

    batch = fields.UUID(required=True)
    sha256 = fields.String(required=True, metadata={"description": "Of the uncompressed JSON, hex"})
    received_at = fields.String(required=True, metadata={"format": "date-time"})
    receipt = fields.String(
        required=True,
        metadata={
            "description": "base64 of HMAC-SHA256 with the receipt key over the lines doorstep-receipt-1, batch, "
            "sha256, received_at, joined by LF"
        },
    )
    state = fields.Enum(BatchState, by_value=True, required=True)
    note = fields.String(metadata={"description": "Why the whole batch is quarantined"})
    results = fields.List(fields.Nested(RecordResultSchema), metadata={"description": "One for each record, once read"})
    server_time = fields.AwareDateTime(required=True)
    upgrade = fields.String(required=True, validate=validate.OneOf(["none", "advised", "required"]))


class AskedSchema(Schema):
    """Ids of batches that a phone has."""

    ids = fields.List(fields.UUID(), required=True, validate=validate.Length(max=IDS_MAX))


class MissingSchema(Schema):
    """Which of them the server does not have."""

    missing = fields.List(fields.UUID(), required=True)


class LimitsSchema(Schema):
    """Bounds of one batch."""

    records_max = fields.Integer(required=True)
    wire_bytes_max = fields.Integer(required=True)
    json_bytes_max = fields.Integer(required=True)
    fixes_max = fields.Integer(required=True)
    depth_max = fields.Integer(required=True)
    photo_bytes_max = fields.Integer(required=True)


class GapSchema(Schema):
    """Numbers of batches that never came."""

    first = fields.Integer(required=True)
    last = fields.Integer(required=True)


class EvidenceKindSchema(Schema):
    """Whether the phone's unit collects a kind of evidence, what for, and how long it is kept."""

    mode = fields.Enum(EvidenceMode, by_value=True, required=True)
    purpose = fields.String(required=True, metadata={"description": "Chinese / English, shown before it is collected"})
    days = fields.Integer(required=True, metadata={"description": "Kept for so many days"})
    basis = fields.String(metadata={"description": "asked: 依据文件"})
    until = fields.Date(metadata={"description": "asked: first day without it"})


class EvidenceSchema(Schema):
    """Kinds of evidence. What is missing is never held against anybody, whatever the mode."""

    location = fields.Nested(EvidenceKindSchema, required=True)
    photos = fields.Nested(EvidenceKindSchema, required=True)


class SealingSetSchema(Schema):
    """The public keys of the officers who are named for a kind; `key_id` goes into the record with the cipher text."""

    key_id = fields.String(required=True)
    keys = fields.List(fields.Dict(), required=True, metadata={"description": "JWK: P-256 or X25519, with kid"})


class HelloSchema(Schema):
    """What a phone asks first."""

    server_time = fields.AwareDateTime(required=True)
    schema_newest = fields.Integer(required=True)
    limits = fields.Nested(LimitsSchema, required=True)
    feed_epoch = fields.Integer(required=True)
    sequence_gaps = fields.List(fields.Nested(GapSchema), required=True)
    evidence = fields.Nested(EvidenceSchema, required=True)
    sealing = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(SealingSetSchema),
        required=True,
        metadata={"description": "By kind of sealed matters; a kind without officers is missing"},
    )
    token = fields.Nested(TokenTermSchema, required=True)
    lock = fields.Nested(LockSchema, required=True)
    clock = fields.Nested(PhoneClockSchema, required=True, allow_none=True)
    upgrade = fields.String(required=True, validate=validate.OneOf(["none", "advised", "required"]))


HELLO = {
    "server_time": "2026-03-10T11:02:11+00:00",
    "schema_newest": 1,
    "limits": {
        "records_max": 500,
        "wire_bytes_max": 1048576,
        "json_bytes_max": 8388608,
        "fixes_max": 200,
        "depth_max": 20,
        "photo_bytes_max": 8388608,
    },
    "feed_epoch": 1,
    "sequence_gaps": [{"first": 12, "last": 13}],
    "evidence": {
        "location": {"mode": "offered", "purpose": "核对走访对象位置 / to mend addresses", "days": 180},
        "photos": {"mode": "off", "purpose": "说明诉求,拍事不拍人 / to show matters, never people", "days": 1095},
    },
    "sealing": {},
    "token": {"expires_at": "2026-06-08T11:02:11+00:00", "rotate_after": "2026-03-17T11:02:11+00:00"},
    "lock": {"after_s": 2592000, "at": "2026-04-09T11:02:11+00:00"},
    "clock": {"offset_s": 31536000.0, "is_wrong": True},
    "upgrade": "advised",
}
