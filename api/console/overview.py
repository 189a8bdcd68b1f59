"""GET /: what happened in the last days, each block for those who may see it; no home is named here."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import auth
from api.session import reading
from sync import clock
from sync.access import Actor, narrowed, sees
from sync.followup.rules.machine import ENDED
from sync.identity.queries import person_name
from sync.insight import queries
from sync.insight.rules import Drawing, Spot, draw, light
from sync.models import Unit
from sync.roles import Noun
from sync.words import Role, Verdict

blp = Blueprint("overview", __name__, template_folder="templates")
DAYS = 7
DOTS, ROWS = 1500, 12


@dataclass
class Town:
    """One line of the table of towns; a number is None where the viewer may not see it."""

    name: str
    visits: int | None = None
    verdicts: Counter[Verdict] | None = None
    open: int | None = None
    overdue: int | None = None
    waiting: int | None = None


@dataclass
class Overview:
    """What the page shows; a block is None where the viewer may not see it."""

    name: str
    roles: list[tuple[Role, str]]
    towns: list[Town] = field(default_factory=list)
    total: Town | None = None
    drawing: Drawing | None = None
    visits: list[Any] | None = None
    own: list[Any] | None = None
    tasks: list[Any] | None = None
    texts: dict[UUID, str] | None = None
    sealed: list[Any] | None = None
    batches: list[Any] | None = None
    waiting: list[Any] | None = None


# Roles that have a screen of their own in the console.
WORKING = (
    Role.VERIFIER, Role.PROGRAMME_OFFICE, Role.LEADER, Role.UNIT_ADMIN, Role.DISPATCHER, Role.FIRST_RESPONSIBLE,
    Role.AUDIT_ADMIN, Role.SECURITY_ADMIN, Role.SYSTEM_ADMIN,
)  # fmt: skip


@blp.get("/")
def overview() -> str:
    """The page."""
    actor, now = auth.actor(), clock.now()
    shown = reading(lambda session: gather(session, actor, now))
    return render_template(
        "overview.html",
        shown=shown,
        sees={noun.name: sees(actor, noun) for noun in Noun},
        csrf=auth.browser().csrf,
        works=any(held.role in WORKING for held in actor.roles),
        now=now,
        days=DAYS,
        live="live" in request.args,
        verdicts=tuple(Verdict),
        local=clock.local,
        deadline=deadline,
        light=lambda task: light(task.due_at, task.state in ENDED, now),
    )


def deadline(at: datetime) -> str:
    """A deadline as people say it: the end of a day is 24:00 of that day, not 00:00 of the next."""
    local = clock.local(at)
    if local.hour == local.minute == 0:
        return f"{local - timedelta(days=1):%m-%d} 24:00"
    return f"{local:%m-%d %H:%M}"


def gather(session: Session, actor: Actor, now: datetime) -> Overview:
    """Everything that this viewer may see, in a fixed number of statements."""
    names = dict(session.execute(select(Unit.id, Unit.name).where(Unit.id.in_([r.unit_id for r in actor.roles]))).all())
    shown = Overview(
        name=session.scalars(person_name(actor.person_id)).one(),
        roles=[(held.role, names[held.unit_id]) for held in actor.roles],
    )
    since = now - timedelta(days=DAYS)
    _count(session, actor, shown, since, now)
    if sees(actor, Noun.EVIDENCE):
        _show_visits(session, actor, shown, since)
    if sees(actor, Noun.TASK):
        shown.tasks = list(session.execute(queries.newest_tasks(actor, ROWS)))
    if shown.tasks is not None and sees(actor, Noun.PROBLEM):
        rows = session.execute(queries.texts_of(actor, [task.id for task in shown.tasks]))
        shown.texts = {row.task_id: row.text for row in reversed(rows.all())}
    if sees(actor, Noun.SEALED):
        shown.sealed = list(session.execute(queries.sealed_matters(actor, ROWS)))
    if sees(actor, Noun.DEVICE):
        shown.batches = list(session.execute(queries.newest_batches(actor, ROWS)))
        shown.waiting = list(session.execute(queries.waiting_counts(actor)))
    return shown


def _show_visits(session: Session, actor: Actor, shown: Overview, since: datetime) -> None:
    verifier = narrowed(actor, Role.VERIFIER)
    if verifier.roles:
        towns = [row.id for row in session.execute(queries.towns_of(verifier, Noun.EVIDENCE))]
        found = session.execute(queries.spots(verifier, towns, since, DOTS))
        shown.drawing = draw([Spot(row.lon, row.lat, row.verdict, row.town or "") for row in found])
        shown.visits = list(session.execute(queries.newest_visits(verifier, towns, since, ROWS)))
    cadre = narrowed(actor, Role.CADRE)
    if cadre.roles:
        shown.own = list(session.execute(queries.own_visits(cadre, ROWS)))


def _count(session: Session, actor: Actor, shown: Overview, since: datetime, now: datetime) -> None:
    """The table of towns: visits for leaders, verdicts for verifiers, tasks for whoever works on them."""
    above = narrowed(actor, *(role for role in Role if role not in (Role.CADRE, Role.REPORTER)))
    lines: dict[UUID | None, Town] = {}
    for noun in (Noun.COUNT, Noun.EVIDENCE, Noun.TASK):
        for row in session.execute(queries.towns_of(above, noun)):
            lines.setdefault(row.id, Town(row.name))
    if not lines:
        return
    named = [town for town in lines if town]
    elsewhere = lines[None] = Town("其他 elsewhere")
    for noun in (Noun.COUNT, Noun.EVIDENCE):
        if sees(above, noun):
            for row in session.execute(queries.visit_counts(above, noun, named, since)):
                _add_visits(lines.get(row.town_id, elsewhere), noun, row.verdict, row.visits)
    if sees(above, Noun.TASK):
        for row in session.execute(queries.task_counts(above, now)):
            line = lines.get(row.town_id, elsewhere)
            line.open, line.overdue, line.waiting = row.open, row.overdue, row.waiting
    shown.towns = [line for line in lines.values() if line is not elsewhere or line != Town("其他 elsewhere")]
    shown.total = _sum(shown.towns)


def _add_visits(line: Town, noun: Noun, verdict: Verdict, visits: int) -> None:
    if noun is Noun.COUNT:
        line.visits = (line.visits or 0) + visits
        return
    line.verdicts = line.verdicts or Counter()
    line.verdicts[verdict] += visits


def _sum(lines: list[Town]) -> Town:
    def added(values: list[int | None]) -> int | None:
        known = [value for value in values if value is not None]
        return sum(known) if known else None

    verdicts: Counter[Verdict] = Counter()
    for line in lines:
        verdicts += line.verdicts or Counter()
    return Town(
        "合计 total",
        added([line.visits for line in lines]),
        verdicts,
        added([line.open for line in lines]),
        added([line.overdue for line in lines]),
        added([line.waiting for line in lines]),
    )
