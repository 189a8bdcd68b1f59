"""What the console reads of life events, promises, aid, needy homes and absences."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import aliased

from sync import clock
from sync.access import Actor, units_within, within
from sync.ground import units_below
from sync.models import (
    Absence,
    Aid,
    Commitment,
    LifeEventTold,
    Link,
    Needy,
    Obligation,
    Person,
    PersonRole,
    Place,
    Programme,
    Unit,
    UnitAbove,
)
from sync.roles import Noun
from sync.words import CommitmentState, ObligationState

Rows = Select[*tuple[Any, ...]]
GAP = "gap"
_told, _home = aliased(Place), aliased(Place)
_nobodys = or_(
    Obligation.id.is_(None),
    and_(Obligation.state == ObligationState.OWED, Obligation.holder_id.is_(None), Obligation.holder_unit_id.is_(None)),
)
EVENT_STATE: ColumnElement[str] = case((_nobodys, literal(GAP)), else_=Obligation.state)


def life_events(actor: Actor, unit: UUID | None, state: str | None) -> Rows:
    """First tellings of events that the actor sees, with the contact that each owes; a gap is nobody's."""
    again = aliased(LifeEventTold)
    times = select(func.count()).where(again.same_as_id == LifeEventTold.id).scalar_subquery()
    holder, holding = aliased(Person), aliased(Unit)
    rows = (
        select(
            LifeEventTold.id, LifeEventTold.event, LifeEventTold.happened_on, LifeEventTold.told_at,
            (times + 1).label("times"), EVENT_STATE.label("state"), Obligation.due_at, Obligation.paused_until,
            _home.id.label("place_id"), _home.name.label("place_name"), Unit.id.label("unit_id"),
            Unit.name.label("unit_name"), holder.id.label("holder_id"), holder.name.label("holder_name"),
            holding.id.label("holder_unit_id"), holding.name.label("holder_unit_name"),
        )
        .join(Unit, Unit.id == LifeEventTold.unit_id)
        .outerjoin(_told, _told.id == LifeEventTold.place_id)
        .outerjoin(_home, _home.id == func.coalesce(_told.merged_into_id, _told.id))
        .outerjoin(Obligation, Obligation.life_event_id == LifeEventTold.id)
        .outerjoin(holder, holder.id == Obligation.holder_id)
        .outerjoin(holding, holding.id == Obligation.holder_unit_id)
        .where(LifeEventTold.same_as_id.is_(None))
    )  # fmt: skip
    if unit is not None:
        rows = rows.where(LifeEventTold.unit_id.in_(units_below([unit])))
    if state is not None:
        rows = rows.where(EVENT_STATE.in_([state]))
    return within(actor, rows, Noun.LIFE_EVENT)


def events_by_unit(actor: Actor, unit: UUID, since: date) -> Rows:
    """How many events of each unit right below this one are owed, overdue, met, nobody's: no homes, no kinds."""
    overdue = and_(
        Obligation.state == ObligationState.OWED,
        Obligation.due_at < clock.now(),
        or_(Obligation.paused_until.is_(None), Obligation.paused_until < clock.now()),
    )
    counts = {
        "owed": and_(Obligation.state == ObligationState.OWED, ~_nobodys),
        "overdue": overdue,
        "met": Obligation.state == ObligationState.MET,
        "gaps": and_(LifeEventTold.id.is_not(None), _nobodys),
    }
    return (
        _children(actor, unit, counts, Noun.COUNT, Noun.LIFE_EVENT)
        .outerjoin(
            LifeEventTold,
            and_(
                LifeEventTold.unit_id == UnitAbove.unit_id,
                LifeEventTold.same_as_id.is_(None),
                LifeEventTold.told_at >= clock.midnight(since),
            ),
        )
        .outerjoin(Obligation, Obligation.life_event_id == LifeEventTold.id)
    )


def _children(actor: Actor, unit: UUID, counts: dict[str, ColumnElement[bool]], *nouns: Noun) -> Rows:
    """The units right below one, in the order of their codes, with counts of what hangs on the units under each."""
    columns = [func.count().filter(clause).label(name) for name, clause in counts.items()]
    return (
        select(Unit.id.label("unit_id"), Unit.name.label("unit_name"), *columns)
        .join(UnitAbove, UnitAbove.above_id == Unit.id)
        .where(Unit.parent_id == unit, Unit.id.in_(units_within(actor, *nouns)))
        .group_by(Unit.id)
        .order_by(Unit.sort_code, Unit.id)
    )


def commitments(actor: Actor, state: str | None, today: date) -> Rows:
    """Promises that the actor sees in words: his own. `overdue`: open, and the day has passed."""
    confirmer = aliased(Person)
    rows = (
        select(
            Commitment.id, Commitment.text, Commitment.due_on, Commitment.made_at, Commitment.state,
            Commitment.state_at, _home.id.label("place_id"), _home.name.label("place_name"),
            confirmer.id.label("by_id"), confirmer.name.label("by_name"),
        )
        .join(_told, _told.id == Commitment.place_id)
        .join(_home, _home.id == func.coalesce(_told.merged_into_id, _told.id))
        .outerjoin(confirmer, confirmer.id == Commitment.state_by)
        .where(Commitment.same_as_id.is_(None))
    )  # fmt: skip
    if state == "overdue":
        rows = rows.where(Commitment.state == CommitmentState.OPEN, Commitment.due_on < today)
    elif state is not None:
        rows = rows.where(Commitment.state == CommitmentState(state))
    return within(actor, rows, Noun.COMMITMENT)


def promises_by_unit(actor: Actor, unit: UUID, today: date) -> Rows:
    """How many promises of each unit right below this one stand where: no homes, no words, no names."""
    is_open = Commitment.state == CommitmentState.OPEN
    counts = {
        "open": is_open,
        "overdue": and_(is_open, Commitment.due_on < today),
        "told_kept": Commitment.state == CommitmentState.TOLD_KEPT,
        "confirmed": Commitment.state == CommitmentState.CONFIRMED,
    }
    made = and_(Commitment.unit_id == UnitAbove.unit_id, Commitment.same_as_id.is_(None))
    return _children(actor, unit, counts, Noun.COUNT).outerjoin(Commitment, made)


def aid(actor: Actor, unit: UUID | None, place: UUID | None) -> Rows:
    """Aid that the actor sees, once however often it was told."""
    rows = (
        select(
            Aid.id, Aid.what, Aid.source, Aid.given_on, _home.id.label("place_id"), _home.name.label("place_name"),
            Person.id.label("by_id"), Person.name.label("by_name"), Programme.id.label("programme_id"),
            Programme.name.label("programme_name"),
        )
        .join(_told, _told.id == Aid.place_id)
        .join(_home, _home.id == func.coalesce(_told.merged_into_id, _told.id))
        .outerjoin(Person, Person.id == Aid.cadre_id)
        .outerjoin(Programme, Programme.id == Aid.programme_id)
        .where(Aid.same_as_id.is_(None))
    )  # fmt: skip
    if unit is not None:
        rows = rows.where(Aid.unit_id.in_(units_below([unit])))
    if place is not None:
        rows = rows.where(or_(_told.id == place, _home.id == place))
    return within(actor, rows, Noun.AID)


def needy(actor: Actor, unit: UUID | None, on: date, list_: str | None, *, uncovered: bool = False) -> Rows:
    """Homes that stand on a list on that day, with whether a programme in force covers them by a link."""
    other = aliased(Place)
    covered = (
        select(Link.id)
        .join(other, other.id == Link.place_id)
        .join(Programme, Programme.id == Link.programme_id)
        .where(
            func.coalesce(other.merged_into_id, other.id) == _home.id,
            Link.valid.contains(on),
            Programme.valid.contains(on),
        )
        .exists()
    )
    rows = (
        select(
            Needy.id, Needy.list, Needy.source, func.lower(Needy.valid).label("since"),
            (func.upper(Needy.valid) - 1).label("ends"), _home.id.label("place_id"), _home.name.label("place_name"),
            Unit.id.label("unit_id"), Unit.name.label("unit_name"), Unit.sort_code, Needy.place_id.label("listed_id"),
            covered.label("covered"),
        )
        .join(_told, _told.id == Needy.place_id)
        .join(_home, _home.id == func.coalesce(_told.merged_into_id, _told.id))
        .join(Unit, Unit.id == _home.unit_id)
        .where(Needy.valid.contains(on))
    )  # fmt: skip
    if unit is not None:
        rows = rows.where(_home.unit_id.in_(units_below([unit])))
    if list_ is not None:
        rows = rows.where(Needy.list == list_)
    if uncovered:
        rows = rows.where(~covered)
    return within(actor, rows, Noun.NEEDY)


def absences(actor: Actor, unit: UUID | None) -> Rows:
    """Absences that the actor sees: his own, those in which he stands in, those of people of his units."""
    rows = _absences()
    if unit is not None:
        held = and_(PersonRole.unit_id.in_(units_below([unit])), PersonRole.valid.contains(clock.today()))
        rows = rows.where(Absence.person_id.in_(select(PersonRole.person_id).where(held)))
    return within(actor, rows, Noun.ABSENCE)


def absence(id_: UUID) -> Rows:
    """One absence; for whoever has just told it."""
    return _absences().where(Absence.id == id_)


def _absences() -> Rows:
    person, deputy = aliased(Person), aliased(Person)
    return (
        select(
            Absence.id, func.lower(Absence.valid).label("first_on"), (func.upper(Absence.valid) - 1).label("last_on"),
            Absence.reason, Absence.told_at, Absence.cancelled_at, person.id.label("person_id"),
            person.name.label("person_name"), deputy.id.label("deputy_id"), deputy.name.label("deputy_name"),
        )
        .join(person, person.id == Absence.person_id)
        .join(deputy, deputy.id == Absence.deputy_id)
    )  # fmt: skip
