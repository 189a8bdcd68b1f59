"""What falls to a deputy while somebody is away, and comes back: contacts owed, households needed, promises due."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, db
from sync.duty.holders import responsible

_ABSENCES = text(
    "SELECT person_id, deputy_id, upper(valid) AS back_on, cancelled_at IS NULL AND valid @> CAST(:today AS date)"
    " AS is_away FROM absence WHERE person_id = ANY(:people)"
)
# Under a link: the deputy's while the cadre is away, if due before he is back; else the cadre's.
_MOVE = text(
    "WITH a AS (SELECT * FROM unnest(CAST(:away AS uuid[]), CAST(:deputies AS uuid[]), CAST(:backs AS timestamptz[]))"
    "  AS x(person, deputy, back_at)),"
    " w AS (SELECT o.id, coalesce(a.deputy, l.cadre_id) AS holder_id FROM link l JOIN obligation o ON o.link_id = l.id"
    "  LEFT JOIN a ON a.person = l.cadre_id AND o.due_at < a.back_at"
    "  WHERE l.cadre_id = ANY(:people) AND o.state = 'owed' AND o.holder_id = ANY(:holders))"
    " UPDATE obligation o SET holder_id = w.holder_id FROM w WHERE o.id = w.id AND o.holder_id <> w.holder_id"
    " RETURNING o.id, o.place_id"
)
# After a life event: whoever is responsible for the home today.
_EVENTS = text(
    "SELECT o.id, o.place_id, o.holder_id FROM obligation o WHERE o.link_id IS NULL AND o.state = 'owed'"
    " AND o.holder_id = ANY(:holders) ORDER BY o.id FOR NO KEY UPDATE OF o"
)
_GIVE = text(
    "UPDATE obligation o SET holder_id = w.holder FROM unnest(CAST(:ids AS uuid[]), CAST(:holders AS uuid[]))"
    " AS w(id, holder) WHERE o.id = w.id"
)
_LINKED = text("SELECT place_id FROM link WHERE cadre_id = ANY(:people) AND valid @> CAST(:today AS date)")
_PROMISES = text(
    "SELECT id, place_id FROM commitment WHERE cadre_id = ANY(:people) AND state = 'open' AND same_as_id IS NULL"
)


class Moved(NamedTuple):
    """What may have changed hands: obligations that did, with their homes; homes and promises that phones look at
    again because somebody began or ceased to stand in."""

    obligations: list[UUID]
    moved_places: set[UUID]
    places: set[UUID]
    commitments: list[UUID]


class _Absence(NamedTuple):
    person_id: UUID
    deputy_id: UUID
    back_on: date
    is_away: bool


def follow(session: Session, people: Collection[UUID], were: Collection[UUID], today: date, now: datetime) -> Moved:
    """Let every contact that these people owe be held by who has to keep it today. Twice is harmless.

    `were`: who stood in for them by what was told before.
    """
    if not people:
        return Moved([], set(), set(), [])
    rows = session.execute(_ABSENCES, {"people": db.pg_uuids(people), "today": today})
    absences = [_Absence(*row) for row in rows]
    deputies = {one.deputy_id for one in absences} | set(were)
    holders = {*people, *deputies}
    rows_moved = session.execute(_MOVE, _facts(absences, people, holders)).all()
    given = _give_events(session, holders, now)
    moved = [(row.id, row.place_id) for row in rows_moved] + given
    promises = session.execute(_PROMISES, {"people": db.pg_uuids(people)}).all()
    linked = set(session.scalars(_LINKED, {"people": db.pg_uuids(people), "today": today}))
    homes = {place for _, place in moved}
    return Moved(
        [id_ for id_, _ in moved],
        homes,
        homes | linked | {row.place_id for row in promises},
        [row.id for row in promises],
    )


def _facts(absences: Collection[_Absence], people: Collection[UUID], holders: Collection[UUID]) -> dict[str, Any]:
    away = [one for one in absences if one.is_away]
    return {
        "people": db.pg_uuids(people),
        "holders": db.pg_uuids(holders),
        "away": db.pg_uuids(one.person_id for one in away),
        "deputies": db.pg_uuids(one.deputy_id for one in away),
        "backs": db.pg_times(clock.midnight(one.back_on) for one in away),
    }


def _give_events(session: Session, holders: Collection[UUID], now: datetime) -> list[tuple[UUID, UUID]]:
    """Contacts after life events that somebody else is responsible for today: (obligation, home)."""
    rows = session.execute(_EVENTS, {"holders": db.pg_uuids(holders)}).all()
    if not rows:
        return []
    homes = responsible(session, {row.place_id for row in rows}, now)
    turned = [
        row for row in rows if row.place_id in homes and homes[row.place_id].cadre_id not in (None, row.holder_id)
    ]
    if turned:
        facts = {"ids": [row.id for row in turned], "holders": [homes[row.place_id].cadre_id for row in turned]}
        session.execute(_GIVE, facts)
    return [(row.id, row.place_id) for row in turned]
