"""Homes that are told by name: found in the registry, else proposed under that name, to be confirmed by a person."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from sync.intake.origin import Item
from sync.intake.wire_life import LifeEventRecord
from sync.registry import houses, propose
from sync.registry.houses import House
from sync.registry.lookup import Known
from sync.words import PlaceKind


class Found(NamedTuple):
    """The place of each record by the record's id, and the places that were not there before."""

    places: dict[UUID, UUID]
    new: list[UUID]


def units_told(items: Sequence[Item]) -> set[UUID]:
    """The units in which houses are told."""
    return {house.unit_id for house in _told(items).values()}


def find(session: Session, items: Sequence[Item], units: Mapping[UUID, Known], at: datetime) -> Found:
    """Which homes these records mean. One that nobody has in the list is proposed with the id of its first telling."""
    told = {record: house for record, house in _told(items).items() if house.unit_id in units}
    if not told:
        return Found({}, [])
    known = houses.find(session, told.values())
    finders = {item.record.id: item.origin.person_id for item in items}
    proposals = []
    for record, house in told.items():
        if house not in known:
            known[house] = record
            town = units[house.unit_id].town_id
            proposals.append(
                propose.Proposal(
                    record, PlaceKind.HOUSEHOLD, house.unit_id, town, house.name, "", None, None, finders[record]
                )
            )
    new = propose.propose(session, proposals, at) if proposals else []
    return Found({record: known[house] for record, house in told.items()}, new)


def _told(items: Sequence[Item]) -> dict[UUID, House]:
    told = {}
    for item in items:
        record = item.record
        if isinstance(record, LifeEventRecord) and record.house:
            unit = record.unit or item.origin.home_unit
            if unit is not None:
                told[record.id] = House(unit, " ".join(record.house.split()))
    return told
