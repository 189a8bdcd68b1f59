"""What is looked up before tellings are settled: who told what already, whose contacts these are, who found a home."""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import db

_AUTHORS = text("SELECT id, person_id, sha256 FROM place_edit WHERE id = ANY(:ids)")
_CONTACTS = text(
    "SELECT c.id, c.place_id, coalesce(p.merged_into_id, p.id) AS root FROM contact c JOIN place p ON p.id = c.place_id"
    " WHERE c.id = ANY(:ids)"
)
_FINDERS = text("SELECT id, proposed_by, state FROM place WHERE id = ANY(:ids) AND proposed_by IS NOT NULL")


class Author(NamedTuple):
    """Who told what is stored under an id, and the hash of the record's bytes."""

    person_id: UUID | None
    sha256: bytes | None


class Whose(NamedTuple):
    """The place that a contact hangs on, and what that place stands for."""

    place_id: UUID
    root: UUID


class Finder(NamedTuple):
    """Who found a home at the door, and whether nobody has confirmed it yet."""

    person_id: UUID
    is_open: bool


def authors(session: Session, ids: Collection[UUID]) -> dict[UUID, Author]:
    """The tellings that are stored under these ids."""
    rows = session.execute(_AUTHORS, {"ids": db.pg_uuids(ids)})
    return {row.id: Author(row.person_id, row.sha256 and bytes(row.sha256)) for row in rows}


def contacts(session: Session, ids: Collection[UUID]) -> dict[UUID, Whose]:
    """The contacts with these ids that there are."""
    if not ids:
        return {}
    return {row.id: Whose(row.place_id, row.root) for row in session.execute(_CONTACTS, {"ids": db.pg_uuids(ids)})}


def finders(session: Session, places: Collection[UUID]) -> dict[UUID, Finder]:
    """Of places that came from a door: who found each."""
    rows = session.execute(_FINDERS, {"ids": db.pg_uuids(places)})
    return {row.id: Finder(row.proposed_by, row.state == "proposed") for row in rows}
