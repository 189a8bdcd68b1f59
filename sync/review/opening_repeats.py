"""Findings that intake itself causes: a visit perhaps told twice, a revision that changes place or times."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from sync import db, ids
from sync.words import Cause

# One undecided finding of a cause for a visit; what a person has decided about a pair is not asked again.
_OPEN = (
    "INSERT INTO finding (id, visit_id, unit_id, town_id, cause, cause_key, reasons, state, opened_at)"
    " SELECT f.id, v.id, v.unit_id, v.town_id, '{cause}', f.key, '{{}}', 'open', :now"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:visits AS uuid[]), CAST(:keys AS text[])) AS f(id, visit_id, key)"
    " JOIN visit v ON v.id = f.visit_id WHERE {wanted}"
    " ON CONFLICT (visit_id, cause) WHERE state IN ('open', 'asked', 'answered') DO NOTHING"
)
_REPEAT = text(
    _OPEN.format(
        cause=Cause.REPEAT.value,
        wanted="NOT EXISTS (SELECT 1 FROM finding o WHERE o.visit_id = f.visit_id AND o.cause = 'repeat'"
        " AND o.cause_key = f.key)",
    )
)
_REVISION = text(_OPEN.format(cause=Cause.REVISION.value, wanted="true"))


def open_repeats(session: Session, pairs: Sequence[tuple[UUID, UUID]], now: datetime) -> None:
    """Ask a person about pairs (later visit, earlier one) of one cadre that may be one visit told twice."""
    _open(session, _REPEAT, pairs, now)


def open_revisions(session: Session, visits: Sequence[UUID], now: datetime) -> None:
    """Ask a person about visits whose newest revision names another place or other times: those of the first count."""
    _open(session, _REVISION, [(visit, visit) for visit in visits], now)


def _open(session: Session, statement: TextClause, keyed: Sequence[tuple[UUID, UUID]], now: datetime) -> None:
    if not keyed:
        return
    facts = {
        "ids": db.pg_uuids(ids.uuid7() for _ in keyed),
        "visits": db.pg_uuids(visit for visit, _ in keyed),
        "keys": [str(key) for _, key in keyed],
        "now": now,
    }
    session.execute(statement, facts)
