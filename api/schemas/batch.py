"""Batches as the API shows them."""

from marshmallow import Schema, fields, validate

from sync.words import BatchState, RecordState

IDS_MAX = 500


class RecordResultSchema(Schema):
    """What became of one record; further members belong to its state."""

    ord = fields.Integer(required=True, metadata={"description": "Index in the batch's records"})
    kind = fields.String(required=True)
    id = fields.UUID(allow_none=True, required=True)
    state = fields.Enum(RecordState, by_value=True, required=True)
    of = fields.UUID(metadata={"description": "duplicate: of which visit or problem"})
    rev = fields.Integer(metadata={"description": "Revision that this record became, if not the first"})
    review = fields.Boolean(metadata={"description": "The revision changed place or times; a person looks at it"})
    for_ = fields.UUID(data_key="for", attribute="for", metadata={"description": "held: the unknown parent"})
    until = fields.AwareDateTime(metadata={"description": "held: applied without it from then on"})
    reason = fields.String()
    pointer = fields.String(metadata={"description": "RFC 6901 pointer into the record"})
    photos_missing = fields.List(fields.String(), metadata={"description": "SHA-256 of photos still to be handed in"})


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


class HelloSchema(Schema):
    """What a phone asks first."""

    server_time = fields.AwareDateTime(required=True)
    schema_newest = fields.Integer(required=True)
    limits = fields.Nested(LimitsSchema, required=True)
    feed_epoch = fields.Integer(required=True)
    sequence_gaps = fields.List(fields.Nested(GapSchema), required=True)
    upgrade = fields.String(required=True, validate=validate.OneOf(["none", "advised", "required"]))
