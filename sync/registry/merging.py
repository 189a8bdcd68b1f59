"""One place found to be another: an alias until a person undoes it.

Both rows stay, and so do links, contacts, positions and visits with the id they were told with; whoever reads resolves.
The open merges are a forest; `place.merged_into_id` names the root of each tree and is written with them, so that an
alias is never an alias of an alias and undoing gives back exactly what was.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import audit, db
from sync.errors import refuse
from sync.models import PlaceMerge
from sync.words import PlaceState

_LOCK = text("SELECT id, unit_id, state, merged_into_id FROM place WHERE id = ANY(:ids) ORDER BY id FOR UPDATE")
# Everything that an open merge, or one on top of it, made an alias of this place.
_BELOW = text(
    "WITH RECURSIVE b AS (SELECT away_id FROM place_merge WHERE into_id = :id AND undone_at IS NULL"
    " UNION SELECT m.away_id FROM b JOIN place_merge m ON m.into_id = b.away_id AND m.undone_at IS NULL)"
    " SELECT away_id FROM b"
)
_ROOT = text("SELECT coalesce(merged_into_id, id) FROM place WHERE id = :id")
_STATE = text("UPDATE place SET state = :state, merged_into_id = :root WHERE id = :id")
_POINT = text("UPDATE place SET merged_into_id = :root WHERE id = ANY(:ids)")
_HANGING = text(
    "SELECT (SELECT count(*) FROM link WHERE place_id = ANY(:ids) AND valid @> CAST(:today AS date)) AS links,"
    " (SELECT count(DISTINCT cadre_id) FROM link WHERE place_id = ANY(:ids) AND valid @> CAST(:today AS date))"
    "  AS linked_cadres,"
    " (SELECT count(*) FROM contact WHERE place_id = ANY(:ids)) AS contacts,"
    " (SELECT count(*) FROM visit WHERE place_id = ANY(:ids)) AS visits"
)
_VISITORS = text(
    "SELECT p.id, p.name, count(*) AS visits FROM visit v JOIN person p ON p.id = v.recorder_id"
    " WHERE v.place_id = ANY(:ids) GROUP BY p.id ORDER BY count(*) DESC, p.id LIMIT :limit"
)


class Merged(NamedTuple):
    """A merge as it stands: `aliases` are the ids that turned, or turned back, with it; `into` the root."""

    id: UUID
    away_id: UUID
    into_id: UUID
    at: datetime
    undone_at: datetime | None
    aliases: list[UUID]


def merge_places(session: Session, merge_id: UUID, away_id: UUID, into_id: UUID, by: UUID, at: datetime) -> Merged:
    """Make `away` an alias of `into`, or of what `into` stands for. The same merge again changes nothing.

    Two persons who merge crosswise at once get one merge: the second is told of the cycle. Raises not-found,
    merge-itself, merged-already, merge-cycle, merge-taken.
    """
    known = session.get(PlaceMerge, merge_id)
    if known:
        return _repeated(session, known, away_id, into_id)
    if away_id == into_id:
        raise refuse("merge-itself")
    places = _locked(session, {away_id, into_id})
    away, into = places.get(away_id), places.get(into_id)
    if away is None or into is None:
        raise refuse("not-found")
    root = into.merged_into_id or into.id
    if away.merged_into_id:
        raise refuse("merged-already", into=away.merged_into_id)
    if root == away_id:
        raise refuse("merge-cycle")
    aliases = list(session.scalars(_BELOW, {"id": away_id}))
    merge = PlaceMerge(
        id=merge_id, away_id=away_id, into_id=root, state_before=PlaceState(away.state), by=by, at=at,
        undone_at=None, undone_by=None,
    )  # fmt: skip
    session.add(merge)
    session.flush()
    _turn(session, away_id, PlaceState.MERGED, root, aliases)
    audit.record(
        session, "place.merged", away_id, actor_id=by, unit_id=away.unit_id, into=str(root), merge=str(merge_id)
    )
    return Merged(merge_id, away_id, root, at, None, aliases)


def undo_merge(session: Session, merge_id: UUID, by: UUID, at: datetime) -> Merged:
    """Make the place one of its own again, in the state it had, with the aliases it had brought along.

    Undoing twice changes nothing. Raises not-found.
    """
    merge = session.get(PlaceMerge, merge_id)
    if merge is None:
        raise refuse("not-found")
    places = _locked(session, {merge.away_id, merge.into_id})
    session.refresh(merge, with_for_update=True)
    aliases = list(session.scalars(_BELOW, {"id": merge.away_id}))
    if merge.undone_at is None:
        merge.undone_at, merge.undone_by = at, by
        _turn(session, merge.away_id, merge.state_before, None, aliases)
        away = places[merge.away_id]
        audit.record(
            session, "place.unmerged", away.id, actor_id=by, unit_id=away.unit_id, was_in=str(merge.into_id),
            merge=str(merge_id),
        )  # fmt: skip
    return Merged(merge.id, merge.away_id, merge.into_id, merge.at, merge.undone_at, aliases)


class Hanging(NamedTuple):
    """What hangs on a place and its aliases, as numbers; `visitors` wrote visits there down (id, name, visits)."""

    aliases: list[UUID]
    links: int
    linked_cadres: int
    contacts: int
    visits: int
    visitors: list[tuple[UUID, str, int]]


def hanging(session: Session, place_id: UUID, today: date, limit: int) -> Hanging:
    """What a merge of this place would concern; at most `limit` visitors, who came most first."""
    every = ids_of(session, place_id)
    facts = {"ids": db.pg_uuids(every), "today": today, "limit": limit}
    row = session.execute(_HANGING, facts).one()
    people = [(one.id, one.name, one.visits) for one in session.execute(_VISITORS, facts)]
    return Hanging(every[1:], row.links, row.linked_cadres, row.contacts, row.visits, people)


def ids_of(session: Session, place_id: UUID) -> list[UUID]:
    """Every id that stands for this place, its own first."""
    rows = session.scalars(text("SELECT id FROM place WHERE merged_into_id = :id ORDER BY id"), {"id": place_id})
    return [place_id, *rows]


def _locked(session: Session, wanted: set[UUID]) -> dict[UUID, Any]:
    """The places with what they stand for, locked in the order of their ids; read again until that holds still."""
    while True:
        rows = {row.id: row for row in session.execute(_LOCK, {"ids": db.pg_uuids(wanted)})}
        roots = {row.merged_into_id for row in rows.values() if row.merged_into_id}
        if roots <= wanted:
            return rows
        wanted = wanted | roots


def _turn(session: Session, away: UUID, state: PlaceState, root: UUID | None, aliases: Collection[UUID]) -> None:
    """Point the place and its aliases to the root; without one the place stands for itself and its aliases."""
    session.execute(_POINT, {"root": root or away, "ids": db.pg_uuids(aliases)})
    session.execute(_STATE, {"id": away, "state": state.value, "root": root})


def _repeated(session: Session, known: PlaceMerge, away_id: UUID, into_id: UUID) -> Merged:
    meant = {known.into_id, *session.scalars(_ROOT, {"id": known.into_id})}
    if known.away_id != away_id or not meant & {into_id, *session.scalars(_ROOT, {"id": into_id})}:
        raise refuse("merge-taken")
    aliases = list(session.scalars(_BELOW, {"id": away_id}))
    return Merged(known.id, known.away_id, known.into_id, known.at, known.undone_at, aliases)
