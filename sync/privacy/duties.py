"""Why somebody may open the file of a home: a link, an open finding or an open task; else a reason in words (D7.2)."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ScalarSelect, Select, func, literal, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from sync import clock
from sync.access import Actor, narrowed, within
from sync.errors import refuse
from sync.models import Finding, Link, Place, Problem, Task, Visit
from sync.policy import Privacy
from sync.roles import Noun
from sync.words import FindingState, Role

REASON = "reason"
REASON_LENGTH_MAX = 300
WORKING_ON_TASKS = (Role.CADRE, Role.DISPATCHER, Role.HANDLER, Role.APPROVER)
UNDECIDED = (FindingState.OPEN, FindingState.ASKED, FindingState.ANSWERED)


class Because(NamedTuple):
    """Why a file is opened: `duty` as it stands on the trail, `reason` only where there was no duty."""

    duty: str
    reason: str | None = None


def because(session: Session, actor: Actor, place_id: UUID, told: str, policy: Privacy) -> Because:
    """The actor's duty towards a home, or the reason he told. Raises reason-missing if there is neither."""
    duty = duty_towards(session, actor, place_id)
    if duty:
        return Because(duty)
    reason = " ".join(told.split())
    if not policy.reason_length_min <= len(reason) <= REASON_LENGTH_MAX:
        raise refuse("reason-missing", pointer="/headers/Doorstep-Reason", length_min=policy.reason_length_min)
    return Because(REASON, reason)


def duty_towards(session: Session, actor: Actor, place_id: UUID) -> str | None:
    """`link/<id>`, `finding/<id>` or `task/<id>` that the actor has at the home or what was merged into it, or None."""
    doors = _doors(place_id)
    found = session.execute(
        union_all(
            _told("link", within(actor, _links(doors), Noun.LINK)),
            _told("finding", within(actor, _findings(doors), Noun.FINDING)),
            _told("task", within(narrowed(actor, *WORKING_ON_TASKS), _tasks(doors), Noun.TASK)),
        ).limit(1)
    ).one_or_none()
    return f"{found.what}/{found.id}" if found else None


def _told(what: str, rows: Select[UUID]) -> Select[str, UUID]:
    ids = rows.limit(1).subquery()
    return select(literal(what).label("what"), ids.c.id)


def _links(doors: Select[UUID]) -> Select[UUID]:
    return select(Link.id).where(Link.place_id.in_(doors), Link.valid.contains(clock.today()))


def _findings(doors: Select[UUID]) -> Select[UUID]:
    return (
        select(Finding.id)
        .join(Visit, Visit.id == Finding.visit_id)
        .where(Visit.place_id.in_(doors), Finding.state.in_(UNDECIDED))
    )


def _tasks(doors: Select[UUID]) -> Select[UUID]:
    return (
        select(Task.id)
        .join(Problem, Problem.task_id == Task.id)
        .where(Problem.place_id.in_(doors), Task.ended_at.is_(None))
    )


def _doors(place_id: UUID) -> Select[UUID]:
    """Every id that stands for the same home."""
    door = aliased(Place)
    root: ScalarSelect[UUID] = (
        select(func.coalesce(Place.merged_into_id, Place.id)).where(Place.id == place_id).scalar_subquery()
    )
    return select(door.id).where(or_(door.id == root, door.merged_into_id == root))
