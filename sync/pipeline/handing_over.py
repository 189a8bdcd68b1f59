"""Handing households over: the links move with what is owed under them, the feed follows in the same commit, the trail
tells who did it.

Only the office in charge of a programme hands its links over: it alone may see who is linked and why (product.md, who
sees what). A unit's administrator, who looks after people and phones, sees no households.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import audit, clock, db
from sync.access import Actor
from sync.duty.moving import move_obligations
from sync.errors import refuse
from sync.models import Event, HandOver
from sync.policy import Feed
from sync.registry import handover
from sync.registry.handover import Asked, Holder, Movable, Sorted
from sync.words import Role

MANY = "many-places"
_EVENT = ("at", "actor_id", "verb", "subject_id", "unit_id", "facts")
_BEGIN = text(
    "INSERT INTO hand_over (id, by, at, starts_on, asked) VALUES (:id, :by, :at, :on, CAST(:asked AS jsonb))"
    " ON CONFLICT (id) DO NOTHING RETURNING id"
)
_TASKS = text(
    "SELECT count(DISTINCT t.id) FROM problem p JOIN task t ON t.id = p.task_id WHERE p.place_id = ANY(:places)"
    " AND t.ended_at IS NULL AND NOT t.sealed AND NOT p.confidential"
)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a hand-over would do, or did: the links, the taker's load before and after, and what to mind."""

    sorted: Sorted
    giver: str | None
    taker: str | None
    places_before: int
    places_after: int
    open_tasks: int
    warnings: tuple[dict[str, Any], ...]


def foresee(session: Session, actor: Actor, asked: Asked, policy: Feed) -> Outlook:
    """What would move. Names of homes are shown, so it stands on the trail of reads."""
    _require(session, actor, asked)
    outlook = _outlook(session, actor, asked, policy, lock=False)
    audit.read(
        session, actor.person_id, place_id=None, unit_id=None, fields="link", duty=Role.PROGRAMME_OFFICE.value,
        request=f"hand-over:{len(outlook.sorted.moving)}",
    )  # fmt: skip
    return outlook


def hand_over(
    session: Session,
    actor: Actor,
    id_: UUID,
    asked: Asked,
    policy: Feed,
    now: datetime,
    *,
    accepted: frozenset[str] = frozenset(),
    reason: str = "",
) -> dict[str, Any]:
    """Move the links in this transaction and say what became of each; the same id again gets the same answer.

    Raises conflict (the id was used for something else), nothing-to-hand-over with what was left out, too-many-places
    unless `accepted` names it, receiver-unfit, forbidden; a race that was lost violates ex_link_cadre_once.
    """
    _require(session, actor, asked)
    told = orjson.dumps(_as_json(asked)).decode()
    facts = {"id": id_, "by": actor.person_id, "at": now, "on": asked.starts_on, "asked": told}
    if session.scalar(_BEGIN, facts) is None:
        return _known(session, actor, id_, told)
    outlook = _outlook(session, actor, asked, policy, lock=True)
    if not outlook.sorted.moving:
        raise refuse("nothing-to-hand-over", left_out=_left_out(outlook.sorted))
    if outlook.warnings and MANY not in accepted:
        raise refuse("too-many-places", warnings=outlook.warnings)
    new = handover.move(session, asked, outlook.sorted.moving)
    move_obligations(session, new, asked.starts_on)
    _record(session, actor, id_, asked, outlook.sorted.moving, new, now, reason)
    session.get_one(HandOver, id_).done = done = _done(id_, asked, outlook, new)
    session.flush()
    return done


def _done(id_: UUID, asked: Asked, outlook: Outlook, new: dict[UUID, UUID]) -> dict[str, Any]:
    return {
        "id": str(id_),
        "starts_on": asked.starts_on.isoformat(),
        "moved": [
            {"link": str(one.id), "place": str(one.place), "goes_on_as": str(new[one.id])}
            for one in outlook.sorted.moving
        ],
        "left_out": _left_out(outlook.sorted),
        "warnings": list(outlook.warnings),
    }


def _require(session: Session, actor: Actor, asked: Asked) -> None:
    if not any(held.role is Role.PROGRAMME_OFFICE for held in actor.roles):
        raise refuse("forbidden")
    if asked.starts_on < clock.today():
        raise refuse("invalid", detail="starts_on", pointer="/starts_on")
    if asked.giver == asked.taker:
        raise refuse("invalid", detail="to", pointer="/to")
    if not handover.may_take(session, asked.taker, asked.starts_on):
        raise refuse("receiver-unfit")


def _outlook(session: Session, actor: Actor, asked: Asked, policy: Feed, *, lock: bool) -> Outlook:
    found = handover.find(session, actor, asked, lock=lock)
    places = [one.place for one in found.moving]
    before = handover.places_of(session, asked.taker.cadre, asked.starts_on) if asked.taker.cadre else set()
    after = len(before | set(places))
    many = bool(asked.taker.cadre) and bool(places) and after > policy.places_warn
    return Outlook(
        found,
        handover.name_of(session, asked.giver),
        handover.name_of(session, asked.taker),
        len(before),
        after,
        session.scalar(_TASKS, {"places": db.pg_uuids(places)}) or 0,
        ({"code": MANY, "places": after, "limit": policy.places_warn},) if many else (),
    )


def _known(session: Session, actor: Actor, id_: UUID, told: str) -> dict[str, Any]:
    known = session.get_one(HandOver, id_)
    if known.by != actor.person_id or known.asked != orjson.loads(told):
        raise refuse("conflict")
    assert known.done is not None, "it is written in the transaction that made the row"
    return known.done


def _record(
    session: Session,
    actor: Actor,
    id_: UUID,
    asked: Asked,
    moving: list[Movable],
    new: dict[UUID, UUID],
    now: datetime,
    reason: str,
) -> None:
    """One line on the trail for each link, by the id of the hand-over."""
    rows = []
    for one in moving:
        facts = {
            "hand_over": id_,
            "from": _one(asked.giver),
            "to": _one(asked.taker),
            "starts_on": asked.starts_on,
            "goes_on_as": new[one.id],
            "place": one.place,
        } | ({"reason": reason} if reason else {})
        rows.append((now, actor.person_id, "link.handed_over", one.id, None, orjson.dumps(facts).decode()))
    db.put(session, Event, _EVENT, rows)


def _one(holder: Holder) -> UUID | None:
    return holder.cadre or holder.unit


def _left_out(found: Sorted) -> list[dict[str, str]]:
    return [{"link": str(id_), "code": code} for id_, code in found.left_out]


def _as_json(asked: Asked) -> dict[str, Any]:
    return {
        "giver": _one(asked.giver),
        "taker": _one(asked.taker),
        "starts_on": asked.starts_on,
        "links": None if asked.links is None else sorted(str(id_) for id_ in asked.links),
        "programme": asked.programme,
    }
