"""Who sees what, said once: roles x nouns, as rows a select may give and as rows that a person may act on.

Scope is a join over `unit_above`, never a prefix of a code. A person who holds several roles sees their union;
somebody without a role sees nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, or_, select

from sync.models import UnitAbove
from sync.roles import MAY, SEES, Noun, Reach, Verb
from sync.scopes import SCOPES, SEALING
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
    return rows.where(seen_as(actor, noun))


def seen_as(actor: Actor, noun: Noun) -> ColumnElement[bool]:
    """The condition of `within` on that noun's table, for rows that are seen as one noun or another."""
    reached = [clause for reach, units in _reaches(actor, noun) for clause in SCOPES[noun](actor, reach, units)]
    scope = or_(*reached) if reached else false()
    return and_(scope, *SEALING.get(noun, ()))


def units_within(actor: Actor, *nouns: Noun) -> Select[UUID]:
    """Ids of the units whose rows the actor sees as one of `nouns` by a role there or above: for numbers kept by unit.

    What is seen by other ways (own visits, handled tasks) is not in it.
    """
    reached = [
        UnitAbove.above_id.in_(units)
        if reach is Reach.BELOW
        else and_(UnitAbove.above_id.in_(units), UnitAbove.depth > 0)
        for noun in nouns
        for reach, units in _reaches(actor, noun)
        if reach in (Reach.BELOW, Reach.UNDER)
    ]
    return select(UnitAbove.unit_id).distinct().where(or_(*reached) if reached else false())


def _reaches(actor: Actor, noun: Noun) -> list[tuple[Reach, list[UUID]]]:
    found: dict[Reach, list[UUID]] = {}
    for held in actor.roles:
        reach = SEES.get(held.role, {}).get(noun)
        if reach:
            found.setdefault(reach, []).append(held.unit_id)
    return list(found.items())
