"""What simulated cadres put right at the door: most applies, some is stale, far off, or about somebody else's home."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from api.demo.doorway import DEG_LON_M, Home
from api.demo.phone import Phone
from sync import ids
from sync.identity.numbers import Numbers

SHARE = 0.1  # of the doors
# What is put right, with its weight.
KINDS = {
    "address": 5, "phone": 6, "person": 2, "name": 2, "moved_away": 3, "position": 4, "stale": 5, "far": 3,
    "dissolved": 2, "neighbour": 3, "found": 2,
}  # fmt: skip
_FACTS = text(
    "SELECT p.id, p.name, p.address, p.unit_id, ST_X(CAST(p.position AS geometry)) AS lon,"
    " ST_Y(CAST(p.position AS geometry)) AS lat, c.id AS contact, c.phone_cipher FROM place p"
    " LEFT JOIN LATERAL (SELECT id, phone_cipher FROM contact WHERE place_id = p.id ORDER BY id LIMIT 1) c ON true"
    " WHERE p.id = ANY(:ids)"
)
_NEIGHBOURS = text(
    "SELECT p.id FROM place p WHERE p.unit_id = ANY(:units) AND p.id <> ALL(:ids) AND p.state = 'active'"
    " ORDER BY p.id LIMIT 20"
)


@dataclass(slots=True)
class Facts:
    """What a phone shows of a home, as the feed gave it."""

    name: str
    address: str
    unit: str
    spot: tuple[float, float] | None
    contact: str | None
    number: str | None
    is_own: bool


def facts_of(session: Session, homes: list[Home], numbers: Numbers) -> dict[str, Facts]:
    """What a phone knows of its homes, and a few of their neighbours, by their ids."""
    own = [UUID(home[0]) for home in homes]
    units = [UUID(home[3]) for home in homes]
    others = session.scalars(_NEIGHBOURS, {"units": units, "ids": own}).all()
    return {
        str(row.id): Facts(
            row.name, row.address, str(row.unit_id), None if row.lon is None else (row.lon, row.lat),
            row.contact and str(row.contact), numbers.open(bytes(row.phone_cipher)) if row.phone_cipher else None,
            row.id in own,
        )
        for row in session.execute(_FACTS, {"ids": [*own, *others]})
    }  # fmt: skip


def told(phone: Phone, facts: dict[str, Facts], home: Home, at: datetime) -> list[dict[str, Any]]:
    """What a cadre puts right at a door, if anything; the phone shows it from then on."""
    if phone.random.random() >= SHARE or home[0] not in facts:
        return []
    kind = phone.random.choices(list(KINDS), list(KINDS.values()))[0]
    place = home[0]
    if kind == "neighbour":
        others = sorted(id_ for id_, one in facts.items() if not one.is_own)
        place = phone.random.choice(others) if others else place
    return [_record(place, at) | one for one in _edits(phone, kind, facts[place])]


def _record(place: str, at: datetime) -> dict[str, Any]:
    return {"kind": "place_edit", "id": str(ids.uuid7()), "place": place, "said": {"wall": at.isoformat()}}


def _edits(phone: Phone, kind: str, known: Facts) -> list[dict[str, Any]]:
    random = phone.random
    street = f"{random.choice(['东街', '西街', '南头', '北头'])}{random.randint(1, 99)}号"
    number = f"198{random.randrange(10**8):08d}"
    match kind:
        case "address" | "neighbour":
            was, known.address = known.address, street
            return [{"field": "address", "old": was, "new": street}]
        case "stale":  # somebody else put it right while this phone was offline
            return [{"field": "address", "old": f"{known.address}(旧门牌)", "new": street}]
        case "name":
            was, known.name = known.name, f"{known.name}(老宅)"
            return [{"field": "name", "old": was, "new": known.name}]
        case "phone" if known.contact:
            before, known.number = known.number, number
            return [{"field": "phone", "contact": known.contact, "old": before, "new": number}]
        case "person":
            contact = {"contact": str(ids.uuid7()), "old": None}
            return [contact | {"field": "contact_name", "new": "儿媳"}, contact | {"field": "phone", "new": number}]
        case "moved_away" | "dissolved":
            return [{"field": "residence", "old": "here", "new": kind, "note": "邻居说的"}]
        case "position" | "far" if known.spot:
            return [_moved(phone, known.spot, 20.0 if kind == "position" else 150.0)]
        case "found":
            place = str(ids.uuid7())
            new = {"id": place, "kind": "household", "unit": known.unit, "name": "新搬来的一家", "address": street}
            return [{"field": "household", "place": place, "new_place": new}]
    return []


def _moved(phone: Phone, spot: tuple[float, float], metres: float) -> dict[str, Any]:
    """The home stands some metres further to the east, by a fix taken there."""
    lon = round(spot[0] + metres / DEG_LON_M, 7)
    accuracy_m = round(phone.random.uniform(5, 15), 1)
    return {
        "field": "position",
        "old": {"lon": spot[0], "lat": spot[1]},
        "new": {"lon": lon, "lat": spot[1], "accuracy_m": accuracy_m},
    }
