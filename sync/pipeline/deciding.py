"""A verifier's decision about one visit, or one for a group: checked, previewed, written, in one transaction."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from sync import audit, changes, db
from sync.access import Actor, sees
from sync.errors import refuse
from sync.models import Event, Finding
from sync.pipeline.correcting import Plan, Point, carry_out, plan_address, plan_datum, plan_sharing
from sync.pipeline.effects import Turned, verdicts_turned
from sync.pipeline.holding import hold_doors
from sync.pipeline.looking import judged_again
from sync.pipeline.sameness import join_visits, part_visits
from sync.policy import Policy
from sync.review import actions
from sync.review.actions import Act
from sync.review.leases import refuse_if_held
from sync.review.queries import Wanted, findings
from sync.review.rules import MOVES, QUESTIONS, refused_because
from sync.review.standing import Taken, Waiting, refuse_from, take
from sync.roles import Noun
from sync.words import Cause, Datum, Deciding, FeedKind, FindingState, Verdict

SAMPLE = 10
# A finding of cause repeat stands at the later record; its key is the earlier one.
COMPARED: dict[Deciding, Callable[[Session, UUID, UUID, UUID], UUID]] = {
    Deciding.SAME_VISIT: join_visits,
    Deciding.OTHER_VISIT: part_visits,
}
_EVENT = ("at", "actor_id", "verb", "subject_id", "unit_id", "facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the verifier wants done. `id` is made by the client: the same id again gives the same answer."""

    id: UUID
    deciding: Deciding
    reason: str = ""
    question: str | None = None
    position: Point | None = None
    datum: Datum | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which visits: those that are named, or the group of a cause and key."""

    visits: Sequence[UUID] = ()
    cause: Cause | None = None
    key: str | None = None


class LeftOut(NamedTuple):
    """A visit that the group's decision did not touch, and the code of the refusal."""

    visit: UUID
    code: str


class Chosen(NamedTuple):
    """The visits that a decision covers, each with the finding that it is about; `more`: the group is larger."""

    pairs: list[tuple[Taken, Waiting]]
    left_out: list[LeftOut]
    more: bool = False


class Decided(NamedTuple):
    """The visit after the decision."""

    id: UUID
    verdict: Verdict
    state: FindingState


class GroupDecided(NamedTuple):
    """What a decision for a group covered."""

    id: UUID
    decided: int
    left_out: list[LeftOut]
    more: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What a decision would make of a group; `sample`: findings of the first visits."""

    count: int
    left_out: list[LeftOut]
    more: bool
    after: Counter[Verdict]
    sample: list[UUID]
    plan: Plan | None


def decide_visit(
    session: Session, policy: Policy, actor: Actor, visit_id: UUID, wish: Wish, now: datetime
) -> Decided:  # fmt: skip
    """Decide about one visit. Raises not-found, the refusals of `rules.refused_because`, reason-missing, invalid."""
    _check(actor, policy, wish)
    hold_doors(session, wish.deciding, [visit_id])
    taken = take(session, actor, [visit_id], lock=True)
    if not taken:
        raise refuse("not-found")
    [one] = taken
    before = actions.done(session, wish.id)
    if before and (before[0].visit_id != visit_id or before[0].by != actor.person_id):
        raise refuse("conflict", pointer="/id")
    if not before:
        finding = _admit(session, policy, actor, one, wish.deciding, now)
        _write(session, wish, actor, [(one, finding)], now, group=None)
    return _now(session, wish.id)


def decide_group(
    session: Session, policy: Policy, actor: Actor, choice: Choice, wish: Wish, now: datetime
) -> GroupDecided:  # fmt: skip
    """One decision for many visits; those that it may not touch (held by others, own) are left out and told."""
    _check(actor, policy, wish)
    # A group may turn out to be empty, and no row of it then tells the same request apart that comes at the same time.
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(str(wish.id), 0))))
    before = session.scalar(
        select(Event.facts).where(
            Event.subject_id == wish.id, Event.verb == "visits.decided", Event.actor_id == actor.person_id
        )
    )
    if before:
        left_out = [LeftOut(UUID(visit), code) for visit, code in before["left_out"]]
        return GroupDecided(wish.id, before["decided"], left_out, before["more"])
    if actions.done(session, wish.id):
        raise refuse("conflict", pointer="/id")
    chosen = _choose(session, policy, actor, choice, wish.deciding, now, lock=True)
    if chosen.pairs:
        _write(session, wish, actor, chosen.pairs, now, group=choice)
    told = [(str(one.visit), one.code) for one in chosen.left_out]
    audit.record(
        session, "visits.decided", wish.id, actor_id=actor.person_id, deciding=wish.deciding.value,
        cause=choice.cause and choice.cause.value, decided=len(chosen.pairs), left_out=told, more=chosen.more,
    )  # fmt: skip
    return GroupDecided(wish.id, len(chosen.pairs), chosen.left_out, chosen.more)


def preview(session: Session, policy: Policy, actor: Actor, choice: Choice, wish: Wish, now: datetime) -> Preview:
    """What `decide_group` would make of the visits: corrections are judged for real, nothing is written."""
    if not sees(actor, Noun.FINDING):
        raise refuse("forbidden")
    pairs, left_out, more = _choose(session, policy, actor, choice, wish.deciding, now, lock=False)
    visits = [one for one, _ in pairs]
    plan = _plan(session, wish, pairs)
    after = Counter(one.verdict for one in visits)
    if verdict := MOVES[wish.deciding].verdict:
        after = Counter({verdict: len(visits)} if visits else {})
    elif plan:
        places = {move.id: (move.lon, move.lat) for move in plan.moves}
        read = (plan.group["provider"], plan.datum) if plan.group and plan.datum else None
        sharing = {(one.device_id, one.person_id) for one in plan.users}
        again = judged_again(session, policy, [one.id for one in visits], places, read, sharing)
        after = Counter(again.get(one.id, one.verdict) for one in visits)
    return Preview(len(visits), left_out, more, after, [finding.id for _, finding in pairs[:SAMPLE]], plan)


def _check(actor: Actor, policy: Policy, wish: Wish) -> None:
    if not sees(actor, Noun.FINDING):
        raise refuse("forbidden")
    if wish.deciding is Deciding.REFUSE and len(wish.reason.strip()) < policy.review.reason_length_min:
        raise refuse("reason-missing", pointer="/reason", least=policy.review.reason_length_min)
    if wish.deciding is Deciding.CORRECT_ADDRESS and wish.position is None:
        raise refuse("invalid", pointer="/position", detail="required")


def _admit(session: Session, policy: Policy, actor: Actor, one: Taken, deciding: Deciding, now: datetime) -> Waiting:
    """The finding that a decision of one visit is about; raises why it may not be made."""
    if not one.in_scope and not one.own_unit:
        raise refuse("not-found")
    standing = one.standing
    opens = refuse_from(session, standing.findings, policy.review) if deciding is Deciding.REFUSE else None
    code = refused_because(deciding, standing, now, opens)
    if code == "row-held":
        refuse_if_held(session, one.id, actor.person_id)
    if code:
        more: dict[str, dict[str, Any]] = {
            "refuse-too-early": {"from": opens},
            "visit-repeats": {"of": one.repeats},
            "already-decided": {"verdict": one.verdict.value},
        }
        raise refuse(code, **more.get(code, {}))
    finding = one.finding_for(MOVES[deciding].causes)
    assert finding is not None, "the rules found one"
    return finding


def _choose(
    session: Session, policy: Policy, actor: Actor, choice: Choice, deciding: Deciding, now: datetime, *, lock: bool
) -> Chosen:  # fmt: skip
    """Sort the visits of a choice into those that may be decided so and those that are left out."""
    ids, most = list(dict.fromkeys(choice.visits)), policy.review.group_max
    if choice.cause:
        wanted = Wanted(cause=choice.cause, key=choice.key)
        rows = findings(actor, wanted, Finding.visit_id).order_by(Finding.opened_at, Finding.id).limit(most + 1)
        ids = list(session.scalars(rows))
    if lock:
        hold_doors(session, deciding, ids[:most])
    taken = take(session, actor, ids[:most], lock=lock)
    causes = MOVES[deciding].causes if len(choice.visits) == 1 else MOVES[deciding].for_groups  # one is no group
    known = {one.id for one in taken}
    pairs, left_out = [], [LeftOut(id_, "not-found") for id_ in ids[:most] if id_ not in known]
    for one in taken:
        code = refused_because(deciding, one.standing, now, None)
        finding = one.finding_for(causes, choice.cause)
        if not one.in_scope and not one.own_unit:
            code = "not-found"
        if code or finding is None:
            left_out.append(LeftOut(one.id, code or "not-for-this-cause"))
        else:
            pairs.append((one, finding))
    return Chosen(pairs, left_out, len(ids) > most)


def _plan(session: Session, wish: Wish, pairs: Sequence[tuple[Taken, Waiting]]) -> Plan | None:
    """The correction that the wish means, if it is one and there is a visit to correct."""
    visits = [one for one, _ in pairs]
    if wish.deciding is Deciding.CORRECT_ADDRESS and visits:
        return plan_address(session, visits, wish.position)
    if wish.deciding is Deciding.CORRECT_DATUM and visits:
        keys = {(finding.cause, finding.key) for _, finding in pairs}
        if len(keys) != 1:
            raise refuse("invalid", pointer="/visits", detail="of one group")
        [(cause, key)] = keys
        return plan_datum(session, visits, cause, key, wish.datum)
    if wish.deciding is Deciding.DECLARE_SHARING and visits:
        return plan_sharing(session, visits)
    return None


def _write(
    session: Session, wish: Wish, actor: Actor, pairs: Sequence[tuple[Taken, Waiting]], now: datetime,
    group: Choice | None,
) -> None:  # fmt: skip
    """The decision with all that follows from it."""
    facts: dict[str, Any] = {}
    if plan := _plan(session, wish, pairs):
        facts = carry_out(session, plan, actor.person_id, now)
    elif wish.deciding in COMPARED:
        [(one, finding)] = pairs
        facts = {"edge": str(COMPARED[wish.deciding](session, one.id, UUID(finding.key), actor.person_id))}
    act = Act(
        id=wish.id, deciding=wish.deciding, by=actor.person_id, at=now, group=group is not None,
        reason=wish.reason.strip(), facts=facts,
    )  # fmt: skip
    actions.decide(session, act, [(one.id, finding.id) for one, finding in pairs])
    if wish.deciding is Deciding.ASK:
        asked = (wish.question or "").strip()
        actions.ask(session, act, {one.id: asked or QUESTIONS[finding.cause] for one, finding in pairs})
    if verdict := MOVES[wish.deciding].verdict:
        turned = [Turned(one.id, one.verdict, verdict) for one, _ in pairs if one.verdict is not verdict]
        verdicts_turned(session, turned)
    changes.touched(session, FeedKind.VISIT, [one.id for one, _ in pairs])
    told = orjson.dumps({"decision": wish.id}).decode()
    rows = [(now, actor.person_id, f"visit.{wish.deciding.value}", one.id, one.unit_id, told) for one, _ in pairs]
    db.put(session, Event, _EVENT, rows)


def _now(session: Session, decision: UUID) -> Decided:
    row = session.execute(
        text(
            "SELECT v.verdict, f.state FROM decision d JOIN visit v ON v.id = d.visit_id"
            " JOIN finding f ON f.id = d.finding_id WHERE d.id = :id"
        ),
        {"id": decision},
    ).one()
    return Decided(decision, Verdict(row.verdict), FindingState(row.state))
