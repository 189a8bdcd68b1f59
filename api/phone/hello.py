"""GET /phone/v1/hello: limits, time and what is missing, before anything else is sent."""

from typing import Any

from sqlalchemy import text

from api import auth
from api.blueprint import Blueprint
from api.schemas.batch import HelloSchema
from api.session import house, reading
from sync import clock
from sync.intake import parse
from sync.intake.queries import sequence_gaps

blp = Blueprint("hello", __name__)


@blp.get("/hello")
@blp.response(200, HelloSchema)
def hello() -> dict[str, Any]:
    """Limits of a batch, newest schema, server time, and gaps in this phone's batch numbers."""
    push, device = house().policy.push, auth.device()
    gaps, epoch = reading(
        lambda session: (
            sequence_gaps(session, device.id),
            session.scalar(text("SELECT value->>'epoch' FROM installation WHERE key = 'feed'")),
        )
    )
    return {
        "server_time": clock.now(),
        "schema_newest": parse.SCHEMA,
        "limits": {
            name: getattr(push, name)
            for name in ("records_max", "wire_bytes_max", "json_bytes_max", "fixes_max", "depth_max")
        }
        | {"photo_bytes_max": house().policy.photos.bytes_max},
        "feed_epoch": int(epoch or 1),
        "sequence_gaps": [{"first": first, "last": last} for first, last in gaps],
        "upgrade": "none",
    }
