"""What a phone tells of itself is written down now and then: nobody waits for it, and nothing depends on it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from sync.models import DeviceHealth
from sync.policy import Devices

_NOTE = text(
    "INSERT INTO device_health AS h (device_id, at, app_version, unsent, oldest_unsent_at, clock_offset_s)"
    " VALUES (:device, :at, CAST(:app_version AS text), CAST(:unsent AS int), CAST(:oldest_at AS timestamptz),"
    "  CAST(:offset_s AS float8)) ON CONFLICT (device_id) DO UPDATE SET at = excluded.at,"
    " app_version = coalesce(excluded.app_version, h.app_version),"
    " clock_offset_s = coalesce(excluded.clock_offset_s, h.clock_offset_s),"
    " oldest_unsent_at = CASE WHEN excluded.unsent IS NULL THEN h.oldest_unsent_at ELSE excluded.oldest_unsent_at END,"
    " unsent = coalesce(excluded.unsent, h.unsent)"
)


@dataclass(frozen=True, slots=True)
class Told:
    """App version, records unsent, age of the oldest in seconds by the phone's own clock, and that clock now.

    What was not told is None.
    """

    app_version: str | None = None
    unsent: int | None = None
    oldest_s: int | None = None
    clock_at: datetime | None = None

    def offset_s(self, now: datetime) -> float | None:
        """How far the phone's clock is ahead of ours, in seconds."""
        return (self.clock_at - now).total_seconds() if self.clock_at else None


def note(session: Session, device_id: UUID, told: Told, now: datetime) -> None:
    """Write it down; what was not told stays as it was. The age of the oldest is true whatever that clock says."""
    if told == Told():
        return
    facts: dict[str, Any] = {
        "device": device_id,
        "at": now,
        "app_version": told.app_version,
        "unsent": told.unsent,
        "oldest_at": now - timedelta(seconds=told.oldest_s) if told.unsent and told.oldest_s is not None else None,
        "offset_s": told.offset_s(now),
    }
    session.execute(_NOTE, facts)


def known_health(session: Session, device_id: UUID) -> Any:
    """What the phone told last: (at, app_version, unsent), or None."""
    query = select(DeviceHealth.at, DeviceHealth.app_version, DeviceHealth.unsent)
    return session.execute(query.where(DeviceHealth.device_id == device_id)).one_or_none()


def is_due(before: Any, told: Told, now: datetime, policy: Devices) -> bool:
    """Whether it is to be written down: after a while, and at once when the app is another or all has been sent."""
    if before is None or now - before.at >= timedelta(seconds=policy.health_s):
        return True
    is_other_app = told.app_version not in (None, before.app_version)
    return is_other_app or (told.unsent is not None and (told.unsent == 0) != (before.unsent == 0))
