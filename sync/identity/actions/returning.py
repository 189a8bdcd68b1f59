"""A phone that comes back after its token ended: the cadre's password and the phone's key make it known again."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from sync import audit, ids
from sync.errors import refuse
from sync.identity.actions.devices import Enrolled, wipe_directive
from sync.identity.actions.tokens import begin_family
from sync.identity.tokens import is_signed
from sync.models import Device
from sync.policy import Devices
from sync.words import DeviceState


@dataclass(frozen=True, slots=True)
class Returned:
    """A phone that wants in again, and what its key signed."""

    device_id: UUID
    nonce: str
    signature: bytes

    def signed(self) -> bytes:
        """The bytes that the signature is over."""
        return f"doorstep-login-1\n{self.device_id}\n{self.nonce}".encode()


def log_in(session: Session, person_id: UUID | None, returned: Returned, now: datetime, policy: Devices) -> Enrolled:
    """Begin a new family of tokens for a phone of this person (None: the password was wrong).

    Raises login-failed (another's phone, one without a key, a wrong signature; with the wipe directive if it is lost),
    device-closed.
    """
    device = session.get(Device, returned.device_id, with_for_update=True)
    if device is not None and device.state is DeviceState.LOST:
        raise refuse("login-failed", directives=[wipe_directive(device)])
    if device is None or device.person_id != person_id or device.public_key is None:
        raise refuse("login-failed")
    if not is_signed(device.public_key, returned.signature, returned.signed()):
        raise refuse("login-failed")
    if device.state is not DeviceState.ACTIVE:
        raise refuse("device-closed")
    token = ids.token("ds")
    begin_family(session, device, ids.digest(token), now, policy)
    device.seen_at = now
    audit.record(session, "device.logged_in", device.id, actor_id=device.person_id)
    return Enrolled(device.id, device.person_id, token, device.token_expires_at, device.receipt_key)
