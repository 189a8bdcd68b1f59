"""What pictures tell about visits, and who may look at them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select, text
from sqlalchemy.orm import Session

from sync import db
from sync.access import Actor, narrowed, within
from sync.models import Photo, Picture, Problem, Visit
from sync.models.photo import apart
from sync.policy import Photos
from sync.roles import Noun
from sync.words import Role


def told_by_exif(
    visit_ids: Collection[UUID],
) -> Select[UUID | None, UUID, datetime | None, float | None, float | None]:
    """(visit_id, photo_id, taken_at, lon, lat) of the visits' photos whose EXIF tells a time or a position.

    Photos of problems are left out, as everywhere where photos are evidence.
    """
    return (
        select(Photo.visit_id, Photo.id.label("photo_id"), Picture.taken_at, Picture.lon, Picture.lat)
        .join(Picture, Picture.sha256 == Photo.sha256)
        .where(
            Photo.visit_id.in_(visit_ids),
            Photo.problem_id.is_(None),
            Photo.present_at.is_not(None),
            or_(Picture.taken_at.is_not(None), Picture.lon.is_not(None)),
        )
        .order_by(Photo.visit_id, Photo.id)
    )


AT_MOST = 50


class Reuse(NamedTuple):
    """A photo of a visit that was seen in another visit as well."""

    visit_id: UUID
    photo_id: UUID
    other_visit_id: UUID
    other_photo_id: UUID
    exact: bool  # the same bytes; else difference hashes differ in `bits` bits (marks.apart)
    bits: int
    other_came_first: bool  # by the start of the visits


_EXACT = (
    "SELECT p.visit_id, p.id AS photo_id, o.visit_id AS other_visit_id, o.id AS other_photo_id, true AS exact,"
    "  0 AS bits FROM photo p CROSS JOIN LATERAL ("
    "  SELECT id, visit_id FROM photo WHERE sha256 = p.sha256 AND visit_id <> p.visit_id AND problem_id IS NULL"
    "   AND present_at IS NOT NULL ORDER BY id LIMIT :at_most) o"
    " WHERE p.visit_id = ANY(:visits) AND p.problem_id IS NULL AND p.present_at IS NOT NULL"
)
# Each of the three circles is one range of an index that holds the hash, so that no row is fetched to be compared.
_CIRCLE = (
    f"SELECT photo_id, {apart('c', 'm')} AS bits FROM photo_mark c WHERE {{range}}"
    f" AND {apart('c', 'm')} <= :bits AND photo_id <> m.photo_id"
)
_RANGES = (
    "recorder_id = m.recorder_id AND at BETWEEN m.at - make_interval(days => :cadre_days)"
    " AND m.at + make_interval(days => :cadre_days)",
    "unit_id = m.unit_id AND at BETWEEN m.at - make_interval(days => :unit_days)"
    " AND m.at + make_interval(days => :unit_days)",
    "place_id = m.place_id",
)
_SIMILAR = (
    "SELECT m.visit_id, m.photo_id, o.visit_id, o.photo_id, false, near.bits"
    " FROM photo_mark m CROSS JOIN LATERAL ("
    + " UNION ".join(_CIRCLE.format(range=range_) for range_ in _RANGES)
    + " ORDER BY bits, photo_id LIMIT :at_most) near JOIN photo_mark o ON o.photo_id = near.photo_id"
    " WHERE m.visit_id = ANY(:visits) AND o.visit_id <> m.visit_id"
)
_REUSE = text(
    f"WITH found AS ({_EXACT} UNION ALL {_SIMILAR}),"
    " best AS (SELECT DISTINCT ON (photo_id, other_photo_id) * FROM found"
    "  ORDER BY photo_id, other_photo_id, exact DESC, bits)"
    " SELECT f.*, (o.started_at, o.id) < (v.started_at, v.id) AS other_came_first"
    " FROM best f JOIN visit v ON v.id = f.visit_id JOIN visit o ON o.id = f.other_visit_id"
    " LEFT JOIN same_visit sv ON sv.child_id = v.id AND sv.undone_at IS NULL AND sv.kind = 'repeat'"
    " LEFT JOIN same_visit so ON so.child_id = o.id AND so.undone_at IS NULL AND so.kind = 'repeat'"
    " WHERE coalesce(sv.parent_id, v.id) <> coalesce(so.parent_id, o.id)"
    " ORDER BY f.visit_id, f.photo_id, f.exact DESC, f.bits, f.other_photo_id"
)


def reuse(session: Session, visit_ids: Collection[UUID], policy: Photos) -> list[Reuse]:
    """Photos of these visits that stand in another visit as well: the same bytes anywhere, similar ones within D6.1's
    circle (the cadre's, the unit's for some time before and after, the place's always). One statement however many.

    Only bytes that the citing phone had count: who merely quotes another's hash brings him under no suspicion. Two
    records of one visit (an edge `repeat` between them) are not two visits. Both visits of a pair are told, the
    caller decides which of them it speaks against; of a photo that is everywhere AT_MOST others are told.
    Similar ones are found among marked photos (`marks.mark` first).
    """
    if not visit_ids:
        return []
    facts = {
        "visits": db.pg_uuids(visit_ids), "bits": policy.similar_bits, "cadre_days": policy.similar_cadre_days,
        "unit_days": policy.similar_unit_days, "at_most": AT_MOST,
    }  # fmt: skip
    return [Reuse(*row) for row in session.execute(_REUSE, facts)]


def shown_photo(photo_id: UUID, *scope: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """A photo with what its pictures are called in the store; no row if it lies outside the scope."""
    return (
        select(
            Photo.id, Photo.visit_id, Photo.problem_id, Photo.sha256, Picture.format, Picture.small_sha256,
            Picture.large_sha256, Visit.unit_id, Visit.place_id,
        )
        .outerjoin(Visit, Visit.id == Photo.visit_id)
        .outerjoin(Picture, Picture.sha256 == Photo.sha256)
        .where(Photo.id == photo_id, Photo.present_at.is_not(None), *scope)
    )  # fmt: skip


def visits_of(session: Session, photo_id: UUID) -> list[UUID]:
    """The visit that a photo belongs to, if it does to one."""
    return [found for found in session.scalars(select(Photo.visit_id).where(Photo.id == photo_id)) if found]


def open_photo(session: Session, actor: Actor, photo_id: UUID, policy: Photos) -> Any:
    """The photo if the actor may look at it, else None: as evidence of a visit, as part of a problem's text, or since a
    verifier has to compare it with a photo of a visit that is his to verify."""
    evidence = within(actor, select(Visit.id), Noun.EVIDENCE)
    problems = [within(actor, select(Problem.id), noun) for noun in (Noun.PROBLEM, Noun.SEALED)]
    scope = or_(
        Photo.problem_id.is_(None) & Photo.visit_id.in_(evidence),
        *(Photo.problem_id.in_(problem) for problem in problems),
    )
    row = session.execute(shown_photo(photo_id, scope)).one_or_none()
    return row or _compared(session, narrowed(actor, Role.VERIFIER), photo_id, policy)


def _compared(session: Session, verifier: Actor, photo_id: UUID, policy: Photos) -> Any:
    """The photo if it resembles one of a visit within the verifier's scope."""
    if not verifier.roles:
        return None
    row = session.execute(shown_photo(photo_id, Photo.problem_id.is_(None))).one_or_none()
    if row is None or row.visit_id is None:
        return None
    resembling = {
        found.other_visit_id for found in reuse(session, [row.visit_id], policy) if found.photo_id == photo_id
    }
    own = within(verifier, select(Visit.id).where(Visit.id.in_(resembling)), Noun.EVIDENCE)
    return row if resembling and session.scalar(own.limit(1)) else None
