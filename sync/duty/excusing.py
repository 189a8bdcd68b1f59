"""Excuses: why contact is not owed any more, told with a reason by its holder or the office, and taken back."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import changes, db
from sync.duty.discharging import discharge_places
from sync.models import ExcuseTold
from sync.words import Excuse, FeedKind, ObligationState

_COLUMNS = ("id", "obligation_id", "excuse", "text", "by", "device_id", "batch_id", "at")
_AUTHORS = text("SELECT id, by FROM excuse_told WHERE id = ANY(:ids)")
# Whose it is: the holder's, the link's (whom a deputy stands in for), or anybody's of a unit that holds it.
_LOCK = text(
    "SELECT o.id, o.state, o.place_id, o.holder_id, l.cadre_id, ARRAY(SELECT r.person_id FROM person_role r"
    "  WHERE r.unit_id = o.holder_unit_id AND r.valid @> CAST(:today AS date)) AS of_unit"
    " FROM obligation o LEFT JOIN link l ON l.id = o.link_id WHERE o.id = ANY(:ids) ORDER BY o.id"
    " FOR NO KEY UPDATE OF o"
)
_EXCUSE = text(
    "UPDATE obligation o SET state = 'excused', excuse = w.excuse, paused_until = NULL"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:excuses AS text[])) AS w(id, excuse) WHERE o.id = w.id"
)
_RESTORE = text("UPDATE obligation SET state = 'owed', excuse = NULL WHERE id = :id AND state = 'excused' RETURNING id")
_UNDO = text("UPDATE excuse_told SET undone_at = :at, undone_by = :by WHERE obligation_id = :id AND undone_at IS NULL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What somebody said about an obligation; `id` is made by whoever says it."""

    id: UUID
    obligation_id: UUID
    excuse: Excuse
    text: str
    by: UUID
    at: datetime
    device_id: UUID | None = None
    batch_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """An obligation as somebody finds it who wants to excuse it."""

    state: ObligationState
    place_id: UUID
    holders: frozenset[UUID]


def authors(session: Session, told: Collection[UUID]) -> dict[UUID, UUID]:
    """Who said what is stored under these ids."""
    return {row.id: row.by for row in session.execute(_AUTHORS, {"ids": db.pg_uuids(told)})}


def standing(session: Session, obligations: Collection[UUID], today: date) -> dict[UUID, Standing]:
    """Lock obligations; those that there are, with the people whose they are."""
    rows = session.execute(_LOCK, {"ids": db.pg_uuids(obligations), "today": today})
    return {
        row.id: Standing(
            ObligationState(row.state),
            row.place_id,
            frozenset({row.holder_id, row.cadre_id, *row.of_unit} - {None}),
        )
        for row in rows
    }


def excuse(session: Session, told: Sequence[Told]) -> None:
    """Excuse obligations, locked and not met; of several who speak about one the last is told."""
    if not told:
        return
    rows = [(*(getattr(one, name) for name in _COLUMNS),) for one in told]
    db.put(session, ExcuseTold, _COLUMNS, rows)
    last = {one.obligation_id: one.excuse.value for one in told}
    session.execute(_EXCUSE, {"ids": db.pg_uuids(last), "excuses": list(last.values())})
    changes.touched(session, FeedKind.OBLIGATION, last)


def restore(session: Session, id_: UUID, place_id: UUID, by: UUID, at: datetime) -> bool:
    """Owe again what was excused, as the visits since have it; whether it was excused."""
    if session.scalar(_RESTORE, {"id": id_}) is None:
        return False
    session.execute(_UNDO, {"id": id_, "by": by, "at": at})
    discharge_places(session, [place_id])
    changes.touched(session, FeedKind.OBLIGATION, [id_])
    return True
