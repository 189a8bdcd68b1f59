"""Commitments: what was promised in visits, what was said of it since, and being reminded once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import db
from sync.duty.life.rules import Word, standing
from sync.models import CommitmentWord
from sync.policy import Life

# One promise is the same words of the same cadre in the same home for the same day, in whichever record of the visit
# they stand: later tellings point to the first. Rows are written in the order of their ids, as `told` gives them.
_WRITE = text(
    "WITH w AS MATERIALIZED (SELECT x.*, coalesce(p.merged_into_id, x.place_id) AS door"
    "  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS x(n int, id uuid, visit_id uuid, rev int, place_id uuid,"
    "   unit_id uuid, town_id uuid, cadre_id uuid, text text, due_on date, made_at timestamptz)"
    "  LEFT JOIN place p ON p.id = x.place_id),"
    " s AS (SELECT w.*, coalesce((SELECT coalesce(c.same_as_id, c.id) FROM commitment c"
    "   LEFT JOIN place q ON q.id = c.place_id WHERE c.cadre_id = w.cadre_id AND c.due_on = w.due_on"
    "   AND coalesce(q.merged_into_id, c.place_id) = w.door AND c.text = w.text ORDER BY c.same_as_id NULLS FIRST,"
    "   c.id LIMIT 1), first_value(w.id) OVER (PARTITION BY w.cadre_id, w.door, w.due_on, w.text ORDER BY w.n)) AS root"
    "  FROM w)"
    " INSERT INTO commitment AS c (id, visit_id, rev, place_id, unit_id, town_id, cadre_id, text, due_on, made_at,"
    "  same_as_id) SELECT id, visit_id, rev, place_id, unit_id, town_id, cadre_id, text, due_on, made_at,"
    "  nullif(root, id) FROM s ORDER BY root <> id, id"
    " ON CONFLICT (id) DO UPDATE SET rev = excluded.rev, text = excluded.text, due_on = excluded.due_on,"
    "  reminded_at = CASE WHEN c.due_on = excluded.due_on THEN c.reminded_at END"
    "  WHERE c.visit_id = excluded.visit_id AND c.rev < excluded.rev"
    "  AND (c.text, c.due_on) <> (excluded.text, excluded.due_on)"
    " RETURNING coalesce(c.same_as_id, c.id)"
)
# What homes said of promises in visits that came before the promises did: it stands in the words of the visits.
_TOLD_BEFORE = text(
    "WITH p AS (SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:doors AS uuid[]), CAST(:times AS timestamptz[]))"
    "  AS p(id, door, made_at)),"
    " d AS (SELECT id, door AS place_id, made_at FROM p"
    "  UNION SELECT p.id, a.id, p.made_at FROM p JOIN place a ON a.merged_into_id = p.door)"
    " SELECT DISTINCT ON (k.id) k.id, k.commitment, k.kept, v.id AS visit_id, r.device_id, r.batch_id FROM d"
    " JOIN visit v ON v.place_id = d.place_id AND v.started_at >= d.made_at JOIN visit_rev r ON r.visit_id = v.id"
    " CROSS JOIN LATERAL jsonb_to_recordset(r.content -> 'commitments_kept')"
    "  AS k(id uuid, commitment uuid, kept boolean) WHERE k.commitment = d.id ORDER BY k.id, r.visit_id, r.rev"
)
_AUTHORS = text("SELECT id, person_id FROM commitment_word WHERE id = ANY(:ids)")
_KNOWN = text(
    "SELECT c.id, coalesce(c.same_as_id, c.id) AS root, o.visit_id, o.made_at, o.cadre_id,"
    " coalesce(p.merged_into_id, o.place_id) AS door FROM commitment c"
    " JOIN commitment o ON o.id = coalesce(c.same_as_id, c.id) LEFT JOIN place p ON p.id = o.place_id"
    " WHERE c.id = ANY(:ids)"
)
# Shared with whoever refuses the visit: he comes after the words that are said now, or they see what he did.
_LATER = text(
    "SELECT v.id, coalesce(p.merged_into_id, v.place_id) AS door, v.started_at, v.outcome, v.recorder_id"
    " FROM visit v LEFT JOIN place p ON p.id = v.place_id WHERE v.id = ANY(:ids) ORDER BY v.id FOR SHARE OF v"
)
_LOCK = text("SELECT id FROM commitment WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE")
_PLACES = text("SELECT place_id FROM visit WHERE id = ANY(:ids)")
_CONFIRMED = text(
    "WITH r AS (SELECT w.id FROM unnest(CAST(:places AS uuid[])) AS w(id)"
    "  UNION SELECT merged_into_id FROM place WHERE id = ANY(:places) AND merged_into_id IS NOT NULL),"
    " d AS (SELECT id FROM r UNION SELECT p.id FROM r JOIN place p ON p.merged_into_id = r.id)"
    " SELECT c.id FROM d JOIN commitment c ON c.place_id = d.id WHERE EXISTS (SELECT FROM commitment_word w"
    "  WHERE w.commitment_id = c.id AND w.confirms)"
)
# What a home said in a visit confirms only while no person refuses that visit and it was a visit to that home.
_WORDS = text(
    "SELECT w.commitment_id, w.id, w.at, w.person_id, w.kept, w.confirms AND EXISTS (SELECT FROM visit v"
    "  LEFT JOIN place p ON p.id = v.place_id WHERE v.id = w.visit_id AND v.verdict <> 'refused'"
    "  AND coalesce(p.merged_into_id, v.place_id) = coalesce(h.merged_into_id, c.place_id)) AS confirms"
    " FROM commitment_word w JOIN commitment c ON c.id = w.commitment_id LEFT JOIN place h ON h.id = c.place_id"
    " WHERE w.commitment_id = ANY(:ids)"
)
_SET = text(
    "UPDATE commitment c SET state = w.state, state_at = w.at, state_by = w.by"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:states AS text[]), CAST(:times AS timestamptz[]),"
    "  CAST(:people AS uuid[])) AS w(id, state, at, by) WHERE c.id = w.id"
    " AND (c.state, c.state_at, c.state_by) IS DISTINCT FROM (w.state, w.at, w.by) RETURNING c.id"
)
_REMIND = text(
    "UPDATE commitment c SET reminded_at = :now FROM (SELECT id FROM commitment WHERE state = 'open'"
    "  AND reminded_at IS NULL AND same_as_id IS NULL AND due_on >= :today AND due_on <= :until"
    "  ORDER BY due_on, id LIMIT :most FOR NO KEY UPDATE SKIP LOCKED) w WHERE c.id = w.id RETURNING c.id"
)
_WORD = ("id", "commitment_id", "kept", "confirms", "text", "visit_id", "person_id", "device_id", "batch_id", "at")


class Made(NamedTuple):
    """A promise as it stands in one revision of a visit."""

    id: UUID
    visit_id: UUID
    rev: int
    place_id: UUID
    unit_id: UUID
    town_id: UUID | None
    cadre_id: UUID
    text: str
    due_on: date
    made_at: datetime


class Known(NamedTuple):
    """A promise that is kept: its first telling, the visit and home it was made in."""

    root: UUID
    visit_id: UUID
    made_at: datetime
    cadre_id: UUID
    door: UUID


class Later(NamedTuple):
    """A visit in which something was said of a promise."""

    door: UUID
    started_at: datetime
    outcome: str
    recorder_id: UUID


class Told(NamedTuple):
    """What a home said of a promise, as it stands in a revision of a visit."""

    id: UUID
    commitment: UUID
    kept: bool
    visit_id: UUID
    device_id: UUID
    batch_id: UUID


class Said(NamedTuple):
    """Something said of a promise (its first telling)."""

    id: UUID
    commitment_id: UUID
    kept: bool
    confirms: bool
    text: str
    visit_id: UUID | None
    person_id: UUID
    device_id: UUID
    batch_id: UUID
    at: datetime


def write(session: Session, made: Sequence[Made]) -> set[UUID]:
    """Keep the promises of visits; the first tellings that are new or that say something else now."""
    if not made:
        return set()
    once: dict[UUID, Made] = {}
    for one in made:
        once.setdefault(one.id, one)  # an id that stands twice: the first counts
    rows = [{"n": n} | one._asdict() for n, one in enumerate(once.values())]
    return set(session.scalars(_WRITE, {"rows": orjson.dumps(rows).decode()}))


def known(session: Session, ids: Collection[UUID]) -> dict[UUID, Known]:
    """Promises by any id they were told with."""
    if not ids:
        return {}
    return {row.id: Known(*row[1:]) for row in session.execute(_KNOWN, {"ids": db.pg_uuids(ids)})}


def authors(session: Session, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Whose word it was, by the word's id."""
    if not ids:
        return {}
    return {row.id: row.person_id for row in session.execute(_AUTHORS, {"ids": db.pg_uuids(ids)})}


def later(session: Session, ids: Collection[UUID]) -> dict[UUID, Later]:
    """Visits in which something was said; nobody refuses them, or ceases to, before the commit."""
    if not ids:
        return {}
    return {row.id: Later(*row[1:]) for row in session.execute(_LATER, {"ids": db.pg_uuids(ids)})}


def told_before(session: Session, promised: Mapping[UUID, Known]) -> list[Told]:
    """What visits to those homes told of these promises, by the ids they are told with, since they were made."""
    if not promised:
        return []
    facts = {
        "ids": db.pg_uuids(promised),
        "doors": db.pg_uuids(one.door for one in promised.values()),
        "times": db.pg_times(one.made_at for one in promised.values()),
    }
    return [Told(*row) for row in session.execute(_TOLD_BEFORE, facts)]


def hear(session: Session, said: Iterable[Said]) -> set[UUID]:
    """Keep what was said and let each promise stand where all words of it together put it; the promises that turned."""
    rows = list(said)
    if not rows:
        return set()
    ids = {one.commitment_id for one in rows}
    session.execute(_LOCK, {"ids": db.pg_uuids(ids)})
    db.put(session, CommitmentWord, _WORD, rows)
    return _stand(session, ids)


def weigh_visits(session: Session, visits: Collection[UUID]) -> set[UUID]:
    """The same without a new word, where a person refused visits to a home or refuses them no longer."""
    if not visits:
        return set()
    return weigh_homes(session, session.scalars(_PLACES, {"ids": db.pg_uuids(visits)}).all())


def weigh_homes(session: Session, places: Collection[UUID]) -> set[UUID]:
    """The same where places were merged or parted."""
    ids = session.scalars(_CONFIRMED, {"places": db.pg_uuids(places)}).all()
    if not ids:
        return set()
    session.execute(_LOCK, {"ids": db.pg_uuids(ids)})
    return _stand(session, ids)


def _stand(session: Session, ids: Collection[UUID]) -> set[UUID]:
    words: dict[UUID, list[Word]] = {}
    for commitment, *word in session.execute(_WORDS, {"ids": db.pg_uuids(ids)}):
        words.setdefault(commitment, []).append(Word(*word))
    stands = {id_: standing(told) for id_, told in words.items()}
    facts: dict[str, Any] = {
        "ids": db.pg_uuids(stands),
        "states": [one.state.value for one in stands.values()],
        "times": [one.at for one in stands.values()],
        "people": [one.by for one in stands.values()],
    }
    return set(session.scalars(_SET, facts))


def remind(session: Session, policy: Life, today: date, now: datetime) -> list[UUID]:
    """Mark open promises whose day is near as brought back to mind, each once, at most the policy's number of them."""
    until = today + timedelta(days=policy.remind_days)
    facts = {"now": now, "today": today, "until": until, "most": policy.remind_most}
    return list(session.scalars(_REMIND, facts))
