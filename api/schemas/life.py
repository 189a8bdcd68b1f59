"""Life events, promises, aid, needy homes, absences and the roster as the console shows them."""

from typing import Any

from marshmallow import Schema, fields, validate

from api.paging import PageAsked
from api.schemas.person import NamedPersonSchema
from api.schemas.place import NamedUnitSchema
from api.schemas.words import WordField
from sync.duty.life.queries import GAP
from sync.words import AbsenceReason, CommitmentState, LifeEvent, ObligationState, RosterState

OVERDUE = "overdue"


class NamedThingSchema(Schema):
    """A home or a programme by name."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)


class OfUnitAsked(PageAsked):
    """Of a unit and those under it."""

    unit = fields.UUID()


class LifeEventsAsked(OfUnitAsked):
    """Which life events: by where the contact stands that they oblige to; `gap`: nobody's."""

    state = fields.String(validate=validate.OneOf([*ObligationState, GAP]))


class LifeEventSchema(Schema):
    """One event in one home, however often it was told. What it was, never more."""

    id = fields.UUID(required=True, metadata={"description": "Of the first telling"})
    event = WordField(LifeEvent, required=True)
    place = fields.Nested(
        NamedThingSchema, required=True, allow_none=True, metadata={"description": "null: not registered"}
    )
    unit = fields.Nested(NamedUnitSchema, required=True)
    happened_on = fields.String(required=True, metadata={"format": "date"})
    told_at = fields.AwareDateTime(required=True)
    times = fields.Integer(required=True, metadata={"description": "How often it was told"})
    state = fields.String(required=True, validate=validate.OneOf([*ObligationState, GAP]))
    due_at = fields.AwareDateTime(required=True, allow_none=True)
    overdue = fields.Boolean(required=True)
    holder = fields.Nested(NamedPersonSchema, required=True, allow_none=True)
    holder_unit = fields.Nested(NamedUnitSchema, required=True, allow_none=True)


class LifeEventsPage(Schema):
    """A page of life events, the newest first."""

    items = fields.List(fields.Nested(LifeEventSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class BelowAsked(Schema):
    """Right below which unit; counted from which day on, from New Year if none is given."""

    unit = fields.UUID(required=True)
    since = fields.Date()


class LifeEventCount(Schema):
    """Numbers of one unit and those under it: no homes, no kinds of events."""

    unit = fields.Nested(NamedUnitSchema, required=True)
    owed = fields.Integer(required=True)
    overdue = fields.Integer(required=True)
    met = fields.Integer(required=True)
    gaps = fields.Integer(required=True, metadata={"description": "Nobody is responsible for the home"})


class LifeEventCounts(Schema):
    """Units in the order of their codes."""

    items = fields.List(fields.Nested(LifeEventCount), required=True)


class CommitmentsAsked(PageAsked):
    """Which promises."""

    state = fields.String(validate=validate.OneOf([*CommitmentState, OVERDUE]))


class CommitmentSchema(Schema):
    """A promise of one's own."""

    id = fields.UUID(required=True)
    place = fields.Nested(NamedThingSchema, required=True)
    text = fields.String(required=True)
    due_on = fields.String(required=True, metadata={"format": "date"})
    made_on = fields.String(required=True, metadata={"format": "date"})
    state = WordField(CommitmentState, required=True)
    overdue = fields.Boolean(required=True)
    state_at = fields.AwareDateTime(required=True, allow_none=True)
    state_by = fields.Nested(
        NamedPersonSchema, required=True, allow_none=True, metadata={"description": "Whose word made it so"}
    )


class CommitmentsPage(Schema):
    """A page of promises, the one that is due first at the head."""

    items = fields.List(fields.Nested(CommitmentSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class CommitmentCount(Schema):
    """Numbers of one unit and those under it: no homes, no words, no names."""

    unit = fields.Nested(NamedUnitSchema, required=True)
    open = fields.Integer(required=True)
    overdue = fields.Integer(required=True)
    told_kept = fields.Integer(required=True)
    confirmed = fields.Integer(required=True)


class CommitmentCounts(Schema):
    """Units in the order of their codes."""

    items = fields.List(fields.Nested(CommitmentCount), required=True)


class AidAsked(OfUnitAsked):
    """Aid of a unit, or for one home."""

    place = fields.UUID()


class AidSchema(Schema):
    """What was given or arranged for a home."""

    id = fields.UUID(required=True)
    place = fields.Nested(NamedThingSchema, required=True)
    what = fields.String(required=True)
    source = fields.String(required=True)
    given_on = fields.String(required=True, metadata={"format": "date"})
    by = fields.Nested(NamedPersonSchema, required=True, allow_none=True)
    programme = fields.Nested(NamedThingSchema, required=True, allow_none=True)


class AidPage(Schema):
    """A page of aid, the newest first."""

    items = fields.List(fields.Nested(AidSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class NeedyAsked(OfUnitAsked):
    """Which homes: of a list, on a day (today if none is given), only those that no programme covers."""

    list = fields.String(validate=validate.Length(1, 100))
    on = fields.Date()
    uncovered = fields.Boolean(load_default=False)


class NeedySchema(Schema):
    """A home on a list; `ends` is its last day there, null: none."""

    id = fields.UUID(required=True)
    place = fields.Nested(NamedThingSchema, required=True)
    unit = fields.Nested(NamedUnitSchema, required=True)
    list = fields.String(required=True)
    source = fields.String(required=True)
    since = fields.String(required=True, allow_none=True, metadata={"format": "date"})
    ends = fields.String(required=True, allow_none=True, metadata={"format": "date"})
    covered = fields.Boolean(required=True, metadata={"description": "A programme links it on that day"})


class NeedyPage(Schema):
    """A page of homes in the order of the codes of their units."""

    items = fields.List(fields.Nested(NeedySchema), required=True)
    next = fields.String(required=True, allow_none=True)


class AbsenceTold(Schema):
    """An absence under an id made by the client; without `person` one's own. Both days are included."""

    id = fields.UUID(required=True)
    person = fields.UUID()
    deputy = fields.UUID(required=True)
    first_on = fields.Date(required=True)
    last_on = fields.Date(required=True)
    reason = fields.Enum(AbsenceReason, by_value=True, load_default=AbsenceReason.LEAVE)


class AbsenceChange(Schema):
    """What is different now; what is not named stays."""

    deputy = fields.UUID()
    first_on = fields.Date()
    last_on = fields.Date()
    cancelled = fields.Boolean(load_default=False)


class AbsenceSchema(Schema):
    """Who is away, and who stands in."""

    id = fields.UUID(required=True)
    person = fields.Nested(NamedPersonSchema, required=True)
    deputy = fields.Nested(NamedPersonSchema, required=True)
    first_on = fields.String(required=True, metadata={"format": "date"})
    last_on = fields.String(required=True, metadata={"format": "date"})
    reason = WordField(AbsenceReason, required=True)
    told_at = fields.AwareDateTime(required=True)
    cancelled_at = fields.AwareDateTime(required=True, allow_none=True)


class AbsencesPage(Schema):
    """A page of absences, the newest word first."""

    items = fields.List(fields.Nested(AbsenceSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class RosterAsked(Schema):
    """Of which town, or of the towns under a unit, on which days, both included."""

    unit = fields.UUID(required=True)
    first_on = fields.Date(required=True)
    last_on = fields.Date(required=True)


class RosterPerson(Schema):
    """What one leader says of himself."""

    person = fields.Nested(NamedPersonSchema, required=True)
    state = WordField(RosterState, required=True)


class RosterDay(Schema):
    """One town on one day. `people` is there for those of the town itself alone."""

    on = fields.String(required=True, metadata={"format": "date"})
    unit = fields.Nested(NamedUnitSchema, required=True)
    stay = fields.Integer(required=True)
    on_duty = fields.Integer(required=True)
    leave = fields.Integer(required=True)
    trip = fields.Integer(required=True)
    people = fields.List(fields.Nested(RosterPerson), required=True, allow_none=True)


class RosterDays(Schema):
    """Days, and in each the towns in the order of their codes; towns of which nobody said anything are left out."""

    days = fields.List(fields.Nested(RosterDay), required=True)


class RosterWord(Schema):
    """Where one is on a day; null takes it back."""

    on = fields.Date(required=True)
    state = fields.Enum(RosterState, by_value=True, required=True, allow_none=True)


class RosterSaid(Schema):
    """The word that stands."""

    on = fields.String(required=True, metadata={"format": "date"})
    state = WordField(RosterState, required=True, allow_none=True)


def named(row: Any, name: str) -> dict[str, Any] | None:
    """`<name>_id` and `<name>_name` of a row as one thing, or None."""
    id_ = getattr(row, f"{name}_id")
    return None if id_ is None else {"id": id_, "name": getattr(row, f"{name}_name")}
