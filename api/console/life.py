"""/console/v1/life-events, /commitments, /aid and /needy: what happened in homes, what was promised and given there."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import request
from sqlalchemy.orm import Session

from api import auth, paging
from api.blueprint import Blueprint
from api.paging import Key, Page, page
from api.schemas.life import (
    AidAsked,
    AidPage,
    BelowAsked,
    CommitmentCounts,
    CommitmentsAsked,
    CommitmentsPage,
    LifeEventCounts,
    LifeEventsAsked,
    LifeEventsPage,
    NeedyAsked,
    NeedyPage,
    named,
)
from api.session import reading, writing
from sync import audit, clock
from sync.access import Actor, narrowed, sees
from sync.duty.life import queries
from sync.errors import refuse
from sync.models import Aid, Commitment, LifeEventTold, Needy, Unit
from sync.roles import SEES, Noun
from sync.words import CommitmentState, ObligationState, Role

blp = Blueprint(
    "life", __name__, description="必访事由、承诺、帮扶、困难名单 / life events, promises, aid, needy homes"
)
BY_TOLD = (Key(LifeEventTold.told_at, "told_at", paging.moment), Key(LifeEventTold.id, "id", paging.uuid))
BY_DUE = (Key(Commitment.due_on, "due_on", paging.day), Key(Commitment.id, "id", paging.uuid))
BY_GIVEN = (Key(Aid.given_on, "given_on", paging.day), Key(Aid.id, "id", paging.uuid))
BY_CODE = (
    Key(Unit.sort_code, "sort_code", paging.word),
    Key(Needy.place_id, "listed_id", paging.uuid),
    Key(Needy.id, "id", paging.uuid),
)


@blp.get("/life-events")
@blp.arguments(LifeEventsAsked, location="query")
@blp.response(200, LifeEventsPage)
@blp.alt_response(403, "FORBIDDEN")
def list_life_events(asked: dict[str, Any]) -> dict[str, Any]:
    """Events of units below for those who see to it that somebody goes there; a cadre sees those he owes or told.

    Homes are named, so the trail of reads gets a line.
    """
    actor = _seeing(Noun.LIFE_EVENT, Role.CADRE, Role.DISPATCHER, Role.PROGRAMME_OFFICE)
    now = clock.now()

    def work(session: Session) -> dict[str, Any]:
        found = page(
            session, queries.life_events(actor, asked.get("unit"), asked.get("state")), BY_TOLD, asked, descending=True
        )
        _note_read(session, actor, Noun.LIFE_EVENT, found, asked.get("unit"), "name,life_event")
        items = [
            row._asdict()
            | {
                "place": named(row, "place"),
                "unit": named(row, "unit"),
                "holder": named(row, "holder"),
                "holder_unit": named(row, "holder_unit"),
                "overdue": row.state in (ObligationState.OWED.value, queries.GAP)
                and row.due_at is not None
                and row.due_at < now
                and (row.paused_until is None or row.paused_until < now),
            }
            for row in found.rows
        ]
        return {"items": items, "next": found.next}

    return writing(work)


@blp.get("/life-events/counts")
@blp.arguments(BelowAsked, location="query")
@blp.response(200, LifeEventCounts)
@blp.alt_response(403, "FORBIDDEN")
def count_life_events(asked: dict[str, Any]) -> dict[str, Any]:
    """Numbers of the units right below one, as far as the viewer sees them."""
    actor = _counting(Noun.COUNT, Noun.LIFE_EVENT)
    since = asked.get("since") or date(clock.today().year, 1, 1)
    rows = reading(lambda session: session.execute(queries.events_by_unit(actor, asked["unit"], since)).all())
    return {"items": [row._asdict() | {"unit": named(row, "unit")} for row in rows]}


@blp.get("/commitments")
@blp.arguments(CommitmentsAsked, location="query")
@blp.response(200, CommitmentsPage)
@blp.alt_response(403, "FORBIDDEN")
def list_commitments(asked: dict[str, Any]) -> dict[str, Any]:
    """A cadre's own promises; those of others nobody reads in words."""
    actor, today = _seeing(Noun.COMMITMENT, Role.CADRE), clock.today()

    def work(session: Session) -> dict[str, Any]:
        found = page(session, queries.commitments(actor, asked.get("state"), today), BY_DUE, asked)
        _note_read(session, actor, Noun.COMMITMENT, found, None, "name,commitment")
        items = [
            row._asdict()
            | {
                "place": named(row, "place"),
                "made_on": clock.local(row.made_at).date(),
                "state_by": named(row, "by"),
                "overdue": row.state is CommitmentState.OPEN and row.due_on < today,
            }
            for row in found.rows
        ]
        return {"items": items, "next": found.next}

    return writing(work)


@blp.get("/commitments/counts")
@blp.arguments(BelowAsked(exclude=["since"]), location="query")
@blp.response(200, CommitmentCounts)
@blp.alt_response(403, "FORBIDDEN")
def count_commitments(asked: dict[str, Any]) -> dict[str, Any]:
    """How many promises of the units right below one are open, overdue, kept by their own word, or confirmed."""
    actor = _counting(Noun.COUNT)
    rows = reading(lambda session: session.execute(queries.promises_by_unit(actor, asked["unit"], clock.today())).all())
    return {"items": [row._asdict() | {"unit": named(row, "unit")} for row in rows]}


@blp.get("/aid")
@blp.arguments(AidAsked, location="query")
@blp.response(200, AidPage)
@blp.alt_response(403, "FORBIDDEN")
def list_aid(asked: dict[str, Any]) -> dict[str, Any]:
    """What was given: by oneself, or to homes that the office's programmes link. Noted as a read."""
    actor = _seeing(Noun.AID, Role.CADRE, Role.PROGRAMME_OFFICE)

    def work(session: Session) -> dict[str, Any]:
        rows = queries.aid(actor, asked.get("unit"), asked.get("place"))
        found = page(session, rows, BY_GIVEN, asked, descending=True)
        _note_read(session, actor, Noun.AID, found, asked.get("unit"), "name,aid", asked.get("place"))
        items = [
            row._asdict() | {"place": named(row, "place"), "by": named(row, "by"), "programme": named(row, "programme")}
            for row in found.rows
        ]
        return {"items": items, "next": found.next}

    return writing(work)


@blp.get("/needy")
@blp.arguments(NeedyAsked, location="query")
@blp.response(200, NeedyPage)
@blp.alt_response(403, "FORBIDDEN")
def list_needy(asked: dict[str, Any]) -> dict[str, Any]:
    """Homes of units below that stand on a list of the needy on that day. Noted as a read."""
    actor = _seeing(Noun.NEEDY, Role.PROGRAMME_OFFICE)

    def work(session: Session) -> dict[str, Any]:
        on = asked.get("on") or clock.today()
        rows = queries.needy(actor, asked.get("unit"), on, asked.get("list"), uncovered=asked["uncovered"])
        found = page(session, rows, BY_CODE, asked)
        _note_read(session, actor, Noun.NEEDY, found, asked.get("unit"), "name,needy")
        items = [row._asdict() | {"place": named(row, "place"), "unit": named(row, "unit")} for row in found.rows]
        return {"items": items, "next": found.next}

    return writing(work)


def _seeing(noun: Noun, *roles: Role) -> Actor:
    """The viewer with those of these roles that he holds. Raises forbidden if none of them shows the noun."""
    actor = narrowed(auth.actor(), *roles)
    if not sees(actor, noun):
        raise refuse("forbidden")
    return actor


def _counting(*nouns: Noun) -> Actor:
    """The viewer with the roles that see units below. Raises forbidden if none of them shows such numbers."""
    actor = narrowed(auth.actor(), Role.LEADER, Role.DISPATCHER, Role.PROGRAMME_OFFICE)
    if not any(sees(actor, noun) for noun in nouns):
        raise refuse("forbidden")
    return actor


def _note_read(
    session: Session, actor: Actor, noun: Noun, found: Page, unit: UUID | None, fields: str, place: UUID | None = None
) -> None:
    """A line on the trail of reads for a page that names homes, by the role that shows them."""
    if found.rows:
        duty = next(held.role.value for held in actor.roles if noun in SEES.get(held.role, {}))
        audit.read(
            session, actor.person_id, place_id=place, unit_id=unit, fields=fields, duty=duty, request=request.path
        )
