"""What a person says about a phone that several people use: it is declared, and weighs nothing until that is undone."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import db

_USERS = text(
    "SELECT DISTINCT v.device_id, v.recorder_id AS person_id, p.name FROM visit v JOIN person p ON p.id = v.recorder_id"
    " WHERE v.id = ANY(:ids) ORDER BY v.device_id, v.recorder_id"
)
_DECLARE = text(
    "INSERT INTO device_share (device_id, person_id, by, at)"
    " SELECT :device, w.id, :by, :at FROM unnest(CAST(:people AS uuid[])) AS w(id) ORDER BY w.id ON CONFLICT DO NOTHING"
)
_TAKE_BACK = text(
    "DELETE FROM device_share WHERE device_id = :device AND person_id = ANY(:people) AND by = :by AND at = :at"
    " RETURNING person_id"
)


class User(NamedTuple):
    """Somebody who recorded with a phone."""

    device_id: UUID
    person_id: UUID
    name: str


def users(session: Session, visits: Collection[UUID]) -> Sequence[User]:
    """Who recorded these visits with which phones, each once."""
    return [User(*row) for row in session.execute(_USERS, {"ids": db.pg_uuids(visits)})]


def declare(session: Session, device: UUID, people: Collection[UUID], by: UUID, at: datetime) -> None:
    """Say that these people use this phone as well as its holder; what was said before stands as it is."""
    session.execute(_DECLARE, {"device": device, "people": db.pg_uuids(people), "by": by, "at": at})


def take_back(session: Session, device: UUID, people: Collection[UUID], was: tuple[UUID, datetime]) -> bool:
    """Undo what `was` (person, time) said, as far as it still stands; whether any of it did."""
    facts = {"device": device, "people": db.pg_uuids(people), "by": was[0], "at": was[1]}
    return bool(session.scalars(_TAKE_BACK, facts).all())
