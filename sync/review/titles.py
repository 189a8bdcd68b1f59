"""What a group is called on the screen: its cause, and the thing that its visits have in common."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from sync import clock, db
from sync.words import Cause

_NAMES = text(
    "SELECT id, name FROM place WHERE id = ANY(:ids) UNION ALL SELECT id, name FROM unit WHERE id = ANY(:ids)"
    " UNION ALL SELECT d.id, concat_ws(' ', d.about ->> 'model', p.name) FROM device d"
    "  JOIN person p ON p.id = d.person_id WHERE d.id = ANY(:ids)"
    " UNION ALL SELECT v.id, p.name FROM visit v JOIN place a ON a.id = v.place_id"
    "  JOIN place p ON p.id = coalesce(a.merged_into_id, a.id) WHERE v.id = ANY(:ids)"
)


# The unit of a group's first visit, where no visit of the group is of another: both are found in the index alone.
_UNITS = text(
    "SELECT g.n, u.id, u.name FROM unnest(CAST(:causes AS text[]), CAST(:keys AS text[])) WITH ORDINALITY"
    "  AS g(cause, key, n) CROSS JOIN LATERAL (SELECT f.unit_id FROM finding f WHERE f.cause = g.cause"
    "   AND f.cause_key = g.key AND f.state IN ('open', 'asked', 'answered') LIMIT 1) a"
    " JOIN unit u ON u.id = a.unit_id WHERE NOT EXISTS (SELECT 1 FROM finding f WHERE f.cause = g.cause"
    "  AND f.cause_key = g.key AND f.state IN ('open', 'asked', 'answered') AND f.unit_id <> a.unit_id)"
)


class Title(NamedTuple):
    """Title and detail of a group, each in Chinese and English."""

    title: dict[str, str]
    detail: dict[str, str]


def names(session: Session, ids: Collection[UUID]) -> dict[UUID, str]:
    """Names of places, units, phones and visits (by their place), whichever the ids are."""
    if not ids:
        return {}
    return {row.id: row.name for row in session.execute(_NAMES, {"ids": db.pg_uuids(ids)})}


def ids_of(keys: Collection[str]) -> set[UUID]:
    """The ids that keys hold: `<id>`, or `<day>/<id>` of a lot."""
    return {found for key in keys if (found := _id(key))}


def title(cause: Cause, key: str, count: int, oldest_at: datetime, known: Mapping[UUID, str]) -> Title:
    """What a verifier reads of a group."""
    thing = _thing(cause, key, known)
    day = f"{clock.local(oldest_at):%m-%d}"
    return Title(
        {"zh": f"{cause.zh}:{thing}" if thing else cause.zh, "en": f"{cause.en}: {thing}" if thing else cause.en},
        {"zh": f"{count} 次走访,最早 {day}", "en": f"{count} visits, the oldest of {day}"},
    )


def _thing(cause: Cause, key: str, known: Mapping[UUID, str]) -> str:
    if cause is Cause.DATUM:
        return " ".join(part for part in key.split("|")[:2] if part)
    if cause is Cause.PHOTO:
        return key[:8]
    id_ = _id(key)
    name = known.get(id_, "") if id_ else ""
    return f"{name} {key.partition('/')[0]}".strip() if cause is Cause.DRAWN else name


def _id(key: str) -> UUID | None:
    try:
        return UUID(key.rpartition("/")[2])
    except ValueError:
        return None


def titles(session: Session, groups: Sequence[Any]) -> list[Title]:
    """The titles of rows of `queries.groups`, in their order: one select for all names."""
    known = names(session, ids_of([row.key for row in groups]))
    return [title(row.cause, row.key, row.count, row.oldest_at, known) for row in groups]


def units(session: Session, groups: Sequence[Any]) -> list[Row[*tuple[Any, ...]] | None]:
    """The unit (id, name) that all visits of a group are of, or None, in the order of the groups."""
    facts = {"causes": [row.cause.value for row in groups], "keys": [row.key for row in groups]}
    found = {row.n: row for row in session.execute(_UNITS, facts)}
    return [found.get(n) for n in range(1, len(groups) + 1)]
