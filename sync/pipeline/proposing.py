"""Homes found at the door: a person confirms them, says which known homes they are, refuses them, takes it back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from sync import audit, changes
from sync.access import Actor, above, may
from sync.errors import refuse
from sync.models import Place, ProposalDecision
from sync.pipeline import effects
from sync.pipeline.merging import merge_place, undo_merge
from sync.registry import doors, queries
from sync.registry.edits import cases
from sync.roles import Verb
from sync.words import EditState, FeedKind, PlaceState, Proposing

_BECOME = text("UPDATE place SET state = :state, code = :code WHERE id = :id")
_TOLD = text("UPDATE place_edit SET state = :state WHERE place_id = :id AND field = 'household' RETURNING id")
BECOMES = {
    Proposing.CONFIRM: (PlaceState.ACTIVE, EditState.TAKEN),
    Proposing.MERGE: (PlaceState.MERGED, EditState.TAKEN),
    Proposing.REFUSE: (PlaceState.GONE, EditState.NOT_TAKEN),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a person says about a home found at the door: `into` the known home that it is, `code` its number in the
    lists from now on. The same id again gives the same answer."""

    id: UUID
    proposing: Proposing
    into: UUID | None = None
    code: str | None = None
    reason: str = ""


def decide_proposal(session: Session, actor: Actor, place_id: UUID, answer: Answer, now: datetime) -> None:
    """Write what becomes of a proposed home. Visits to it stay, whatever becomes of it.

    Raises not-found, own-edit, conflict (the id is taken), already-decided, reason-missing, invalid, code-taken,
    forbidden and what merging raises.
    """
    row = _seen(session, actor, place_id)
    known = session.get(ProposalDecision, answer.id)
    if known is not None:
        if (known.place_id, known.by) != (place_id, actor.person_id):
            raise refuse("conflict", pointer="/id")
        return
    if row.proposed_by == actor.person_id:
        raise refuse("own-edit")
    doors.hold(session, [place_id])
    if session.scalar(select(Place.state).where(Place.id == place_id)) != PlaceState.PROPOSED:
        raise refuse("already-decided")
    _check(session, actor, row, answer)
    decision = ProposalDecision(
        id=answer.id, place_id=place_id, proposing=answer.proposing, into_id=answer.into, code=answer.code,
        reason=answer.reason, by=actor.person_id, at=now, undone_at=None, undone_by=None,
    )  # fmt: skip
    session.add(decision)
    session.flush()
    state, told = BECOMES[answer.proposing]
    if answer.into is not None:
        merge_place(session, answer.id, place_id, answer.into, actor.person_id)
    else:
        _become(session, place_id, state, answer.code)
    _tell(session, actor, place_id, told, f"proposal.{answer.proposing}", answer.id, row.unit_id)


def _seen(session: Session, actor: Actor, place_id: UUID) -> Any:
    row = session.execute(cases.proposals(actor).where(Place.id == place_id)).one_or_none()
    if row is None:
        raise refuse("not-found")
    return row


def _check(session: Session, actor: Actor, row: Any, answer: Answer) -> None:
    """Raises invalid, reason-missing, not-found or forbidden."""
    if (answer.into is not None) is not (answer.proposing is Proposing.MERGE):
        raise refuse("invalid", pointer="/into", detail="for merge alone")
    if answer.code is not None and answer.proposing is not Proposing.CONFIRM:
        raise refuse("invalid", pointer="/code", detail="for confirm alone")
    if answer.proposing is Proposing.REFUSE and not answer.reason.strip():
        raise refuse("reason-missing", pointer="/reason")
    if answer.into is None:
        return
    into = session.execute(queries.place_shown(actor, answer.into)).one_or_none()
    if into is None:
        raise refuse("not-found")
    if into.state is PlaceState.GONE:
        raise refuse("invalid", pointer="/into", detail="is no longer in the register")
    for unit in {row.unit_id, into.unit_id}:
        if not may(actor, Verb.MERGE_PLACES, session.scalars(above(unit)).all()):
            raise refuse("forbidden")


def _become(session: Session, place_id: UUID, state: PlaceState, code: str | None) -> None:
    session.execute(_BECOME, {"id": place_id, "state": state.value, "code": code})
    changes.touched(session, FeedKind.PLACE, [place_id])
    effects.places_regrouped(session, [place_id])


def _tell(
    session: Session, actor: Actor, place_id: UUID, told: EditState, verb: str, decision: UUID, unit_id: UUID
) -> None:  # fmt: skip
    """Whoever found the home learns it with the next pull, if he told it as an edit."""
    edits = session.scalars(_TOLD, {"id": place_id, "state": told.value}).all()
    changes.touched(session, FeedKind.PLACE_EDIT, edits)
    audit.record(session, verb, place_id, actor_id=actor.person_id, unit_id=unit_id, decision=str(decision))


def undo_proposal(session: Session, actor: Actor, decision_id: UUID, now: datetime) -> UUID:
    """Let the home wait again, as it was found; the id of its place.

    What was undone before stays undone. Raises not-found, own-edit, edited-since.
    """
    decision = session.get(ProposalDecision, decision_id)
    if decision is None:
        raise refuse("not-found")
    place_id = decision.place_id
    row = _seen(session, actor, place_id)
    session.refresh(decision, with_for_update=True)
    if decision.undone_at is not None:
        return place_id
    if row.proposed_by == actor.person_id:
        raise refuse("own-edit")
    if decision.proposing is Proposing.MERGE:
        undo_merge(session, decision_id, actor.person_id)
    else:
        doors.hold(session, [place_id])
        if session.scalar(select(Place.state).where(Place.id == place_id)) != BECOMES[decision.proposing][0]:
            raise refuse("edited-since")
        _become(session, place_id, PlaceState.PROPOSED, None)
    decision.undone_at, decision.undone_by = now, actor.person_id
    session.flush()
    _tell(session, actor, place_id, EditState.APPLIED, "proposal.undone", decision_id, row.unit_id)
    return place_id
