"""Rows of the queue and the opened visit in the shape of their schemas."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from sync.access import Actor
from sync.pipeline.case import Case
from sync.pipeline.looking import ShownFix
from sync.pipeline.telling import told
from sync.review.evidence import Found
from sync.review.queries import shown
from sync.words import Cause, Reason


def rows(session: Session, actor: Actor, findings: Sequence[Any]) -> list[dict[str, Any]]:
    """The findings of these ids as rows of the queue."""
    return [row(one) for one in session.execute(shown(findings, actor))] if findings else []


def row(one: Any) -> dict[str, Any]:
    """One finding in the queue."""
    finding = one.Finding
    decided = None if one.decided_because is None else one.verdict
    return {
        "finding": finding.id,
        "visit": finding.visit_id,
        "cause": finding.cause,
        "key": finding.cause_key,
        "state": finding.state,
        "drawn": finding.cause is Cause.DRAWN,
        "reasons": finding.reasons,
        "unit": {"id": finding.unit_id, "name": one.unit},
        "place": {"id": one.place_id, "name": one.place},
        "cadre": {"id": one.cadre_id, "name": one.cadre},
        "started_at": one.started_at,
        "received_at": one.received_at,
        "opened_at": finding.opened_at,
        "verdict": one.verdict,
        "explanation": told(one.judged, one.found or [], one.numbers or {}, decided, one.decided_because or ""),
        "held_by": {"id": one.holder_id, "name": one.holder} if one.holder_id else None,
    }


def case(opened: Case) -> dict[str, Any]:
    """The opened visit."""
    visit, finding = opened.visit, opened.finding
    return {
        "visit": visit.id,
        "finding": finding.id,
        "cause": finding.cause,
        "key": finding.cause_key,
        "state": finding.state,
        "findings": [one._asdict() | {"key": one.cause_key} for one in opened.findings],
        "unit": {"id": visit.unit_id, "name": visit.unit},
        "cadre": {"id": visit.recorder_id, "name": visit.cadre},
        "place": _place(opened),
        **{name: getattr(visit, name) for name in ("outcome", "mode", "recorded", "verdict")},
        **{name: getattr(visit, name) for name in ("started_at", "ended_at", "received_at")},
        "clock": {"method": visit.clock_method, "uncertainty_s": visit.clock_uncertainty_s},
        "explanation": opened.explanation,
        "reasons": [_reason(one) for one in opened.reasons],
        "numbers": opened.numbers,
        "fixes": [_fix(one) for one in opened.fixes],
        "photos": [_photo(one, opened.similar) for one in opened.photos],
        "neighbours": [_neighbour(one, code) for one, code in opened.neighbours],
        "history": [one._asdict() | {"reasons": [r["code"] for r in one.reasons]} for one in opened.history],
        "decisions": [one._asdict() | {"group": one.group_id, "by": _person(one)} for one in opened.decisions],
        "questions": [one._asdict() | {"by": _person(one)} for one in opened.questions],
        "said": [one._asdict() | {"question": one.question_id} for one in opened.said],
        "same": [_same(one) for one in opened.same],
        "may": opened.may | {"undo": opened.undoes is not None},
        "undoes": opened.undoes,
        "refuse_from": opened.refuse_from,
    }


def _place(opened: Case) -> dict[str, Any]:
    visit = opened.visit
    method = visit.method or ("imported" if visit.lon is not None else None)
    plain = {name: getattr(visit, name) for name in ("address", "kind", "lon", "lat", "position_datum")}
    return plain | {"id": visit.place_id, "name": visit.place, "radius_m": opened.radius_m, "method": method}


def _person(one: Found) -> dict[str, Any]:
    return {"id": one.by, "name": one.name}


def _reason(one: dict[str, Any]) -> dict[str, Any]:
    word = Reason(one["code"])
    label = {"zh": word.zh, "en": word.en}
    return {"code": word, "label": label, "weight": one["weight"], "facts": one.get("facts") or {}}


def _fix(one: ShownFix) -> dict[str, Any]:
    plain = {name: getattr(one, name) for name in ShownFix.__slots__}
    try:
        at = datetime.fromtimestamp(one.at, UTC)
    except (OverflowError, ValueError, OSError):
        at = None
    return plain | {"at": at}


def _photo(one: Found, similar: Sequence[Found]) -> dict[str, Any]:
    picture = one._asdict() | {"state": one.picture} if one.picture else None
    return {
        "id": one.id,
        "sha256": bytes(one.sha256).hex(),
        "state": one.state,
        "picture": picture,
        **_thumbnails(one.id),
        "similar": [_similar(other) for other in similar if other.photo_id == one.id],
    }


def _similar(one: Found) -> dict[str, Any]:
    return {
        "visit": one.visit_id,
        "photo": one.id,
        "exact": one.exact,
        "bits": one.bits,
        **_thumbnails(one.id),
        "place": {"id": one.place_id, "name": one.place},
        "cadre": {"id": one.recorder_id, "name": one.cadre},
        "started_at": one.started_at,
    }


def _thumbnails(photo: Any) -> dict[str, str]:
    return {size: f"/console/v1/photos/{photo}/{size}" for size in ("small", "large")}


def _neighbour(one: Found, code: str) -> dict[str, Any]:
    place = {"name": one.name, "lon": one.lon, "lat": one.lat}
    return {
        "visit": one.id, "place": place, "started_at": one.started_at, "ended_at": one.ended_at, "reason": code,
    }  # fmt: skip


def _same(one: Found) -> dict[str, Any]:
    by = _person(one) if one.by else None
    return one._asdict() | {"by": by, "undone": one.undone_at is not None}
