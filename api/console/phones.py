"""/console/v1/devices and /enrolments: the unit's administrator gives codes out and ends phones."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import auth
from api.blueprint import Blueprint
from api.schemas.person import NamedPersonSchema
from api.session import house, reading, writing
from sync import clock
from sync.access import Noun, Verb, above, may, within
from sync.errors import refuse
from sync.identity import queries
from sync.identity.actions import devices, people
from sync.identity.rules import enrolment_address
from sync.models import Device
from sync.words import DeviceState

blp = Blueprint("phones", __name__)
PAGE = 200


class CodeAsked(Schema):
    """For whom, and how long: ten minutes face to face, or the hours of a printed sheet."""

    staff_no = fields.String(required=True, validate=validate.Length(1, 200))
    hours = fields.Integer(strict=True, validate=validate.Range(1, 720))


class CodeIssued(Schema):
    """A one-time code; it is shown this once and voids the codes before."""

    username = fields.String(required=True, metadata={"description": "User name or staff number to enrol with"})
    code = fields.String(required=True)
    expires_at = fields.AwareDateTime(required=True)
    address = fields.String(required=True, metadata={"description": "What the QR code of the enrolment says"})


class DeviceShown(Schema):
    """A phone and how it is doing; nothing of what it handed in."""

    id = fields.UUID(required=True)
    person = fields.Nested(NamedPersonSchema, required=True)
    state = fields.Enum(DeviceState, by_value=True, required=True)
    state_at = fields.AwareDateTime(required=True)
    enrolled_at = fields.AwareDateTime(required=True)
    seen_at = fields.AwareDateTime(required=True, allow_none=True)
    about = fields.Dict(required=True)


class Devices(Schema):
    """A page of phones; `next` is the `after` of the next page, null at the end."""

    items = fields.List(fields.Nested(DeviceShown), required=True)
    next = fields.UUID(required=True, allow_none=True)


class After(Schema):
    """Where a page begins."""

    after = fields.UUID(load_default=UUID(int=0))


class Ended(Schema):
    """Retired phones may still hand in what they hold; lost ones are told to erase themselves, for good."""

    state = fields.Enum(
        DeviceState, by_value=True, required=True, validate=validate.OneOf([DeviceState.RETIRED, DeviceState.LOST])
    )


@blp.post("/enrolments")
@blp.arguments(CodeAsked)
@blp.response(201, CodeIssued)
def issue_code(asked: dict[str, Any]) -> dict[str, Any]:
    """Give out a code for somebody who holds a role at a unit of the administrator."""
    actor, opened = auth.actor(), house()
    minutes = opened.policy.devices.code_minutes
    life = timedelta(hours=asked["hours"]) if "hours" in asked else timedelta(minutes=minutes)

    def work(session: Session) -> dict[str, Any]:
        person = people.person_of_staff_no(session, asked["staff_no"])
        _require(session, Verb.ISSUE_CODE, person.id)
        username = session.scalars(queries.enrolling_name(person.id)).one()
        code, expires_at = devices.issue_code(session, person.id, clock.now(), life, by=actor.person_id)
        address = enrolment_address(opened.settings.address, username, code)
        return {"username": username, "code": code, "expires_at": expires_at, "address": address}

    return writing(work)


@blp.get("/devices")
@blp.arguments(After, location="query")
@blp.response(200, Devices)
def list_devices(page: dict[str, Any]) -> dict[str, Any]:
    """Phones that the viewer may see, in the order of their ids."""
    query = queries.devices().order_by(None).order_by(Device.id).where(Device.id > page["after"]).limit(PAGE)
    rows = reading(lambda session: session.execute(within(auth.actor(), query, Noun.DEVICE)).all())
    items = [row._asdict() | {"person": {"id": row.person_id, "name": row.name}} for row in rows]
    return {"items": items, "next": rows[-1].id if len(rows) == PAGE else None}


@blp.post("/devices/<uuid:device_id>/state")
@blp.arguments(Ended)
@blp.response(200, Ended)
def end_device(asked: dict[str, Any], device_id: UUID) -> dict[str, Any]:
    """Retire a phone or report it lost. Lost is for good."""

    def work(session: Session) -> DeviceState:
        owner = session.scalar(select(Device.person_id).where(Device.id == device_id))
        if owner is None:
            raise refuse("not-found")
        _require(session, Verb.END_DEVICE, owner)
        return devices.end_device(session, device_id, asked["state"], clock.now(), auth.actor().person_id).state

    return {"state": writing(work)}


def _require(session: Session, verb: Verb, person_id: UUID) -> None:
    """Raises forbidden unless the actor may do this to somebody who holds a role at one of these units."""
    units = session.scalars(queries.units_of_person(person_id, clock.today())).all()
    if not may(auth.actor(), verb, *(session.scalars(above(unit)).all() for unit in units)):
        raise refuse("forbidden")
