"""Moving links from one holder to another from a day on: which can move, and how their days are cut.

The former holder's days stay as they were, so that a visit of that time is judged and credited by them, however late it
comes. Rows are locked in the order of their ids; the exclusion constraint decides what two hand-overs fight over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import Session

from sync import changes, db, ids
from sync.access import Actor, narrowed, within
from sync.models import Link, Person, PersonRole, Place, Programme, Unit
from sync.roles import Noun
from sync.words import FeedKind, LinkCategory, Role


class Holder(NamedTuple):
    """Who has a link: a cadre or a unit, never both."""

    cadre: UUID | None
    unit: UUID | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be handed over: links of one holder, all of them or some, to another from a day on."""

    giver: Holder
    taker: Holder
    starts_on: date
    links: tuple[UUID, ...] | None = None
    programme: UUID | None = None


@dataclass(frozen=True, slots=True)
class Movable:
    """A link as it stands."""

    id: UUID
    place: UUID
    place_name: str
    programme: UUID
    programme_name: str
    category: LinkCategory
    since: date | None
    ends: date | None


class Sorted(NamedTuple):
    """Links that can move, and those that cannot with the reason: not-held, ended, already-linked."""

    moving: list[Movable]
    left_out: list[tuple[UUID, str]]


# Links that the taker has already, in days that would overlap.
_TAKEN = text(
    "SELECT l.id FROM link l JOIN link o ON o.programme_id = l.programme_id AND o.place_id = l.place_id"
    " AND o.id <> l.id AND (o.cadre_id = CAST(:cadre AS uuid) OR o.holder_unit_id = CAST(:unit AS uuid))"
    " AND o.valid && l.valid * daterange(CAST(:on AS date), NULL) WHERE l.id = ANY(:ids)"
)


def find(session: Session, actor: Actor, asked: Asked, *, lock: bool) -> Sorted:
    """The links that are asked for, of programmes that the actor's office is in charge of; locked if `lock`.

    Links that the actor may not see are told like those that are not there.
    """
    rows = within(narrowed(actor, Role.PROGRAMME_OFFICE), _held(asked), Noun.LINK)
    if lock:
        rows = rows.with_for_update(of=Link)
    found = [Movable(*row) for row in session.execute(rows)]
    facts = {"cadre": asked.taker.cadre, "unit": asked.taker.unit, "on": asked.starts_on}
    taken = set(session.scalars(_TAKEN, facts | {"ids": db.pg_uuids(one.id for one in found)}))
    known = {one.id for one in found}
    left_out = [(id_, "not-held") for id_ in asked.links or () if id_ not in known]
    moving = []
    for one in found:
        if one.ends is not None and one.ends <= asked.starts_on:
            left_out.append((one.id, "ended"))
        elif one.id in taken:
            left_out.append((one.id, "already-linked"))
        else:
            moving.append(one)
    if asked.links is None:
        left_out = [pair for pair in left_out if pair[1] != "ended"]
    return Sorted(moving, left_out)


def _held(asked: Asked) -> Select[*tuple[Any, ...]]:
    rows: Select[*tuple[Any, ...]] = (
        select(
            Link.id,
            Link.place_id,
            Place.name,
            Link.programme_id,
            Programme.name,
            Link.category,
            func.lower(Link.valid),
            func.upper(Link.valid),
        )
        .join(Place, Place.id == Link.place_id)
        .join(Programme, Programme.id == Link.programme_id)
        .where(
            Link.cadre_id == asked.giver.cadre if asked.giver.cadre else Link.holder_unit_id == asked.giver.unit,
            ~func.isempty(Link.valid),
        )
        .order_by(Link.id)
    )
    if asked.links is not None:
        rows = rows.where(Link.id.in_(asked.links))
    if asked.programme is not None:
        rows = rows.where(Link.programme_id == asked.programme)
    return rows


def may_take(session: Session, taker: Holder, on: date) -> bool:
    """Whether the taker is somebody who visits homes on that day, or a unit that exists then."""
    if taker.cadre is not None:
        held = select(PersonRole.id).where(
            PersonRole.person_id == taker.cadre, PersonRole.role == Role.CADRE, PersonRole.valid.contains(on)
        )
        return session.scalar(select(held.exists())) or False
    unit = select(Unit.id).where(Unit.id == taker.unit, Unit.valid.contains(on))
    return session.scalar(select(unit.exists())) or False


def places_of(session: Session, cadre: UUID, on: date) -> set[UUID]:
    """The homes that a cadre is linked to on a day, each by the id that merged ones stand for."""
    rows = select(func.coalesce(Place.merged_into_id, Place.id)).join(Link, Link.place_id == Place.id)
    return set(session.scalars(rows.where(Link.cadre_id == cadre, Link.valid.contains(on))))


def name_of(session: Session, holder: Holder) -> str | None:
    """The name of a cadre or a unit."""
    if holder.cadre is not None:
        return session.scalar(select(Person.name).where(Person.id == holder.cadre))
    return session.scalar(select(Unit.name).where(Unit.id == holder.unit))


_CUT = text("UPDATE link SET valid = daterange(lower(valid), CAST(:on AS date)) WHERE id = ANY(:ids)")
_GO_ON = text(
    "INSERT INTO link (id, programme_id, category, cadre_id, holder_unit_id, place_id, valid)"
    " SELECT n.id, l.programme_id, l.category, CAST(:cadre AS uuid), CAST(:unit AS uuid), l.place_id,"
    " daterange(CAST(:on AS date), n.ends)"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:new AS uuid[]), CAST(:ends AS date[])) AS n(old, id, ends)"
    " JOIN link l ON l.id = n.old"
)
_GIVE = text(
    "UPDATE link SET cadre_id = CAST(:cadre AS uuid), holder_unit_id = CAST(:unit AS uuid) WHERE id = ANY(:ids)"
)


def move(session: Session, asked: Asked, moving: Sequence[Movable]) -> dict[UUID, UUID]:
    """Give locked links to the taker; the id under which each goes on.

    A link that was in force before is cut and goes on as a new one; one that had not begun is given as it is. A link
    that the taker got in between violates ex_link_cadre_once or ex_link_unit_once.
    """
    begun = [one for one in moving if one.since is None or one.since < asked.starts_on]
    rest = [one.id for one in moving if one.since is not None and one.since >= asked.starts_on]
    new = {one.id: ids.uuid7() for one in begun}
    facts = {"cadre": asked.taker.cadre, "unit": asked.taker.unit, "on": asked.starts_on}
    session.execute(_CUT, {"ids": db.pg_uuids(new), "on": asked.starts_on})
    ends = [one.ends for one in begun]
    session.execute(_GO_ON, facts | {"ids": db.pg_uuids(new), "new": db.pg_uuids(new.values()), "ends": ends})
    session.execute(_GIVE, facts | {"ids": db.pg_uuids(rest)})
    changes.touched(session, FeedKind.LINK, [*new, *new.values(), *rest])
    return new | {id_: id_ for id_ in rest}
