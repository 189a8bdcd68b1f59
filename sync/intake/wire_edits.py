"""更正: what a cadre puts right in the registry, one field of one place a record."""

from datetime import date
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from sync.identity.contact_cipher import PhoneNumberError, normal
from sync.intake.wire_basics import Fix, Id, Line, Moment, NewPlace, Position
from sync.words import EditField, Residence

OF_CONTACT = frozenset({EditField.PHONE, EditField.CONTACT_NAME})
Told = Annotated[
    Line | Position | None,
    Meta(description="a text (a word of Residence for residence), a position for position, null for nothing"),
]


class PlaceEditRecord(Struct, frozen=True, kw_only=True, tag="place_edit", tag_field="kind"):
    """更正. `old` is what the phone showed, `new` what is right. It applies while the registry still says `old`; else a
    person sees both. `phone` and `contact_name` name the contact; one nobody has, with `old` null, is new."""

    id: Id
    place: UUID
    field: EditField
    old: Told = None
    new: Told = None
    contact: Annotated[UUID | None, Meta(description="for phone and contact_name")] = None
    new_place: Annotated[NewPlace | None, Meta(description="for household: found at the door without a visit")] = None
    fix: Annotated[Fix | None, Meta(description="for position: the reading that it rests on")] = None
    since_on: Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None
    note: Line = ""
    said: Moment


def fault(record: PlaceEditRecord) -> tuple[str, str] | None:
    """Why an edit makes no sense, and where (RFC 6901); None if it does."""
    if (record.contact is not None) is not (record.field in OF_CONTACT):
        return "phone and contact_name name a contact, the others none", "/contact"
    if (record.new_place is not None) is not (record.field is EditField.HOUSEHOLD):
        return "household brings its new_place, the others none", "/new_place"
    if record.new_place is not None and record.new_place.id != record.place:
        return "`place` is the id of the new_place", "/place"
    if record.since_on is not None and not _is_day(record.since_on):
        return "is not a day", "/since_on"
    wrong = next((name for name in ("old", "new") if not _suits(record, getattr(record, name), name)), None)
    return (f"does not suit the field {record.field}", f"/{wrong}") if wrong else None


def _suits(record: PlaceEditRecord, value: str | Position | None, name: str) -> bool:
    match record.field:
        case EditField.HOUSEHOLD:
            return value is None
        case EditField.POSITION:
            return isinstance(value, Position) or (value is None and name == "old")
        case EditField.RESIDENCE:
            return value in set(Residence)
        case EditField.PHONE:
            return value is None or (isinstance(value, str) and (name == "old" or _is_number(value)))
        case EditField.ADDRESS:
            return isinstance(value, str)
        case EditField.NAME | EditField.CONTACT_NAME:
            return (name == "old" and value is None) or (isinstance(value, str) and bool(value.strip()))


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_number(text: str) -> bool:
    try:
        normal(text)
    except PhoneNumberError:
        return False
    return True
