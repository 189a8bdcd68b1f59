"""Who holds links and who may get them: the cadres and units among whom an office in charge moves homes."""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, literal, null, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from sync.access import Actor, within
from sync.ground import units_below
from sync.models import Link, Person, PersonRole, Unit
from sync.roles import Noun
from sync.words import Role

Rows = Select[*tuple[Any, ...]]


def cadres(actor: Actor, below: Collection[UUID], on: date, words: str, programme: UUID | None) -> Rows:
    """Cadres of the units under `below`, and whoever else has links of the actor's programmes: id, name, staff_no, unit
    (of the role; null once it has ended), links (of these programmes, in force or to come). `words`: a part of the name
    or the beginning of the staff number."""
    links = _links(actor, Link.cadre_id == Person.id, on, programme)
    role = select(PersonRole.id).where(
        PersonRole.person_id == Person.id, PersonRole.role == Role.CADRE, PersonRole.valid.contains(on)
    )
    unit = (
        select(Unit.name)
        .join(PersonRole, PersonRole.unit_id == Unit.id)
        .where(PersonRole.person_id == Person.id, PersonRole.role == Role.CADRE, PersonRole.valid.contains(on))
        .order_by(Unit.sort_code, Unit.id)
        .limit(1)
    )
    rows: Rows = select(
        Person.id,
        Person.name,
        Person.staff_no,
        unit.correlate(Person).scalar_subquery().label("unit"),
        links.with_only_columns(func.count()).correlate(Person).scalar_subquery().label("links"),
    ).where(
        or_(role.where(PersonRole.unit_id.in_(units_below(below))).correlate(Person).exists(), _has(links, Person.id))
    )
    if words:
        rows = rows.where(
            or_(Person.name.contains(words, autoescape=True), Person.staff_no.startswith(words, autoescape=True))
        )
    return rows


def units(actor: Actor, below: Collection[UUID], on: date, words: str, programme: UUID | None) -> Rows:
    """Units under `below`, and others that have links of the actor's programmes; as `cadres`."""
    links = _links(actor, Link.holder_unit_id == Unit.id, on, programme)
    rows: Rows = select(
        Unit.id,
        Unit.name,
        null().label("staff_no"),
        literal("").label("unit"),
        links.with_only_columns(func.count()).correlate(Unit).scalar_subquery().label("links"),
    ).where(Unit.valid.contains(on), or_(Unit.id.in_(units_below(below)), _has(links, Unit.id)))
    return rows.where(Unit.name.contains(words, autoescape=True)) if words else rows


def _links(actor: Actor, of_holder: ColumnElement[bool], on: date, programme: UUID | None) -> Rows:
    """Links of one holder that a hand-over on that day could move."""
    rows: Rows = select(Link.id).where(
        of_holder, ~func.isempty(Link.valid), or_(func.upper_inf(Link.valid), func.upper(Link.valid) > on)
    )
    if programme is not None:
        rows = rows.where(Link.programme_id == programme)
    return within(actor, rows, Noun.LINK)


def _has(links: Rows, holder: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    return links.correlate(holder.class_).exists()
