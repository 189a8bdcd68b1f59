"""GET /phone/v1/visits: a cadre's own visits, what became of each, and what he can still say about it.

He answers with records of a batch: `answer` to a question, `attestation` (with `appeal` after a refusal), `co_visit`.
"""

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from api import auth, paging
from api.blueprint import Blueprint
from api.paging import Key, PageAsked, page
from api.schemas.review import BothSchema, NamedSchema
from api.schemas.words import WordField
from api.session import writing
from sync import audit
from sync.access import Actor, narrowed
from sync.errors import refuse
from sync.models import Visit
from sync.pipeline.telling import told
from sync.registry import doors
from sync.review import own
from sync.review.own import Around
from sync.review.rules import may_appeal
from sync.words import Attestation, Cause, Mode, Outcome, Reason, Recorded, Role, SameKind, Statement, Verdict

blp = Blueprint("visits", __name__, description="我的走访 / a cadre's own visits")
BY_TIME = [Key(Visit.started_at, "started_at", paging.moment), Key(Visit.id, "id", paging.uuid)]


class OpenQuestion(Schema):
    """A question that waits for an answer."""

    id = fields.UUID(required=True)
    text = fields.String(required=True)
    at = fields.AwareDateTime(required=True)


class SameAs(Schema):
    """Another record of the same visit; `is_child`: this one points to the other."""

    visit = fields.UUID(required=True)
    kind = WordField(SameKind, required=True)
    is_child = fields.Boolean(required=True)


class Visitor(NamedSchema):
    """Somebody who took part, by the record."""

    is_recorder = fields.Boolean(required=True)
    confirmed = fields.Boolean(required=True)


class OwnVisit(Schema):
    """One visit. It counts unless a person refused it or it repeats another record."""

    visit = fields.UUID(required=True)
    place = fields.Nested(NamedSchema, required=True)
    started_at = fields.AwareDateTime(required=True)
    verdict = WordField(Verdict, required=True)
    explanation = fields.Nested(BothSchema, required=True)
    counts = fields.Boolean(required=True)
    questions = fields.List(fields.Nested(OpenQuestion), required=True)
    may_appeal = fields.Boolean(required=True)
    photos_missing = fields.List(fields.String(), required=True, metadata={"description": "SHA-256, hex"})
    same = fields.List(fields.Nested(SameAs), required=True)
    party = fields.List(fields.Nested(Visitor), required=True)


class OwnVisits(Schema):
    """A page of visits, the newest first."""

    items = fields.List(fields.Nested(OwnVisit), required=True)
    next = fields.String(required=True, allow_none=True)


class ReasonTold(Schema):
    """A reason by its code and in words."""

    code = WordField(Reason, required=True)
    label = fields.Nested(BothSchema, required=True)


class OwnSaid(Schema):
    """What this cadre said."""

    id = fields.UUID(required=True)
    kind = WordField(Statement, required=True)
    codes = fields.List(WordField(Attestation), required=True)
    text = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    question = fields.UUID(required=True, allow_none=True)


class OwnVisitWhole(OwnVisit):
    """One visit with its reasons and what was said about it."""

    ended_at = fields.AwareDateTime(required=True)
    received_at = fields.AwareDateTime(required=True)
    outcome = WordField(Outcome, required=True)
    mode = WordField(Mode, required=True)
    recorded = WordField(Recorded, required=True)
    reasons = fields.List(fields.Nested(ReasonTold), required=True)
    decided_because = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Reason of the verifier whose verdict stands"},
    )
    said = fields.List(fields.Nested(OwnSaid), required=True)


@blp.get("/visits")
@blp.arguments(PageAsked, location="query")
@blp.response(200, OwnVisits)
@blp.alt_response(403, "FORBIDDEN")
@blp.alt_response(422, "UNPROCESSABLE_ENTITY")
def list_visits(asked: dict[str, Any]) -> dict[str, Any]:
    """The visits that this cadre recorded or took part in, the newest first."""
    actor = _cadre()

    def work(session: Session) -> dict[str, Any]:
        _note_read(session)
        found = page(session, own.visits(actor), BY_TIME, asked, descending=True)
        near = own.around(session, [row.id for row in found.rows], actor.person_id)
        return {"items": [_item(row, near) for row in found.rows], "next": found.next}

    return writing(work)


@blp.get("/visits/<uuid:visit_id>")
@blp.response(200, OwnVisitWhole)
@blp.alt_response(403, "FORBIDDEN")
@blp.alt_response(404, "NOT_FOUND")
def get_visit(visit_id: UUID) -> dict[str, Any]:
    """One of them, with its reasons and what was said about it."""
    actor = _cadre()

    def work(session: Session) -> dict[str, Any]:
        doors.read(session, visits=[visit_id])
        row = session.execute(own.visits(actor).where(Visit.id == visit_id)).one_or_none()
        if row is None:
            raise refuse("not-found")
        _note_read(session)
        near = own.around(session, [visit_id], actor.person_id)
        reasons = [Reason(one["code"]) for one in row.reasons or ()]
        labels = [{"code": one, "label": {"zh": one.zh, "en": one.en}} for one in reasons]
        whole = _item(row, near) | {"reasons": labels, "said": near.of("said", visit_id)}
        names = ("ended_at", "received_at", "outcome", "mode", "recorded", "decided_because")
        return whole | {name: getattr(row, name) for name in names}

    return writing(work)


def _note_read(session: Session) -> None:
    """Own visits name homes: one line on the trail a phone and day."""
    audit.read_daily(session, auth.actor().person_id, auth.device().id, "own_visits")


def _cadre() -> Actor:
    actor = auth.actor()
    if not narrowed(actor, Role.CADRE).roles:
        raise refuse("forbidden")
    return actor


def _item(row: Any, near: Around) -> dict[str, Any]:
    same = near.of("same", row.id)
    is_repeat = any(one.kind == SameKind.REPEAT and one.is_child for one in same)
    decided = None if row.decided_because is None else row.verdict
    appealed = [Cause.APPEAL] if near.of("appealed", row.id) else []
    return {
        "visit": row.id,
        "place": {"id": row.place_id, "name": row.place},
        "started_at": row.started_at,
        "verdict": row.verdict,
        "explanation": told(row.judged, row.reasons or [], row.numbers or {}, decided, row.decided_because or ""),
        "counts": row.verdict is not Verdict.REFUSED and not is_repeat,
        "questions": near.of("questions", row.id),
        "may_appeal": may_appeal(row.verdict, appealed),
        "photos_missing": [one.sha256 for one in near.of("missing", row.id)],
        "same": same,
        "party": near.of("party", row.id),
    }
