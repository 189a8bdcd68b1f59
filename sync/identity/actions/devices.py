"""Phones: enrolled with a one-time code, recognised by their token, retired or reported lost."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from sync import audit, clock, ids
from sync.access import Actor, actor_from
from sync.errors import refuse
from sync.identity import queries
from sync.identity.actions.health import Told, note
from sync.identity.actions.tokens import begin_family
from sync.identity.rules import KnownDevice, objection, slid_end
from sync.models import Device, Enrolment, Person
from sync.policy import Devices
from sync.words import DeviceState


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What a phone gets once: the token and its receipt key (32 bytes) are shown to nobody again."""

    device_id: UUID
    person_id: UUID
    token: str
    token_expires_at: datetime
    receipt_key: bytes


def issue_code(
    session: Session, person_id: UUID, now: datetime, life: timedelta, by: UUID | None = None
) -> tuple[str, datetime]:
    """A fresh code of eight digits and its end; codes issued before are void from now on."""
    session.execute(
        update(Enrolment)
        .where(Enrolment.person_id == person_id, Enrolment.used_at.is_(None), Enrolment.expires_at > now)
        .values(expires_at=now)
    )
    code, expires_at = ids.digits(8), now + life
    session.add(
        Enrolment(
            id=ids.uuid7(),
            person_id=person_id,
            code_hash=_code_hash(person_id, code),
            issued_by=by,
            issued_at=now,
            expires_at=expires_at,
        )
    )
    audit.record(session, "device.code_issued", person_id, actor_id=by)
    return code, expires_at


def spend_try(session: Session, username: str, now: datetime, policy: Devices) -> Enrolment | None:
    """Take one of the tries of the newest code of whoever enrols under this name; None: nothing left to try.

    Commit it before the code is compared, so that tries at the same time count too.
    """
    person_id = session.scalar(queries.person_named(username.strip().casefold()))
    if person_id is None:
        return None
    newest = session.scalars(queries.newest_code(person_id)).one_or_none()
    if newest is None:
        return None
    return session.scalars(
        update(Enrolment)
        .where(Enrolment.id == newest.id, Enrolment.tries < policy.code_tries, Enrolment.expires_at > now)
        .values(tries=Enrolment.tries + 1)
        .returning(Enrolment)
    ).one_or_none()


def enrol_device(
    session: Session,
    tried: Enrolment | None,
    code: str,
    now: datetime,
    policy: Devices,
    *,
    device_id: UUID | None = None,
    about: dict[str, Any],
    public_key: bytes | None = None,
) -> Enrolled:
    """Bind a phone to the person of a code.

    `device_id` is made by the phone: a phone of this person that is still in use gets a new token, its batches stay
    its own; a repeat after a lost answer is served while the phone was never seen. Raises enrolment-failed (wrong,
    used or ended code, a device of somebody else, or a lost one, with the wipe directive), too-many-devices.
    """
    device = session.get(Device, device_id) if device_id else None
    if device is not None and device.state is DeviceState.LOST:
        raise refuse("enrolment-failed", directives=[wipe_directive(device)])
    expected = tried.code_hash if tried else b"\0" * 32
    given = _code_hash(tried.person_id if tried else UUID(int=0), code)
    if not hmac.compare_digest(expected, given) or tried is None:
        raise refuse("enrolment-failed")
    device = _device_of(session, tried, device_id, now, policy)
    token = ids.token("ds")
    begin_family(session, device, ids.digest(token), now, policy)
    device.about, device.public_key = about, public_key
    session.add(device)
    session.flush()
    audit.record(session, "device.enrolled", device.id, actor_id=tried.person_id)
    return Enrolled(device.id, device.person_id, token, device.token_expires_at, device.receipt_key)


def _device_of(session: Session, tried: Enrolment, device_id: UUID | None, now: datetime, policy: Devices) -> Device:
    session.execute(select(Person.id).where(Person.id == tried.person_id).with_for_update())
    used_at = session.scalar(select(Enrolment.used_at).where(Enrolment.id == tried.id))
    device = session.get(Device, device_id, with_for_update=True, populate_existing=True) if device_id else None
    if device is not None and (device.person_id != tried.person_id or device.state is not DeviceState.ACTIVE):
        raise refuse("enrolment-failed")
    if used_at is not None and (device is None or device.seen_at is not None or device.enrolled_at != used_at):
        raise refuse("enrolment-failed")
    if device is None:
        device = _new_device(session, device_id or ids.uuid7(), tried.person_id, now, policy)
    if used_at is None:
        session.execute(update(Enrolment).where(Enrolment.id == tried.id).values(used_at=now))
        device.enrolled_at, device.seen_at = now, None
    return device


def _new_device(session: Session, device_id: UUID, person_id: UUID, now: datetime, policy: Devices) -> Device:
    in_use = session.scalars(queries.active_devices(person_id)).all()
    if len(in_use) >= policy.active_max:
        raise refuse(
            "too-many-devices",
            devices=[
                {"id": str(one.id), "model": one.about.get("model"), "enrolled_at": one.enrolled_at.isoformat()}
                for one in in_use
            ],
        )
    return Device(
        id=device_id,
        person_id=person_id,
        state=DeviceState.ACTIVE,
        state_at=now,
        receipt_key=ids.key(),
        enrolled_at=now,
        token_no=0,
    )


def end_device(session: Session, device_id: UUID, state: DeviceState, now: datetime, by: UUID | None = None) -> Device:
    """Retire a phone (it may still push for a while) or report it lost (it is told to wipe itself).

    Lost is for good; telling it twice changes nothing. Raises not-found.
    """
    device = session.scalars(select(Device).where(Device.id == device_id).with_for_update()).one_or_none()
    if device is None:
        raise refuse("not-found")
    if device.state is not state and device.state is not DeviceState.LOST:
        device.state, device.state_at = state, now
        audit.record(session, f"device.{state.value}", device_id, actor_id=by)
    return device


def recognise_device(
    session: Session, token_hash: bytes, now: datetime, policy: Devices, *, pushing: bool
) -> tuple[KnownDevice, Actor]:
    """The phone whose token has this SHA-256 and the person behind it.

    Raises token-unknown (`tokens.stand_in` may know it), token-expired, device-closed, or device-lost with the wipe
    directive in its body.
    """
    row = session.execute(queries.DEVICE_BY_TOKEN, token_facts(token_hash, now)).one_or_none()
    return admit(row, now, policy, pushing=pushing)


def token_facts(token_hash: bytes, now: datetime) -> dict[str, Any]:
    """Parameters of `queries.DEVICE_BY_TOKEN`."""
    return {"token_hash": token_hash, "on": clock.local(now).date()}


def admit(row: Sequence[Any] | None, now: datetime, policy: Devices, *, pushing: bool) -> tuple[KnownDevice, Actor]:
    """The phone and its person from a row of `queries.DEVICE_BY_TOKEN`; raises as `recognise_device` does."""
    if row is None:
        raise refuse("token-unknown")
    *columns, roles = row
    device = KnownDevice(*columns)
    problem = objection(device, now, policy, pushing=pushing)
    if problem:
        if device.state is DeviceState.LOST:
            problem.facts["directives"] = [wipe_directive(device)]
        raise problem
    return device, actor_from(device.person_id, roles, device.id)


def wipe_directive(device: KnownDevice | Device) -> dict[str, Any]:
    """Tell a lost phone to erase itself; signed with its receipt key so that nobody else can.

    The signature is HMAC-SHA256 over `wipe`, the device's id and the time, a line each.
    """
    at = device.state_at.isoformat(timespec="seconds")
    message = f"wipe\n{device.id}\n{at}".encode()
    signature = hmac.new(device.receipt_key, message, hashlib.sha256).digest()
    return {"kind": "wipe", "device": str(device.id), "at": at, "signature": base64.b64encode(signature).decode()}


def touch_device(session: Session, device: KnownDevice, now: datetime, policy: Devices, told: Told) -> None:
    """Note that the phone was seen, slide its token's end, and keep what it told of itself."""
    session.execute(
        update(Device).where(Device.id == device.id).values(seen_at=now, token_expires_at=slid_end(device, now, policy))
    )
    note(session, device.id, told, now)


def _code_hash(person_id: UUID, code: str) -> bytes:
    return ids.digest(f"{person_id}:{code}")
