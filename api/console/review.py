"""/console/v1/review: what waits for a verifier, one visit with its evidence, and who has it on the screen."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import request
from sqlalchemy.orm import Session

from api import auth, paging
from api.blueprint import Blueprint
from api.console import shaping
from api.paging import Key, page
from api.schemas.case import CaseSchema
from api.schemas.review import (
    DrawsAsked,
    DrawsSchema,
    Filters,
    FindingAsked,
    GroupsSchema,
    LeaseSchema,
    QueueFilters,
    QueueSchema,
)
from api.session import house, reading, writing
from sync import audit, clock
from sync.access import sees
from sync.errors import refuse
from sync.models import Draw, Finding
from sync.pipeline import case
from sync.review import drawing, leases, queries, titles
from sync.review.queries import COUNTED, Wanted
from sync.review.rules import offered
from sync.roles import Noun
from sync.words import Cause, Role

blp = Blueprint("review", __name__, description="位置核验 / review of doubtful visits")
BY_AGE = [Key(Finding.opened_at, "opened_at", paging.moment), Key(Finding.id, "id", paging.uuid)]


@blp.get("/review/groups")
@blp.arguments(Filters, location="query")
@blp.response(200, GroupsSchema)
@blp.alt_response(403, "FORBIDDEN")
@blp.alt_response(422, "UNPROCESSABLE_ENTITY")
def groups(asked: dict[str, Any]) -> dict[str, Any]:
    """What waits, grouped by cause and by what the visits have in common; the heaviest group first."""
    actor, wanted = auth.actor(), _wanted(asked)

    def work(session: Session) -> dict[str, Any]:
        _require_verifier()
        rows = queries.groups(actor, wanted)
        keys = [
            Key(rows.selected_columns["count"], "count", paging.number),
            Key(rows.selected_columns["cause"], "cause", lambda value: Cause(paging.word(value))),
            Key(rows.selected_columns["key"], "key", paging.word),
        ]
        found = page(session, rows, keys, asked, descending=True)
        _note_names(session, found.rows)
        named = zip(found.rows, titles.titles(session, found.rows), titles.units(session, found.rows), strict=True)
        items = [
            row._asdict() | {"actions": offered(row.cause), "title": name.title, "detail": name.detail,
                             "unit": {"id": unit.id, "name": unit.name} if unit else None}
            for row, name, unit in named
        ]  # fmt: skip
        return {"items": items, "next": found.next}

    return writing(work)


@blp.get("/review/queue")
@blp.arguments(QueueFilters, location="query")
@blp.response(200, QueueSchema)
@blp.alt_response(403, "FORBIDDEN")
@blp.alt_response(422, "UNPROCESSABLE_ENTITY")
def queue(asked: dict[str, Any]) -> dict[str, Any]:
    """What waits, row by row, the oldest first."""
    actor, wanted = auth.actor(), _wanted(asked)

    def work(session: Session) -> dict[str, Any]:
        _require_verifier()
        rows = queries.queue(actor, wanted)
        found = page(session, rows, BY_AGE, asked)
        total = session.scalar(queries.capped(rows)) or 0
        _note_names(session, found.rows)
        items = shaping.rows(session, actor, [row.id for row in found.rows])
        return {"items": items, "next": found.next, "total": min(total, COUNTED), "total_capped": total > COUNTED}

    return writing(work)


@blp.get("/review/visits/<uuid:visit_id>")
@blp.arguments(FindingAsked, location="query")
@blp.response(200, CaseSchema)
@blp.alt_response(403, "FORBIDDEN")
@blp.alt_response(404, "NOT_FOUND")
@blp.alt_response(422, "UNPROCESSABLE_ENTITY")
def visit(asked: dict[str, Any], visit_id: UUID) -> dict[str, Any]:
    """One visit with everything that a verifier may see of it; that he opened it is noted."""
    actor, policy = auth.actor(), house().policy
    opened = writing(
        lambda session: case.open_case(
            session, policy, actor, visit_id, asked.get("finding"), request.path, clock.now()
        )
    )
    return shaping.case(opened)


@blp.post("/review/visits/<uuid:visit_id>/lease")
@blp.response(200, LeaseSchema)
@blp.alt_response(403, "FORBIDDEN")
@blp.alt_response(404, "NOT_FOUND")
@blp.alt_response(409, "CONFLICT")
@blp.alt_response(423, "LOCKED")
def take_lease(visit_id: UUID) -> dict[str, Any]:
    """Have the visit on the screen for a while; nobody else can decide it meanwhile. Again: so much longer."""
    actor, seconds = auth.actor(), house().policy.review.lease_s

    def work(session: Session) -> dict[str, Any]:
        taken = case.admit(session, actor, visit_id)
        until = leases.lease(session, visit_id, actor.person_id, seconds)
        if until is None:
            raise refuse("already-decided", verdict=taken.verdict.value)
        return {"until": until}

    return writing(work)


@blp.delete("/review/visits/<uuid:visit_id>/lease")
@blp.response(204)
@blp.alt_response(403, "FORBIDDEN")
@blp.alt_response(404, "NOT_FOUND")
def end_lease(visit_id: UUID) -> None:
    """Let others have it."""
    actor = auth.actor()

    def work(session: Session) -> None:
        case.admit(session, actor, visit_id)
        leases.give_back(session, visit_id, actor.person_id)

    writing(work)


@blp.get("/review/draws")
@blp.arguments(DrawsAsked, location="query")
@blp.response(200, DrawsSchema)
@blp.alt_response(403, "FORBIDDEN")
@blp.alt_response(422, "UNPROCESSABLE_ENTITY")
def draws(asked: dict[str, Any]) -> dict[str, Any]:
    """The lots of the towns that the verifier sees, and what became of what was drawn."""
    actor = auth.actor()

    def work(session: Session) -> dict[str, Any]:
        _require_verifier()
        rows = drawing.lots(actor, asked.get("from_"), asked.get("until"))
        keys = [
            Key(Draw.received_on, "received_on", paging.day),
            Key(Draw.town_id, "town_id", paging.uuid),
        ]
        found = page(session, rows, keys, asked, descending=True)
        items = [row._asdict() | {"town": {"id": row.town_id, "name": row.name}} for row in found.rows]
        return {"items": items, "next": found.next}

    return reading(work)


def _require_verifier() -> None:
    if not sees(auth.actor(), Noun.FINDING):
        raise refuse("forbidden")


def _note_names(session: Session, shown: Sequence[Any]) -> None:
    """A page that names homes is on the trail, once for all that it names."""
    if shown:
        audit.read(
            session, auth.actor().person_id, place_id=None, unit_id=None, fields="name", duty=Role.VERIFIER.value,
            request=request.path,
        )  # fmt: skip


def _wanted(asked: dict[str, Any]) -> Wanted:
    before = clock.now() - timedelta(days=asked["older_than"]) if "older_than" in asked else None
    names = ("cause", "key", "unit", "reason", "state", "drawn")
    return Wanted(before=before, **{name: asked[name] for name in names if name in asked})
