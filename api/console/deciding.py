"""/console/v1/review: decisions about one visit or a group, their preview, their undoing."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from api import auth
from api.blueprint import Blueprint
from api.console import shaping
from api.schemas.review import (
    ChoiceAsked,
    DecidedSchema,
    DecisionAsked,
    GroupDecidedSchema,
    GroupDecisionAsked,
    PreviewSchema,
    UndoneSchema,
)
from api.session import house, reading, writing
from sync import clock, ids
from sync.pipeline import deciding, undoing
from sync.pipeline.correcting import Point
from sync.pipeline.deciding import Choice, Wish
from sync.words import Verdict

blp = Blueprint("deciding", __name__)


@blp.post("/review/visits/<uuid:visit_id>/decisions")
@blp.arguments(DecisionAsked)
@blp.response(201, DecidedSchema)
@blp.alt_response(403, "FORBIDDEN")
@blp.alt_response(404, "NOT_FOUND")
@blp.alt_response(409, "CONFLICT")
@blp.alt_response(422, "UNPROCESSABLE_ENTITY")
@blp.alt_response(423, "LOCKED")
def decide(asked: dict[str, Any], visit_id: UUID) -> Any:
    """Decide about one visit: confirm, ask, refuse, correct."""
    actor, policy = auth.actor(), house().policy
    return writing(
        lambda session: deciding.decide_visit(session, policy, actor, visit_id, _wish(asked), clock.now())
    )  # fmt: skip


@blp.post("/review/decisions")
@blp.arguments(GroupDecisionAsked)
@blp.response(201, GroupDecidedSchema)
@blp.alt_response(403, "FORBIDDEN")
@blp.alt_response(409, "CONFLICT")
@blp.alt_response(422, "UNPROCESSABLE_ENTITY")
def decide_group(asked: dict[str, Any]) -> Any:
    """One decision for a group, in one transaction; what others hold is left out and told."""
    actor, policy, choice = auth.actor(), house().policy, _choice(asked)
    return writing(
        lambda session: deciding.decide_group(session, policy, actor, choice, _wish(asked), clock.now())
    )  # fmt: skip


@blp.post("/review/preview")
@blp.arguments(ChoiceAsked)
@blp.response(200, PreviewSchema)
@blp.alt_response(403, "FORBIDDEN")
@blp.alt_response(422, "UNPROCESSABLE_ENTITY")
def preview(asked: dict[str, Any]) -> dict[str, Any]:
    """What a decision would make of a group; corrections are judged for real, nothing is written."""
    actor, policy, choice = auth.actor(), house().policy, _choice(asked)

    def work(session: Session) -> dict[str, Any]:
        seen = deciding.preview(session, policy, actor, choice, _wish(asked), clock.now())
        plan = seen.plan
        is_one_place = plan is not None and len(plan.moves) == 1 and plan.shift_m is None
        return {
            "count": seen.count,
            "left_out": seen.left_out,
            "more": seen.more,
            "after": {verdict.value: seen.after[verdict] for verdict in Verdict},
            "sample": shaping.rows(session, actor, seen.sample),
            "position": plan.moves[0] if plan and is_one_place else None,
            "users": [{"id": one.person_id, "name": one.name} for one in plan.users] if plan else [],
            "shift_m": {"east": plan.shift_m[0], "north": plan.shift_m[1]} if plan and plan.shift_m else None,
        }

    return reading(work)


@blp.post("/review/decisions/<uuid:decision_id>/undo")
@blp.response(200, UndoneSchema)
@blp.alt_response(403, "FORBIDDEN")
@blp.alt_response(404, "NOT_FOUND")
@blp.alt_response(409, "CONFLICT")
@blp.alt_response(423, "LOCKED")
def undo(decision_id: UUID) -> Any:
    """Take a decision back, or by a group's id all of its decisions."""
    actor = auth.actor()
    return writing(lambda session: undoing.undo_decision(session, actor, decision_id, clock.now()))


def _choice(asked: dict[str, Any]) -> Choice:
    return Choice(visits=asked.get("visits", ()), cause=asked.get("cause"), key=asked.get("key"))


def _wish(asked: dict[str, Any]) -> Wish:
    position = asked.get("position")
    return Wish(
        id=asked.get("id") or ids.uuid7(),
        deciding=asked["deciding"],
        reason=asked.get("reason", ""),
        question=asked.get("question"),
        position=Point(**position) if position else None,
        datum=asked.get("datum"),
    )
