"""Obligations and homes as the office in charge asks for them: selects within its scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from sync import clock
from sync.access import Actor, within
from sync.ground import units_below
from sync.models import Link, Obligation, Person, Place, Programme, Unit
from sync.roles import Noun
from sync.words import LinkCategory, ObligationState, OwedFor, PlaceState

Rows = Select[*tuple[Any, ...]]


class Show(Enum):
    """Which obligations: what is open now, all that is owed, a part of it, what is still to open, or what is over."""

    OPEN = "open"
    OWED = "owed"
    OVERDUE = "overdue"
    PAUSED = "paused"
    NOBODY = "nobody"
    UPCOMING = "upcoming"
    MET = "met"
    LAPSED = "lapsed"
    EXCUSED = "excused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Filters of the board; none means all. The days are those in which it was due, both inclusive."""

    show: Show = Show.OPEN
    unit: UUID | None = None
    programme: UUID | None = None
    holder: UUID | None = None
    category: LinkCategory | None = None
    origin: OwedFor | None = None
    due_from: date | None = None
    due_until: date | None = None


def is_paused(now: datetime) -> ColumnElement[bool]:
    """Whether an attempt stops "overdue" for now."""
    return and_(Obligation.paused_until.is_not(None), Obligation.paused_until > now)


def is_overdue(now: datetime) -> ColumnElement[bool]:
    """Owed, past its time, and not paused."""
    return and_(Obligation.state == ObligationState.OWED, Obligation.due_at <= now, ~is_paused(now))


def is_nobodys() -> ColumnElement[bool]:
    """Nobody is responsible: a gap."""
    return and_(Obligation.holder_id.is_(None), Obligation.holder_unit_id.is_(None))


def _shown(show: Show, now: datetime) -> ColumnElement[bool]:
    owed, opened = Obligation.state == ObligationState.OWED, Obligation.opens_at <= now
    return {
        Show.OPEN: and_(owed, opened),
        Show.OWED: owed,
        Show.OVERDUE: is_overdue(now),
        Show.PAUSED: and_(owed, is_paused(now)),
        Show.NOBODY: and_(owed, opened, is_nobodys()),
        Show.UPCOMING: and_(owed, ~opened),
        Show.MET: Obligation.state == ObligationState.MET,
        Show.LAPSED: Obligation.state == ObligationState.LAPSED,
        Show.EXCUSED: Obligation.state == ObligationState.EXCUSED,
    }[show]


def board(actor: Actor, wanted: Wanted, now: datetime) -> Rows:
    """Ids of the obligations that the actor sees, with `due_at`: the keys of a page; `rows` shows them."""
    found: Rows = select(Obligation.id, Obligation.due_at).where(_shown(wanted.show, now))
    if wanted.unit:
        found = found.where(Obligation.unit_id.in_(units_below([wanted.unit])))
    if wanted.programme:
        found = found.where(Obligation.programme_id == wanted.programme)
    if wanted.holder:
        found = found.where(or_(Obligation.holder_id == wanted.holder, Obligation.holder_unit_id == wanted.holder))
    if wanted.origin:
        found = found.where(Obligation.origin == wanted.origin)
    if wanted.due_from:
        found = found.where(Obligation.due_at > clock.midnight(wanted.due_from))
    if wanted.due_until:
        found = found.where(Obligation.due_at <= clock.midnight(wanted.due_until + timedelta(days=1)))
    if wanted.category:
        links = select(Link.id).where(Link.category == wanted.category)
        found = found.where(Obligation.link_id.in_(links))
    return within(actor, found, Noun.OBLIGATION)


def rows(actor: Actor, ids: Sequence[UUID], now: datetime) -> Rows:
    """These obligations as the board shows them, in its order. The category is told by the office's own links alone."""
    told, holder, owner = aliased(Place), aliased(Unit), aliased(Unit)
    own = within(actor, select(Link.id), Noun.LINK)
    return (
        select(
            Obligation,
            Place.id.label("place_id"),
            Place.name.label("place"),
            owner.name.label("unit"),
            Programme.name.label("programme"),
            case((Link.id.in_(own), Link.category)).label("category"),
            Person.name.label("holder"),
            holder.name.label("holder_unit"),
            is_overdue(now).label("is_overdue"),
            is_paused(now).label("is_paused"),
        )
        .join(told, told.id == Obligation.place_id)
        .join(Place, Place.id == func.coalesce(told.merged_into_id, told.id))
        .join(owner, owner.id == Obligation.unit_id)
        .join(Programme, Programme.id == Obligation.programme_id, isouter=True)
        .join(Link, Link.id == Obligation.link_id, isouter=True)
        .join(Person, Person.id == Obligation.holder_id, isouter=True)
        .join(holder, holder.id == Obligation.holder_unit_id, isouter=True)
        .where(Obligation.id.in_(ids))
        .order_by(Obligation.due_at, Obligation.id)
    )


def homes(actor: Actor, unit: UUID, now: datetime, *, overdue: bool) -> Rows:
    """The homes of a unit that the office's links are with and that have not gone: how much is open, whether it is
    overdue, when it was last met by what was owed."""
    alias = aliased(Place)
    links = within(actor, select(Link.place_id), Noun.LINK).where(Link.valid.contains(clock.today()))
    linked = select(func.coalesce(alias.merged_into_id, alias.id)).where(alias.id.in_(links))
    told = aliased(Place)
    of_home = and_(Obligation.place_id == told.id, or_(told.id == Place.id, told.merged_into_id == Place.id))
    is_open = and_(Obligation.state == ObligationState.OWED, Obligation.opens_at <= now)
    owed = within(actor, select(func.count()).where(of_home, is_open), Noun.OBLIGATION)
    late = within(actor, select(Obligation.id).where(of_home, is_overdue(now)), Noun.OBLIGATION)
    met = within(actor, select(func.max(Obligation.met_at)).where(of_home), Noun.OBLIGATION)
    found = (
        select(
            Place.id,
            Place.name,
            Place.address,
            Place.unit_id,
            Unit.name.label("unit"),
            owed.correlate(Place).scalar_subquery().label("owed"),
            exists(late.correlate(Place)).label("overdue"),
            met.correlate(Place).scalar_subquery().label("met_at"),
        )
        .join(Unit, Unit.id == Place.unit_id)
        .where(Place.id.in_(linked), Place.unit_id.in_(units_below([unit])), Place.state != PlaceState.GONE)
    )
    return found.where(exists(late.correlate(Place))) if overdue else found
