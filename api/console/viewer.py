"""Who looks: the actor with the roles that a screen is for, and units that he may ask about."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from api import auth
from sync.access import Actor, narrowed, within
from sync.errors import refuse
from sync.ground import ASIDE
from sync.models import Unit
from sync.roles import Noun
from sync.words import Role


def seeing_as(*roles: Role) -> Actor:
    """The actor with these of the held roles alone; raises forbidden without any of them."""
    actor = narrowed(auth.actor(), *roles)
    if not actor.roles:
        raise refuse("forbidden")
    return actor


def require_unit(session: Session, actor: Actor, unit: UUID | None) -> None:
    """Raises not-found unless the actor sees this unit in the tree; units of others are not told from none."""
    if unit is not None:
        seen = within(actor, select(Unit.id).where(Unit.id == unit), Noun.UNIT)
        if session.scalar(seen) is None:
            raise refuse("not-found")


def on_the_ground(session: Session, actor: Actor) -> Actor:
    """The actor with each office that is a department looking from the unit that the department belongs to.

    The programmes of such an office reach into all towns of that unit, while nothing lies under the department itself.
    It is for the tree and its outlines, which name nobody.
    """
    offices = [held.unit_id for held in actor.roles if held.role is Role.PROGRAMME_OFFICE]
    rows = select(Unit.id, Unit.parent_id).where(
        Unit.id.in_(offices), Unit.kind.in_(ASIDE), Unit.parent_id.is_not(None)
    )
    parents = {row.id: row.parent_id for row in session.execute(rows)} if offices else {}
    moved = (
        replace(held, unit_id=parents.get(held.unit_id, held.unit_id)) if held.role is Role.PROGRAMME_OFFICE else held
        for held in actor.roles
    )
    return replace(actor, roles=tuple(dict.fromkeys(moved)))
