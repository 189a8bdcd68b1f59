"""GET /console/v1/retention: how long what is kept, what the last nights let go of; for the system administrator."""

from typing import Any

from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from api import auth
from api.blueprint import Blueprint
from api.schemas.review import BothSchema
from api.schemas.words import WordField
from api.session import house, reading
from sync.access import sees
from sync.errors import refuse
from sync.privacy import queries, retention
from sync.privacy.rules import KEPT
from sync.roles import Noun
from sync.words import Retained

blp = Blueprint("retention", __name__, description="保存期限 / how long what is kept")
NEWEST = 30


class KeptRule(Schema):
    """One line of the table."""

    what = WordField(Retained, required=True)
    label = fields.Nested(BothSchema, required=True)
    days = fields.Integer(required=True)
    then = fields.Nested(BothSchema, required=True)
    why = fields.Nested(BothSchema, required=True)


class ReportLine(Schema):
    """What went of one kind, and what older data stayed."""

    what = WordField(Retained, required=True)
    before = fields.String(required=True, metadata={"format": "date", "description": "First day whose data stays"})
    gone = fields.Integer(required=True)
    stayed = fields.Integer(required=True)
    why_stayed = fields.Nested(BothSchema, required=True, allow_none=True)


class Report(Schema):
    """One run; null `ended_at`: it goes on."""

    id = fields.UUID(required=True)
    began_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    policy_version = fields.String(required=True)
    lines = fields.List(fields.Nested(ReportLine), required=True)


class RetentionShown(Schema):
    """The table and the newest reports."""

    rules = fields.List(fields.Nested(KeptRule), required=True)
    reports = fields.List(fields.Nested(Report), required=True)


@blp.get("/retention")
@blp.response(200, RetentionShown)
@blp.alt_response(403, "FORBIDDEN")
def show() -> dict[str, Any]:
    """The retention table of the policy and the reports of the last runs."""
    actor, policy = auth.actor(), house().policy
    if not sees(actor, Noun.RETENTION):
        raise refuse("forbidden")

    def work(session: Session) -> list[Any]:
        return list(session.execute(queries.reports(actor, NEWEST)))

    rules = [
        {"what": kept.what, "label": kept.what, "days": kept.days(policy), "then": kept.then, "why": kept.why}
        for kept in KEPT
    ]
    reports = [row._asdict() | {"lines": retention.lines_of(row)} for row in reading(work)]
    return {"rules": rules, "reports": reports}
