"""The map as the API asks and shows it."""

from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from sync.geo.tiles import Box
from sync.words import AreaSource, Datum, Mode, Outcome, PlaceKind, UnitKind, Verdict

DAY = validate.Range(min=date(2000, 1, 1), max=date(2100, 12, 31))
SEEN = ("met", "tried", "never")


class BoxField(fields.String):
    """`west,south,east,north` in degrees, WGS 84."""

    def __init__(self, **more: Any) -> None:
        pattern = r"-?\d{1,3}(\.\d{1,9})?(,-?\d{1,3}(\.\d{1,9})?){3}"
        super().__init__(validate=[validate.Regexp(f"^{pattern}$")], **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        self._validate(text)
        box = Box(*map(float, text.split(",")))
        if not (-180 <= box.west <= box.east <= 180 and -90 <= box.south <= box.north <= 90):
            raise ValidationError("west,south,east,north in degrees")
        return box

    def _validate(self, value: Any) -> None:
        if isinstance(value, str):
            super()._validate(value)


class DaysAsked(Schema):
    """Local days, both inclusive; without one open at that end."""

    from_ = fields.Date(data_key="from", attribute="from", validate=DAY, metadata={"description": "First day"})
    until = fields.Date(validate=DAY, metadata={"description": "Last day"})

    @validates_schema
    def in_order(self, data: dict[str, Any], **_: Any) -> None:
        """The last day is not before the first."""
        if "from" in data and "until" in data and data["until"] < data["from"]:
            raise ValidationError("is before from", "until")


class CountsAsked(DaysAsked):
    """What counts can be asked for."""

    unit = fields.UUID(metadata={"description": "This unit and all below it"})
    verdict = fields.List(fields.Enum(Verdict, by_value=True), metadata={"description": "May be repeated"})


class VisitsAsked(CountsAsked):
    """What single visits can be asked for. A link category is not among it."""

    programme = fields.UUID()


class VisitsInBoxAsked(VisitsAsked):
    """Visits in a box."""

    bbox = BoxField(required=True, metadata={"description": "west,south,east,north in degrees, WGS 84"})


class PlacesInBoxAsked(Schema):
    """Places in a box."""

    bbox = BoxField(required=True, metadata={"description": "west,south,east,north in degrees, WGS 84"})
    from_ = fields.Date(data_key="from", attribute="from", validate=DAY, metadata={"description": "Met since this day"})


class CoverageAsked(DaysAsked):
    """Coverage below a unit. It always reaches until today: `until` is taken and not looked at."""

    unit = fields.UUID(metadata={"description": "Default: the viewer's units"})


class AreasAsked(Schema):
    """Outlines of a unit and of those directly under it; without one all that the viewer sees."""

    unit = fields.UUID()


class PointGeometry(Schema):
    """A GeoJSON point: longitude, latitude in WGS 84."""

    type = fields.Constant("Point", required=True)
    coordinates = fields.List(fields.Float(), required=True, validate=validate.Length(equal=2))


class VisitOnMap(Schema):
    """A visit with what its verdict rests on; nobody is named."""

    visit = fields.UUID(required=True)
    verdict = fields.Enum(Verdict, by_value=True, required=True)
    started_at = fields.AwareDateTime(required=True)
    outcome = fields.Enum(Outcome, by_value=True, required=True)
    mode = fields.Enum(Mode, by_value=True, required=True)
    unit = fields.UUID(required=True)
    place = fields.UUID(required=True, allow_none=True, metadata={"description": "That merged ones stand for"})
    place_lon = fields.Float(required=True, allow_none=True)
    place_lat = fields.Float(required=True, allow_none=True)
    radius_m = fields.Float(required=True, allow_none=True)
    distance_m = fields.Float(required=True, allow_none=True)
    accuracy_m = fields.Float(required=True, allow_none=True)
    declared = fields.Enum(Datum, by_value=True, required=True, allow_none=True)
    read_as = fields.Enum(Datum, by_value=True, required=True, allow_none=True)
    told_lon = fields.Float(required=True, allow_none=True, metadata={"description": "Of the best fix as it was sent"})
    told_lat = fields.Float(required=True, allow_none=True)
    reasons = fields.List(fields.String(), required=True, metadata={"description": "Codes"})


class PlaceOnMap(Schema):
    """A home without its name: when somebody there was last met decides its state."""

    place = fields.UUID(required=True)
    unit = fields.UUID(required=True)
    kind = fields.Enum(PlaceKind, by_value=True, required=True)
    radius_m = fields.Float(required=True)
    state = fields.String(required=True, validate=validate.OneOf(SEEN))
    met_at = fields.AwareDateTime(required=True, allow_none=True)
    tried_at = fields.AwareDateTime(required=True, allow_none=True)


class AreaOnMap(Schema):
    """The unit of an outline; a sketched one is shown as 示意."""

    unit = fields.UUID(required=True)
    name = fields.String(required=True)
    kind = fields.Enum(UnitKind, by_value=True, required=True)
    parent = fields.UUID(required=True, allow_none=True)
    source = fields.Enum(AreaSource, by_value=True, required=True)


def collection_of(properties: type[Schema], geometry: fields.Field[Any]) -> type[Schema]:
    """The schema of a GeoJSON FeatureCollection (RFC 7946)."""
    name = properties.__name__
    feature = Schema.from_dict(
        {
            "type": fields.Constant("Feature", required=True),
            "geometry": geometry,
            "properties": fields.Nested(properties, required=True),
        },
        name=f"{name}Feature",
    )
    return Schema.from_dict(
        {
            "type": fields.Constant("FeatureCollection", required=True),
            "features": fields.List(fields.Nested(feature), required=True),
        },
        name=f"{name}Collection",
    )


VISITS = collection_of(VisitOnMap, fields.Nested(PointGeometry, required=True))
PLACES = collection_of(PlaceOnMap, fields.Nested(PointGeometry, required=True))
AREAS = collection_of(AreaOnMap, fields.Dict(required=True, metadata={"description": "MultiPolygon, WGS 84"}))


class NumbersSchema(Schema):
    """Homes met since the first day (or ever), tried without being met, neither."""

    places = fields.Integer(required=True)
    met = fields.Integer(required=True)
    tried = fields.Integer(required=True)
    never = fields.Integer(required=True)


class CoveredUnit(NumbersSchema):
    """A unit with what is below it."""

    unit = fields.UUID(required=True)
    name = fields.String(required=True)
    kind = fields.Enum(UnitKind, by_value=True, required=True)
    has_children = fields.Boolean(required=True)


class CoverageSchema(Schema):
    """Coverage by unit, in the order of the administrative codes."""

    from_ = fields.Date(data_key="from", attribute="from", required=True, allow_none=True)
    until = fields.Date(required=True, metadata={"description": "Today: only the last times are kept"})
    items = fields.List(fields.Nested(CoveredUnit), required=True)
    total = fields.Nested(NumbersSchema, required=True)


class VisitsOn(Schema):
    """Visits of one day, or of the month that begins on it."""

    on = fields.Date(required=True)
    n = fields.Integer(required=True)
    verified = fields.Integer(required=True)
    doubtful = fields.Integer(required=True)
    unverifiable = fields.Integer(required=True)
    refused = fields.Integer(required=True)


class TimelineSchema(Schema):
    """Visits over time; what has none is left out."""

    step = fields.String(required=True, validate=validate.OneOf(["day", "month"]))
    items = fields.List(fields.Nested(VisitsOn), required=True)


class ProgrammeSchema(Schema):
    """A programme to filter by."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)


class MapSettings(Schema):
    """What a map needs to know before its first tile."""

    tile_url = fields.String(required=True, metadata={"description": "Template with {z}, {x}, {y}; empty: outlines"})
    tile_credit = fields.String(required=True, metadata={"description": "Shown on the base map: owner, 审图号"})
    bounds = fields.List(
        fields.Float(), required=True, allow_none=True, metadata={"description": "west, south, east, north of outlines"}
    )
    counts_below_zoom = fields.Integer(required=True)
    zoom_max = fields.Integer(required=True)
    listed_max = fields.Integer(required=True)
    today = fields.Date(required=True)
    programmes = fields.List(fields.Nested(ProgrammeSchema), required=True)


class Below(Schema):
    """Whose children; without one the viewer's own units."""

    parent = fields.UUID()


class UnitShown(Schema):
    """A unit of the tree."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    kind = fields.Enum(UnitKind, by_value=True, required=True)
    parent_id = fields.UUID(required=True, allow_none=True)
    has_children = fields.Boolean(required=True)


class Units(Schema):
    """All children of one unit."""

    items = fields.List(fields.Nested(UnitShown), required=True)
    next = fields.UUID(required=True, allow_none=True, metadata={"description": "Always null: the list is whole"})
