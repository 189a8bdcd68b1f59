"""What a phone is told about itself, and what the administrator of its unit sees of it."""

from datetime import datetime, timedelta
from typing import Any

from marshmallow import Schema, fields

from api.schemas.person import NamedPersonSchema
from sync.policy import Devices
from sync.words import DeviceAlarm, DeviceState


class LockSchema(Schema):
    """The dead-man lock: a phone without contact for so long locks itself until login; what it holds stays.

    Every answer to a request with a token is contact, 304 too. `after_s` counts on the phone's clock that never
    jumps; `at` is the same moment by the server's clock.
    """

    after_s = fields.Integer(required=True)
    at = fields.AwareDateTime(required=True)


def dead_man_lock(now: datetime, policy: Devices) -> dict[str, Any]:
    """The lock from this contact on."""
    life = timedelta(days=policy.lock_days)
    return {"after_s": int(life.total_seconds()), "at": now + life}


class TokenTermSchema(Schema):
    """The token of this request: its sliding end, and when it is to be exchanged (null: never, there is no key)."""

    expires_at = fields.AwareDateTime(required=True)
    rotate_after = fields.AwareDateTime(required=True, allow_none=True)


class PhoneClockSchema(Schema):
    """How the phone's clock goes, if the request told it (Doorstep-Clock)."""

    offset_s = fields.Float(required=True, metadata={"description": "So far ahead of the server, in seconds"})
    is_wrong = fields.Boolean(required=True, metadata={"description": "The phone says so to its cadre"})


class SyncHealthSchema(Schema):
    """How a phone's sync is doing; null is what it never told. Nothing of any household."""

    told_at = fields.AwareDateTime(required=True, allow_none=True)
    app_version = fields.String(required=True, allow_none=True)
    is_old = fields.Boolean(required=True, metadata={"description": "Older than the policy's app_version_min"})
    unsent = fields.Integer(required=True, allow_none=True, metadata={"description": "Records that it still holds"})
    oldest_unsent_at = fields.AwareDateTime(required=True, allow_none=True)
    clock_offset_s = fields.Float(required=True, allow_none=True)
    clock_is_wrong = fields.Boolean(required=True)
    quarantined = fields.Integer(required=True, metadata={"description": "Records and batches left to the operator"})
    waiting = fields.Integer(required=True, metadata={"description": "Records held, parked or not permitted"})
    pulled_at = fields.AwareDateTime(required=True, allow_none=True)
    is_level = fields.Boolean(required=True, metadata={"description": "Its last pull came to the end, nothing since"})
    behind = fields.Integer(required=True, metadata={"description": "Changes since what it pulled last"})


class DeviceSchema(Schema):
    """A phone and how it is doing; nothing of what it handed in."""

    id = fields.UUID(required=True)
    person = fields.Nested(NamedPersonSchema, required=True)
    staff_no = fields.String(required=True)
    state = fields.Enum(DeviceState, by_value=True, required=True)
    state_at = fields.AwareDateTime(required=True)
    closes_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "A retired phone may hand in until then"}
    )
    enrolled_at = fields.AwareDateTime(required=True)
    seen_at = fields.AwareDateTime(required=True, allow_none=True)
    about = fields.Dict(required=True)
    token_expires_at = fields.AwareDateTime(required=True)
    alarm = fields.Enum(DeviceAlarm, by_value=True, required=True, allow_none=True)
    alarm_at = fields.AwareDateTime(required=True, allow_none=True)
    health = fields.Nested(SyncHealthSchema, required=True)


class DevicePageSchema(Schema):
    """A page of phones; `next` is the `after` of the next page, null at the end."""

    items = fields.List(fields.Nested(DeviceSchema), required=True)
    next = fields.UUID(required=True, allow_none=True)


class FleetSchema(Schema):
    """Phones by how they are doing; all but `retired` and `lost` count phones in use."""

    active = fields.Integer(required=True)
    retired = fields.Integer(required=True)
    lost = fields.Integer(required=True)
    silent = fields.Integer(required=True, metadata={"description": "No contact for silent_days"})
    old_version = fields.Integer(required=True)
    wrong_clock = fields.Integer(required=True)
    quarantined = fields.Integer(required=True)
    unsent = fields.Integer(required=True, metadata={"description": "Hold something older than silent_days"})
    alarmed = fields.Integer(required=True)
    silent_days = fields.Integer(required=True)


FLEET = {
    "active": 120,
    "retired": 3,
    "lost": 1,
    "silent": 9,
    "old_version": 14,
    "wrong_clock": 2,
    "quarantined": 1,
    "unsent": 17,
    "alarmed": 0,
    "silent_days": 7,
}
DEVICE = {
    "id": "01932c5e-7c00-7000-8000-0000000000d1",
    "person": {"id": "01932c5e-7c00-7000-8000-0000000000c1", "name": "李伟"},
    "staff_no": "PL0417",
    "state": "active",
    "state_at": "2026-01-05T01:00:00+00:00",
    "closes_at": None,
    "enrolled_at": "2026-01-05T01:00:00+00:00",
    "seen_at": "2026-03-10T11:02:11+00:00",
    "about": {"model": "Redmi 12C", "os": "Android 13", "app_version": "1.0.0"},
    "token_expires_at": "2026-06-08T11:02:11+00:00",
    "alarm": "copied",
    "alarm_at": "2026-03-09T23:00:00+00:00",
    "health": {
        "told_at": "2026-03-10T11:02:11+00:00",
        "app_version": "1.4.2",
        "is_old": False,
        "unsent": 3,
        "oldest_unsent_at": "2026-03-09T11:02:11+00:00",
        "clock_offset_s": -31536000.0,
        "clock_is_wrong": True,
        "quarantined": 0,
        "waiting": 1,
        "pulled_at": "2026-03-10T11:00:00+00:00",
        "is_level": False,
        "behind": 12,
    },
}
