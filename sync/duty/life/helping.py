"""Aid: what was given or arranged for a home, told in visits."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

# One aid is the same thing from the same source for the same home on the same day, whoever of two visitors wrote it.
_WRITE = text(
    "WITH w AS MATERIALIZED (SELECT x.*, coalesce(p.merged_into_id, x.place_id) AS door"
    "  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS x(n int, id uuid, visit_id uuid, rev int, place_id uuid,"
    "   unit_id uuid, town_id uuid, cadre_id uuid, programme_id uuid, what text, source text, given_on date)"
    "  LEFT JOIN place p ON p.id = x.place_id),"
    " d AS (SELECT door AS id, door FROM w UNION SELECT p.id, p.merged_into_id FROM w JOIN place p"
    "  ON p.merged_into_id = w.door),"
    " s AS (SELECT w.*, coalesce((SELECT coalesce(a.same_as_id, a.id) FROM d JOIN aid a ON a.place_id = d.id"
    "   WHERE d.door = w.door AND a.given_on = w.given_on AND a.what = w.what AND a.source = w.source"
    "   ORDER BY a.same_as_id NULLS FIRST, a.id LIMIT 1),"
    "   first_value(w.id) OVER (PARTITION BY w.door, w.given_on, w.what, w.source ORDER BY w.n)) AS root FROM w)"
    " INSERT INTO aid AS a (id, visit_id, rev, place_id, unit_id, town_id, cadre_id, programme_id, what, source,"
    "  given_on, same_as_id) SELECT id, visit_id, rev, place_id, unit_id, town_id, cadre_id, programme_id, what,"
    "  source, given_on, nullif(root, id) FROM s ORDER BY root <> id, id"
    " ON CONFLICT (id) DO UPDATE SET rev = excluded.rev, what = excluded.what, source = excluded.source,"
    "  given_on = excluded.given_on WHERE a.visit_id = excluded.visit_id AND a.rev < excluded.rev"
)


class Given(NamedTuple):
    """Aid as it stands in one revision of a visit."""

    id: UUID
    visit_id: UUID
    rev: int
    place_id: UUID
    unit_id: UUID
    town_id: UUID | None
    cadre_id: UUID
    programme_id: UUID | None
    what: str
    source: str
    given_on: date


def write(session: Session, given: Sequence[Given]) -> None:
    """Keep the aid that visits tell of; told twice, the later row points to the first."""
    once: dict[UUID, Given] = {}
    for one in given:
        once.setdefault(one.id, one)  # an id that stands twice: the first counts
    if once:
        rows = [{"n": n} | one._asdict() for n, one in enumerate(once.values())]
        session.execute(_WRITE, {"rows": orjson.dumps(rows).decode()})
