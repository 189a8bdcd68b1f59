"""Selects of identity: who a token belongs to, with the roles held that day; people, logins, phones, codes."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, ScalarSelect, Select, and_, bindparam, case, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from sync.models import (
    Device,
    DeviceToken,
    Enrolment,
    Login,
    LoginFailure,
    LoginSession,
    Person,
    PersonRole,
    Unit,
    UnitCode,
)
from sync.words import DeviceState, Role

Rows = Select[*tuple[Any, ...]]


def held_roles(person: InstrumentedAttribute[UUID]) -> ScalarSelect[Any]:
    """Roles that a person holds on the day `:on`, as JSON: [[role, unit id], …]; null when there are none."""
    return (
        select(func.json_agg(func.json_build_array(PersonRole.role, PersonRole.unit_id)))
        .where(PersonRole.person_id == person, PersonRole.valid.contains(bindparam("on", type_=Date)))
        .correlate(person.class_)
        .scalar_subquery()
    )


# Built once: every request of a phone or a browser runs the first or the last; the second is for what the first misses.
DEVICE_BY_TOKEN: Rows = select(
    Device.id,
    Device.person_id,
    Device.state,
    Device.state_at,
    Device.token_expires_at,
    Device.token_ends_at,
    Device.receipt_key,
    Device.seen_at,
    held_roles(Device.person_id).label("roles"),
).where(Device.token_hash == bindparam("token_hash"))
"""The phone that holds a token, and its person's roles `:on` a day; columns in the order of `KnownDevice`."""

OTHER_TOKEN: Rows = (
    select(
        DeviceToken.device_id,
        DeviceToken.no,
        DeviceToken.made_at,
        DeviceToken.used_at,
        DeviceToken.superseded_at,
        Device.state,
        Device.token_hash.label("current_hash"),
        Device.token_no,
        Device.family_no,
        Device.revoked_at,
    )
    .join(Device, Device.id == DeviceToken.device_id)
    .where(DeviceToken.token_hash == bindparam("token_hash"))
)
"""A token that its phone's row may not name; columns in the order of `tokens.KnownToken`."""

SESSION_BY_TOKEN: Rows = (
    select(
        LoginSession.person_id,
        LoginSession.csrf,
        LoginSession.created_at,
        LoginSession.seen_at,
        held_roles(LoginSession.person_id).label("roles"),
    )
    .join(Login, and_(Login.person_id == LoginSession.person_id, Login.disabled_at.is_(None)))
    .where(LoginSession.token_hash == bindparam("token_hash"), LoginSession.expires_at > bindparam("now"))
)
"""The browser session that holds a token and has not ended `:now`, and its person's roles `:on` a day."""


def login_by_username(username: str) -> Select[UUID, str]:
    """Person and password hash of a login that is not disabled."""
    return select(Login.person_id, Login.password_hash).where(Login.username == username, Login.disabled_at.is_(None))


def failures_of(key: str, since: datetime) -> Select[datetime]:
    """When tries under a key failed, the newest hundred in order of time."""
    newest = (
        select(LoginFailure.at)
        .where(LoginFailure.key == key, LoginFailure.at > since)
        .order_by(LoginFailure.at.desc())
        .limit(100)
        .subquery()
    )
    return select(newest.c.at).order_by(newest.c.at)


def failure_count(key: str, since: datetime) -> Select[int]:
    """How many tries under a key failed since then."""
    return select(func.count()).select_from(LoginFailure).where(LoginFailure.key == key, LoginFailure.at > since)


def person_name(person_id: UUID) -> Select[str]:
    """The name of one person."""
    return select(Person.name).where(Person.id == person_id)


def person_named(username: str) -> Select[UUID]:
    """The person who enrols under this name: a login's user name, else a staff number."""
    return (
        select(Person.id)
        .outerjoin(Login, Login.person_id == Person.id)
        .where(or_(Login.username == username, func.lower(Person.staff_no) == username))
        .order_by(case((Login.username == username, 0), else_=1))
        .limit(1)
    )


def enrolling_name(person_id: UUID) -> Select[str]:
    """The name under which somebody enrols a phone: the login's, else the staff number."""
    return (
        select(func.coalesce(Login.username, Person.staff_no))
        .select_from(Person)
        .outerjoin(Login, Login.person_id == Person.id)
        .where(Person.id == person_id)
    )


def units_of_person(person_id: UUID, on: date) -> Select[UUID]:
    """The units where a person holds a role on a day."""
    return select(PersonRole.unit_id).where(PersonRole.person_id == person_id, PersonRole.valid.contains(on)).distinct()


def acting_in(role: Role, on: date) -> Select[int]:
    """How many people hold a role on a day, wherever it is, and can log in."""
    return (
        select(func.count(PersonRole.person_id.distinct()))
        .join(Login, Login.person_id == PersonRole.person_id)
        .where(PersonRole.role == role, PersonRole.valid.contains(on), Login.disabled_at.is_(None))
    )


def newest_code(person_id: UUID) -> Select[Enrolment]:
    """The newest enrolment code of a person."""
    return select(Enrolment).where(Enrolment.person_id == person_id).order_by(Enrolment.issued_at.desc()).limit(1)


def active_devices(person_id: UUID) -> Select[Device]:
    """Phones in use by a person, the oldest first."""
    return (
        select(Device)
        .where(Device.person_id == person_id, Device.state == DeviceState.ACTIVE)
        .order_by(Device.enrolled_at)
    )


def has_device_key(device_id: UUID) -> Select[bool]:
    """Whether a phone registered a key, so that it may exchange its token."""
    return select(Device.public_key.is_not(None)).where(Device.id == device_id)


def unit_by_code(code: str) -> Select[Unit]:
    """The unit that bears a code in any edition, the newest edition first."""
    return (
        select(Unit)
        .join(UnitCode, UnitCode.unit_id == Unit.id)
        .where(UnitCode.code == code)
        .order_by(UnitCode.edition.desc())
        .limit(1)
    )


def people(unit_id: UUID | None = None) -> Rows:
    """Everybody with login and roles of today and to come, by staff number; only role holders of a unit if given."""
    rows = (
        select(
            Person.id,
            Person.staff_no,
            Person.name,
            Login.username,
            Login.disabled_at,
            PersonRole.role,
            PersonRole.valid,
            Unit.name.label("unit"),
        )
        .outerjoin(Login, Login.person_id == Person.id)
        .outerjoin(PersonRole, PersonRole.person_id == Person.id)
        .outerjoin(Unit, Unit.id == PersonRole.unit_id)
        .order_by(Person.staff_no, Unit.sort_code, PersonRole.role)
    )
    return rows if unit_id is None else rows.where(PersonRole.unit_id == unit_id)


def devices() -> Rows:
    """Phones with their people, those in use first, the most recently seen first."""
    return (
        select(
            Device.id,
            Device.state,
            Device.state_at,
            Device.about,
            Device.enrolled_at,
            Device.seen_at,
            Device.token_expires_at,
            Device.alarm,
            Device.person_id,
            Person.staff_no,
            Person.name,
        )
        .join(Person, Person.id == Device.person_id)
        .order_by(Device.state, Device.seen_at.desc().nulls_last(), Device.id)
    )
