"""Corrections of a verifier: what they would move, moving it, and taking it back. Judging again is owed, not done."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import db
from sync.errors import refuse
from sync.geo.datum import to_wgs84
from sync.geo.distance import metres
from sync.pipeline.owing import owe_rejudge
from sync.registry import lookup
from sync.registry.relocating import Move, Standing, bring_back, imported_places, lock_places, relocate, say_datums
from sync.review import datums, sharing
from sync.review.actions import Done
from sync.review.rules import common_shift, middle
from sync.review.sharing import User
from sync.review.standing import Taken
from sync.words import Cause, Datum, Deciding, PositionMethod

_BEST = text(
    "SELECT v.place_id, CAST(j.numbers ->> 'lon' AS float8) AS lon, CAST(j.numbers ->> 'lat' AS float8) AS lat"
    " FROM visit v JOIN LATERAL (SELECT numbers FROM visit_verdict WHERE visit_id = v.id ORDER BY n DESC LIMIT 1) j"
    "  ON true WHERE v.id = ANY(:ids) AND j.numbers ? 'lon'"
)


class Point(NamedTuple):
    """Degrees in the datum that the map of the verifier showed."""

    lon: float
    lat: float
    datum: Datum = Datum.WGS84


@dataclass(frozen=True, slots=True)
class Plan:
    """What a correction would change: places that move (WGS 84), the datum of a group of phones, or who uses a phone;
    `subject` names the visits that are judged again, `facts` what undoing needs."""

    subject: str
    facts: dict[str, Any]
    moves: list[Move] = field(default_factory=list)
    method: PositionMethod = PositionMethod.CORRECTED
    source: Datum | None = None
    group: dict[str, str] | None = None
    datum: Datum | None = None
    shift_m: tuple[float, float] | None = None
    users: Sequence[User] = ()


def plan_address(session: Session, visits: Sequence[Taken], position: Point | None) -> Plan:
    """One place of all these visits stands at `position`; without one, where most of their best fixes lie (a proposal
    for the preview). Raises invalid when the visits are of several places, or nothing says where."""
    roots = lookup.places(session, {one.place_id for one in visits})
    places = {known.id for known in roots.values()}
    if len(places) != 1:
        raise refuse("invalid", pointer="/visits", detail="of one place")
    [place] = lock_places(session, places)
    if position is None:
        found = middle([(row.lon, row.lat) for row in _best(session, visits)])
        if found is None:
            raise refuse("invalid", pointer="/position", detail="required")
        position = Point(*found)
    lon, lat = to_wgs84(position.lon, position.lat, position.datum)
    facts = {"place": str(place.id), "datum_was": place.datum and place.datum.value}
    move = Move(place.id, float(lon), float(lat))
    return Plan(f"place/{place.id}", facts, [move], source=position.datum)


def _best(session: Session, visits: Sequence[Taken]) -> list[Any]:
    """The best fix of each visit in WGS 84, of those that have one."""
    return list(session.execute(_BEST, {"ids": db.pg_uuids(one.id for one in visits)}))


def plan_datum(session: Session, visits: Sequence[Taken], cause: Cause, key: str, datum: Datum | None) -> Plan:
    """The phones of a group deliver another datum than they say; or the imported positions of a unit do: they are
    read in `datum`, or without one moved by the vector that its visits have in common. Raises invalid."""
    if cause is Cause.AREA:
        return _plan_area(session, visits, key, datum)
    group = datums.parts(key)
    if group is None or datum is None:
        raise refuse("invalid", pointer="/datum", detail="required")
    return Plan(f"group/{key}", {"group": key}, group=group, datum=datum)


def _plan_area(session: Session, visits: Sequence[Taken], key: str, datum: Datum | None) -> Plan:
    unit = UUID(key)
    places = imported_places(session, unit)
    if not places:
        raise refuse("invalid", pointer="/key", detail="no imported position")
    lon, lat = np.array([place.lon for place in places]), np.array([place.lat for place in places])
    if datum:
        new_lon, new_lat = to_wgs84(lon, lat, datum)
    else:
        shift = _common(session, visits, places)
        new_lon, new_lat = lon + shift[0], lat + shift[1]
    moves = [Move(place.id, float(x), float(y)) for place, x, y in zip(places, new_lon, new_lat, strict=True)]
    east_m = float(np.median(np.sign(new_lon - lon) * metres(lon, lat, new_lon, lat)))
    north_m = float(np.median(np.sign(new_lat - lat) * metres(lon, lat, lon, new_lat)))
    facts: dict[str, Any] = {"unit": key}
    if datum:
        facts["datums_were"] = _datums(places)
    return Plan(f"unit/{key}", facts, moves, PositionMethod.DATUM, datum, shift_m=(round(east_m, 1), round(north_m, 1)))


def plan_sharing(session: Session, visits: Sequence[Taken]) -> Plan:
    """Those who recorded these visits use the phone of somebody else, as its village knows. Raises invalid when the
    visits are of several phones."""
    users = sharing.users(session, [one.id for one in visits])
    devices = {one.device_id for one in users}
    if len(devices) != 1:
        raise refuse("invalid", pointer="/visits", detail="of one phone")
    [device] = devices
    facts = {"device": str(device), "people": [str(one.person_id) for one in users]}
    return Plan(f"device/{device}", facts, users=users)


def _common(session: Session, visits: Sequence[Taken], places: Sequence[Standing]) -> tuple[float, float]:
    roots = lookup.places(session, {one.place_id for one in visits})
    stands = {place.id: place for place in places}
    pairs: dict[UUID, list[tuple[float, float]]] = {}
    for row in _best(session, visits):
        place = stands.get(roots[row.place_id].id) if row.place_id in roots else None
        if place and place.lon is not None and place.lat is not None:
            pairs.setdefault(place.id, []).append((row.lon - place.lon, row.lat - place.lat))
    shift = common_shift(pairs)
    if shift is None:
        raise refuse("invalid", pointer="/datum", detail="no visit says by how much")
    return shift


def _datums(places: Sequence[Standing]) -> dict[str, Any]:
    """The datum most sources were in as `*`, and the places that differ."""
    told = [place.datum and place.datum.value for place in places]
    most = max(set(told), key=told.count)
    return {"*": most} | {str(p.id): d for p, d in zip(places, told, strict=True) if d != most}


def carry_out(session: Session, plan: Plan, by: UUID, at: datetime) -> dict[str, Any]:
    """Write the correction and owe the visits another judgement; the facts for the decision."""
    facts = dict(plan.facts)
    relocate(session, plan.moves, plan.method, by, at, plan.source)
    if plan.group and plan.datum:
        facts["row_was"] = datums.say(session, plan.group, plan.datum, by, at)
    if plan.users:
        sharing.declare(session, plan.users[0].device_id, [one.person_id for one in plan.users], by, at)
    owe_rejudge(session, plan.subject)
    return facts


def take_back(session: Session, decision: Done, by: UUID, at: datetime) -> None:
    """Undo a correction as a whole. Raises moved-since when another one came after it."""
    facts, was = decision.facts, (decision.by, decision.at)
    if decision.deciding is Deciding.CORRECT_DATUM and "group" in facts:
        group = datums.parts(facts["group"])
        assert group is not None, "it was split when it was said"
        if not datums.take_back(session, group, facts["row_was"], was):
            raise refuse("moved-since")
        owe_rejudge(session, f"group/{facts['group']}")
        return
    if decision.deciding is Deciding.DECLARE_SHARING:
        if not sharing.take_back(session, UUID(facts["device"]), [UUID(one) for one in facts["people"]], was):
            raise refuse("moved-since")
        owe_rejudge(session, f"device/{facts['device']}")
        return
    place, unit = (UUID(facts[name]) if name in facts else None for name in ("place", "unit"))
    moved = bring_back(session, place, unit, was, by, at)
    if not moved:
        raise refuse("moved-since")
    before = {"*": facts["datum_was"]} if place else facts.get("datums_were")
    if before:
        say_datums(session, {id_: _word(before.get(str(id_), before["*"])) for id_ in moved})
    owe_rejudge(session, f"place/{place}" if place else f"unit/{unit}")


def _word(value: str | None) -> Datum | None:
    return Datum(value) if value else None
