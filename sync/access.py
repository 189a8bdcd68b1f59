"""Who sees what, said once: roles x nouns, as rows a select may give and as rows that a person may act on.

Scope is a join over `unit_above`, never a prefix of a code. A person who holds several roles sees their union;
somebody without a role sees nothing.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, aliased

from sync import clock
from sync.models import (
    Batch,
    Device,
    Link,
    Person,
    PersonRole,
    Place,
    Problem,
    Programme,
    Task,
    Unit,
    UnitAbove,
    Visit,
    VisitParty,
)
from sync.words import Role


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role that a person holds at a unit today."""

    role: Role
    unit_id: UUID


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person with the union of the held roles, through a phone if `device_id` is there."""

    person_id: UUID
    roles: tuple[HeldRole, ...] = ()
    device_id: UUID | None = None


def actor_from(person_id: UUID, roles: Iterable[tuple[str, str]] | None, device_id: UUID | None = None) -> Actor:
    """The actor of a row: roles come as JSON, [[role, unit id], …] or null."""
    held = tuple(HeldRole(Role(role), UUID(unit_id)) for role, unit_id in roles or ())
    return Actor(person_id, held, device_id)


class Noun(Enum):
    """What may be seen. A visit has three: that it was, its evidence, and what was said."""

    UNIT = auto()  # the tree
    COUNT = auto()  # numbers of a unit, without rows
    PLACE = auto()  # name, address, position
    LINK = auto()  # who is linked to whom, and the category
    VISIT = auto()  # when, where, who, outcome
    EVIDENCE = auto()  # fixes, photos, verdict
    STORY = auto()  # note, answers, commitments
    PROBLEM = auto()  # text, place, reporter unless 要求保密
    TASK = auto()  # number, state, holder, deadline; no text
    SEALED = auto()  # matters with a sealed kind
    BATCH = auto()  # sync health
    ACCOUNT = auto()  # people, roles, logins
    DEVICE = auto()  # phones


class Reach(Enum):
    """How far a role reaches from the unit where it is held."""

    BELOW = auto()  # the unit and all units under it
    UNDER = auto()  # all units under it, not the unit itself
    HELD = auto()  # what the unit, or one under it, has to handle
    OFFICE = auto()  # what belongs to a programme of the unit
    OWN = auto()  # the person's own links, visits, reports, phones


_ADMIN = {Noun.UNIT: Reach.BELOW, Noun.BATCH: Reach.BELOW, Noun.ACCOUNT: Reach.BELOW, Noun.DEVICE: Reach.BELOW}
_HANDLER = {Noun.UNIT: Reach.BELOW, Noun.TASK: Reach.HELD, Noun.PROBLEM: Reach.HELD}
_OWN = dict.fromkeys(
    (Noun.VISIT, Noun.EVIDENCE, Noun.STORY, Noun.PROBLEM, Noun.TASK, Noun.BATCH, Noun.DEVICE), Reach.OWN
)
SEES: dict[Role, dict[Noun, Reach]] = {
    Role.CADRE: _OWN | {Noun.UNIT: Reach.BELOW, Noun.PLACE: Reach.OWN, Noun.LINK: Reach.OWN},
    Role.REPORTER: {Noun.PROBLEM: Reach.OWN, Noun.TASK: Reach.OWN, Noun.BATCH: Reach.OWN, Noun.DEVICE: Reach.OWN},
    Role.VERIFIER: {
        Noun.UNIT: Reach.BELOW, Noun.VISIT: Reach.UNDER, Noun.EVIDENCE: Reach.UNDER, Noun.PLACE: Reach.UNDER,
    },
    Role.DISPATCHER: {Noun.UNIT: Reach.BELOW, Noun.PROBLEM: Reach.BELOW, Noun.TASK: Reach.BELOW},
    Role.HANDLER: _HANDLER,
    Role.APPROVER: _HANDLER,
    Role.PROGRAMME_OFFICE: {Noun.UNIT: Reach.BELOW, Noun.LINK: Reach.OFFICE, Noun.PLACE: Reach.OFFICE},
    Role.LEADER: {Noun.UNIT: Reach.BELOW, Noun.COUNT: Reach.BELOW, Noun.TASK: Reach.BELOW},
    Role.SEALED_OFFICER: {Noun.SEALED: Reach.BELOW},
    Role.UNIT_ADMIN: _ADMIN,
    Role.SECURITY_ADMIN: {Noun.UNIT: Reach.BELOW, Noun.ACCOUNT: Reach.BELOW},
}  # fmt: skip
# The roles of responsibility (第一责任人, 片长, 包村干部 …) say who answers for a unit. They open nothing by
# themselves: whoever is to see something also holds one of the roles above.


class Verb(Enum):
    """Acts that need a role."""

    ISSUE_CODE = auto()
    END_DEVICE = auto()


MAY: dict[Verb, dict[Role, Reach]] = {
    Verb.ISSUE_CODE: {Role.UNIT_ADMIN: Reach.BELOW},
    Verb.END_DEVICE: {Role.UNIT_ADMIN: Reach.BELOW},
}


def narrowed(actor: Actor, *roles: Role) -> Actor:
    """The actor with these of the held roles alone: a screen may show one of them at a time."""
    return replace(actor, roles=tuple(held for held in actor.roles if held.role in roles))


def units_of(actor: Actor, noun: Noun) -> list[UUID]:
    """The units where the actor holds a role that shows this noun."""
    return [held.unit_id for held in actor.roles if noun in SEES.get(held.role, {})]


def sees(actor: Actor, noun: Noun) -> bool:
    """Whether any of the held roles shows this noun at all: which blocks a screen has."""
    return any(noun in SEES.get(held.role, {}) for held in actor.roles)


def may(actor: Actor, verb: Verb, *chains: Sequence[UUID]) -> bool:
    """Whether the actor may do this to something of any of these units.

    Each chain is a unit followed by the units above it, nearest first (`above`).
    """
    reaches = MAY[verb]
    return any(
        held.role in reaches and held.unit_id in (chain[1:] if reaches[held.role] is Reach.UNDER else chain)
        for held in actor.roles
        for chain in chains
    )


def above(unit_id: UUID) -> Select[UUID]:
    """A unit and the units above it, nearest first."""
    return select(UnitAbove.above_id).where(UnitAbove.unit_id == unit_id).order_by(UnitAbove.depth)


Selected = TypeVar("Selected", bound=Select[*tuple[Any, ...]])


def within(actor: Actor, rows: Selected, noun: Noun) -> Selected:
    """The rows of a select that the actor sees as `noun`; the select must be over that noun's table.

    TASK and PROBLEM leave sealed matters out, SEALED gives nothing else, whoever asks.
    """
    reached = [clause for reach, units in _reaches(actor, noun) for clause in _SCOPES[noun](actor, reach, units)]
    scope = or_(*reached) if reached else false()
    return rows.where(and_(scope, *_SEALING.get(noun, ())))


def units_below(units: Collection[UUID], *, own: bool = True) -> Select[UUID]:
    """Ids of units and of all units under them; without the units themselves if not `own`."""
    rows = select(UnitAbove.unit_id).where(UnitAbove.above_id.in_(units))
    return rows if own else rows.where(UnitAbove.depth > 0)


Clauses = list[ColumnElement[bool]]


def _reaches(actor: Actor, noun: Noun) -> list[tuple[Reach, list[UUID]]]:
    found: dict[Reach, list[UUID]] = {}
    for held in actor.roles:
        reach = SEES.get(held.role, {}).get(noun)
        if reach:
            found.setdefault(reach, []).append(held.unit_id)
    return list(found.items())


def _by_unit(column: InstrumentedAttribute[Any], reach: Reach, units: list[UUID]) -> Clauses:
    return [column.in_(units_below(units, own=reach is not Reach.UNDER))]


def _units(_: Actor, reach: Reach, units: list[UUID]) -> Clauses:
    return _by_unit(Unit.id, reach, units)


def _places(actor: Actor, reach: Reach, units: list[UUID]) -> Clauses:
    if reach is Reach.UNDER:
        return _by_unit(Place.unit_id, reach, units)
    linked = select(Link.place_id).where(*_links(actor, reach, units), Link.valid.contains(clock.today()))
    return [Place.id.in_(linked)]


def _links(actor: Actor, reach: Reach, units: list[UUID]) -> Clauses:
    if reach is Reach.OWN:
        return [Link.cadre_id == actor.person_id]
    return [Link.programme_id.in_(select(Programme.id).where(Programme.office_id.in_(units)))]


def _visits(actor: Actor, reach: Reach, units: list[UUID]) -> Clauses:
    if reach is Reach.OWN:
        recorded = aliased(Visit)
        taken_part = select(VisitParty.visit_id).where(VisitParty.person_id == actor.person_id)
        written = select(recorded.id).where(recorded.recorder_id == actor.person_id)
        return [Visit.id.in_(union_all(taken_part, written))]
    return _by_unit(Visit.unit_id, reach, units)


def _problems(actor: Actor, reach: Reach, units: list[UUID]) -> Clauses:
    if reach is Reach.OWN:
        return [Problem.reporter_id == actor.person_id]
    if reach is Reach.HELD:
        return [Problem.task_id.in_(select(Task.id).where(*_by_unit(Task.holder_unit_id, reach, units)))]
    return _by_unit(Problem.unit_id, reach, units)


def _tasks(actor: Actor, reach: Reach, units: list[UUID]) -> Clauses:
    if reach is Reach.OWN:
        return [Task.id.in_(select(Problem.task_id).where(Problem.reporter_id == actor.person_id))]
    return _by_unit(Task.holder_unit_id if reach is Reach.HELD else Task.unit_id, reach, units)


def _people(_: Actor, reach: Reach, units: list[UUID]) -> Clauses:
    return [Person.id.in_(_role_holders(reach, units))]


def _devices(actor: Actor, reach: Reach, units: list[UUID]) -> Clauses:
    if reach is Reach.OWN:
        return [Device.person_id == actor.person_id]
    return [Device.person_id.in_(_role_holders(reach, units))]


def _batches(actor: Actor, reach: Reach, units: list[UUID]) -> Clauses:
    return [Batch.device_id.in_(select(Device.id).where(*_devices(actor, reach, units)))]


def _role_holders(reach: Reach, units: list[UUID]) -> Select[UUID]:
    return select(PersonRole.person_id).where(
        *_by_unit(PersonRole.unit_id, reach, units), PersonRole.valid.contains(clock.today())
    )


_SCOPES: dict[Noun, Callable[[Actor, Reach, list[UUID]], Clauses]] = {
    Noun.UNIT: _units,
    Noun.COUNT: _units,
    Noun.PLACE: _places,
    Noun.LINK: _links,
    Noun.VISIT: _visits,
    Noun.EVIDENCE: _visits,
    Noun.STORY: _visits,
    Noun.PROBLEM: _problems,
    Noun.TASK: _tasks,
    Noun.SEALED: _problems,
    Noun.BATCH: _batches,
    Noun.ACCOUNT: _people,
    Noun.DEVICE: _devices,
}
_SEALING: dict[Noun, Clauses] = {
    Noun.PROBLEM: [Problem.sealed_kind.is_(None)],
    Noun.TASK: [Task.sealed.is_(False)],
    Noun.SEALED: [Problem.sealed_kind.is_not(None)],
}
