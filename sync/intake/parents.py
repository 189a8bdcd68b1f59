"""What a batch's records refer to: everything looked up at once, so that an unknown parent is found by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import db
from sync.geo.datum import to_wgs84
from sync.intake import houses
from sync.intake.origin import Item, Origin
from sync.intake.wire import AttestationRecord, CoVisitRecord, Placed, ProblemRecord, Record, VisitRecord
from sync.intake.wire_basics import NewPlace, Position
from sync.intake.wire_edits import PlaceEditRecord
from sync.intake.wire_life import AbsenceRecord, CommitmentKeptRecord, LifeEventRecord
from sync.registry import doors, lookup, propose
from sync.registry.lookup import Known, KnownPlace
from sync.words import Datum

_ERASED = text("SELECT id, words_only FROM erased_id WHERE id = ANY(:ids)")


@dataclass(slots=True)
class Parents:
    """Places, units, people and programmes that exist, ids that were erased or purged, and places found just
    now.

    `places` are by the id as told, each where its newest identity stands. `doors` are the places of visits and
    edits, held until the commit, with every id that stands for each; so are homes where something happened. `houses`
    are the places of records that name a house, by the record's id.
    """

    places: dict[UUID, KnownPlace]
    doors: dict[UUID, list[UUID]]
    units: dict[UUID, Known]
    people: set[UUID]
    programmes: set[UUID]
    erased: set[UUID]
    purged: set[UUID]
    found: list[UUID]
    houses: dict[UUID, UUID]

    def root(self, place: UUID) -> UUID:
        """The place that this id stands for."""
        return self.places[place].id if place in self.places else place

    def missing(self, record: Record) -> UUID | None:
        """The first parent of the record that is not known yet, or None. What is said of a visit is looked up later,
        when the visits of the set are stored."""
        if isinstance(record, AbsenceRecord):
            return record.deputy if record.deputy not in self.people else None
        if isinstance(record, PlaceEditRecord):
            known = record.place in self.places
            return None if known else record.new_place.unit if record.new_place else record.place
        if not isinstance(record, Placed):
            return None
        if record.place is not None and record.place not in self.places:
            return record.place
        if isinstance(record, ProblemRecord | LifeEventRecord):
            return record.unit if record.unit is not None and record.unit not in self.units else None
        if record.programme is not None and record.programme not in self.programmes:
            return record.programme
        people = [*record.visitors, *([record.recorder] if record.recorder else [])]
        return next((person for person in people if person not in self.people), None)

    def whereabouts(
        self, origin: Origin, place: UUID | None, unit: UUID | None = None
    ) -> tuple[UUID | None, UUID | None]:
        """(unit, town) in which a record counts."""
        if place is not None and place in self.places:
            known = self.places[place]
            return known.unit_id, known.town_id
        if unit is not None and unit in self.units:
            return unit, self.units[unit].town_id
        home = origin.home_unit
        return home, self.units[home].town_id if home in self.units else None


def resolve(session: Session, items: Sequence[Item], at: datetime) -> Parents:
    """Look up everything the records refer to; places found at the door, or told by name, are proposed first."""
    records = [item.record for item in items]
    visits = [record for record in records if isinstance(record, VisitRecord)]
    told = [record for record in records if isinstance(record, ProblemRecord | LifeEventRecord)]
    edits = [record for record in records if isinstance(record, PlaceEditRecord)]
    new = [
        (item.record.new_place, item.origin.person_id)
        for item in items
        if isinstance(item.record, VisitRecord | PlaceEditRecord) and item.record.new_place
    ]
    asked = {record.unit for record in told if record.unit} | {place.unit for place, _ in new}
    units = lookup.units(session, asked | houses.units_told(items))
    named = houses.find(session, items, units, at)
    found = _proposed(session, new, units, at) + named.new
    places, held = _places(session, visits, edits, told, named.places)
    placed = [(item.origin, item.record.place) for item in items if isinstance(item.record, Placed)]
    homes = {home for origin, place in placed if place not in places and (home := origin.home_unit)}
    units |= lookup.units(session, homes - units.keys())
    holders = {item.origin.person_id for item in items}
    others = {person for visit in visits for person in (*visit.visitors, visit.recorder) if person}
    others |= {record.deputy for record in records if isinstance(record, AbsenceRecord)}
    gone = session.execute(_ERASED, {"ids": db.pg_uuids(set().union(*(told_of(record) for record in records)))}).all()
    return Parents(
        found=found,
        houses=named.places,
        places=places,
        doors=held,
        units=units,
        people=holders | lookup.people(session, others - holders),
        programmes=lookup.programmes(session, {visit.programme for visit in visits if visit.programme}),
        erased={id_ for id_, words_only in gone if not words_only},
        purged={id_ for id_, words_only in gone if words_only},
    )


def _proposed(
    session: Session, new: Sequence[tuple[NewPlace, UUID]], units: Mapping[UUID, Known], at: datetime
) -> list[UUID]:
    """Propose the places that were found at the door; the ids of those that nobody had."""
    proposals = [
        propose.Proposal(
            place.id, place.kind, place.unit, units[place.unit].town_id, place.name, place.address,
            ewkt(place.position), place.position.datum if place.position else None, finder,
        )
        for place, finder in new
        if place.unit in units
    ]  # fmt: skip
    return propose.propose(session, proposals, at) if proposals else []


def _places(
    session: Session,
    visits: Sequence[VisitRecord],
    edits: Sequence[PlaceEditRecord],
    told: Sequence[ProblemRecord | LifeEventRecord],
    houses: Mapping[UUID, UUID],
) -> tuple[dict[UUID, KnownPlace], dict[UUID, list[UUID]]]:
    """Places by id as told, and the doors of visits, of edits and of homes where something happened, held: nobody
    merges them before the commit. Those of problems are held too: whoever erases a home waits for records about it,
    and they for him, and then see what was erased."""
    doors_told = {visit.place for visit in visits} | {edit.place for edit in edits} | set(houses.values())
    doors_told |= {seen.place for visit in visits for seen in visit.life_events if seen.place}
    doors_told |= {record.place for record in told if isinstance(record, LifeEventRecord) and record.place}
    asked = doors_told | {record.place for record in told if record.place}
    while True:
        places = lookup.places(session, asked)
        held = doors.hold(session, {place.id for place in places.values()})
        if held is not None:
            roots = {places[place].id for place in doors_told if place in places}
            return places, {root: ids for root, ids in held.items() if root in roots}


def ewkt(position: Position | None) -> str | None:
    """A told position as EWKT in WGS 84, whatever datum it came in."""
    if position is None:
        return None
    lon, lat = to_wgs84(np.array([position.lon]), np.array([position.lat]), Datum(position.datum))
    return f"SRID=4326;POINT({float(lon[0]):.7f} {float(lat[0]):.7f})"


def told_of(record: Record) -> set[UUID]:
    """The record's own id, and those of the home, visit and new place that it tells of: erased ones come in no more."""
    told = {record.id}
    if isinstance(record, AttestationRecord | CoVisitRecord):
        told.add(record.visit)
    if isinstance(record, CommitmentKeptRecord):
        told |= {record.commitment} | ({record.visit} if record.visit else set())
    if isinstance(record, Placed | PlaceEditRecord) and record.place:
        told.add(record.place)
    if isinstance(record, VisitRecord | PlaceEditRecord) and record.new_place:
        told.add(record.new_place.id)
    return told
