"""Phones: recognised by their token."""

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from sync import ids
from sync.access import Actor, HeldRole
from sync.errors import refuse
from sync.identity.queries import device_by_token
from sync.identity.rules import KnownDevice, objection, slid_end
from sync.models import Device
from sync.policy import Devices
from sync.words import DeviceState, Role


def held(roles: list[list[str]] | None) -> tuple[HeldRole, ...]:
    """Roles from the JSON of `queries.held_roles`."""
    return tuple(HeldRole(Role(role), UUID(unit_id)) for role, unit_id in roles or ())


def recognise_device(
    session: Session, token: str, now: datetime, policy: Devices, *, pushing: bool
) -> tuple[KnownDevice, Actor]:
    """The phone that holds `token` and the person behind it.

    Raises token-unknown, token-expired, device-closed, or device-lost with the wipe directive in its body.
    """
    row = session.execute(device_by_token(ids.digest(token), now)).one_or_none()
    if row is None:
        raise refuse("token-unknown")
    *columns, roles = row
    device = KnownDevice(*columns)
    problem = objection(device, now, policy, pushing=pushing)
    if problem:
        if device.state is DeviceState.LOST:
            problem.facts["directives"] = [wipe_directive(device)]
        raise problem
    return device, Actor(device.person_id, held(roles), device.id)


def wipe_directive(device: KnownDevice) -> dict[str, Any]:
    """Tell a lost phone to erase itself; signed with its receipt key (HMAC-SHA256), so that nobody else can."""
    at = device.state_at.isoformat(timespec="seconds")
    message = f"wipe\n{device.id}\n{at}".encode()
    signature = hmac.new(device.receipt_key, message, hashlib.sha256).digest()
    return {"kind": "wipe", "device": str(device.id), "at": at, "signature": base64.b64encode(signature).decode()}


def touch_device(session: Session, device: KnownDevice, now: datetime, policy: Devices) -> None:
    """Note that the phone was seen and slide its token's end."""
    session.execute(
        update(Device).where(Device.id == device.id).values(seen_at=now, token_expires_at=slid_end(device, now, policy))
    )
