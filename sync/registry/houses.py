"""Houses by the name that people call them: for those who tell of a home and have no list of homes."""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import db

# A name that several homes have tells none of them; then the one that was proposed under it before is meant.
_FIND = text(
    "SELECT w.n, CASE WHEN count(DISTINCT r.id) = 1 THEN min(CAST(r.id AS text))"
    "  ELSE min(CAST(r.id AS text)) FILTER (WHERE r.state = 'proposed' AND r.name = w.name) END AS place"
    " FROM unnest(CAST(:units AS uuid[]), CAST(:names AS text[])) WITH ORDINALITY AS w(unit, name, n)"
    " JOIN unit_above a ON a.above_id = w.unit JOIN place p ON p.unit_id = a.unit_id AND p.kind = 'household'"
    "  AND p.state <> 'gone' AND w.name IN (p.name, p.code, p.address)"
    " JOIN place r ON r.id = coalesce(p.merged_into_id, p.id) GROUP BY w.n"
)


class House(NamedTuple):
    """A house as told: in which village or grid, and what people call it, or its number."""

    unit_id: UUID
    name: str


def find(session: Session, houses: Collection[House]) -> dict[House, UUID]:
    """The one home of each unit, or of one under it, that has this name, number or address; those that there are."""
    asked = list(dict.fromkeys(houses))
    if not asked:
        return {}
    facts = {"units": db.pg_uuids(one.unit_id for one in asked), "names": [one.name for one in asked]}
    return {asked[row.n - 1]: UUID(row.place) for row in session.execute(_FIND, facts) if row.place}
