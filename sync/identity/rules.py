"""Pure rules of logins and phones: when a token ends, what a phone in each state may do."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sync.errors import Problem, refuse
from sync.policy import Devices
from sync.words import DeviceState


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A phone as its token showed it."""

    id: UUID
    person_id: UUID
    state: DeviceState
    state_at: datetime
    token_expires_at: datetime
    token_ends_at: datetime
    receipt_key: bytes
    seen_at: datetime | None


def objection(device: KnownDevice, now: datetime, policy: Devices, *, pushing: bool) -> Problem | None:
    """Why this phone is not served, or None. A retired phone may push its drafts for a while, nothing else."""
    if device.state is DeviceState.LOST:
        return refuse("device-lost")
    if device.state is DeviceState.RETIRED:
        closes_at = device.state_at + timedelta(days=policy.retired_push_days)
        if not pushing or now >= closes_at:
            return refuse("device-closed")
    if now >= min(device.token_expires_at, device.token_ends_at):
        return refuse("token-expired")
    return None


def is_stale(device: KnownDevice, now: datetime, policy: Devices) -> bool:
    """Whether `seen_at` and the sliding end are due to be written again; once an hour is enough."""
    return device.seen_at is None or now - device.seen_at >= timedelta(seconds=policy.touch_s)


def slid_end(device: KnownDevice, now: datetime, policy: Devices) -> datetime:
    """The new end of the token: `token_days` from now, never past its absolute end."""
    return min(now + timedelta(days=policy.token_days), device.token_ends_at)
