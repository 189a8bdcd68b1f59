"""What a verifier may see of one visit, in one select each: place, photos, the visits that a finding cites, what was
judged, asked, said and decided. Never the note, the problems, the category, the contact: they are not selected."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from sync import db
from sync.models.photo import apart
from sync.words import Reason

Found = Row[*tuple[Any, ...]]
NEIGHBOURS = 2
SIMILAR = 12
# Reasons whose facts name other visits of the same hours; photos are shown beside their likes instead.
CITING = (Reason.OVERLAP_SELF, Reason.LOC_TELEPORT, Reason.LOC_FROZEN, Reason.JOINT_SHARED_EVIDENCE)
_VISIT = text(
    "SELECT v.id, v.unit_id, u.name AS unit, v.town_id, v.recorder_id, r.name AS cadre, v.outcome, v.mode, v.recorded,"
    " v.started_at, v.ended_at, v.received_at, v.clock_method, v.clock_uncertainty_s, v.verdict,"
    " p.id AS place_id, p.name AS place, p.address, p.kind, ST_X(CAST(p.position AS geometry)) AS lon,"
    " ST_Y(CAST(p.position AS geometry)) AS lat, p.radius_m, p.setting, p.position_datum,"
    " (SELECT method FROM place_position WHERE place_id = p.id ORDER BY n DESC LIMIT 1) AS method"
    " FROM visit v JOIN unit u ON u.id = v.unit_id LEFT JOIN person r ON r.id = v.recorder_id"
    " LEFT JOIN place a ON a.id = v.place_id LEFT JOIN place p ON p.id = coalesce(a.merged_into_id, a.id)"
    " WHERE v.id = :visit"
)
_FINDINGS = text(
    "SELECT id, cause, cause_key, state, reasons, opened_at, asked_at, answered_at, closed_at FROM finding"
    " WHERE visit_id = :visit ORDER BY state NOT IN ('open', 'asked', 'answered'), opened_at, id"
)
_HISTORY = text(
    "SELECT n, at, verdict, reasons, numbers, policy_version FROM visit_verdict WHERE visit_id = :visit ORDER BY n DESC"
)
_DECISIONS = text(
    "SELECT d.id, d.group_id, d.finding_id, d.deciding, d.verdict, d.reason, d.by, p.name, d.at, d.undone_at"
    " FROM decision d LEFT JOIN person p ON p.id = d.by WHERE d.visit_id = :visit ORDER BY d.at DESC, d.id DESC"
)
_QUESTIONS = text(
    "SELECT q.id, q.text, q.by, p.name, q.at, q.answered_at, q.withdrawn_at FROM question q"
    " LEFT JOIN person p ON p.id = q.by WHERE q.visit_id = :visit ORDER BY q.at, q.id"
)
_SAID = text("SELECT id, kind, codes, text, at, question_id FROM said WHERE visit_id = :visit ORDER BY at, id")
_SAME = text(
    "SELECT s.id, CASE WHEN s.child_id = :visit THEN s.parent_id ELSE s.child_id END AS visit, s.child_id = :visit"
    "  AS is_child, s.kind, s.method, s.by, p.name, s.undone_at FROM same_visit s LEFT JOIN person p ON p.id = s.by"
    " WHERE s.child_id = :visit OR s.parent_id = :visit ORDER BY s.at, s.id"
)
_PHOTOS = text(
    "SELECT f.id, f.sha256, f.state, p.state AS picture, p.fault, p.width, p.height, p.taken_at, p.lon, p.lat"
    " FROM photo f LEFT JOIN picture p ON p.sha256 = f.sha256 WHERE f.visit_id = :visit AND f.problem_id IS NULL"
    " ORDER BY f.taken_at, f.id"
)
_SIMILAR = text(
    "WITH mine AS (SELECT f.id, f.sha256, p.dhash, p.inner_dhash FROM photo f"
    "  LEFT JOIN picture p ON p.sha256 = f.sha256 WHERE f.visit_id = :visit AND f.problem_id IS NULL),"
    " other AS (SELECT m.id AS photo_id, o.id, o.visit_id, true AS exact, 0 AS bits FROM mine m"
    "   JOIN photo o ON o.sha256 = m.sha256 AND o.visit_id <> :visit AND o.problem_id IS NULL"
    "  UNION ALL SELECT m.id, o.id, o.visit_id, false,"
    f"   {apart('m', 'p')} FROM mine m"
    "   JOIN photo o ON o.visit_id = ANY(:cited) AND o.sha256 <> m.sha256 AND o.problem_id IS NULL"
    "   JOIN picture p ON p.sha256 = o.sha256)"
    " SELECT o.photo_id, o.id, o.visit_id, o.exact, o.bits, v.started_at, l.id AS place_id, l.name AS place,"
    "  v.recorder_id, r.name AS cadre FROM other o JOIN visit v ON v.id = o.visit_id"
    " LEFT JOIN person r ON r.id = v.recorder_id LEFT JOIN place a ON a.id = v.place_id"
    " LEFT JOIN place l ON l.id = coalesce(a.merged_into_id, a.id)"
    " WHERE o.bits <= :bits ORDER BY o.bits, v.started_at, o.id LIMIT :most"
)
_NEIGHBOURS = text(
    "SELECT v.id, v.started_at, v.ended_at, p.name, ST_X(CAST(p.position AS geometry)) AS lon,"
    " ST_Y(CAST(p.position AS geometry)) AS lat FROM visit v LEFT JOIN place a ON a.id = v.place_id"
    " LEFT JOIN place p ON p.id = coalesce(a.merged_into_id, a.id) WHERE v.id = ANY(:ids)"
)


def visit(session: Session, id_: UUID) -> Found:
    """The visit with its unit, cadre and place."""
    return session.execute(_VISIT, {"visit": id_}).one()


def findings_of(session: Session, id_: UUID) -> Sequence[Found]:
    """All its findings, undecided ones first, the oldest of them before."""
    return session.execute(_FINDINGS, {"visit": id_}).all()


def history(session: Session, id_: UUID) -> Sequence[Found]:
    """What machines judged, the newest first."""
    return session.execute(_HISTORY, {"visit": id_}).all()


def decisions(session: Session, id_: UUID) -> Sequence[Found]:
    """What persons decided, the newest first."""
    return session.execute(_DECISIONS, {"visit": id_}).all()


def questions(session: Session, id_: UUID) -> Sequence[Found]:
    """What the cadre was asked."""
    return session.execute(_QUESTIONS, {"visit": id_}).all()


def said(session: Session, id_: UUID) -> Sequence[Found]:
    """What the cadre said."""
    return session.execute(_SAID, {"visit": id_}).all()


def same(session: Session, id_: UUID) -> Sequence[Found]:
    """Visits that tell of the same, undone edges among them."""
    return session.execute(_SAME, {"visit": id_}).all()


def photos(session: Session, id_: UUID) -> Sequence[Found]:
    """Photos of the visit itself; those of a problem belong to the matter, not to the place."""
    return session.execute(_PHOTOS, {"visit": id_}).all()


def similar(session: Session, id_: UUID, reasons: Sequence[Mapping[str, Any]], bits: int) -> Sequence[Found]:
    """Photos of other visits that are the same bytes, or, in visits that a reason cites, look alike: nearest first."""
    cited = [visit for one in reasons if str(one["code"]).startswith("PHOTO") for visit in cited_by(one)]
    return session.execute(_SIMILAR, {"visit": id_, "cited": db.pg_uuids(cited), "bits": bits, "most": SIMILAR}).all()


def neighbours(session: Session, reasons: Sequence[Mapping[str, Any]]) -> list[tuple[Found, str]]:
    """The at most two other visits that reasons cite, heaviest reason first, with its code: never the day's track."""
    heavy = sorted((one for one in reasons if one["code"] in CITING), key=lambda one: -float(one["weight"]))
    codes: dict[UUID, str] = {}
    for one in heavy:
        for id_ in cited_by(one):
            if len(codes) < NEIGHBOURS:
                codes.setdefault(id_, str(one["code"]))
    rows = session.execute(_NEIGHBOURS, {"ids": db.pg_uuids(codes)}).all() if codes else []
    return [(row, codes[row.id]) for row in sorted(rows, key=lambda row: row.started_at)]


def cited_by(reason: Mapping[str, Any]) -> list[UUID]:
    """Visits that the facts of a reason name."""
    facts = reason.get("facts") or {}
    return [UUID(str(one)) for one in (facts.get("visits") or [facts[name] for name in ("visit",) if name in facts])]
