"""Visits and photos that stand in the database, without the road that leads there."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, ids
from sync.storage import Blobs
from tests.factories.village import Village

_VISIT = text(
    "INSERT INTO visit (id, place_id, unit_id, town_id, recorder_id, device_id, rev, outcome, mode, recorded,"
    " started_at, ended_at, clock_method, clock_uncertainty_s, received_at, verdict) VALUES (:id, :place, :unit, :town,"
    " :recorder, :device, 1, 'met', 'home', 'now', :at, :until, 'offset', 30, :until, 'unverifiable')"
)
_PARTY = text(
    "INSERT INTO visit_party (visit_id, person_id, is_recorder, confirmed_at) VALUES (:id, :recorder, true, :at)"
)
_BLOB = text("INSERT INTO blob (sha256, size, stored_at) VALUES (:sha256, 1000, :at) ON CONFLICT DO NOTHING")
_PHOTO = text(
    "INSERT INTO photo (id, visit_id, problem_id, device_id, batch_id, sha256, size, state, cited_at, present_at)"
    " VALUES (:id, :visit, :problem, :device, :batch, :sha256, 1000, :state, :at, :present_at)"
)
_PICTURE = text(
    "INSERT INTO picture (sha256, state, dhash, inner_dhash, taken_at, lon, lat, read_at)"
    " VALUES (:sha256, 'read', :dhash, :inner_dhash, :taken_at, :lon, :lat, :at) ON CONFLICT DO NOTHING"
)


@dataclass
class StoredVisit:
    """A visit of Li at the home, unless something else is said."""

    at: datetime
    place: UUID | None = None
    recorder: UUID | None = None
    unit: UUID | None = None
    id: UUID = field(default_factory=ids.uuid7)

    def put(self, session: Session, village: Village) -> "StoredVisit":
        """Write it."""
        facts = {
            "id": self.id, "place": self.place or village.home, "unit": self.unit or village.village,
            "town": village.town, "recorder": self.recorder or village.li, "device": village.phone_li, "at": self.at,
            "until": self.at + timedelta(minutes=10),
        }  # fmt: skip
        session.execute(_VISIT, facts)
        session.execute(_PARTY, facts)
        return self


def photo(
    session: Session,
    visit: StoredVisit,
    sha256: bytes,
    dhash: int | None = None,
    *,
    present: bool = True,
    problem: UUID | None = None,
    **picture: Any,
) -> UUID:
    """A photo that the visit cites, with what its picture tells; its id."""
    id_ = ids.uuid7()
    facts = {
        "id": id_, "visit": visit.id, "problem": problem, "device": ids.uuid7(), "batch": ids.uuid7(),
        "sha256": sha256, "state": "present" if present else "awaited", "at": visit.at,
        "present_at": visit.at if present else None,
    }  # fmt: skip
    session.execute(_BLOB, facts)
    session.execute(_PHOTO, facts)
    told = dict.fromkeys(("inner_dhash", "taken_at", "lon", "lat")) | picture
    session.execute(_PICTURE, {"sha256": sha256, "dhash": dhash, "at": visit.at} | told)
    return id_


def store_photos(session: Session, blobs: Blobs, count: int) -> list[bytes]:
    """Bytes that phones handed in and nobody cites yet: in the store and in the table; their hashes."""
    hashes = []
    for n in range(count):
        content = f"photo {n}".encode()
        hashes.append(hashlib.sha256(content).digest())
        blobs.put(hashes[-1], [content])
        session.execute(_BLOB, {"sha256": hashes[-1], "at": clock.now()})
    return hashes
