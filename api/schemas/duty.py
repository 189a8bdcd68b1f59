"""Programmes, obligations and gaps as the API asks and shows them."""

from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from api.paging import PageAsked
from sync.duty.boards import Show
from sync.duty.numbers import COUNTED, GAPS
from sync.words import (
    DueKind,
    Excuse,
    HolderKind,
    LifeEvent,
    Light,
    LinkCategory,
    ObligationState,
    OwedFor,
    PlaceKind,
    Rhythm,
    Role,
    UnitKind,
)

DAY = validate.Range(min=date(2000, 1, 1), max=date(2100, 12, 31))


class DutyNamed(Schema):
    """Something by id and name."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)


class DutyUnitAsked(Schema):
    """A unit; without one, the units of the viewer's roles."""

    unit = fields.UUID()


class DutyCountsAsked(DutyUnitAsked):
    """Days, both inclusive, within which contact was due; without them the present month."""

    programme = fields.UUID()
    from_ = fields.Date(data_key="from", attribute="from", validate=DAY)
    until = fields.Date(validate=DAY)

    @validates_schema
    def forward(self, data: dict[str, Any], **_: Any) -> None:
        """The last day is not before the first."""
        if "from" in data and "until" in data and data["until"] < data["from"]:
            raise ValidationError("before from", "until")


def _numbers(*names: str) -> dict[str, Any]:
    return {name: fields.Integer(required=True) for name in names}


DutyTotal = Schema.from_dict(_numbers(*COUNTED), name="DutyTotal")
GapsTotal = Schema.from_dict(_numbers(*GAPS), name="GapsTotal")


class DutyUnit(Schema):
    """A unit of the tree."""

    unit = fields.UUID(required=True)
    name = fields.String(required=True)
    kind = fields.Enum(UnitKind, by_value=True, required=True)
    has_children = fields.Boolean(required=True)


class DutyUnitCounts(DutyUnit, DutyTotal):  # type: ignore[misc, valid-type]  # made from the list of names
    """A unit with its numbers, what is below it included."""


class DutyUnitGaps(DutyUnit, GapsTotal):  # type: ignore[misc, valid-type]  # as above
    """A unit with its gaps, what is below it included."""


class DutyCounts(Schema):
    """Numbers of each unit directly under one, in the order of the codes."""

    from_ = fields.Date(required=True, data_key="from", attribute="from")
    until = fields.Date(required=True)
    items = fields.List(fields.Nested(DutyUnitCounts), required=True)
    total = fields.Nested(DutyTotal, required=True)


class DutyGaps(Schema):
    """Gaps of each unit directly under one, in the order of the codes."""

    items = fields.List(fields.Nested(DutyUnitGaps), required=True)
    total = fields.Nested(GapsTotal, required=True)


class HomesAsked(PageAsked):
    """The homes of a unit that are linked; `overdue`: only those."""

    unit = fields.UUID(required=True)
    show = fields.String(load_default="all", validate=validate.OneOf(["all", "overdue"]))


class DutyHome(Schema):
    """A linked home: what is owed there, and when what was owed was last met."""

    place = fields.UUID(required=True)
    name = fields.String(required=True)
    address = fields.String(required=True)
    unit = fields.Nested(DutyNamed, required=True)
    owed = fields.Integer(required=True)
    overdue = fields.Boolean(required=True)
    met_at = fields.AwareDateTime(required=True, allow_none=True)


class DutyHomes(Schema):
    """A page of homes."""

    items = fields.List(fields.Nested(DutyHome), required=True)
    next = fields.String(required=True, allow_none=True)


class ObligationsAsked(PageAsked, DutyUnitAsked):
    """Filters of the board."""

    show = fields.Enum(Show, by_value=True, load_default=Show.OPEN)
    programme = fields.UUID()
    holder = fields.UUID(metadata={"description": "A cadre or a unit"})
    category = fields.Enum(LinkCategory, by_value=True)
    origin = fields.Enum(OwedFor, by_value=True)
    due_from = fields.Date(validate=DAY, metadata={"description": "Due on this day or later"})
    due_until = fields.Date(validate=DAY)


class ObligationSchema(Schema):
    """Contact that is owed; the category stands on the office's own links alone."""

    id = fields.UUID(required=True)
    place = fields.Nested(DutyNamed, required=True)
    unit = fields.Nested(DutyNamed, required=True)
    origin = fields.Enum(OwedFor, by_value=True, required=True)
    programme = fields.Nested(DutyNamed, required=True, allow_none=True)
    category = fields.Enum(LinkCategory, by_value=True, required=True, allow_none=True)
    holder = fields.Nested(DutyNamed, required=True, allow_none=True)
    holder_unit = fields.Nested(DutyNamed, required=True, allow_none=True)
    opens_at = fields.AwareDateTime(required=True)
    due_at = fields.AwareDateTime(required=True)
    provisional = fields.Boolean(required=True)
    lapses_at = fields.AwareDateTime(required=True)
    state = fields.Enum(ObligationState, by_value=True, required=True)
    light = fields.Enum(Light, by_value=True, required=True)
    paused_until = fields.AwareDateTime(required=True, allow_none=True)
    met_at = fields.AwareDateTime(required=True, allow_none=True)
    met_visit = fields.UUID(required=True, allow_none=True)
    excuse = fields.Enum(Excuse, by_value=True, required=True, allow_none=True)


class ObligationsPage(Schema):
    """A page of the board, what is due first first."""

    items = fields.List(fields.Nested(ObligationSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class ExcuseAsked(Schema):
    """Why contact is not owed; `id` is made by the client, the same again gets the same answer."""

    id = fields.UUID(required=True)
    excuse = fields.Enum(Excuse, by_value=True, required=True)
    text = fields.String(load_default="", validate=validate.Length(max=4000))

    @validates_schema
    def told_by_people(self, data: dict[str, Any], **_: Any) -> None:
        """That a link ended is found out, not told."""
        if data.get("excuse") is Excuse.LINK_ENDED:
            raise ValidationError("not to be told", "excuse")


class FewLinksAsked(PageAsked, DutyUnitAsked):
    """Whose links are too few."""

    programme = fields.UUID()


class FewLinksHolder(DutyNamed):
    """Who links too little."""

    kind = fields.Enum(HolderKind, by_value=True, required=True)


class FewLinks(Schema):
    """A holder who has fewer links of a category than the programme says."""

    programme = fields.Nested(DutyNamed, required=True)
    category = fields.Enum(LinkCategory, by_value=True, required=True)
    holder = fields.Nested(FewLinksHolder, required=True)
    unit = fields.Nested(DutyNamed, required=True)
    has = fields.Integer(required=True)
    number = fields.Integer(required=True)


class FewLinksPage(Schema):
    """A page of holders."""

    items = fields.List(fields.Nested(FewLinks), required=True)
    next = fields.String(required=True, allow_none=True)


class DutyRule(Schema):
    """One line of a programme: exactly one of category and event; a term and its kind go together."""

    category = fields.Enum(LinkCategory, by_value=True, load_default=None, allow_none=True)
    event = fields.Enum(LifeEvent, by_value=True, load_default=None, allow_none=True)
    holder = fields.Enum(HolderKind, by_value=True, load_default=None, allow_none=True)
    role = fields.Enum(Role, by_value=True, load_default=None, allow_none=True)
    level = fields.Enum(UnitKind, by_value=True, load_default=None, allow_none=True)
    target = fields.Enum(PlaceKind, by_value=True, load_default=None, allow_none=True)
    number = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, 1000))
    rhythm = fields.Enum(Rhythm, by_value=True, load_default=None, allow_none=True)
    term = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, 1000))
    term_kind = fields.Enum(DueKind, by_value=True, load_default=None, allow_none=True)

    @validates_schema
    def whole(self, data: dict[str, Any], **_: Any) -> None:
        """One subject, and a term as a whole."""
        if (data.get("category") is None) is (data.get("event") is None):
            raise ValidationError("exactly one of category and event")
        if (data.get("term") is None) is not (data.get("term_kind") is None):
            raise ValidationError("with term", "term_kind")


class DutyProgrammeEdited(Schema):
    """A programme as its office writes it; `valid_to` is the last day."""

    name = fields.String(required=True, validate=validate.Length(1, 200))
    basis = fields.String(required=True, validate=validate.Length(max=500))
    valid_from = fields.Date(required=True, allow_none=True, validate=DAY)
    valid_to = fields.Date(required=True, allow_none=True, validate=DAY)
    rules = fields.List(fields.Nested(DutyRule), required=True, validate=validate.Length(max=50))


class DutyProgrammeCreated(DutyProgrammeEdited):
    """A new programme; `id` is made by the client, the same again gets the same answer."""

    id = fields.UUID(required=True)
    code = fields.String(required=True, validate=[validate.Length(1, 40), validate.Regexp(r"^\S+\Z")])
    office = fields.UUID(required=True, metadata={"description": "One of the viewer's offices"})


class DutyProgramme(DutyProgrammeEdited):
    """A programme with its rules, and whether the viewer may write it."""

    id = fields.UUID(required=True)
    code = fields.String(required=True)
    office = fields.Nested(DutyNamed, required=True, allow_none=True)
    may_edit = fields.Boolean(required=True)


class DutyProgrammes(Schema):
    """All programmes, and the offices for which the viewer may write some."""

    items = fields.List(fields.Nested(DutyProgramme), required=True)
    offices = fields.List(fields.Nested(DutyNamed), required=True)
    next = fields.String(required=True, allow_none=True)
