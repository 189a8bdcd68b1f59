"""Counts of visits for the map: kept by changes that batches append, folded in later, read as the sum of both.

A visit counts in its cell on its local day for its unit under its newest verdict, unless it repeats another one.
Whatever changes one of these appends the difference to `visit_delta`, in the transaction of the change: a batch waits
for nobody there. The job FOLD_COUNTS moves differences into `visit_count`. The sum of both tables is the truth at any
moment, whichever of them a difference stands in. `visit.cell` is null until a visit is counted.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, db
from sync.geo import tiles
from sync.models import VisitDelta
from sync.words import Verdict

# A tile shows about 32 x 32 cells, so that zoom 11, the last that shows counts alone, needs cells of zoom 16 (480 m).
# Days are kept at that level only: a village has one or two visits on a day, coarser cells would not save a row.
# Months are kept once more for zoom 10 and below, where one tile holds a county.
FINE, COARSE = 16, 14
_SHIFT = 2 * (tiles.ZOOM - FINE)

_REPEAT = "EXISTS (SELECT FROM same_visit s WHERE s.child_id = v.id AND s.kind = 'repeat' AND s.undone_at IS NULL)"
_KEY = f"v.cell >> {_SHIFT}, CAST(v.started_at AS date), v.unit_id"
_APPEND = 'INSERT INTO visit_delta (cell, "on", unit_id, verdict, visits)'
_TURNED = text(
    f"{_APPEND} SELECT {_KEY}, t.verdict, sum(t.visits)"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:befores AS text[]), CAST(:afters AS text[])) AS w(id, before, after)"
    " JOIN visit v ON v.id = w.id CROSS JOIN LATERAL (VALUES (w.before, -1), (w.after, 1)) AS t(verdict, visits)"
    f" WHERE v.cell IS NOT NULL AND NOT {_REPEAT} GROUP BY 1, 2, 3, 4 HAVING sum(t.visits) <> 0"
)
# Whether a visit is counted is asked of the locked row: it may have been counted just now.
_LOCKED = "SELECT * FROM visit WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE"
_JOINED = text(
    f"WITH v AS ({_LOCKED}) {_APPEND} SELECT {_KEY}, v.verdict, count(*) * :sign FROM v"
    " WHERE v.cell IS NOT NULL GROUP BY 1, 2, 3, 4"
)
_MOVED = text(
    f"WITH v AS ({_LOCKED}), w AS (SELECT id, CAST(point AS geography) AS point, cell"
    "   FROM unnest(CAST(:ids AS uuid[]), CAST(:points AS text[]), CAST(:cells AS bigint[])) AS w(id, point, cell)),"
    " moved AS (UPDATE visit SET point = w.point, cell = CASE WHEN v.cell IS NOT NULL THEN w.cell END"
    "   FROM w JOIN v USING (id) WHERE visit.id = w.id AND v.point IS DISTINCT FROM w.point)"
    f" {_APPEND} SELECT c.cell >> {_SHIFT}, CAST(v.started_at AS date), v.unit_id, v.verdict, sum(c.visits)"
    " FROM v JOIN w USING (id) CROSS JOIN LATERAL (VALUES (v.cell, -1), (w.cell, 1)) AS c(cell, visits)"
    " WHERE v.cell IS NOT NULL AND v.point IS DISTINCT FROM w.point"
    f" AND NOT {_REPEAT} GROUP BY 1, 2, 3, 4 HAVING sum(c.visits) <> 0"
)
_UNCOUNTED = text(
    "SELECT v.id, ST_X(CAST(v.point AS geometry)) AS lon, ST_Y(CAST(v.point AS geometry)) AS lat"
    " FROM visit v WHERE v.cell IS NULL ORDER BY v.id LIMIT :most FOR NO KEY UPDATE SKIP LOCKED"
)
_COUNT = text(
    "WITH v AS (UPDATE visit SET cell = w.cell"
    "  FROM unnest(CAST(:ids AS uuid[]), CAST(:cells AS bigint[])) AS w(id, cell) WHERE visit.id = w.id"
    "  RETURNING visit.*)"
    f" {_APPEND} SELECT {_KEY}, v.verdict, count(*) FROM v WHERE NOT {_REPEAT} GROUP BY 1, 2, 3, 4"
)
_FOLD = text(
    # An array, not a join: a plan made while the table was empty joins every row with every other one.
    "WITH taken AS (DELETE FROM visit_delta WHERE id = ANY(ARRAY"
    "   (SELECT id FROM visit_delta ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED)) RETURNING *),"
    ' net AS (SELECT cell, "on", unit_id, verdict, sum(visits) AS visits FROM taken GROUP BY 1, 2, 3, 4'
    "   HAVING sum(visits) <> 0),"
    " spans AS (SELECT 'd' AS span, CAST(:fine AS smallint) AS level, cell, \"on\", unit_id, verdict, visits FROM net"
    "   UNION ALL SELECT 'm', l.level, net.cell >> 2 * (:fine - l.level), CAST(date_trunc('month', \"on\") AS date),"
    "   unit_id, verdict, visits FROM net, unnest(CAST(:levels AS smallint[])) AS l(level)),"
    ' folded AS (INSERT INTO visit_count AS c (span, level, "on", cell, unit_id, verdict, visits)'
    '   SELECT span, level, "on", cell, unit_id, verdict, sum(visits) FROM spans GROUP BY 1, 2, 3, 4, 5, 6'
    "   ORDER BY 1, 2, 3, 4, 5, 6"  # two folds at once lock rows in the same order
    '   ON CONFLICT (span, level, "on", cell, unit_id, verdict) DO UPDATE SET visits = c.visits + excluded.visits)'
    " SELECT count(*) FROM taken"
)
# Where counts and visits do not agree: what the counts lack (positive) or have too much of, in one look at everything.
_TOLD = (
    f"SELECT {_KEY}, v.verdict, 1 AS visits FROM visit v WHERE v.cell IS NOT NULL AND NOT {_REPEAT}"
    " UNION ALL SELECT cell, \"on\", unit_id, verdict, -visits FROM visit_count WHERE span = 'd'"
    ' UNION ALL SELECT cell, "on", unit_id, verdict, -visits FROM visit_delta'
)
_WRONG = (
    f'SELECT cell, "on", unit_id, verdict, sum(visits) AS visits FROM ({_TOLD})'
    ' AS told (cell, "on", unit_id, verdict, visits) GROUP BY 1, 2, 3, 4 HAVING sum(visits) <> 0'
)
_DELTA = ("cell", "on", "unit_id", "verdict", "visits")


class Counted(NamedTuple):
    """What decides where a visit counts; `cell` is that of the visit or NOWHERE."""

    cell: int
    started_at: datetime
    unit_id: UUID
    verdict: Verdict


def count(session: Session, visits: Iterable[Counted]) -> None:
    """Count new visits, repeats left out by the caller: one COPY of what they add up to."""
    sums: Counter[tuple[int, date, UUID, str]] = Counter(
        (one.cell >> _SHIFT, clock.local(one.started_at).date(), one.unit_id, one.verdict.value) for one in visits
    )
    db.put(session, VisitDelta, _DELTA, [(*key, visits) for key, visits in sums.items()])


def count_turned(session: Session, turned: Sequence[tuple[UUID, Verdict, Verdict]]) -> None:
    """Follow verdicts that this transaction changed: (visit, before, after), the visits' rows being written already.

    Whoever makes or undoes an edge at the same time locks the visit's row too (`count_joined`), so that the later of
    the two sees the other.
    """
    if turned:
        ids, befores, afters = zip(*turned, strict=True)
        facts = {"ids": db.pg_uuids(ids), "befores": [v.value for v in befores], "afters": [v.value for v in afters]}
        session.execute(_TURNED, facts)


def count_joined(session: Session, visits: Iterable[UUID], *, repeats: bool) -> None:
    """Follow stored visits that became repeats of others in this transaction (`repeats`), or no longer are."""
    if ids := db.pg_uuids(visits).strip("{}"):
        session.execute(_JOINED, {"ids": f"{{{ids}}}", "sign": -1 if repeats else 1})


Where = tuple[float, float] | None


def move(session: Session, points: Sequence[tuple[UUID, Where]]) -> None:
    """Give stored visits another point (lon, lat in WGS 84, rounded; None: no longer any) with its cell, and count them
    there. Nothing is written of those that are where they were."""
    if not points:
        return
    degrees = np.array([where or (np.nan, np.nan) for _, where in points], np.float64)
    facts = {
        "ids": db.pg_uuids(id_ for id_, _ in points),
        "points": [where and "SRID=4326;POINT({} {})".format(*where) for _, where in points],
        "cells": tiles.codes(degrees[:, 0], degrees[:, 1]).tolist(),
    }
    session.execute(_MOVED, facts)


def catch_up(session: Session, most: int) -> list[UUID]:
    """Count visits that were stored by a server that does not count yet; their ids, at most `most`."""
    rows = session.execute(_UNCOUNTED, {"most": most}).all()
    if not rows:
        return []
    lon, lat = (np.array([row[n] for row in rows], np.float64) for n in (1, 2))
    ids = [row.id for row in rows]
    session.execute(_COUNT, {"ids": db.pg_uuids(ids), "cells": tiles.codes(lon, lat).tolist()})
    return ids


def fold(session: Session, most: int) -> int:
    """Move at most `most` differences into the counts; how many were moved.

    A difference leaves one table in the statement that adds it to the other: it is in exactly one of them, whatever
    runs twice or at once.
    """
    facts: dict[str, Any] = {"most": most, "fine": FINE, "levels": [FINE, COARSE]}
    return int(session.scalar(_FOLD, facts) or 0)


def differences(session: Session) -> int:
    """How many visits the counts lack or have too many; 0 is right. It looks at all visits."""
    return int(session.scalar(text(f"SELECT coalesce(sum(abs(visits)), 0) FROM ({_WRONG}) AS wrong")) or 0)


def mend(session: Session) -> None:
    """Append what the counts lack. Batches go on meanwhile: what they add is in neither side of the comparison."""
    session.execute(text(f"{_APPEND} {_WRONG}"))
