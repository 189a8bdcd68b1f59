"""Who sees what, said once: the actor of a request and the roles that person holds today."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

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
