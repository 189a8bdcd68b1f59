"""What photos tell about visits: what their cameras wrote, and which other visits have the same picture."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, db
from sync.photos import marks
from sync.photos.queries import Reuse, reuse, told_by_exif
from sync.policy import Photos
from sync.verify.rules.evidence import PhotoTold, Reused

_OTHERS = text(
    "SELECT v.id, coalesce(p.merged_into_id, p.id) AS place_id, v.started_at FROM visit v"
    " JOIN place p ON p.id = v.place_id WHERE v.id = ANY(:ids)"
)
_HASHES = text("SELECT id, encode(sha256, 'hex') AS sha256 FROM photo WHERE id = ANY(:ids)")


@dataclass(slots=True)
class Seen:
    """By visit: what cameras wrote, pictures used elsewhere; and the later visits that used a picture of this set."""

    told: dict[UUID, list[PhotoTold]] = field(default_factory=dict)
    reused: dict[UUID, list[Reused]] = field(default_factory=dict)
    later: dict[UUID, set[UUID]] = field(default_factory=dict)

    def of(self, visit: UUID) -> tuple[tuple[PhotoTold, ...], tuple[Reused, ...]]:
        """The evidence of one visit."""
        return tuple(self.told.get(visit, ())), tuple(self.reused.get(visit, ()))


def look(session: Session, policy: Photos, rows: Sequence[Any], together: Mapping[UUID, Collection[UUID]]) -> Seen:
    """Mark the photos of these visits and see what they tell; `together`: other records of the same visit."""
    seen = Seen()
    ids = [row.id for row in rows]
    marks.mark(session, ids)
    for visit, photo, taken_at, lon, lat in session.execute(told_by_exif(ids)):
        assert visit is not None, "asked by visit"
        at = taken_at.timestamp() if taken_at else None
        seen.told.setdefault(visit, []).append(PhotoTold(str(photo), at, lon, lat))
    found = reuse(session, ids, policy)
    if found:
        _tell(session, seen, found, together)
    return seen


def _tell(session: Session, seen: Seen, found: Sequence[Reuse], together: Mapping[UUID, Collection[UUID]]) -> None:
    visits = {one.visit_id for one in found} | {one.other_visit_id for one in found}
    where = {row.id: row for row in session.execute(_OTHERS, {"ids": db.pg_uuids(visits)})}
    photos = db.pg_uuids({one.photo_id for one in found})
    hashes = {row.id: row.sha256 for row in session.execute(_HASHES, {"ids": photos})}
    for one in found:
        mine, other = where[one.visit_id], where[one.other_visit_id]
        day, other_day = (clock.local(row.started_at).date() for row in (mine, other))
        reused = Reused(
            visit=str(one.other_visit_id),
            photo=str(one.photo_id),
            sha256=hashes[one.photo_id],
            day=other_day.isoformat(),
            exact=one.exact,
            bits=one.bits,
            came_before=one.other_came_first,
            joined=one.other_visit_id in together.get(one.visit_id, ()),
            same_place=mine.place_id == other.place_id,
            same_day=day == other_day,
        )
        seen.reused.setdefault(one.visit_id, []).append(reused)
        if not one.other_came_first:
            seen.later.setdefault(one.visit_id, set()).add(one.other_visit_id)
