"""Fields that were told differently, homes found at the door, and what is decided about them."""

from typing import Any

from marshmallow import Schema, fields, validate

from api.paging import PageAsked
from api.schemas.person import NamedPersonSchema
from api.schemas.place import PlaceBrief
from api.schemas.words import WordField
from sync.words import Datum, EditField, EditReason, EditState, Proposing, Taking

OPEN, SETTLED = "open", "settled"
VALUE = "a text, {lon, lat} in WGS 84 for a position, or null for nothing"


def told_value(**more: Any) -> fields.Raw:
    """A value of a field of the registry."""
    return fields.Raw(allow_none=True, metadata={"description": VALUE, "nullable": True}, **more)


class EditsOfUnit(PageAsked):
    """Those that wait for a person, or those that do not; of a unit and those under it."""

    state = fields.String(load_default=OPEN, validate=validate.OneOf([OPEN, SETTLED]))
    unit = fields.UUID()


class EditsAsked(EditsOfUnit):
    """Further: one field, one reason."""

    field = WordField(EditField)
    reason = WordField(EditReason)


class EditedFieldBrief(Schema):
    """One field of one home in a list: which, why, since when; never what was told."""

    id = fields.UUID(required=True)
    field = WordField(EditField, required=True)
    state = fields.String(required=True, validate=validate.OneOf([OPEN, SETTLED]))
    reasons = fields.List(WordField(EditReason), required=True)
    told = fields.Integer(required=True, metadata={"description": "tellings that wait"})
    since = fields.AwareDateTime(required=True, allow_none=True)
    changed_at = fields.AwareDateTime(required=True)
    rev = fields.Integer(required=True, metadata={"description": "named when deciding"})
    place = fields.Nested(PlaceBrief, required=True)


class EditedFieldsPage(Schema):
    """A page of them: the longest waiting first, or the newest of those that are settled."""

    items = fields.List(fields.Nested(EditedFieldBrief), required=True)
    next = fields.String(required=True, allow_none=True)


class EditTold(Schema):
    """One telling: what was there, what is right, who said it and when."""

    id = fields.UUID(required=True)
    old = told_value(required=True)
    new = told_value(required=True)
    by = fields.Nested(NamedPersonSchema, required=True, allow_none=True, metadata={"description": "null: a list"})
    said_at = fields.AwareDateTime(required=True)
    received_at = fields.AwareDateTime(required=True)
    state = WordField(EditState, required=True)
    reason = WordField(EditReason, required=True, allow_none=True)
    note = fields.String(required=True)
    since_on = fields.Date(required=True, allow_none=True)
    evidence = fields.Dict(
        required=True, allow_none=True,
        metadata={"description": "of a position: accuracy_m, datum, moved_m, and of its fix provider, mock, off_m"},
    )  # fmt: skip


class EditDecided(Schema):
    """One decision about a field."""

    id = fields.UUID(required=True)
    take = WordField(Taking, required=True)
    edit = fields.UUID(required=True, allow_none=True)
    value = told_value(required=True)
    by = fields.Nested(NamedPersonSchema, required=True)
    at = fields.AwareDateTime(required=True)
    reason = fields.String(required=True)
    undone_at = fields.AwareDateTime(required=True, allow_none=True)
    undone_by = fields.UUID(required=True, allow_none=True)


class EditedContact(Schema):
    """The person of the home whom the field is about."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)


class EditedFieldSchema(EditedFieldBrief):
    """One field with all that was told and decided about it."""

    registered = told_value(required=True)
    before = told_value(required=True)
    contact = fields.Nested(EditedContact, required=True, allow_none=True)
    edits = fields.List(fields.Nested(EditTold), required=True)
    decisions = fields.List(fields.Nested(EditDecided), required=True)
    may_decide = fields.Boolean(required=True)
    why_not = fields.String(required=True, allow_none=True, metadata={"description": "code of the refusal"})
    undo = fields.UUID(required=True, allow_none=True, metadata={"description": "the decision that may be undone"})


class EditWanted(Schema):
    """What the registry is to say, under an id made by the browser: the same request again is the same decision."""

    id = fields.UUID(required=True)
    rev = fields.Integer(required=True, validate=validate.Range(1, 2**31 - 1))
    take = WordField(Taking, required=True)
    edit = fields.UUID(metadata={"description": "whose new value; needed where several wait"})
    value = told_value(load_default=None)
    reason = fields.String(load_default="", validate=validate.Length(max=500))


class ProposalBrief(Schema):
    """A home found at the door."""

    id = fields.UUID(required=True)
    place = fields.Nested(PlaceBrief, required=True)
    found_by = fields.Nested(NamedPersonSchema, required=True, allow_none=True)
    found_at = fields.AwareDateTime(required=True)
    visits = fields.Integer(required=True)
    state = fields.String(required=True, validate=validate.OneOf([OPEN, *Proposing]))


class ProposalsPage(Schema):
    """A page of them, the longest waiting first."""

    items = fields.List(fields.Nested(ProposalBrief), required=True)
    next = fields.String(required=True, allow_none=True)


class ProposalDouble(Schema):
    """A home of the unit that it may be."""

    place = fields.Nested(PlaceBrief, required=True)
    same_name = fields.Boolean(required=True)
    apart_m = fields.Float(required=True, allow_none=True)


class ProposalDecided(Schema):
    """One decision about a home found at the door."""

    id = fields.UUID(required=True)
    take = WordField(Proposing, required=True)
    into = fields.UUID(required=True, allow_none=True)
    code = fields.String(required=True, allow_none=True)
    by = fields.Nested(NamedPersonSchema, required=True)
    at = fields.AwareDateTime(required=True)
    reason = fields.String(required=True)
    undone_at = fields.AwareDateTime(required=True, allow_none=True)


class ProposalSchema(ProposalBrief):
    """A home found at the door with where it is, what it may be, and what was decided. WGS 84, degrees."""

    lon = fields.Float(required=True, allow_none=True)
    lat = fields.Float(required=True, allow_none=True)
    position_datum = WordField(Datum, required=True, allow_none=True)
    doubles = fields.List(fields.Nested(ProposalDouble), required=True)
    decisions = fields.List(fields.Nested(ProposalDecided), required=True)
    may_decide = fields.Boolean(required=True)
    why_not = fields.String(required=True, allow_none=True, metadata={"description": "code of the refusal"})
    undo = fields.UUID(required=True, allow_none=True, metadata={"description": "the decision that may be undone"})


class ProposalWanted(Schema):
    """What becomes of it, under an id made by the browser: the same request again is the same decision."""

    id = fields.UUID(required=True)
    take = WordField(Proposing, required=True)
    into = fields.UUID(metadata={"description": "for merge: the known home"})
    code = fields.String(validate=validate.Length(1, 60), metadata={"description": "for confirm: number in the lists"})
    reason = fields.String(load_default="", validate=validate.Length(max=500))
