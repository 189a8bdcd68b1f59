"""Doors: a place with the ids that were merged into it, held while somebody writes about what happened there.

Whoever compares visits to a place, merges it or takes a merge apart holds its row until the commit. So two sets of
records with the two halves of one visit follow each other, and the second sees the first.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import db

# All lock in the order of the ids, so that nobody waits for each other.
_HOLD = text(
    "SELECT p.id, p.merged_into_id, ARRAY(SELECT a.id FROM place a WHERE a.merged_into_id = p.id) AS aliases"
    " FROM place p WHERE p.id = ANY(:ids) ORDER BY p.id FOR NO KEY UPDATE OF p"
)


def hold(session: Session, roots: Collection[UUID]) -> dict[UUID, list[UUID]] | None:
    """Lock these places until the commit: every id that stands for each, its own first.

    None if one of them was merged into another meanwhile: look again which are the roots, and hold those.
    """
    if not roots:
        return {}
    rows = session.execute(_HOLD, {"ids": db.pg_uuids(roots)}).all()
    if any(row.merged_into_id for row in rows):
        return None
    return {row.id: [row.id, *row.aliases] for row in rows}


# Readers of a file and whoever erases it follow each other, without a lock that batches would wait for. A reader has
# one or two homes: a batch with hundreds would fill the lock table, and holds rows instead.
_FILE = 0x66696C65
_READ = text(
    f"SELECT pg_advisory_xact_lock_shared({_FILE}, hashtext(CAST(x.id AS text))) FROM"
    " (SELECT id FROM unnest(CAST(:places AS uuid[])) AS p(id)"
    "  UNION SELECT coalesce(p.merged_into_id, p.id) FROM place p WHERE p.id = ANY(:places)"
    "  UNION SELECT coalesce(p.merged_into_id, v.place_id) FROM visit v LEFT JOIN place p ON p.id = v.place_id"
    "  WHERE v.id = ANY(:visits) ORDER BY 1) x"
)
_CLEAR = text(
    f"SELECT pg_advisory_xact_lock({_FILE}, hashtext(CAST(x.id AS text)))"
    " FROM (SELECT id FROM unnest(CAST(:places AS uuid[])) AS p(id) ORDER BY 1) x"
)


def read(session: Session, places: Collection[UUID] = (), visits: Collection[UUID] = ()) -> None:
    """Read the files of these homes, or of the homes of these visits, until the commit: nobody erases them meanwhile.

    Call it before the first select: whoever waited here sees what was left.
    """
    session.execute(_READ, {"places": db.pg_uuids(places), "visits": db.pg_uuids(visits)})


def clear(session: Session, places: Collection[UUID]) -> None:
    """Be alone with the files of these homes (every id of each) until the commit: readers have left, others wait."""
    session.execute(_CLEAR, {"places": db.pg_uuids(places)})
