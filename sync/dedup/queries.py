"""What dedup reads: visits near in time at the same doors, their groups, what persons took apart."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, db
from sync.dedup.grouping import Edge
from sync.dedup.rules import Series, Trait
from sync.policy import Dedup
from sync.words import Mode, Outcome, SameKind

_TRAIT = (
    "v.id, v.place_id, v.recorder_id, v.device_id, v.started_at, v.ended_at, v.mode, v.outcome, v.received_at,"
    " v.fixes_hash, v.answers_hash"
)
# By the index (place, start). Photos are read only of those who have a new visit there, for level 2.
_NEAR = text(
    f"SELECT {_TRAIT}, CASE WHEN v.recorder_id = ANY(:recorders)"
    "  THEN ARRAY(SELECT sha256 FROM photo WHERE visit_id = v.id) END AS photos"
    " FROM unnest(CAST(:places AS uuid[]), CAST(:lows AS timestamptz[]), CAST(:highs AS timestamptz[]))"
    "  AS w(place_id, low, high)"
    " JOIN visit v ON v.place_id = w.place_id AND v.started_at BETWEEN w.low - CAST(:look AS interval) AND w.high"
    " WHERE v.ended_at >= w.low"
)
_TOLD = text(
    f"SELECT {_TRAIT}, ARRAY(SELECT sha256 FROM photo WHERE visit_id = v.id) AS photos"
    " FROM visit v WHERE v.place_id = ANY(:places) AND v.id > :after ORDER BY v.id LIMIT :limit"
)
_GROUPS = text(
    "WITH roots AS (SELECT DISTINCT coalesce(s.parent_id, x.id) AS id FROM unnest(CAST(:ids AS uuid[])) AS x(id)"
    "  LEFT JOIN same_visit s ON s.child_id = x.id AND s.undone_at IS NULL),"
    " edges AS (SELECT s.* FROM roots r JOIN same_visit s ON s.parent_id = r.id AND s.undone_at IS NULL)"
    f" SELECT {_TRAIT}, ARRAY(SELECT sha256 FROM photo WHERE visit_id = v.id) AS photos,"
    " e.id AS edge, e.parent_id, e.kind, e.method, coalesce(e.matched_id, e.parent_id) AS matched_id, e.shared"
    " FROM (SELECT id FROM roots UNION SELECT child_id FROM edges) m JOIN visit v ON v.id = m.id"
    " LEFT JOIN edges e ON e.child_id = v.id"
)
_BARRED = text(
    "SELECT child_id, parent_id, coalesce(matched_id, parent_id) FROM same_visit"
    " WHERE undone_at IS NOT NULL AND undone_by IS NOT NULL AND child_id = ANY(:ids)"
)
_SERIES = text("SELECT visit_id, lon, lat, provider FROM trace WHERE visit_id = ANY(:ids) AND received_on = ANY(:days)")


class Near(NamedTuple):
    """A stored visit with when it was stored."""

    trait: Trait
    received_at: datetime


class Member(NamedTuple):
    """A record of a group, with its edge unless it is the root. Its trait names the place as told for its door."""

    id: UUID
    trait: Trait
    received_at: datetime
    edge_id: UUID | None
    edge: Edge | None

    @property
    def root(self) -> UUID:
        """The root of the group."""
        return self.edge.parent if self.edge else self.id


def near(session: Session, new: Sequence[Trait], doors: Mapping[UUID, Sequence[UUID]], policy: Dedup) -> list[Near]:
    """Stored visits that could be the same as one of the new: same door, whatever id it was told with, close in time.

    `doors` are the ids that stand for each door; a door that is not there has its own id alone. However many of the
    new are close to each other, what is around them is read once.
    """
    gap = timedelta(seconds=max(policy.likely_gap_s, policy.joint_start_s, policy.repeat_window_s))
    asked = [
        (place, door, low, high)
        for door, low, high in spans(new, gap)
        for place in doors.get(door, (door,))
    ]  # fmt: skip
    parameters = {
        "places": db.pg_uuids(place for place, *_ in asked),
        "lows": db.pg_times(low for *_, low, _ in asked),
        "highs": db.pg_times(high for *_, high in asked),
        "recorders": db.pg_uuids({one.recorder_id for one in new}),
        "look": timedelta(days=policy.look_days),
    }
    door_of = {place: door for place, door, *_ in asked}
    mine = {one.id for one in new}
    rows = session.execute(_NEAR, parameters)
    found = {row.id: _near(row, door_of[row.place_id]) for row in rows if row.id not in mine}
    return list(found.values())


def spans(new: Sequence[Trait], gap: timedelta) -> list[tuple[UUID, datetime, datetime]]:
    """(door, from, until): the times of the visits at each door, widened by the gap, joined where they meet."""
    found: list[tuple[UUID, datetime, datetime]] = []
    for one in sorted(new, key=lambda trait: (trait.door, trait.started_at)):
        low, high = one.started_at - gap, one.ended_at + gap
        if found and found[-1][0] == one.door and low <= found[-1][2]:
            found[-1] = (one.door, found[-1][1], max(high, found[-1][2]))
        else:
            found.append((one.door, low, high))
    return found


def told_at(session: Session, places: Collection[UUID], door: UUID, after: UUID, limit: int) -> list[Near]:
    """Visits told with one of these ids, as visits to `door`, in the order of their ids."""
    rows = session.execute(_TOLD, {"places": db.pg_uuids(places), "after": after, "limit": limit})
    return [_near(row, door) for row in rows]


def _near(row: Any, door: UUID) -> Near:
    trait = Trait(
        row.id, row.recorder_id, row.device_id, door, row.started_at, row.ended_at, Mode(row.mode),
        Outcome(row.outcome), row.fixes_hash, row.answers_hash, frozenset(row.photos or ()),
    )  # fmt: skip
    return Near(trait, row.received_at)


def groups(session: Session, ids: Collection[UUID]) -> list[Member]:
    """Every record of the groups to which these visits belong."""
    return [
        Member(
            row.id, *_near(row, row.place_id), row.edge,
            Edge(row.id, row.parent_id, SameKind(row.kind), row.method, row.matched_id, row.shared)
            if row.edge else None,
        )
        for row in session.execute(_GROUPS, {"ids": db.pg_uuids(ids)})
    ]  # fmt: skip


def barred(session: Session, ids: Collection[UUID]) -> set[frozenset[UUID]]:
    """Pairs with one of these visits that a person took apart."""
    return {
        frozenset((child, other))
        for child, parent, matched in session.execute(_BARRED, {"ids": db.pg_uuids(ids)})
        for other in (parent, matched)
    }


def series(session: Session, visits: Mapping[UUID, datetime]) -> dict[UUID, Series]:
    """The fixes of stored visits, by visit; `visits` says when each was stored, for the partition."""
    days = {clock.local(at).date() for at in visits.values()}
    rows = session.execute(_SERIES, {"ids": db.pg_uuids(visits), "days": sorted(days)})
    return {row.visit_id: Series(row.lon, row.lat, row.provider) for row in rows}
