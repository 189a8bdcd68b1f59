"""Whose data it is: a household with everything that hangs on it, one person of it, or a colleague."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from sync import clock, db
from sync.errors import refuse
from sync.models import Contact, Person, Place
from sync.registry import doors

NAMES = re.compile(r"(?<!:):([a-z_]+)")
_VISITS = text("SELECT id FROM visit WHERE place_id = ANY(:places) ORDER BY id")
# Sealed matters are nobody's to see or to erase but the officers'. `open`: somebody is still working on it.
_PROBLEMS = text(
    "SELECT p.id, p.task_id, r.id IS NOT NULL AND r.ended_at IS NULL AS open FROM problem p"
    " LEFT JOIN task t ON t.id = p.task_id LEFT JOIN task r ON r.id = coalesce(t.merged_into_id, t.id)"
    " WHERE (p.place_id = ANY(:places) OR p.visit_id = ANY(:visits)) AND p.sealed_kind IS NULL ORDER BY p.id"
)
_HASHES = text(
    "SELECT DISTINCT sha256 FROM photo x WHERE x.visit_id = ANY(:visits) AND x.problem_id IS NULL"
    " OR x.problem_id = ANY(:problems)"
)


@dataclass(frozen=True, slots=True)
class Subject:
    """Ids of all that belongs to somebody. `problems` can go, `open` are still being worked on."""

    places: list[UUID] = field(default_factory=list)
    visits: list[UUID] = field(default_factory=list)
    problems: list[UUID] = field(default_factory=list)
    open: list[UUID] = field(default_factory=list)
    tasks: list[UUID] = field(default_factory=list)
    contacts: list[UUID] = field(default_factory=list)
    hashes: list[bytes] = field(default_factory=list)
    person: UUID | None = None

    @property
    def facts(self) -> dict[str, Any]:
        """As parameters of the conditions in `columns`."""
        return {
            "places": db.pg_uuids(self.places),
            "visits": db.pg_uuids(self.visits),
            "problems": db.pg_uuids(self.problems),
            "contacts": db.pg_uuids(self.contacts),
            "hashes": db.pg_hashes(self.hashes),
            "person": self.person,
        }


def parameters(statement: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that a statement names; empty where nothing is given."""
    known = Subject().facts | {"now": clock.now(), "today": clock.today()} | dict(facts)
    return {name: known[name] for name in NAMES.findall(statement)}


def household(session: Session, place_id: UUID) -> Subject:
    """Everything of the home that this id stands for, its row held until the commit: nobody merges it meanwhile, and
    batches about it wait. Raises subject-unknown."""
    while True:
        place = session.get(Place, place_id, populate_existing=True)
        if place is None:
            raise refuse("subject-unknown", detail=str(place_id))
        held = doors.hold(session, [place.merged_into_id or place.id])
        if held is not None:
            break
    [places] = held.values()
    return _of_places(session, places)


def of_places(session: Session, place_id: UUID) -> Subject:
    """The same as it stands at this moment, without holding anything; nothing for a place that is not there."""
    doors_of = text(
        "SELECT d.id FROM place p JOIN place d ON coalesce(d.merged_into_id, d.id) = coalesce(p.merged_into_id, p.id)"
        " AND (d.id = coalesce(p.merged_into_id, p.id) OR d.merged_into_id = coalesce(p.merged_into_id, p.id))"
        " WHERE p.id = :id ORDER BY d.id"
    )
    return _of_places(session, list(session.scalars(doors_of, {"id": place_id})))


def _of_places(session: Session, places: list[UUID]) -> Subject:
    facts: dict[str, Any] = {"places": db.pg_uuids(places)}
    visits = list(session.scalars(_VISITS, facts))
    facts["visits"] = db.pg_uuids(visits)
    rows = session.execute(_PROBLEMS, facts).all()
    going, staying = [row.id for row in rows if not row.open], [row.id for row in rows if row.open]
    facts |= {"problems": db.pg_uuids(going)}
    return Subject(
        places=places,
        visits=visits,
        problems=going,
        open=staying,
        tasks=[row.task_id for row in rows if row.task_id],
        hashes=list(session.scalars(_HASHES, facts)),
    )


def whole(subject: Subject) -> Subject:
    """The same with what is still being worked on: what an export shows."""
    return Subject(
        places=subject.places,
        visits=subject.visits,
        problems=sorted([*subject.problems, *subject.open]),
        tasks=subject.tasks,
        contacts=subject.contacts,
        hashes=subject.hashes,
        person=subject.person,
    )


def one_contact(session: Session, contact_id: UUID) -> Subject:
    """One person of a home. Raises subject-unknown."""
    if session.get(Contact, contact_id) is None:
        raise refuse("subject-unknown", detail=str(contact_id))
    return Subject(contacts=[contact_id])


def colleague(session: Session, person_id: UUID) -> Subject:
    """Somebody who works with the system. Raises subject-unknown."""
    if session.get(Person, person_id) is None:
        raise refuse("subject-unknown", detail=str(person_id))
    return Subject(person=person_id)


def place_named(session: Session, told: str) -> UUID:
    """The place of a code or an id. Raises subject-unknown."""
    try:
        wanted = Place.id == UUID(told)
    except ValueError:
        wanted = Place.code == told
    found = session.scalar(select(Place.id).where(wanted))
    if found is None:
        raise refuse("subject-unknown", detail=told)
    return found


def contacts_with(session: Session, hashes: tuple[bytes, ...]) -> list[Any]:
    """(contact, place) of whoever has a telephone number, by its look-up hashes under every key."""
    rows = select(Contact.id, Contact.place_id).where(Contact.phone_hash.in_(hashes)).order_by(Contact.id)
    return list(session.execute(rows))
