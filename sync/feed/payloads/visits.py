"""A cadre's own visits: what became of them, why in one sentence, and what is asked."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from sync import db
from sync.feed.payloads.viewer import Viewer
from sync.verify.rules.explain import explain
from sync.verify.rules.findings import Finding
from sync.verify.rules.judge import Judgement
from sync.words import Reason, Verdict

_VISITS = text(
    "SELECT v.id, v.place_id, v.unit_id, v.started_at, v.ended_at, v.outcome, v.mode, v.recorded, v.rev, v.verdict,"
    " v.recorder_id, v.received_at, j.verdict AS judged, j.reasons, j.numbers, d.verdict AS decided, d.reason, d.at,"
    " s.kind AS same_kind, s.parent_id AS same_as, q.questions, f.missing,"
    " EXISTS (SELECT FROM visit_party y WHERE y.visit_id = v.id AND y.person_id = :person AND y.confirmed_at IS NULL)"
    "  AS to_confirm FROM visit v"
    " LEFT JOIN LATERAL (SELECT x.verdict, x.reasons, x.numbers FROM visit_verdict x WHERE x.visit_id = v.id"
    "  ORDER BY x.n DESC LIMIT 1) j ON true"
    " LEFT JOIN LATERAL (SELECT x.verdict, x.reason, x.at FROM decision x WHERE x.visit_id = v.id"
    "  AND x.verdict IS NOT NULL AND x.undone_at IS NULL ORDER BY x.at DESC LIMIT 1) d ON true"
    " LEFT JOIN same_visit s ON s.child_id = v.id AND s.undone_at IS NULL"
    " LEFT JOIN LATERAL (SELECT json_agg(json_build_object('id', x.id, 'text', x.text, 'at', x.at) ORDER BY x.at)"
    "  AS questions FROM question x WHERE x.visit_id = v.id AND x.answered_at IS NULL) q ON true"
    " LEFT JOIN LATERAL (SELECT array_agg(DISTINCT encode(x.sha256, 'hex')) AS missing FROM photo x"
    "  WHERE x.visit_id = v.id AND x.state = 'awaited' AND x.device_id = :device) f ON true"
    " WHERE v.id = ANY(:ids)"
)


def visits(session: Session, viewer: Viewer, ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """Verdict with its explanation, open questions, photos that this phone still owes.

    The home is told by its id alone: its name stands in its own row, and goes with it.
    """
    facts = {"ids": db.pg_uuids(ids), "person": viewer.person_id, "device": viewer.device_id}
    return {row.id: _visit(row, viewer) for row in session.execute(_VISITS, facts).all()}


def _visit(row: Row[Any], viewer: Viewer) -> dict[str, Any]:
    told: dict[str, Any] = {
        "place": row.place_id,
        "unit": row.unit_id,
        "started_at": row.started_at,
        "ended_at": row.ended_at,
        "received_at": row.received_at,
        "outcome": row.outcome,
        "mode": row.mode,
        "recorded": row.recorded,
        "rev": row.rev,
        "is_recorder": row.recorder_id == viewer.person_id,
        "verdict": row.verdict,
        "explanation": _explanation(row),
        "counts": row.verdict != Verdict.REFUSED.value,
        "questions": row.questions or [],
    }
    if row.decided:
        told["decision"] = {"verdict": row.decided, "reason": row.reason, "at": row.at}
    if row.same_as:
        told["same"] = {"kind": row.same_kind, "of": row.same_as}
    if row.to_confirm:
        told["to_confirm"] = True
    if row.missing:
        told["photos_missing"] = row.missing
    return told


def _explanation(row: Row[Any]) -> dict[str, str]:
    """The machine's sentence while its verdict stands; else that a person decided."""
    verdict = Verdict(row.verdict)
    if row.judged != row.verdict:
        return {"zh": f"核验员核定:{verdict.zh}。", "en": f"Decided by a verifier: {verdict.en}."}
    try:
        reasons = [Finding(Reason(one["code"]), one["weight"], one["facts"]) for one in row.reasons]
        zh, en = explain(Judgement(verdict, tuple(reasons), row.numbers))
    except (KeyError, ValueError):  # judged by a newer server, or by one that measured less
        return {"zh": f"{verdict.zh}。", "en": f"{verdict.en.capitalize()}."}
    return {"zh": zh, "en": en}
