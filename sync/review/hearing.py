"""Hearing the cadre: answers to questions, statements, appeals, as they come in with a batch."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import db, ids
from sync.models import Said
from sync.words import Attestation, Statement

_SAID = ("id", "visit_id", "question_id", "kind", "codes", "text", "person_id", "device_id", "batch_id", "at")
_ANSWERED = text("UPDATE question SET answered_at = :now WHERE id = ANY(:ids) AND answered_at IS NULL")
_FINDINGS = text(
    "UPDATE finding SET state = 'answered', answered_at = :now WHERE visit_id = ANY(:visits) AND state = 'asked'"
)
_APPEALED = text(
    "INSERT INTO finding (id, visit_id, unit_id, town_id, cause, cause_key, reasons, state, opened_at)"
    " SELECT f.id, v.id, v.unit_id, v.town_id, 'appeal', v.id::text, coalesce((SELECT ARRAY("
    "  SELECT r ->> 'code' FROM jsonb_array_elements(j.reasons) r) FROM visit_verdict j WHERE j.visit_id = v.id"
    "  ORDER BY j.n DESC LIMIT 1), '{}'), 'open', :now"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:visits AS uuid[])) AS f(id, visit_id) JOIN visit v ON v.id = f.visit_id"
    " ON CONFLICT (visit_id, cause) WHERE state IN ('open', 'asked', 'answered') DO NOTHING"
)


class Heard(NamedTuple):
    """One statement about a visit; `at` is the corrected time at which it was said."""

    id: UUID
    visit_id: UUID
    question_id: UUID | None
    kind: Statement
    codes: tuple[Attestation, ...]
    text: str
    person_id: UUID
    device_id: UUID
    batch_id: UUID
    at: datetime


def authors(session: Session, ids_: Collection[UUID]) -> dict[UUID, UUID]:
    """Who said what is stored under these ids."""
    rows = session.execute(text("SELECT id, person_id FROM said WHERE id = ANY(:ids)"), {"ids": db.pg_uuids(ids_)})
    return {row.id: row.person_id for row in rows}


def visits_asked(session: Session, questions: Collection[UUID]) -> dict[UUID, UUID]:
    """The visit of each question that there is."""
    if not questions:
        return {}
    rows = session.execute(
        text("SELECT id, visit_id FROM question WHERE id = ANY(:ids)"), {"ids": db.pg_uuids(questions)}
    )
    return {row.id: row.visit_id for row in rows}


def hear(session: Session, heard: Sequence[Heard], now: datetime) -> None:
    """Keep what was said. An answer settles its question and opens the way to a refusal; an appeal goes before a
    verifier as a finding of its own, unless one is open already."""
    if not heard:
        return
    rows = [
        (one.id, one.visit_id, one.question_id, one.kind.value, [code.value for code in one.codes], one.text,
         one.person_id, one.device_id, one.batch_id, one.at)
        for one in heard
    ]  # fmt: skip
    db.put(session, Said, _SAID, rows)
    answered = [one for one in heard if one.question_id]
    if answered:
        questions = db.pg_uuids(one.question_id for one in answered if one.question_id)
        session.execute(_ANSWERED, {"ids": questions, "now": now})
        session.execute(_FINDINGS, {"visits": db.pg_uuids(one.visit_id for one in answered), "now": now})
    appealed = {one.visit_id for one in heard if one.kind is Statement.APPEAL}
    if appealed:
        facts = {"ids": db.pg_uuids(ids.uuid7() for _ in appealed), "visits": db.pg_uuids(appealed), "now": now}
        session.execute(_APPEALED, facts)
