"""Absences: who is away, who stands in, and whose the contacts are that fall due meanwhile.

Level-triggered: whoever looks, at whatever time, finds the open obligations of the absent with the deputy if they are
due before the absent one is back, and else with the cadre of the link. Nothing remembers what was moved.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import db
from sync.duty.life.rules import Away, hindrance
from sync.words import AbsenceReason

LOOK_BACK_DAYS = 7  # an absence that ended within them is looked at again
_LOCK = text("SELECT id FROM person WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE")
_KEPT = text(
    "SELECT id, person_id, deputy_id, lower(valid) AS first_on, upper(valid) - 1 AS last_on, reason, told_at,"
    " cancelled_at FROM absence WHERE id = ANY(:ids)"
    " OR cancelled_at IS NULL AND (person_id = ANY(:people) OR deputy_id = ANY(:people))"
)
# Whoever stands in visits homes, and is of the same town, or of the same department.
_FIT = text(
    "SELECT w.n FROM unnest(CAST(:people AS uuid[]), CAST(:deputies AS uuid[]), CAST(:days AS date[]))"
    "  WITH ORDINALITY AS w(person, deputy, day, n) WHERE EXISTS (SELECT FROM person_role d"
    "  JOIN unit_above da ON da.unit_id = d.unit_id JOIN unit u ON u.id = da.above_id"
    "   AND u.kind NOT IN ('province', 'city', 'county')"
    "  JOIN unit_above pa ON pa.above_id = u.id JOIN person_role r ON r.unit_id = pa.unit_id"
    "  WHERE d.person_id = w.deputy AND d.role = 'cadre' AND d.valid @> w.day"
    "   AND r.person_id = w.person AND r.valid @> w.day)"
)
_WRITE = text(
    "INSERT INTO absence AS a (id, person_id, deputy_id, valid, reason, told_by, told_at, cancelled_at)"
    " SELECT w.id, w.person, w.deputy, daterange(w.first_on, w.last_on, '[]'), w.reason, w.by, w.at, w.cancelled"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:people AS uuid[]), CAST(:deputies AS uuid[]), CAST(:firsts AS date[]),"
    "  CAST(:lasts AS date[]), CAST(:reasons AS text[]), CAST(:by AS uuid[]), CAST(:times AS timestamptz[]),"
    "  CAST(:cancelled AS timestamptz[])) AS w(id, person, deputy, first_on, last_on, reason, by, at, cancelled)"
    " ORDER BY w.id ON CONFLICT (id) DO UPDATE SET deputy_id = excluded.deputy_id, valid = excluded.valid,"
    " reason = excluded.reason, told_by = excluded.told_by, told_at = excluded.told_at,"
    " cancelled_at = excluded.cancelled_at"
)
_DEPUTIES = text(
    "SELECT person_id, deputy_id FROM absence WHERE person_id = ANY(:people) AND cancelled_at IS NULL"
    " AND valid @> CAST(:on AS date)"
)
_TO_SETTLE = text(
    "SELECT DISTINCT person_id FROM absence WHERE cancelled_at IS NULL AND lower(valid) <= :today"
    " AND upper(valid) > CAST(:today AS date) - :back"
)
_OF_PEOPLE = text(
    "SELECT person_id, deputy_id, upper(valid) AS back_on, cancelled_at IS NULL AND valid @> CAST(:today AS date)"
    " AS is_away FROM absence WHERE person_id = ANY(:people)"
)


class Asked(NamedTuple):
    """What somebody says of an absence, his own or another's: the newest word of one absence stands."""

    id: UUID
    person_id: UUID
    deputy_id: UUID
    first_on: date
    last_on: date
    reason: AbsenceReason
    told_by: UUID
    told_at: datetime
    is_cancelled: bool = False

    @property
    def away(self) -> Away:
        """The days and people of it."""
        return Away(self.id, self.person_id, self.deputy_id, self.first_on, self.last_on)


class Kept(NamedTuple):
    """An absence as it is kept."""

    id: UUID
    person_id: UUID
    deputy_id: UUID
    first_on: date
    last_on: date
    reason: str
    told_at: datetime
    cancelled_at: datetime | None

    @property
    def away(self) -> Away:
        """The days and people of it."""
        return Away(self.id, self.person_id, self.deputy_id, self.first_on, self.last_on)


class Outcome(NamedTuple):
    """What became of one word: `code` is empty if it stands, `told-before` if a newer word stands already; else why
    not, with the absence that is in its way."""

    code: str = ""
    other: UUID | None = None


def kept(session: Session, ids: Collection[UUID]) -> dict[UUID, Kept]:
    """Absences by id."""
    if not ids:
        return {}
    rows = session.execute(_KEPT, {"ids": db.pg_uuids(ids), "people": "{}"})
    return {row.id: Kept(*row) for row in rows}


def tell(session: Session, asked: Sequence[Asked], now: datetime) -> list[Outcome]:
    """Let these words stand, one after the other, as far as they can; one outcome each, in the same order.

    Codes: deputy-unfit, absence-overlaps, deputy-absent, is-deputy, not-yours (it is another's absence), told-before.
    The people are locked, so that two who stand in for each other at once are found out.
    """
    if not asked:
        return []
    people = {person for one in asked for person in (one.person_id, one.deputy_id)}
    session.execute(_LOCK, {"ids": db.pg_uuids(people)})
    facts = {"ids": db.pg_uuids({one.id for one in asked}), "people": db.pg_uuids(people)}
    known = {row.id: Kept(*row) for row in session.execute(_KEPT, facts)}
    fit = _fit(session, asked)
    standing = {one.id: one.away for one in known.values() if one.cancelled_at is None}
    newest = {one.id: (one.told_at, one.person_id) for one in known.values()}
    outcomes: list[Outcome] = []
    taken: dict[UUID, Asked] = {}
    for n, one in enumerate(asked):
        outcome = _outcome(one, newest.get(one.id), standing.values(), is_fit=n in fit)
        outcomes.append(outcome)
        if not outcome.code:
            taken[one.id] = one
            newest[one.id] = (one.told_at, one.person_id)
            standing.pop(one.id, None)
            if not one.is_cancelled:
                standing[one.id] = one.away
    _write(session, list(taken.values()), now)
    return outcomes


def _outcome(one: Asked, newest: tuple[datetime, UUID] | None, standing: Iterable[Away], *, is_fit: bool) -> Outcome:
    if newest is not None and newest[1] != one.person_id:
        return Outcome("not-yours")
    if newest is not None and newest[0] >= one.told_at:
        return Outcome("told-before")
    if one.is_cancelled:
        return Outcome()
    if not is_fit or one.deputy_id == one.person_id:
        return Outcome("deputy-unfit")
    return Outcome(*(hindrance(standing, one.away) or ("", None)))


def _fit(session: Session, asked: Sequence[Asked]) -> set[int]:
    facts = {
        "people": db.pg_uuids(one.person_id for one in asked),
        "deputies": db.pg_uuids(one.deputy_id for one in asked),
        "days": [one.first_on for one in asked],
    }
    return {n - 1 for n in session.scalars(_FIT, facts)}


def _write(session: Session, taken: Sequence[Asked], now: datetime) -> None:
    if not taken:
        return
    session.execute(
        _WRITE,
        {
            "ids": db.pg_uuids(one.id for one in taken),
            "people": db.pg_uuids(one.person_id for one in taken),
            "deputies": db.pg_uuids(one.deputy_id for one in taken),
            "firsts": [one.first_on for one in taken],
            "lasts": [one.last_on for one in taken],
            "reasons": [one.reason.value for one in taken],
            "by": db.pg_uuids(one.told_by for one in taken),
            "times": db.pg_times(one.told_at for one in taken),
            "cancelled": [now if one.is_cancelled else None for one in taken],
        },
    )


def deputies(session: Session, people: Collection[UUID], on: date) -> dict[UUID, UUID]:
    """Who stands in on that day for those of these people who are away."""
    if not people:
        return {}
    rows = session.execute(_DEPUTIES, {"people": db.pg_uuids(people), "on": on})
    return {row.person_id: row.deputy_id for row in rows}


def to_settle(session: Session, today: date) -> set[UUID]:
    """Who is away today, or came back in the last days."""
    return set(session.scalars(_TO_SETTLE, {"today": today, "back": LOOK_BACK_DAYS}))
