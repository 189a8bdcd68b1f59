"""What a batch's records refer to: everything looked up at once, so that an unknown parent is found by name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import db
from sync.geo.datum import to_wgs84
from sync.intake.origin import Item, Origin
from sync.intake.wire import Position, ProblemRecord, VisitRecord
from sync.registry import lookup, propose
from sync.registry.lookup import Known, KnownPlace
from sync.words import Datum


@dataclass(slots=True)
class Parents:
    """Places, units, people and programmes that exist, ids that were erased, and places found just now."""

    places: dict[UUID, KnownPlace]
    units: dict[UUID, Known]
    people: set[UUID]
    programmes: set[UUID]
    erased: set[UUID]
    found: list[UUID]

    def missing(self, record: VisitRecord | ProblemRecord) -> UUID | None:
        """The first parent of the record that is not known yet, or None."""
        if record.place is not None and record.place not in self.places:
            return record.place
        if isinstance(record, ProblemRecord):
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
    """Look up everything the records refer to; places found at the door are proposed first."""
    visits = [item.record for item in items if isinstance(item.record, VisitRecord)]
    told = [item.record for item in items if isinstance(item.record, ProblemRecord)]
    new = [
        (item.record.new_place, item.origin.person_id)
        for item in items
        if isinstance(item.record, VisitRecord) and item.record.new_place
    ]
    units = lookup.units(session, {record.unit for record in told if record.unit} | {place.unit for place, _ in new})
    proposals = [
        propose.Proposal(
            place.id, place.kind, place.unit, units[place.unit].town_id, place.name, place.address,
            ewkt(place.position), place.position.datum if place.position else None, finder,
        )
        for place, finder in new
        if place.unit in units
    ]  # fmt: skip
    found = propose.propose(session, proposals, at) if proposals else []
    places = lookup.places(session, {item.record.place for item in items if item.record.place})
    homes = {home for item in items if item.record.place not in places and (home := item.origin.home_unit)}
    units |= lookup.units(session, homes - units.keys())
    holders = {item.origin.person_id for item in items}
    others = {person for visit in visits for person in (*visit.visitors, visit.recorder) if person} - holders
    return Parents(
        found=found,
        places=places,
        units=units,
        people=holders | lookup.people(session, others),
        programmes=lookup.programmes(session, {visit.programme for visit in visits if visit.programme}),
        erased=_erased(session, [item.record.id for item in items]),
    )


def ewkt(position: Position | None) -> str | None:
    """A told position as EWKT in WGS 84, whatever datum it came in."""
    if position is None:
        return None
    lon, lat = to_wgs84(np.array([position.lon]), np.array([position.lat]), Datum(position.datum))
    return f"SRID=4326;POINT({float(lon[0]):.7f} {float(lat[0]):.7f})"


def _erased(session: Session, ids: Iterable[UUID]) -> set[UUID]:
    return set(session.scalars(text("SELECT id FROM erased_id WHERE id = ANY(:ids)"), {"ids": db.pg_uuids(ids)}))
