"""The roster of town leaders (住点安排): what each says of himself for a day. No position, no verdict, on no sheet."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import Session

from sync.access import Actor
from sync.models import Person, RosterEntry, Unit
from sync.words import Role, RosterState, UnitKind

# Only the first persons of a town stay at the work point (镇街党政主要领导), in principle.
DECLARING = frozenset({Role.FIRST_RESPONSIBLE, Role.LEADER})
_SAY = text(
    'INSERT INTO roster_entry AS e (person_id, "on", unit_id, state, said_at)'
    " VALUES (:person, :on, :unit, :state, :at)"
    ' ON CONFLICT (person_id, "on") DO UPDATE SET unit_id = excluded.unit_id, state = excluded.state,'
    " said_at = excluded.said_at"
)
_TAKE_BACK = text('DELETE FROM roster_entry WHERE person_id = :person AND "on" = :on')


def town_led_by(session: Session, actor: Actor) -> UUID | None:
    """The town that somebody leads, or None: the first of them in the order of the codes."""
    units = [held.unit_id for held in actor.roles if held.role in DECLARING]
    rows = select(Unit.id).where(Unit.id.in_(units), Unit.kind == UnitKind.TOWN).order_by(Unit.sort_code, Unit.id)
    return session.scalars(rows).first()


def say(session: Session, person: UUID, town: UUID, on: date, state: RosterState | None, now: datetime) -> None:
    """Say where one is on a day, or take it back."""
    facts = {"person": person, "on": on, "unit": town, "at": now}
    if state is None:
        session.execute(_TAKE_BACK, facts)
    else:
        session.execute(_SAY, facts | {"state": state.value})


def counted(towns: Select[UUID], first_on: date, last_on: date) -> Select[date, UUID, str, RosterState, int]:
    """How many of each state, by day and town, in the order of the codes: no names."""
    return (
        select(RosterEntry.on, Unit.id, Unit.name, RosterEntry.state, func.count())
        .join(Unit, Unit.id == RosterEntry.unit_id)
        .where(RosterEntry.unit_id.in_(towns), RosterEntry.on.between(first_on, last_on))
        .group_by(RosterEntry.on, Unit.id, Unit.name, Unit.sort_code, RosterEntry.state)
        .order_by(RosterEntry.on, Unit.sort_code, Unit.id, RosterEntry.state)
    )


def named(towns: Select[UUID], first_on: date, last_on: date) -> Select[date, UUID, UUID, str, RosterState]:
    """Who said what, by day and town: for the people of the town itself."""
    return (
        select(RosterEntry.on, RosterEntry.unit_id, Person.id, Person.name, RosterEntry.state)
        .join(Person, Person.id == RosterEntry.person_id)
        .where(RosterEntry.unit_id.in_(towns), RosterEntry.on.between(first_on, last_on))
        .order_by(RosterEntry.on, Person.name, Person.id)
    )
