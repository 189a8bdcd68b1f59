"""Places as the console shows them: where they are, never who lives there or why somebody is linked to them."""

from marshmallow import Schema, fields, validate

from api.paging import PageAsked
from api.schemas.person import NamedPersonSchema
from sync.words import Datum, PlaceKind, PlaceState, PositionMethod, Setting


class NamedUnitSchema(Schema):
    """A unit by name."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)


class PlacesAsked(PageAsked):
    """Which places: of a unit and those under it, with these words in the name or at the head of the code."""

    unit = fields.UUID()
    q = fields.String(load_default="", validate=validate.Length(max=100))


class PlaceBrief(Schema):
    """A place in a list."""

    id = fields.UUID(required=True)
    code = fields.String(required=True, allow_none=True)
    name = fields.String(required=True)
    address = fields.String(required=True)
    kind = fields.Enum(PlaceKind, by_value=True, required=True)
    state = fields.Enum(PlaceState, by_value=True, required=True)
    unit = fields.Nested(NamedUnitSchema, required=True)


class PlacesPage(Schema):
    """A page of places."""

    items = fields.List(fields.Nested(PlaceBrief), required=True)
    next = fields.String(required=True, allow_none=True)


class PositionVersionSchema(Schema):
    """One version of a position: how it became known, and on how many visits it rests. WGS 84, degrees."""

    n = fields.Integer(required=True)
    lon = fields.Float(required=True, allow_none=True)
    lat = fields.Float(required=True, allow_none=True)
    method = fields.Enum(PositionMethod, by_value=True, required=True)
    visits = fields.Integer(required=True)
    by = fields.UUID(required=True, allow_none=True, metadata={"description": "null: the machine"})
    at = fields.AwareDateTime(required=True)


class AliasSchema(Schema):
    """A place that was merged into this one; `merge` can be undone."""

    id = fields.UUID(required=True)
    code = fields.String(required=True, allow_none=True)
    name = fields.String(required=True)
    merge = fields.UUID(required=True)
    by = fields.UUID(required=True)
    at = fields.AwareDateTime(required=True)


class PlaceSchema(PlaceBrief):
    """A place with its position, the history of it, and its aliases. WGS 84, degrees and metres."""

    duty = fields.String(
        required=True, metadata={"description": "Why it was opened: link/<id>, finding/<id>, task/<id> or reason"}
    )
    lon = fields.Float(required=True, allow_none=True)
    lat = fields.Float(required=True, allow_none=True)
    position_datum = fields.Enum(
        Datum, by_value=True, required=True, allow_none=True, metadata={"description": "datum of the source"}
    )
    setting = fields.Enum(Setting, by_value=True, required=True)
    radius_m = fields.Float(required=True, allow_none=True, metadata={"description": "null: by the setting"})
    merged_into = fields.UUID(required=True, allow_none=True)
    positions = fields.List(fields.Nested(PositionVersionSchema), required=True)
    aliases = fields.List(fields.Nested(AliasSchema), required=True)


class DoublesAsked(Schema):
    """Of which unit and those under it; a page goes by units."""

    unit = fields.UUID()
    cursor = fields.UUID()


class DoubleSchema(Schema):
    """Two places of one unit that may be one."""

    one = fields.Nested(PlaceBrief, required=True)
    other = fields.Nested(PlaceBrief, required=True)
    same_name = fields.Boolean(required=True)
    apart_m = fields.Float(required=True, allow_none=True)


class DoublesPage(Schema):
    """Suggestions of some units; a page may be empty and still have a next one."""

    items = fields.List(fields.Nested(DoubleSchema), required=True)
    next = fields.UUID(required=True, allow_none=True)


class PreviewAsked(Schema):
    """Into which place."""

    into = fields.UUID(required=True)


class MergeAsked(PreviewAsked):
    """Into which place, under an id made by the browser: the same request again is the same merge."""

    id = fields.UUID(required=True)


class FrequentVisitorSchema(NamedPersonSchema):
    """Somebody who wrote visits to the place down."""

    visits = fields.Integer(required=True)


class HangingSchema(Schema):
    """What hangs on a place and its aliases."""

    place = fields.Nested(PlaceBrief, required=True)
    aliases = fields.List(fields.UUID(), required=True)
    links = fields.Integer(required=True, metadata={"description": "valid today"})
    linked_cadres = fields.Integer(required=True)
    contacts = fields.Integer(required=True)
    visits = fields.Integer(required=True)
    visitors = fields.List(
        fields.Nested(FrequentVisitorSchema), required=True, metadata={"description": "who came most"}
    )


class MergePreviewSchema(Schema):
    """What a merge would concern; nothing is moved by it, and it can be undone."""

    away = fields.Nested(HangingSchema, required=True)
    into = fields.Nested(HangingSchema, required=True)


class MergedSchema(Schema):
    """A merge: `away` is an alias of `into`, until `undone_at`."""

    id = fields.UUID(required=True)
    away = fields.UUID(required=True)
    into = fields.UUID(required=True, metadata={"description": "the place that stands, if an alias was named"})
    at = fields.AwareDateTime(required=True)
    undone_at = fields.AwareDateTime(required=True, allow_none=True)
    aliases = fields.List(fields.UUID(), required=True, metadata={"description": "what came, or went back, along"})
