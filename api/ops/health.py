"""GET /health: may requests be sent here, and what does the house stand on?"""

from typing import Any

from marshmallow import Schema, fields
from marshmallow.validate import OneOf

from api.blueprint import Blueprint
from api.ops.checks import look
from api.session import house

blp = Blueprint("health", __name__)


class CheckSchema(Schema):
    """One dependency; which facts there are depends on its name."""

    name = fields.String(required=True)
    ok = fields.Boolean(required=True)
    vital = fields.Boolean(required=True, metadata={"description": "Without it nothing can be acknowledged"})
    latency_ms = fields.Float(required=True)
    facts = fields.Dict(
        keys=fields.String(),
        values=fields.Float(allow_none=True),
        required=True,
        metadata={"description": "Counts, ages in seconds, shares"},
    )


class HealthSchema(Schema):
    """`ok`, `degraded` (batches are acknowledged, but not everything works) or `broken`."""

    status = fields.String(required=True, validate=OneOf(["ok", "degraded", "broken"]))
    checks = fields.List(fields.Nested(CheckSchema), required=True)


@blp.get("/health")
@blp.response(200, HealthSchema)
@blp.alt_response(503, schema=HealthSchema, description="Something vital is broken", success=True)
def health() -> Any:
    """Whether this server can acknowledge batches.

    503 only when it cannot: without Redis or workers phones still hand in, and the work is done later.
    """
    checks = look(house())
    broken = any(check.vital and not check.ok for check in checks)
    status = "broken" if broken else "ok" if all(check.ok for check in checks) else "degraded"
    return {"status": status, "checks": checks}, 503 if broken else 200
