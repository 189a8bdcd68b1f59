"""Commitments: what was promised in visits, what was said of it since, and being reminded once."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
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
_AUTHORS = text("SELECT id, person_id FROM commitment_word WHERE id = ANY(:ids)")
_KNOWN = text(
    "SELECT c.id, coalesce(c.same_as_id, c.id) AS root, o.visit_id, o.made_at, o.cadre_id,"
    " coalesce(p.merged_into_id, o.place_id) AS door FROM commitment c"
    " JOIN commitment o ON o.id = coalesce(c.same_as_id, c.id) LEFT JOIN place p ON p.id = o.place_id"
    " WHERE c.id = ANY(:ids)"
)
_LATER = text(
    "SELECT v.id, coalesce(p.merged_into_id, v.place_id) AS door, v.started_at, v.outcome, v.verdict"
    " FROM visit v LEFT JOIN place p ON p.id = v.place_id WHERE v.id = ANY(:ids)"
)
_LOCK = text("SELECT id FROM commitment WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE")
_WORDS = text(
    "SELECT commitment_id, id, at, person_id, kept, confirms FROM commitment_word WHERE commitment_id = ANY(:ids)"
)
_SET = text(
    "UPDATE commitment c SET state = w.state, state_at = w.at, state_by = w.by"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:states AS text[]), CAST(:times AS timestamptz[]),"
    "  CAST(:people AS uuid[])) AS w(id, state, at, by) WHERE c.id = w.id"
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
    verdict: str


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
    """Visits in which something was said."""
    if not ids:
        return {}
    return {row.id: Later(*row[1:]) for row in session.execute(_LATER, {"ids": db.pg_uuids(ids)})}


def hear(session: Session, said: Iterable[Said]) -> set[UUID]:
    """Keep what was said and let each promise stand where all words of it together put it; the promises."""
    rows = list(said)
    if not rows:
        return set()
    ids = {one.commitment_id for one in rows}
    asked = {"ids": db.pg_uuids(ids)}
    session.execute(_LOCK, asked)
    db.put(session, CommitmentWord, _WORD, rows)
    words: dict[UUID, list[Word]] = {}
    for commitment, *word in session.execute(_WORDS, asked):
        words.setdefault(commitment, []).append(Word(*word))
    stands = {id_: standing(told) for id_, told in words.items()}
    session.execute(
        _SET,
        {
            "ids": db.pg_uuids(stands),
            "states": [one.state.value for one in stands.values()],
            "times": [one.at for one in stands.values()],
            "people": [one.by for one in stands.values()],
        },
    )
    return ids


def remind(session: Session, policy: Life, today: date, now: datetime) -> list[UUID]:
    """Mark open promises whose day is near as brought back to mind, each once, at most the policy's number of them."""
    until = today + timedelta(days=policy.remind_days)
    facts = {"now": now, "today": today, "until": until, "most": policy.remind_most}
    return list(session.scalars(_REMIND, facts))
