"""/console/v1/absences and /roster: who is away and who stands in; where the leaders of towns say they are."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from api import auth, paging
from api.blueprint import Blueprint
from api.paging import Key, page
from api.schemas.life import (
    AbsenceChange,
    AbsenceSchema,
    AbsencesPage,
    AbsenceTold,
    OfUnitAsked,
    RosterAsked,
    RosterDays,
    RosterSaid,
    RosterWord,
    named,
)
from api.session import house, reading, writing
from sync import clock
from sync.access import Actor, above, may, sees, units_within
from sync.duty.life import away, queries, roster
from sync.duty.life.away import Asked
from sync.duty.life.rules import is_plausible
from sync.errors import refuse
from sync.ground import units_below
from sync.identity.queries import units_of_person
from sync.models import Absence, Person, Unit
from sync.pipeline import absences
from sync.roles import Noun, Verb
from sync.words import AbsenceReason, RosterState, UnitKind

blp = Blueprint("away", __name__, description="请假代管、住点安排 / absences and the roster of leaders")
BY_TOLD = (Key(Absence.told_at, "told_at", paging.moment), Key(Absence.id, "id", paging.uuid))


@blp.get("/absences")
@blp.arguments(OfUnitAsked, location="query")
@blp.response(200, AbsencesPage)
@blp.alt_response(403, "FORBIDDEN")
def list_absences(asked: dict[str, Any]) -> dict[str, Any]:
    """One's own, those in which one stands in, and those of the people of an administrator's units."""
    actor = auth.actor()
    if not sees(actor, Noun.ABSENCE):
        raise refuse("forbidden")
    rows = queries.absences(actor, asked.get("unit"))
    found = reading(lambda session: page(session, rows, BY_TOLD, asked, descending=True))
    return {"items": [_item(row) for row in found.rows], "next": found.next}


@blp.post("/absences")
@blp.arguments(AbsenceTold)
@blp.response(201, AbsenceSchema)
@blp.alt_response(403, "FORBIDDEN")
@blp.alt_response(409, "CONFLICT")
def tell_absence(told: dict[str, Any]) -> dict[str, Any]:
    """Somebody is away and another stands in; the same id again is the same absence.

    What falls due meanwhile, and the homes needed for it, go to the deputy in this transaction and come back when the
    absence ends.
    """
    actor = auth.actor()
    person = told.get("person", actor.person_id)

    def work(session: Session) -> dict[str, Any]:
        _require(session, actor, person)
        known = away.kept(session, [told["id"]]).get(told["id"])
        if known is None:
            _tell(session, _asked(actor, told["id"], person, told))
        elif known.person_id != person:
            raise refuse("conflict")
        return _shown(session, told["id"])

    return writing(work)


@blp.post("/absences/<uuid:absence_id>/change")
@blp.arguments(AbsenceChange)
@blp.response(200, AbsenceSchema)
@blp.alt_response(403, "FORBIDDEN")
@blp.alt_response(404, "NOT_FOUND")
@blp.alt_response(409, "CONFLICT")
def change_absence(change: dict[str, Any], absence_id: UUID) -> dict[str, Any]:
    """Other days, another deputy, or not away after all."""
    actor = auth.actor()

    def work(session: Session) -> dict[str, Any]:
        known = away.kept(session, [absence_id]).get(absence_id)
        if known is None:
            raise refuse("not-found")
        _require(session, actor, known.person_id)
        before = {"deputy": known.deputy_id, "first_on": known.first_on, "last_on": known.last_on}
        after = before | {"reason": AbsenceReason(known.reason)} | change
        _tell(session, _asked(actor, absence_id, known.person_id, after))
        return _shown(session, absence_id)

    return writing(work)


def _require(session: Session, actor: Actor, person: UUID) -> None:
    """Raises forbidden unless it is oneself, who visits, or somebody of the actor's units."""
    if person == actor.person_id and sees(actor, Noun.ABSENCE):
        return
    units = session.scalars(units_of_person(person, clock.today())).all()
    if not may(actor, Verb.TELL_ABSENCE, *(session.scalars(above(unit)).all() for unit in units)):
        raise refuse("forbidden")


def _asked(actor: Actor, id_: UUID, person: UUID, told: dict[str, Any]) -> Asked:
    first_on, last_on = told["first_on"], told["last_on"]
    if not is_plausible(first_on, last_on, clock.today(), house().policy.life.absence_days_max):
        raise refuse("invalid", pointer="/last_on")
    return Asked(
        id_, person, told["deputy"], first_on, last_on, told["reason"], actor.person_id, clock.now(),
        told.get("cancelled", False),
    )  # fmt: skip


def _tell(session: Session, asked: Asked) -> None:
    if session.get(Person, asked.deputy_id) is None:
        raise refuse("deputy-unfit")
    [outcome] = absences.tell(session, [asked])
    if outcome.code == "told-before":
        raise refuse("conflict")
    if outcome.other is not None:
        raise refuse(outcome.code, absence=outcome.other)
    if outcome.code:
        raise refuse(outcome.code)


def _shown(session: Session, id_: UUID) -> dict[str, Any]:
    return _item(session.execute(queries.absence(id_)).one())


def _item(row: Any) -> dict[str, Any]:
    told: dict[str, Any] = row._asdict()
    return told | {"person": named(row, "person"), "deputy": named(row, "deputy")}


@blp.get("/roster")
@blp.arguments(RosterAsked, location="query")
@blp.response(200, RosterDays)
@blp.alt_response(403, "FORBIDDEN")
def get_roster(asked: dict[str, Any]) -> dict[str, Any]:
    """What leaders of towns said of themselves: numbers for those above; names for the town's own people alone."""
    actor, first_on, last_on = auth.actor(), asked["first_on"], asked["last_on"]
    if not sees(actor, Noun.UNIT) and not any(held.role in roster.DECLARING for held in actor.roles):
        raise refuse("forbidden")
    if not 0 <= (last_on - first_on).days < house().policy.life.roster_days_max:
        raise refuse("invalid", pointer="/last_on")
    towns = select(Unit.id).where(Unit.kind == UnitKind.TOWN, Unit.id.in_(units_below([asked["unit"]])))
    homes = {held.unit_id for held in actor.roles}
    seen = towns.where(or_(Unit.id.in_(units_within(actor, Noun.UNIT)), Unit.id.in_(homes)))
    own = towns.where(Unit.id.in_(homes))

    def work(session: Session) -> dict[str, Any]:
        counts = session.execute(roster.counted(seen, first_on, last_on)).all()
        names = session.execute(roster.named(own, first_on, last_on)).all()
        mine = set(session.scalars(own))
        return {"days": _days(counts, names, mine)}

    return reading(work)


def _days(counts: Sequence[Any], names: Sequence[Any], own: set[UUID]) -> list[dict[str, Any]]:
    days: dict[tuple[date, UUID], dict[str, Any]] = {}
    for on, town, name, state, count in counts:
        day = days.setdefault(
            (on, town),
            {"on": on, "unit": {"id": town, "name": name}, "people": [] if town in own else None}
            | dict.fromkeys(RosterState, 0),
        )
        day[state.value] = count
    for on, town, person, name, state in names:
        days[on, town]["people"].append({"person": {"id": person, "name": name}, "state": state})
    return list(days.values())


@blp.post("/roster")
@blp.arguments(RosterWord)
@blp.response(200, RosterSaid)
@blp.alt_response(403, "FORBIDDEN")
def say_where(word: dict[str, Any]) -> dict[str, Any]:
    """A leader of a town says where he is, for himself alone: no position, no verdict, on no sheet."""
    actor, today = auth.actor(), clock.today()
    if abs((word["on"] - today).days) > house().policy.life.roster_days_max:
        raise refuse("invalid", pointer="/on")

    def work(session: Session) -> dict[str, Any]:
        town = roster.town_led_by(session, actor)
        if town is None:
            raise refuse("forbidden")
        roster.say(session, actor.person_id, town, word["on"], word["state"], clock.now())
        return word

    return writing(work)
