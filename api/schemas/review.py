"""The verifier's queue as the API shows it."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from api.paging import PageAsked
from api.schemas.person import NamedPersonSchema
from api.schemas.words import WordField
from sync.words import Cause, Datum, Deciding, FindingState, Reason, Verdict

UNDECIDED = [FindingState.OPEN, FindingState.ASKED, FindingState.ANSWERED]
FOR_GROUPS = [
    Deciding.CONFIRM, Deciding.ASK, Deciding.CORRECT_ADDRESS, Deciding.CORRECT_DATUM, Deciding.DECLARE_SHARING,
]  # fmt: skip
TEXT = validate.Length(max=2000)


class BothSchema(Schema):
    """A text in Chinese and English."""

    zh = fields.String(required=True)
    en = fields.String(required=True)


class NamedSchema(Schema):
    """Something with a name."""

    id = fields.UUID(required=True, allow_none=True)
    name = fields.String(required=True, allow_none=True)


class GroupSchema(Schema):
    """Visits of one cause that have `key` in common; `unit` if all are of one."""

    cause = WordField(Cause, required=True)
    key = fields.String(required=True)
    count = fields.Integer(required=True)
    oldest_at = fields.AwareDateTime(required=True)
    title = fields.Nested(BothSchema, required=True)
    detail = fields.Nested(BothSchema, required=True)
    unit = fields.Nested(NamedSchema, required=True, allow_none=True)
    actions = fields.List(WordField(Deciding), required=True)


class GroupsSchema(Schema):
    """A page of groups, the heaviest first."""

    items = fields.List(fields.Nested(GroupSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class RowSchema(Schema):
    """One finding in the queue."""

    finding = fields.UUID(required=True)
    visit = fields.UUID(required=True)
    cause = WordField(Cause, required=True)
    key = fields.String(required=True)
    state = WordField(FindingState, required=True)
    drawn = fields.Boolean(required=True)
    reasons = fields.List(fields.String(), required=True)
    unit = fields.Nested(NamedSchema, required=True)
    place = fields.Nested(NamedSchema, required=True)
    cadre = fields.Nested(NamedSchema, required=True)
    started_at = fields.AwareDateTime(required=True)
    received_at = fields.AwareDateTime(required=True)
    opened_at = fields.AwareDateTime(required=True)
    verdict = WordField(Verdict, required=True)
    explanation = fields.Nested(BothSchema, required=True)
    held_by = fields.Nested(NamedPersonSchema, required=True, allow_none=True)


class QueueSchema(Schema):
    """A page of the queue; `total` counts up to 1000."""

    items = fields.List(fields.Nested(RowSchema), required=True)
    next = fields.String(required=True, allow_none=True)
    total = fields.Integer(required=True)
    total_capped = fields.Boolean(required=True)


class Filters(PageAsked):
    """What the queue and the groups are filtered by."""

    unit = fields.UUID(metadata={"description": "This unit and all below it"})
    reason = WordField(Reason)
    drawn = fields.Boolean()
    older_than = fields.Integer(
        validate=validate.Range(0, 3650), metadata={"description": "Opened at least so many days ago"}
    )


class QueueFilters(Filters):
    """The same for single rows."""

    cause = WordField(Cause)
    key = fields.String(validate=validate.Length(max=300))
    state = WordField(FindingState, validate=validate.OneOf(UNDECIDED))


class FindingAsked(Schema):
    """Which finding of the visit to look at, if not the oldest undecided one."""

    finding = fields.UUID()


class LeaseSchema(Schema):
    """Until when the visit is yours."""

    until = fields.AwareDateTime(required=True)


class PointAsked(Schema):
    """A point of the map, in the datum that the map shows."""

    lon = fields.Float(required=True, validate=validate.Range(-180, 180))
    lat = fields.Float(required=True, validate=validate.Range(-90, 90))
    datum = WordField(Datum, load_default=Datum.WGS84)


class DecisionAsked(Schema):
    """A decision about one visit. `id` is made by the browser: the same again gets the same answer."""

    id = fields.UUID(required=True)
    deciding = WordField(Deciding, required=True)
    reason = fields.String(load_default="", validate=TEXT)
    question = fields.String(validate=TEXT, metadata={"description": "ask: what; a sentence by cause if left out"})
    position = fields.Nested(PointAsked, metadata={"description": "correct_address: where the place stands"})
    datum = WordField(Datum, metadata={"description": "correct_datum: what the phones, or the import, really speak"})


class ChoiceAsked(Schema):
    """A group by cause and key, or visits by name."""

    deciding = WordField(Deciding, required=True, validate=validate.OneOf(FOR_GROUPS))
    cause = WordField(Cause)
    key = fields.String(validate=validate.Length(max=300))
    visits = fields.List(fields.UUID(), validate=validate.Length(1, 500))
    position = fields.Nested(PointAsked)
    datum = WordField(Datum)

    @validates_schema
    def _is_one_or_the_other(self, asked: dict[str, Any], **_: Any) -> None:
        if ("visits" in asked) == ("cause" in asked) or ("cause" in asked) != ("key" in asked):
            raise ValidationError("cause and key, or visits", "cause")


class GroupDecisionAsked(ChoiceAsked):
    """One decision for a group."""

    id = fields.UUID(required=True)
    reason = fields.String(load_default="", validate=TEXT)
    question = fields.String(validate=TEXT)


class DecidedSchema(Schema):
    """The visit after a decision: its verdict, and the state of the finding that it was about."""

    id = fields.UUID(required=True)
    verdict = WordField(Verdict, required=True)
    state = WordField(FindingState, required=True)


class LeftOutSchema(Schema):
    """A visit that was not touched, and why: the code of the refusal."""

    visit = fields.UUID(required=True)
    code = fields.String(required=True)


class GroupDecidedSchema(Schema):
    """What a decision for a group covered; `more`: the group is larger than one decision may cover."""

    id = fields.UUID(required=True)
    decided = fields.Integer(required=True)
    left_out = fields.List(fields.Nested(LeftOutSchema), required=True)
    more = fields.Boolean(required=True)


class UndoneSchema(Schema):
    """The first visit as it stands now, and how many decisions were taken back."""

    verdict = WordField(Verdict, required=True)
    state = WordField(FindingState, required=True)
    undone = fields.Integer(required=True)
    left_out = fields.List(fields.Nested(LeftOutSchema), required=True)


class AfterSchema(Schema):
    """Visits by the verdict that they would have."""

    verified = fields.Integer(required=True)
    unverifiable = fields.Integer(required=True)
    doubtful = fields.Integer(required=True)
    refused = fields.Integer(required=True)


class PositionSchema(Schema):
    """WGS 84."""

    lon = fields.Float(required=True)
    lat = fields.Float(required=True)


class ShiftSchema(Schema):
    """Metres by which the places of a unit would move."""

    east = fields.Float(required=True)
    north = fields.Float(required=True)


class PreviewSchema(Schema):
    """What a decision would make of a group; nothing is written."""

    count = fields.Integer(required=True)
    left_out = fields.List(fields.Nested(LeftOutSchema), required=True)
    more = fields.Boolean(required=True)
    after = fields.Nested(AfterSchema, required=True)
    sample = fields.List(fields.Nested(RowSchema), required=True)
    position = fields.Nested(PositionSchema, required=True, allow_none=True)
    shift_m = fields.Nested(ShiftSchema, required=True, allow_none=True)
    users = fields.List(
        fields.Nested(NamedSchema), required=True, metadata={"description": "declare_sharing: who uses the phone"}
    )


class DrawsAsked(PageAsked):
    """Days of receipt, both included."""

    from_ = fields.Date(data_key="from")
    until = fields.Date()


class DrawSchema(Schema):
    """The lot of one town and day, and what became of it."""

    received_on = fields.Date(required=True)
    town = fields.Nested(NamedSchema, required=True)
    eligible = fields.Integer(required=True)
    drawn = fields.Integer(required=True)
    waiting = fields.Integer(required=True)
    confirmed = fields.Integer(required=True)
    refused = fields.Integer(required=True)
    at = fields.AwareDateTime(required=True)


class DrawsSchema(Schema):
    """A page of lots, the newest day first."""

    items = fields.List(fields.Nested(DrawSchema), required=True)
    next = fields.String(required=True, allow_none=True)
