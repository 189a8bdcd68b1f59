"""Selects of identity: who a token belongs to, with the roles held today."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, DateTime, ScalarSelect, Select, cast, func, literal, select

from sync.models import Device, LoginSession, Person, PersonRole


def day_of(now: datetime) -> ColumnElement[Any]:
    """The day in which `now` falls, in the zone of the installation (each connection is set to it)."""
    return cast(literal(now, DateTime(timezone=True)), Date)


def held_roles(person: ColumnElement[UUID], now: datetime) -> ScalarSelect[Any]:
    """Roles that a person holds today, as JSON: [[role, unit id], …]; null when there are none."""
    return (
        select(func.json_agg(func.json_build_array(PersonRole.role, PersonRole.unit_id)))
        .where(PersonRole.person_id == person, PersonRole.valid.op("@>")(day_of(now)))
        .correlate(Device, LoginSession)
        .scalar_subquery()
    )


def device_by_token(token_hash: bytes, now: datetime) -> Select[Any]:
    """The phone that holds a token, and its person's roles."""
    return select(
        Device.id,
        Device.person_id,
        Device.state,
        Device.state_at,
        Device.token_expires_at,
        Device.token_ends_at,
        Device.receipt_key,
        Device.seen_at,
        held_roles(Device.person_id.expression, now).label("roles"),
    ).where(Device.token_hash == token_hash)


def session_by_token(token_hash: bytes, now: datetime) -> Select[Any]:
    """The browser session that holds a token and has not ended, and its person's roles."""
    return select(
        LoginSession.person_id,
        LoginSession.csrf,
        LoginSession.created_at,
        LoginSession.seen_at,
        held_roles(LoginSession.person_id.expression, now).label("roles"),
    ).where(LoginSession.token_hash == token_hash, LoginSession.expires_at > now)


def person_name(person_id: UUID) -> Select[str]:
    """The name of one person."""
    return select(Person.name).where(Person.id == person_id)
