"""GET /phone/v1/hello: limits, time and what is missing, before anything else is sent."""

from functools import partial
from typing import Any

from sqlalchemy import text

from api import auth, telling
from api.blueprint import Blueprint
from api.schemas.batch import HELLO, HelloSchema
from api.schemas.device import dead_man_lock
from api.session import house, reading, writing
from sync import clock
from sync.identity import officers
from sync.identity.actions.health import is_due, known_health, note
from sync.identity.queries import has_device_key
from sync.identity.rules import is_old, slid_end
from sync.identity.tokens import rotate_after
from sync.intake import parse
from sync.intake.queries import sequence_gaps
from sync.policy import Devices
from sync.registry import overrides

blp = Blueprint("hello", __name__)


@blp.get("/hello")
@blp.doc(parameters=[telling.CLOCK_HEADER, telling.PHONE_HEADER])
@blp.response(200, HelloSchema, example=HELLO)
def hello() -> dict[str, Any]:
    """Limits of a batch, newest schema, server time, gaps in this phone's batch numbers, which kinds of evidence
    the unit of its cadre collects today, to whose keys sealed matters are encrypted, the term of its token, when it
    locks itself, how its clock goes."""
    push, device, actor, now = house().policy.push, auth.device(), auth.actor(), clock.now()
    policy, told = house().policy.devices, telling.told()
    units = [held.unit_id for held in actor.roles]
    gaps, epoch, evidence, sealing, has_key, health = reading(
        lambda session: (
            sequence_gaps(session, device.id),
            session.scalar(text("SELECT value->>'epoch' FROM installation WHERE key = 'feed'")),
            overrides.evidence_told(session, house().policy, units, clock.today()),
            officers.sets_for(session, units, clock.today()),
            session.scalar(has_device_key(device.id)),
            known_health(session, device.id),
        )
    )
    if is_due(health, told, now, policy):
        writing(partial(note, device_id=device.id, told=told, now=now))
    app_version = told.app_version or (health.app_version if health else None)
    return {
        "server_time": now,
        "schema_newest": parse.SCHEMA,
        "limits": {
            name: getattr(push, name)
            for name in ("records_max", "wire_bytes_max", "json_bytes_max", "fixes_max", "depth_max")
        }
        | {"photo_bytes_max": house().policy.photos.bytes_max},
        "feed_epoch": int(epoch or 1),
        "sequence_gaps": [{"first": first, "last": last} for first, last in gaps],
        "evidence": evidence,
        "sealing": {kind.value: {"key_id": one.key_id, "keys": one.keys} for kind, one in sealing.items()},
        "token": {
            "expires_at": slid_end(device, now, policy),
            "rotate_after": rotate_after(device.token_ends_at, policy) if has_key else None,
        },
        "lock": dead_man_lock(now, policy),
        "clock": _clock(told.offset_s(now), policy),
        "upgrade": "advised" if is_old(app_version, policy) else "none",
    }


def _clock(offset_s: float | None, policy: Devices) -> dict[str, Any] | None:
    return None if offset_s is None else {"offset_s": offset_s, "is_wrong": abs(offset_s) > policy.clock_wrong_s}
