"""/console/v1/duty: what is owed to which home and by whom, numbers by unit, gaps.

The office in charge of a programme sees rows, of its own programmes; a leader numbers alone.
"""

from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from flask import request
from sqlalchemy import Uuid, column, select, text
from sqlalchemy.orm import Session

from api import auth
from api.blueprint import Blueprint
from api.console.viewer import seeing_as
from api.paging import Key, page, uuid, word
from api.paging import moment as at_moment
from api.schemas.duty import (
    DutyCounts,
    DutyCountsAsked,
    DutyGaps,
    DutyHomes,
    DutyUnitAsked,
    ExcuseAsked,
    FewLinksAsked,
    FewLinksPage,
    HomesAsked,
    ObligationsAsked,
    ObligationSchema,
    ObligationsPage,
)
from api.session import reading, writing
from sync import audit, clock
from sync.access import Actor
from sync.duty import boards, numbers
from sync.duty.boards import Wanted
from sync.duty.numbers import COUNTED, GAPS, View, view_of
from sync.errors import refuse
from sync.ground import units_below
from sync.insight.rules import light
from sync.models import Obligation, Person, Place, Unit
from sync.pipeline import excusing
from sync.words import HolderKind, Light, LinkCategory, ObligationState, Role, UnitKind

blp = Blueprint("duty", __name__, description="应访 / duty")
BOARD = (Key(Obligation.due_at, "due_at", at_moment), Key(Obligation.id, "id", uuid))
HOMES = (Key(Place.id, "id", uuid),)


@blp.get("/duty/counts")
@blp.arguments(DutyCountsAsked, location="query")
@blp.response(200, DutyCounts)
@blp.alt_response(404, "NOT_FOUND")
def counts(asked: dict[str, Any]) -> dict[str, Any]:
    """Numbers of each unit directly under `unit`, without names or categories: homes, of them linked; contact that was
    due in these days by what became of it, and how many homes were met; what is overdue, paused or nobody's now."""
    actor, (first, last) = seeing_as(Role.LEADER, Role.PROGRAMME_OFFICE), _days(asked)

    def work(session: Session) -> list[dict[str, Any]]:
        view = _view(session, actor, asked.get("unit"))
        rows = numbers.counts(session, view, asked.get("unit"), first, last, asked.get("programme"))
        return [_unit(row) for row in rows]

    items = reading(work)
    return {"from": first, "until": last, "items": items, "total": _total(items, COUNTED)}


@blp.get("/duty/gaps")
@blp.arguments(DutyUnitAsked, location="query")
@blp.response(200, DutyGaps)
@blp.alt_response(404, "NOT_FOUND")
def gaps(asked: dict[str, Any]) -> dict[str, Any]:
    """Gaps of each unit directly under `unit`: holders with fewer links than a programme says, contact owed that is
    nobody's, or overdue, and homes on a list of the needy that no programme covers."""
    actor, unit = seeing_as(Role.LEADER, Role.PROGRAMME_OFFICE), asked.get("unit")
    items = reading(lambda s: [_unit(row) for row in numbers.gaps(s, _view(s, actor, unit), unit)])
    return {"items": items, "total": _total(items, GAPS)}


@blp.get("/duty/gaps/few-links")
@blp.arguments(FewLinksAsked, location="query")
@blp.response(200, FewLinksPage)
@blp.alt_response(404, "NOT_FOUND")
def few_links(asked: dict[str, Any]) -> dict[str, Any]:
    """Who of the own programmes has fewer links of a category than the rule says."""
    actor = seeing_as(Role.PROGRAMME_OFFICE)

    def work(session: Session) -> dict[str, Any]:
        view = _view(session, actor, asked.get("unit"))
        names = ("programme_id", "programme", "category", "holder_id", "unit_id", "is_unit", "number", "has")
        few = text(numbers.FEW).bindparams(**_few_facts(view, asked.get("programme"))).columns(
            *(column(name, Uuid) if name.endswith("_id") else column(name) for name in names)
        ).subquery("few")  # fmt: skip
        rows = (
            select(few, Unit.name.label("unit"), Person.name.label("person"))
            .join(Unit, Unit.id == few.c.unit_id)
            .join(Person, Person.id == few.c.holder_id, isouter=True)
        )
        if asked.get("unit"):
            rows = rows.where(few.c.unit_id.in_(units_below([asked["unit"]])))
        keys = [Key(few.c[name], name, uuid) for name in ("programme_id", "holder_id", "unit_id")]
        found = page(session, rows, [*keys, Key(few.c.category, "category", word)], asked)
        return {"items": [_few(row) for row in found.rows], "next": found.next}

    return reading(work)


@blp.get("/duty/homes")
@blp.arguments(HomesAsked, location="query")
@blp.response(200, DutyHomes)
@blp.alt_response(404, "NOT_FOUND")
def homes(asked: dict[str, Any]) -> dict[str, Any]:
    """The homes of a unit that the office's programmes link: the last step from the city down to a household."""
    actor, overdue = seeing_as(Role.PROGRAMME_OFFICE), asked["show"] == "overdue"

    def work(session: Session) -> dict[str, Any]:
        _view(session, actor, asked["unit"])
        found = page(session, boards.homes(actor, asked["unit"], clock.now(), overdue=overdue), HOMES, asked)
        if found.rows:
            _note_read(session, asked["unit"])
        return {"items": [_home(row) for row in found.rows], "next": found.next}

    return writing(work)


@blp.get("/duty/obligations")
@blp.arguments(ObligationsAsked, location="query")
@blp.response(200, ObligationsPage)
@blp.alt_response(404, "NOT_FOUND")
def obligations(asked: dict[str, Any]) -> dict[str, Any]:
    """The board: contact owed under the office's programmes, and below its unit what has no programme or nobody."""
    actor, now = seeing_as(Role.PROGRAMME_OFFICE), clock.now()
    wanted = Wanted(**{name: asked[name] for name in Wanted.__slots__ if name in asked})

    def work(session: Session) -> dict[str, Any]:
        if wanted.unit:
            _view(session, actor, wanted.unit)
        found = page(session, boards.board(actor, wanted, now), BOARD, asked)
        if not found.rows:
            return {"items": [], "next": None}
        _note_read(session, wanted.unit)
        rows = session.execute(boards.rows(actor, [row.id for row in found.rows], now))
        return {"items": [_obligation(row) for row in rows], "next": found.next}

    return writing(work)


@blp.post("/duty/obligations/<uuid:id_>/excuse")
@blp.arguments(ExcuseAsked)
@blp.response(200, ObligationSchema)
@blp.alt_response(404, "NOT_FOUND")
@blp.alt_response(409, "CONFLICT")
def excuse(asked: dict[str, Any], id_: UUID) -> dict[str, Any]:
    """Say why contact is not owed; it stands until it is taken back."""
    actor = seeing_as(Role.PROGRAMME_OFFICE)
    tell = partial(excusing.excuse_by_office, actor=actor, id_=id_, told=asked["id"], why=asked["excuse"])

    def work(session: Session) -> dict[str, Any]:
        tell(session, words=asked["text"])
        return _one(session, actor, id_)

    return writing(work)


@blp.post("/duty/obligations/<uuid:id_>/restore")
@blp.response(200, ObligationSchema)
@blp.alt_response(404, "NOT_FOUND")
@blp.alt_response(409, "CONFLICT")
def restore(id_: UUID) -> dict[str, Any]:
    """Take an excuse back: contact is owed again, or was made since."""
    actor = seeing_as(Role.PROGRAMME_OFFICE)

    def work(session: Session) -> dict[str, Any]:
        excusing.restore_by_office(session, actor, id_)
        return _one(session, actor, id_)

    return writing(work)


def _view(session: Session, actor: Actor, unit: UUID | None) -> View:
    """What the actor sees there; raises not-found for a unit out of reach."""
    view = view_of(session, actor, unit)
    if view is None:
        raise refuse("not-found")
    return view


def _days(asked: dict[str, Any]) -> tuple[date, date]:
    first: date = asked.get("from") or (asked.get("until") or clock.today()).replace(day=1)
    month = (first.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return first, asked.get("until") or max(month, first)


def _unit(row: Any) -> dict[str, Any]:
    told: dict[str, Any] = row._asdict()
    return told | {"kind": UnitKind(row.kind)}


def _total(items: list[dict[str, Any]], names: tuple[str, ...]) -> dict[str, int]:
    return {name: sum(item[name] for item in items) for name in names}


def _note_read(session: Session, unit: UUID | None) -> None:
    audit.read(
        session, auth.actor().person_id, place_id=None, unit_id=unit, fields="obligation",
        duty=Role.PROGRAMME_OFFICE.value, request=request.path,
    )  # fmt: skip


def _few_facts(view: View, programme: UUID | None) -> dict[str, Any]:
    facts = view.facts(programme)
    return {name: facts[name] for name in ("all", "own", "today", "programme")}


def _one(session: Session, actor: Actor, id_: UUID) -> dict[str, Any]:
    return _obligation(session.execute(boards.rows(actor, [id_], clock.now())).one())


def _home(row: Any) -> dict[str, Any]:
    plain = {name: getattr(row, name) for name in ("name", "address", "owed", "overdue", "met_at")}
    return plain | {"place": row.id, "unit": {"id": row.unit_id, "name": row.unit}}


def _few(row: Any) -> dict[str, Any]:
    kind = HolderKind.UNIT if row.is_unit else HolderKind.CADRE
    return {
        "programme": {"id": row.programme_id, "name": row.programme},
        "category": LinkCategory(row.category),
        "holder": {"id": row.holder_id, "name": row.unit if row.is_unit else row.person, "kind": kind},
        "unit": {"id": row.unit_id, "name": row.unit},
        "has": row.has,
        "number": row.number,
    }


def _obligation(row: Any) -> dict[str, Any]:
    one = row.Obligation
    plain = {
        name: getattr(one, name)
        for name in (
            "id", "origin", "opens_at", "due_at", "provisional", "lapses_at", "state", "paused_until", "met_at",
            "excuse",
        )
    }  # fmt: skip
    closed = one.state is not ObligationState.OWED
    return plain | {
        "place": {"id": row.place_id, "name": row.place},
        "unit": {"id": one.unit_id, "name": row.unit},
        "programme": {"id": one.programme_id, "name": row.programme} if one.programme_id else None,
        "category": row.category,
        "holder": {"id": one.holder_id, "name": row.holder} if one.holder_id else None,
        "holder_unit": {"id": one.holder_unit_id, "name": row.holder_unit} if one.holder_unit_id else None,
        "light": Light.GREY if row.is_paused else light(one.due_at, closed, clock.now()),
        "met_visit": one.met_visit_id,
    }
