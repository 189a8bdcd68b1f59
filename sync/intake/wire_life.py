"""What phones tell of life in homes, of promises and of being away: parts of a visit and kinds of records."""

from datetime import date
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from sync.intake.wire_basics import Id, Line, Moment, Text
from sync.words import AbsenceReason, LifeEvent

On = Annotated[date, Meta(description="A day, YYYY-MM-DD")]


class Commitment(Struct, frozen=True):
    """承诺: what was promised, with a date."""

    id: Id
    text: Text
    due_on: On


class KeptTold(Struct, frozen=True):
    """承诺兑现: what the home says in this visit of an earlier promise."""

    id: Id
    commitment: UUID
    kept: bool


class Aid(Struct, frozen=True):
    """帮扶: what was given or arranged."""

    id: Id
    what: Line
    source: Line = ""
    given_on: On | None = None


class LifeEventSeen(Struct, frozen=True):
    """A life event noticed in this or another home. What it is, never more: no diagnosis."""

    id: Id
    event: LifeEvent
    place: UUID | None = None
    happened_on: On | None = None


class LifeEventRecord(Struct, frozen=True, kw_only=True, tag="life_event", tag_field="kind"):
    """必访事由: three taps of a community reporter or a cadre: what, in which home, when. No position, no photo."""

    id: Id
    event: LifeEvent
    place: UUID | None = None
    house: Annotated[Line | None, Meta(description="where no place is known: the house as people call it")] = None
    unit: Annotated[UUID | None, Meta(description="of the house; absent: the teller's own village")] = None
    happened_on: On | None = None
    told: Moment


class CommitmentKeptRecord(Struct, frozen=True, kw_only=True, tag="commitment_kept", tag_field="kind"):
    """承诺兑现: a promise was kept, or was not. With a later visit to that home it is confirmed by it."""

    id: Id
    commitment: UUID
    kept: bool = True
    text: Annotated[str, Meta(max_length=500)] = ""
    visit: UUID | None = None
    said: Moment


class AbsenceRecord(Struct, frozen=True, kw_only=True, tag="absence", tag_field="kind"):
    """请假与代管: away from one day to another, both included, and who stands in. The newest word of one absence
    stands."""

    id: Id
    absence: Annotated[UUID | None, Meta(description="an earlier one that is changed by this; absent: a new one")] = (
        None
    )
    deputy: UUID
    first_on: On
    last_on: On
    reason: AbsenceReason = AbsenceReason.LEAVE
    cancelled: bool = False
    said: Moment


def fault(record: LifeEventRecord | AbsenceRecord) -> tuple[str, str] | None:
    """Why a record makes no sense, and where (RFC 6901); None if it does."""
    if isinstance(record, AbsenceRecord):
        return ("an absence ends before it begins", "/last_on") if record.last_on < record.first_on else None
    if (record.place is None) is not bool(record.house and record.house.strip()):
        return "a life event names its place or its house, one of them", "/house"
    return None
