"""Pure rules of logins and phones: how long wrong tries lock an account, when a token ends, what a phone may do."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import urlencode
from uuid import UUID

from sync.errors import Problem, refuse
from sync.policy import Devices, Logins
from sync.words import DeviceState

RELEASE = r"^\d{1,9}(?:\.\d{1,9}){0,5}"  # PostgreSQL reads it alike
_USERNAME = re.compile(r"[\w.@-]{2,64}")
_RELEASE = re.compile(RELEASE)


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
        return None if pushing and now < closes_at else refuse("device-closed")
    if now >= min(device.token_expires_at, device.token_ends_at):
        return refuse("token-expired")
    return None


def is_stale(device: KnownDevice, now: datetime, policy: Devices) -> bool:
    """Whether `seen_at` and the sliding end are due to be written again; once an hour is enough."""
    return device.seen_at is None or now - device.seen_at >= timedelta(seconds=policy.touch_s)


def slid_end(device: KnownDevice, now: datetime, policy: Devices) -> datetime:
    """The new end of the token: `token_days` from now, never past its absolute end."""
    return min(now + timedelta(days=policy.token_days), device.token_ends_at)


def release(version: str) -> tuple[int, ...]:
    """The numbers that a version begins with, to be compared: `1.10.2-beta` is (1, 10, 2); () if there are none."""
    found = _RELEASE.match(version)
    return tuple(int(part) for part in found[0].split(".")) if found else ()


def is_old(app_version: str | None, policy: Devices) -> bool:
    """Whether an app is older than the policy's; one that says nothing readable is not called old."""
    numbers = release(app_version or "")
    return bool(numbers) and numbers < release(policy.app_version_min)


def address_key(address: str) -> str:
    """Under which wrong tries from an address count: an IPv6 network of 64 bits is one sender."""
    try:
        known = ip_address(address)
    except ValueError:
        return f"address:{address}"
    if isinstance(known, IPv6Address):
        if known.ipv4_mapped is None:
            return f"address:{ip_network((int(known) >> 64 << 64, 64))}"
        known = known.ipv4_mapped
    return f"address:{known}"


def enrolment_address(server: str, username: str, code: str) -> str:
    """What the QR code of an enrolment says; name and code stand behind #, so that no server log keeps them."""
    return f"{server}/enrol#{urlencode({'username': username, 'code': code})}"


def locked_until(failures: Sequence[datetime], policy: Logins) -> datetime | None:
    """When the lock that these failures (in order of time, since the last success) caused ends; None: no lock yet.

    `failures_max` within the window lock for one window; each further failure soon after a lock doubles it, up to
    `lock_hours_max`. A lock may lie in the past.
    """
    window, longest = timedelta(seconds=policy.failures_window_s), timedelta(hours=policy.lock_hours_max)
    recent: list[datetime] = []
    length = timedelta(0)
    until: datetime | None = None
    for at in failures:
        if until is not None and at < until + length:
            length = min(length * 2, longest)
            until = at + length
            continue
        recent = [*(other for other in recent if at - other < window), at]
        if len(recent) >= policy.failures_max:
            length, until, recent = window, at + window, []
    return until


def username(typed: str) -> str:
    """The form in which a user name is stored and compared. Raises username-invalid."""
    name = unicodedata.normalize("NFKC", typed).strip().casefold()
    if not _USERNAME.fullmatch(name):
        raise refuse("username-invalid")
    return name
