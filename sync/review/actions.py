"""What a decision writes: one row for each visit, its findings, its verdict, questions; and how all of it is undone.

Everything is written for a set of visits at once. The caller has locked them (`standing.take`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import db, ids
from sync.review.opening import OF_PLACES
from sync.review.rules import LOCATION, MOVES
from sync.words import Deciding, Verdict

_OPEN = "('open', 'asked', 'answered')"
_DECIDE = text(
    "INSERT INTO decision (id, visit_id, finding_id, group_id, deciding, verdict, before, reason, facts, by, at)"
    " SELECT d.id, v.id, d.finding_id, :group, :deciding, :verdict, v.verdict, :reason,"
    "  CAST(:facts AS jsonb) || jsonb_build_object('was', coalesce((SELECT jsonb_object_agg(f.id,"
    "   jsonb_build_array(f.state, f.asked_at)) FROM finding f WHERE f.visit_id = v.id AND f.cause = ANY(:causes)"
    f"   AND f.state IN {_OPEN}), '{{}}')), :by, :at"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:visits AS uuid[]), CAST(:findings AS uuid[]))"
    "  AS d(id, visit_id, finding_id) JOIN visit v ON v.id = d.visit_id"
)
_CLOSE = text(
    "UPDATE finding SET state = :state, closed_at = :at, lease_by = NULL, lease_until = NULL"
    f" WHERE visit_id = ANY(:visits) AND cause = ANY(:causes) AND state IN {_OPEN}"
)
_ASK = text(
    "UPDATE finding SET state = 'asked', asked_at = :at, lease_by = NULL, lease_until = NULL"
    f" WHERE visit_id = ANY(:visits) AND state IN {_OPEN}"
)
_LET_GO = text(
    "UPDATE finding SET lease_by = NULL, lease_until = NULL WHERE visit_id = ANY(:visits) AND lease_by = :by"
)
_QUESTION = text(
    "INSERT INTO question (id, visit_id, text, by, at)"
    " SELECT q.id, q.visit_id, q.text, :by, :at FROM unnest(CAST(:ids AS uuid[]), CAST(:visits AS uuid[]),"
    " CAST(:texts AS text[])) AS q(id, visit_id, text)"
)
_TURN = text("UPDATE visit SET verdict = :verdict WHERE id = ANY(:visits) AND verdict <> :verdict")


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One decision about a set of visits. `id` is the client's; `group`: it covers a group, so that each visit's row
    has an id of its own."""

    id: UUID
    deciding: Deciding
    by: UUID
    at: datetime
    group: bool = False
    reason: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def decide(session: Session, act: Act, chosen: Sequence[tuple[UUID, UUID]]) -> None:
    """Write the decision for (visit, finding) pairs: rows, findings, and the verdict where it sets one."""
    move = MOVES[act.deciding]
    visits = db.pg_uuids(visit for visit, _ in chosen)
    causes = sorted(cause.value for cause in (MOVES[Deciding.ASK].causes if _asks(act) else move.closes))
    session.execute(
        _DECIDE,
        {
            "ids": db.pg_uuids([ids.uuid7() for _ in chosen] if act.group else [act.id]), "visits": visits,
            "findings": db.pg_uuids(finding for _, finding in chosen), "group": act.id if act.group else None,
            "deciding": act.deciding.value, "verdict": move.verdict and move.verdict.value, "reason": act.reason,
            "facts": orjson.dumps(act.facts).decode(), "causes": causes, "by": act.by, "at": act.at,
        },
    )  # fmt: skip
    if _asks(act):
        session.execute(_ASK, {"visits": visits, "at": act.at})
    else:
        session.execute(_CLOSE, {"visits": visits, "causes": causes, "state": "decided", "at": act.at})
        session.execute(_LET_GO, {"visits": visits, "by": act.by})
    if move.verdict:
        session.execute(_TURN, {"visits": visits, "verdict": move.verdict.value})


def _asks(act: Act) -> bool:
    return act.deciding is Deciding.ASK


def ask(session: Session, act: Act, texts: dict[UUID, str]) -> None:
    """Write the question to the cadre of each visit."""
    facts = {"ids": db.pg_uuids(ids.uuid7() for _ in texts), "visits": db.pg_uuids(texts)}
    session.execute(_QUESTION, facts | {"texts": list(texts.values()), "by": act.by, "at": act.at})


class Done(NamedTuple):
    """A decision as it stands; `later`: another one about its visit came after it; `against`: whose refusal it is
    about, if it decided an appeal."""

    id: UUID
    visit_id: UUID
    group_id: UUID | None
    deciding: Deciding
    verdict: Verdict | None
    by: UUID
    at: datetime
    facts: dict[str, Any]
    undone_at: datetime | None
    later: bool
    against: UUID | None


_DONE = text(
    "SELECT d.id, d.visit_id, d.group_id, d.deciding, d.verdict, d.by, d.at, d.facts, d.undone_at,"
    " EXISTS (SELECT 1 FROM decision l WHERE l.visit_id = d.visit_id AND l.undone_at IS NULL"
    "  AND (l.at, l.id) > (d.at, d.id)) AS later,"
    " (SELECT r.by FROM decision r JOIN finding f ON f.id = d.finding_id AND f.cause = 'appeal'"
    "  WHERE r.visit_id = d.visit_id AND r.verdict = 'refused' AND r.undone_at IS NULL AND (r.at, r.id) < (d.at, d.id)"
    "  ORDER BY r.at DESC, r.id DESC LIMIT 1) AS against"
    " FROM decision d WHERE d.id = :id OR d.group_id = :id ORDER BY d.visit_id"
)
_LAST = text("SELECT id FROM decision WHERE visit_id = :visit AND undone_at IS NULL ORDER BY at DESC, id DESC LIMIT 1")
_UNDO = text("UPDATE decision SET undone_at = :at, undone_by = :by WHERE id = ANY(:ids) AND undone_at IS NULL")
_RESTORE = text(
    "UPDATE visit v SET verdict = coalesce("
    " (SELECT d.verdict FROM decision d WHERE d.visit_id = v.id AND d.verdict IS NOT NULL AND d.undone_at IS NULL"
    "  ORDER BY d.at DESC, d.id DESC LIMIT 1),"
    " (SELECT j.verdict FROM visit_verdict j WHERE j.visit_id = v.id ORDER BY j.n DESC LIMIT 1), v.verdict)"
    " WHERE v.id = ANY(:visits)"
)
# A finding that the machine opened again meanwhile stays. One about the visit's location only returns to a doubtful
# visit; one about the place itself (`opening.OF_PLACES`) returns whatever the visit's verdict is.
_REOPEN = text(
    "UPDATE finding f SET state = w.value ->> 0, asked_at = CAST(w.value ->> 1 AS timestamptz), closed_at = NULL"
    " FROM decision d JOIN visit v ON v.id = d.visit_id, jsonb_each(d.facts -> 'was') w"
    " WHERE d.id = ANY(:ids) AND f.id = CAST(w.key AS uuid)"
    " AND (f.cause <> ALL(:location) OR v.verdict = 'doubtful' OR f.reasons && CAST(:of_places AS text[]))"
    " AND NOT EXISTS (SELECT 1 FROM finding o WHERE o.visit_id = f.visit_id AND o.cause = f.cause AND o.id <> f.id"
    f"  AND o.state IN {_OPEN})"
)
_WITHDRAW = text(
    "UPDATE question q SET withdrawn_at = :at FROM decision d WHERE d.id = ANY(:ids) AND q.visit_id = d.visit_id"
    " AND q.at = d.at AND q.by = d.by"
)
_ANSWERED = text(
    "SELECT q.visit_id FROM question q JOIN decision d ON d.visit_id = q.visit_id AND d.at = q.at AND d.by = q.by"
    " WHERE d.id = ANY(:ids) AND q.answered_at IS NOT NULL"
)
# An appeal against a refusal that is gone has nothing to ask for.
_APPEALED = text(
    "UPDATE finding f SET state = 'settled', closed_at = :at FROM visit v WHERE v.id = f.visit_id"
    f" AND v.id = ANY(:visits) AND f.cause = 'appeal' AND f.state IN {_OPEN} AND v.verdict <> 'refused'"
)


def done(session: Session, id_: UUID) -> list[Done]:
    """The decisions under this id: one, or those of a group, in the order of their visits."""
    return [
        Done(r.id, r.visit_id, r.group_id, Deciding(r.deciding), r.verdict and Verdict(r.verdict), r.by, r.at, r.facts,
             r.undone_at, r.later, r.against)
        for r in session.execute(_DONE, {"id": id_})
    ]  # fmt: skip


def last_done(session: Session, visit_id: UUID) -> Done | None:
    """The newest decision about a visit that was not undone."""
    id_ = session.scalar(_LAST, {"visit": visit_id})
    return next((one for one in done(session, id_) if one.visit_id == visit_id), None) if id_ else None


def answered_since(session: Session, decisions: Collection[UUID]) -> set[UUID]:
    """Visits whose question, asked by one of these decisions, was answered."""
    return set(session.scalars(_ANSWERED, {"ids": db.pg_uuids(decisions)}))


def undo(session: Session, decisions: Sequence[Done], by: UUID, at: datetime) -> None:
    """Take decisions back: verdicts become what still stands (an earlier decision, else the machine's newest), findings
    return, questions that nobody answered are withdrawn."""
    facts = {
        "ids": db.pg_uuids(one.id for one in decisions), "visits": db.pg_uuids(one.visit_id for one in decisions),
        "by": by, "at": at, "location": sorted(cause.value for cause in LOCATION),
        "of_places": [code.value for code in OF_PLACES],
    }  # fmt: skip
    session.execute(_UNDO, facts)
    if any(one.verdict for one in decisions):
        session.execute(_RESTORE, facts)
        session.execute(_APPEALED, facts)
    session.execute(_REOPEN, facts)
    if any(one.deciding is Deciding.ASK for one in decisions):
        session.execute(_WITHDRAW, facts)
