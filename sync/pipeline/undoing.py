"""Undo: a decision, or all of a group's, is taken back, and what was comes back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import audit, changes
from sync.access import Actor, sees
from sync.errors import refuse
from sync.pipeline.correcting import take_back
from sync.pipeline.deciding import LeftOut
from sync.pipeline.effects import Turned, verdicts_turned
from sync.pipeline.holding import hold_doors
from sync.pipeline.sameness import undo_join, unpart_visits
from sync.review import actions
from sync.review.actions import Done
from sync.review.standing import Taken, take
from sync.roles import Noun
from sync.words import Deciding, FeedKind, FindingState, Verdict

COMPARED = {Deciding.SAME_VISIT: undo_join, Deciding.OTHER_VISIT: unpart_visits}
WHOLE = frozenset({Deciding.CORRECT_ADDRESS, Deciding.CORRECT_DATUM, Deciding.DECLARE_SHARING})


@dataclass(frozen=True, slots=True)
class Undone:
    """The first visit as it stands now, how many decisions were taken back, and which were not."""

    verdict: Verdict
    state: FindingState
    undone: int
    left_out: list[LeftOut]


def undo_decision(session: Session, actor: Actor, id_: UUID, now: datetime) -> Undone:
    """Take back a decision, or by a group's id all of its decisions; a correction is always taken back as a whole.

    What was undone before stays undone and is answered the same. Raises not-found, own-unit, took-part, own-refusal
    (who refused does not take back what became of the appeal), row-held, decided-since, answered-since, moved-since; of
    a group only when none of it could be undone.
    """
    if not sees(actor, Noun.FINDING):
        raise refuse("forbidden")
    known = actions.done(session, id_)
    if known and known[0].group_id and known[0].deciding in WHOLE:
        id_ = known[0].group_id
        known = actions.done(session, id_)
    visits = [one.visit_id for one in known]
    if known:
        hold_doors(session, known[0].deciding, visits)
    taken = {one.id: one for one in take(session, actor, visits, lock=True)}
    found = actions.done(session, id_)  # once more: whoever pressed first is done by now
    if not any(_is_visible(taken[one.visit_id]) for one in found):
        raise refuse("not-found")
    standing = [one for one in found if one.undone_at is None]
    codes = _refusals(session, actor, standing, taken)
    chosen = [one for one in standing if one.id not in codes]
    if standing and not chosen:
        raise refuse(codes[standing[0].id])
    if chosen:
        _undo(session, actor, chosen, taken, now)
    left_out = [LeftOut(one.visit_id, codes[one.id]) for one in standing if one.id in codes]
    verdict, state = _stands(session, found[0])
    return Undone(verdict, state, len(chosen), left_out)


def may_undo(session: Session, actor: Actor, visit_id: UUID) -> UUID | None:
    """What this verifier could take back of a visit now: the id of its last decision, of the whole group's for a
    correction; None for nothing."""
    last = actions.last_done(session, visit_id)
    if last is None or _refusals(
        session, actor, [last], {one.id: one for one in take(session, actor, [visit_id], lock=False)}
    ):
        return None
    return last.group_id if last.group_id and last.deciding in WHOLE else last.id


def _is_visible(one: Taken) -> bool:
    return one.in_scope or one.own_unit


def _refusals(
    session: Session, actor: Actor, decisions: Sequence[Done], taken: dict[UUID, Taken]
) -> dict[UUID, str]:  # fmt: skip
    """Why decisions cannot be undone, by their id."""
    answered = actions.answered_since(session, [one.id for one in decisions if one.deciding is Deciding.ASK])
    codes = {}
    for one in decisions:
        visit = taken[one.visit_id]
        reasons = {
            "not-found": not _is_visible(visit),
            "own-unit": visit.own_unit,
            "took-part": visit.took_part,
            "own-refusal": one.against == actor.person_id,
            "row-held": visit.held_by is not None,
            "decided-since": one.later,
            "answered-since": one.visit_id in answered,
        }
        if code := next((code for code, holds in reasons.items() if holds), None):
            codes[one.id] = code
    return codes


def _undo(session: Session, actor: Actor, chosen: Sequence[Done], taken: dict[UUID, Taken], now: datetime) -> None:
    if chosen[0].deciding in WHOLE:
        take_back(session, chosen[0], actor.person_id, now)
    elif chosen[0].deciding in COMPARED:
        COMPARED[chosen[0].deciding](session, UUID(chosen[0].facts["edge"]), actor.person_id)
    actions.undo(session, chosen, actor.person_id, now)
    visits = [one.visit_id for one in chosen]
    after = {one.id: one.verdict for one in take(session, actor, visits, lock=False)}
    turned = [Turned(id_, taken[id_].verdict, after[id_]) for id_ in visits if taken[id_].verdict is not after[id_]]
    verdicts_turned(session, turned)
    changes.touched(session, FeedKind.VISIT, visits)
    for one in chosen:
        audit.record(
            session, "visit.undone", one.visit_id, actor_id=actor.person_id, unit_id=taken[one.visit_id].unit_id,
            decision=str(one.id), deciding=one.deciding.value,
        )  # fmt: skip


def _stands(session: Session, decision: Done) -> tuple[Verdict, FindingState]:
    row = session.execute(
        text(
            "SELECT v.verdict, f.state FROM decision d JOIN visit v ON v.id = d.visit_id"
            " JOIN finding f ON f.id = d.finding_id WHERE d.id = :id"
        ),
        {"id": decision.id},
    ).one()
    return Verdict(row.verdict), FindingState(row.state)
