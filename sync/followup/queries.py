"""What follow-up reads: duties of units by category and area; problems of visits that a repeat tells again."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import db
from sync.followup.rules.routing import Duty
from sync.words import Category, TaskKind

_DUTIES = text(
    "SELECT a.unit_id, r.category, a.depth, r.unit_id, r.kind FROM unit_above a JOIN route r ON r.area_id = a.above_id"
    " WHERE a.unit_id = ANY(:units) AND r.category = ANY(:categories) AND r.valid @> CAST(:day AS date)"
)
_TOLD = text("SELECT visit_id, category, text, task_id FROM problem WHERE visit_id = ANY(:visits)")


def duties(
    session: Session, units: Collection[UUID], categories: Collection[str], day: date
) -> dict[tuple[UUID, Category], list[Duty]]:
    """Routing lines for matters of these categories in these units, seen up the tree."""
    found: dict[tuple[UUID, Category], list[Duty]] = {}
    if not categories:
        return found
    rows = session.execute(_DUTIES, {"units": list(units), "categories": list(categories), "day": day})
    for unit_id, category, depth, holder, kind in rows:
        found.setdefault((unit_id, Category(category)), []).append(Duty(depth, holder, TaskKind(kind)))
    return found


def told_before(session: Session, visits: Collection[UUID]) -> dict[tuple[UUID, str | None, str | None], UUID | None]:
    """Problems of these visits by (visit, category, text), with their task."""
    if not visits:
        return {}
    return {(row[0], row[1], row[2]): row[3] for row in session.execute(_TOLD, {"visits": list(visits)})}


def authors(session: Session, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Who wrote down the problems that are stored under these ids."""
    rows = session.execute(text("SELECT id, reporter_id FROM problem WHERE id = ANY(:ids)"), {"ids": db.pg_uuids(ids)})
    return {row[0]: row[1] for row in rows}
