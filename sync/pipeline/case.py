"""One visit as a verifier opens it: everything he may see of it and nothing else, what he may do, and a read audit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from sync import audit
from sync.access import Actor, sees
from sync.errors import refuse
from sync.pipeline.looking import ShownFix, look_at, shown_fixes, witnesses_in
from sync.pipeline.telling import Both, told
from sync.pipeline.undoing import may_undo
from sync.policy import Policy
from sync.registry import doors
from sync.review import evidence, rules
from sync.review.evidence import Found
from sync.review.standing import Taken, refuse_from, take
from sync.roles import Noun
from sync.words import Deciding, Verdict


@dataclass(frozen=True, slots=True)
class Case:
    """A visit with its evidence; lists are rows of `review.evidence`. `finding`: the one that is looked at."""

    visit: Found
    finding: Found
    findings: Sequence[Found]
    explanation: Both
    reasons: list[dict[str, Any]]
    numbers: dict[str, Any]
    radius_m: float | None
    fixes: list[ShownFix]
    photos: Sequence[Found]
    similar: Sequence[Found]
    neighbours: list[tuple[Found, str]]
    history: Sequence[Found]
    decisions: Sequence[Found]
    questions: Sequence[Found]
    said: Sequence[Found]
    same: Sequence[Found]
    held_by: UUID | None
    may: dict[Deciding, bool]
    undoes: UUID | None
    refuse_from: datetime | None


def open_case(
    session: Session, policy: Policy, actor: Actor, visit_id: UUID, finding_id: UUID | None, request: str,
    now: datetime,
) -> Case:  # fmt: skip
    """Open a visit: the reading is noted in the same transaction. Raises forbidden, not-found, own-unit, took-part."""
    taken = admit(session, actor, visit_id)
    doors.read(session, visits=[visit_id])
    visit = evidence.visit(session, visit_id)
    found = evidence.findings_of(session, visit_id)
    finding = next((one for one in found if one.id == finding_id), found[0] if found else None)
    if finding is None:
        raise refuse("not-found")
    history, decisions = evidence.history(session, visit_id), evidence.decisions(session, visit_id)
    newest = history[0] if history else None
    reasons, numbers = (newest.reasons, newest.numbers) if newest else ([], {})
    seen = look_at(session, policy, [visit_id]).get(visit_id)
    opens = refuse_from(session, taken.standing.findings, policy.review)
    _note_reading(session, actor, visit, finding, request)
    return Case(
        visit=visit,
        finding=finding,
        findings=[one for one in found if one.state in rules.UNDECIDED],
        explanation=explained(newest, decisions),
        reasons=reasons,
        numbers=numbers,
        radius_m=seen.evidence.place.radius_m if seen and seen.evidence.place else None,
        fixes=shown_fixes(seen, witnesses_in(reasons)) if seen else [],
        photos=evidence.photos(session, visit_id),
        similar=evidence.similar(session, visit_id, reasons, policy.photos.similar_bits),
        neighbours=evidence.neighbours(session, reasons),
        history=history,
        decisions=decisions,
        questions=evidence.questions(session, visit_id),
        said=evidence.said(session, visit_id),
        same=evidence.same(session, visit_id),
        held_by=taken.held_by,
        may=rules.may(taken.standing, now, opens),
        undoes=may_undo(session, actor, visit_id),
        refuse_from=opens,
    )


def _note_reading(session: Session, actor: Actor, visit: Found, finding: Found, request: str) -> None:
    audit.read(
        session,
        actor.person_id,
        unit_id=visit.unit_id,
        place_id=visit.place_id,
        fields="evidence",
        duty=f"finding/{finding.id}",
        request=request,
    )


def admit(session: Session, actor: Actor, visit_id: UUID) -> Taken:
    """A visit that this verifier may judge. Raises forbidden, not-found, own-unit, took-part."""
    if not sees(actor, Noun.FINDING):
        raise refuse("forbidden")
    taken = take(session, actor, [visit_id], lock=False)
    if not taken or not (taken[0].in_scope or taken[0].own_unit):
        raise refuse("not-found")
    for code, holds in (("own-unit", taken[0].own_unit), ("took-part", taken[0].took_part)):
        if holds:
            raise refuse(code)
    return taken[0]


def explained(newest: Found | None, decisions: Sequence[Found]) -> Both:
    """The sentence of a visit from its newest judgement and its decisions, the newest first."""
    stands = next((one for one in decisions if one.verdict and one.undone_at is None), None)
    return told(
        Verdict(newest.verdict) if newest else None,
        newest.reasons if newest else [],
        newest.numbers if newest else {},
        Verdict(stands.verdict) if stands else None,
        stands.reason if stands else "",
    )
