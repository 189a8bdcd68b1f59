"""/console/v1/devices and /enrolments: the unit's administrator gives codes out and ends phones."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import auth
from api.blueprint import Blueprint
from api.schemas.device import DEVICE, FLEET, DevicePageSchema, FleetSchema
from api.session import house, reading, writing
from sync import clock
from sync.access import above, may, within
from sync.errors import refuse
from sync.identity import fleet, queries
from sync.identity.actions import devices, people
from sync.identity.fleet import Backlog
from sync.identity.rules import RELEASE, enrolment_address, is_old
from sync.models import Device
from sync.policy import Devices
from sync.roles import Noun, Verb
from sync.words import DeviceState

blp = Blueprint("phones", __name__)
PAGE = 200
ISSUED = {
    "username": "cadre-li",
    "code": "04718265",
    "expires_at": "2026-03-10T11:12:11+00:00",
    "address": "https://doorstep.example/enrol#username=cadre-li&code=04718265",
}


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


class Wanted(Schema):
    """Where a page begins, and which phones. Whoever asks for a trouble sees phones in use."""

    after = fields.UUID(load_default=UUID(int=0))
    state = fields.Enum(DeviceState, by_value=True)
    silent_days = fields.Integer(
        validate=validate.Range(1, 3650), metadata={"description": "Without contact for so many days"}
    )
    version_below = fields.String(
        validate=validate.Regexp(RELEASE + r"\Z"),
        metadata={"description": "An older app than this", "example": "1.4.0"},
    )
    old_version = fields.Boolean(metadata={"description": "An older app than the policy's"})
    wrong_clock = fields.Boolean()
    quarantined = fields.Boolean(metadata={"description": "Something of it was left to the operator"})
    unsent = fields.Boolean(metadata={"description": "Hold something older than the policy's silent_days"})
    alarmed = fields.Boolean(metadata={"description": "An old token was used again, or two phones share one copy"})
    person_id = fields.UUID()
    unit_id = fields.UUID(metadata={"description": "Of people with a role there or below"})


class OfUnit(Schema):
    """Whose phones."""

    unit_id = fields.UUID(load_default=None)


class Ended(Schema):
    """Retired phones may still hand in what they hold; lost ones are told to erase themselves, for good."""

    state = fields.Enum(
        DeviceState, by_value=True, required=True, validate=validate.OneOf([DeviceState.RETIRED, DeviceState.LOST])
    )


@blp.post("/enrolments")
@blp.arguments(CodeAsked)
@blp.response(201, CodeIssued, example=ISSUED)
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
@blp.arguments(Wanted, location="query")
@blp.response(200, DevicePageSchema, example={"items": [DEVICE], "next": None})
def list_devices(wanted: dict[str, Any]) -> dict[str, Any]:
    """Phones that the viewer may see with the health of their sync, in the order of their ids."""
    now, policy, after = clock.now(), house().policy.devices, wanted.pop("after")
    query = fleet.phones(fleet.Asked(**wanted), now, policy).where(Device.id > after).limit(PAGE)

    def work(session: Session) -> list[dict[str, Any]]:
        rows = session.execute(within(auth.actor(), query, Noun.DEVICE)).all()
        backlogs = fleet.backlogs(session, [row.id for row in rows])
        return [_shown(row, backlogs[row.id], policy) for row in rows]

    items = reading(work)
    return {"items": items, "next": items[-1]["id"] if len(items) == PAGE else None}


@blp.get("/devices/summary")
@blp.arguments(OfUnit, location="query")
@blp.response(200, FleetSchema, example=FLEET)
def summarise(asked: dict[str, Any]) -> dict[str, Any]:
    """How many of the viewer's phones are silent, old, wrong in time …"""
    now, policy = clock.now(), house().policy.devices
    query = within(auth.actor(), fleet.summary(asked["unit_id"], now, policy), Noun.DEVICE)
    counts = reading(lambda session: session.execute(query).one())
    return {**counts._mapping, "silent_days": policy.silent_days}


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


def _shown(row: Any, backlog: Backlog, policy: Devices) -> dict[str, Any]:
    closes_at = row.state_at + timedelta(days=policy.retired_push_days)
    known: dict[str, Any] = row._asdict()
    health = known | backlog._asdict()
    health["is_old"] = is_old(row.app_version, policy)
    health["clock_is_wrong"] = abs(row.clock_offset_s or 0) > policy.clock_wrong_s
    health["is_level"] = bool(row.is_whole) and backlog.behind == 0
    return known | {
        "person": {"id": row.person_id, "name": row.name},
        "closes_at": closes_at if row.state is DeviceState.RETIRED else None,
        "health": health,
    }


def _require(session: Session, verb: Verb, person_id: UUID) -> None:
    """Raises forbidden unless the actor may do this to somebody who holds a role at one of these units."""
    units = session.scalars(queries.units_of_person(person_id, clock.today())).all()
    if not may(auth.actor(), verb, *(session.scalars(above(unit)).all() for unit in units)):
        raise refuse("forbidden")
