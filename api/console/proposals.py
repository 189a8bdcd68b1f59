"""/console/v1/proposals: homes found at the door, to be confirmed, merged into a known one, or refused."""

from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from api import auth
from api.blueprint import Blueprint
from api.console.edits import ANSWER, note_read, person, place_of
from api.console.viewer import require_unit, seeing_as
from api.paging import Key, moment, page, uuid
from api.schemas.edit import OPEN, EditsOfUnit, ProposalSchema, ProposalsPage, ProposalWanted
from api.session import house, writing
from sync import clock
from sync.access import Actor
from sync.errors import refuse
from sync.models import Place, Unit
from sync.pipeline.proposing import Answer, decide_proposal, undo_proposal
from sync.registry import queries
from sync.registry.doubles import Door, doubles
from sync.registry.edits import cases
from sync.words import Role

blp = Blueprint("proposals", __name__, description="新发现的户 / homes found at the door")
KEYS = (Key(Place.created_at, "created_at", moment), Key(Place.id, "place_id", uuid))


@blp.get("/proposals")
@blp.arguments(EditsOfUnit, location="query")
@blp.response(200, ProposalsPage)
def list_proposals(asked: ANSWER) -> ANSWER:
    """Homes that cadres found at the door and nobody had in a list, in the verifier's scope; reading it is noted."""
    actor = _deciding()

    def work(session: Session) -> ANSWER:
        require_unit(session, actor, asked.get("unit"))
        rows = cases.waiting(cases.proposals(actor), is_open=asked["state"] == OPEN, unit_id=asked.get("unit"))
        found = page(session, rows, KEYS, asked)
        if found.rows:
            note_read(session, actor, None, asked.get("unit"), "name,address")
        return {"items": [_brief(row) for row in found.rows], "next": found.next}

    return writing(work)


@blp.get("/proposals/<uuid:place_id>")
@blp.response(200, ProposalSchema)
@blp.alt_response(404, "NOT_FOUND")
def show_proposal(place_id: UUID) -> ANSWER:
    """One of them, with homes of the unit that it may be. Opening it is noted."""
    return writing(partial(_shown, actor=_deciding(), place_id=place_id))


@blp.post("/proposals/<uuid:place_id>/decide")
@blp.arguments(ProposalWanted)
@blp.response(201, ProposalSchema)
@blp.alt_response(404, "NOT_FOUND")
def settle_proposal(wanted: ANSWER, place_id: UUID) -> ANSWER:
    """Confirm it, merge it into a known home, or refuse it with a reason. Visits to it stay, whatever becomes of it."""
    actor = _deciding()
    answer = Answer(
        id=wanted["id"], proposing=wanted["take"], into=wanted.get("into"), code=wanted.get("code"),
        reason=wanted["reason"],
    )  # fmt: skip

    def work(session: Session) -> ANSWER:
        decide_proposal(session, actor, place_id, answer, clock.now())
        return _shown(session, actor, place_id)

    return writing(work)


@blp.post("/proposals/decisions/<uuid:decision_id>/undo")
@blp.response(200, ProposalSchema)
@blp.alt_response(404, "NOT_FOUND")
def reopen_proposal(decision_id: UUID) -> ANSWER:
    """Let the home wait again, just as it was found."""
    actor = _deciding()

    def work(session: Session) -> ANSWER:
        return _shown(session, actor, undo_proposal(session, actor, decision_id, clock.now()))

    return writing(work)


def _deciding() -> Actor:
    seeing_as(Role.VERIFIER)
    return auth.actor()


def _brief(row: Row[*tuple[Any, ...]]) -> ANSWER:
    return {
        "id": row.place_id, "place": place_of(row), "found_by": person(row.proposed_by, row.finder_name),
        "found_at": row.created_at, "visits": row.visits, "state": row.proposing or OPEN,
    }  # fmt: skip


def _shown(session: Session, actor: Actor, place_id: UUID) -> ANSWER:
    row = session.execute(cases.proposals(actor).where(Place.id == place_id)).one_or_none()
    if row is None:
        raise refuse("not-found")
    note_read(session, actor, place_id, row.unit_id, "name,address,position")
    decisions = session.execute(cases.proposal_decisions(place_id)).all()
    is_own = row.proposed_by == actor.person_id
    standing = next((one.id for one, _ in decisions if one.undone_at is None), None)
    return _brief(row) | {
        "lon": row.lon, "lat": row.lat, "position_datum": row.position_datum,
        "doubles": _doubles(session, row) if row.proposing is None else [],
        "decisions": [_decided(*one) for one in decisions],
        "may_decide": row.proposing is None and not is_own,
        "why_not": "own-edit" if is_own else "already-decided" if row.proposing else None,
        "undo": standing,
    }  # fmt: skip


def _doubles(session: Session, row: Row[*tuple[Any, ...]]) -> list[ANSWER]:
    """Homes of its unit with the same name, or a like one a few steps away."""
    found = [Door(*one) for one in session.execute(queries.doors_of([row.unit_id]))]
    pairs = [
        double
        for double in doubles(found, house().policy.dedup.doubles_m, frozenset())
        if row.place_id in (double.one, double.other)
    ]
    others = {double.other if double.one == row.place_id else double.one: double for double in pairs}
    brief = select(
        Place.id.label("place_id"), Place.code, Place.name, Place.address, Place.kind,
        Place.state.label("place_state"), Place.unit_id, Unit.name.label("unit_name"),
    ).join(Unit, Unit.id == Place.unit_id).where(Place.id.in_(others))  # fmt: skip
    shown = {one.place_id: place_of(one) for one in session.execute(brief)} if others else {}
    return [
        {"place": shown[id_], "same_name": double.same_name, "apart_m": double.apart_m}
        for id_, double in others.items()
    ]


def _decided(one: Any, name: str | None) -> ANSWER:
    return {
        "id": one.id, "take": one.proposing, "into": one.into_id, "code": one.code, "by": person(one.by, name),
        "at": one.at, "reason": one.reason, "undone_at": one.undone_at,
    }  # fmt: skip
