"""Who is held before a decision is looked at: doors come before visits, visits before findings, everywhere."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import db
from sync.registry import doors
from sync.words import Deciding

AT_DOORS = frozenset({Deciding.CORRECT_ADDRESS, Deciding.SAME_VISIT, Deciding.OTHER_VISIT})
_ROOTS = text(
    "SELECT DISTINCT coalesce(p.merged_into_id, p.id) FROM visit v JOIN place p ON p.id = v.place_id"
    " WHERE v.id = ANY(:ids)"
)


def hold_doors(session: Session, deciding: Deciding, visits: Sequence[UUID]) -> None:
    """Hold the places of visits, if the decision writes about what happened at their doors; else nothing."""
    if deciding not in AT_DOORS:
        return
    while doors.hold(session, session.scalars(_ROOTS, {"ids": db.pg_uuids(visits)}).all()) is None:
        """A place was merged in between: hold what it stands for now."""
