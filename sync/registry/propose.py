"""Places found at the door that nobody had in the list."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import db
from sync.models import Place
from sync.words import Datum, PlaceKind, PlaceState

_COLUMNS = (
    "id", "kind", "unit_id", "town_id", "name", "address", "position", "position_datum", "state", "proposed_by",
    "created_at",
)  # fmt: skip


class Proposal(NamedTuple):
    """A new place as told; `position` is EWKT in WGS 84 or None."""

    id: UUID
    kind: PlaceKind
    unit_id: UUID
    town_id: UUID | None
    name: str
    address: str
    position: str | None
    datum: Datum | None
    found_by: UUID


def propose(session: Session, proposals: Sequence[Proposal], at: datetime) -> list[UUID]:
    """Write places that are not there yet as `proposed`; the ids that were new."""
    by_id = {proposal.id: proposal for proposal in proposals}
    known = set(session.scalars(text("SELECT id FROM place WHERE id = ANY(:ids)"), {"ids": list(by_id)}))
    new = [proposal for id_, proposal in sorted(by_id.items()) if id_ not in known]
    rows = [
        (p.id, p.kind.value, p.unit_id, p.town_id, p.name, p.address, p.position, p.datum and p.datum.value,
         PlaceState.PROPOSED.value, p.found_by, at)
        for p in new
    ]  # fmt: skip
    db.put(session, Place, _COLUMNS, rows)
    return [proposal.id for proposal in new]
