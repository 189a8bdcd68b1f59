"""What every phone needs alike: programmes and documents (calendar, labels, policy), one entity each."""

from collections.abc import Callable, Collection
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, db, words
from sync.feed.payloads.viewer import Viewer
from sync.identity import officers
from sync.policy import Policy
from sync.registry import overrides
from sync.words import FeedKind, Word

_PROGRAMMES = text("SELECT id, code, name, basis FROM programme WHERE id = ANY(:ids)")
_UNITS = text(
    "SELECT DISTINCT unit_id FROM person_role WHERE person_id = :person AND valid @> CAST(:today AS date) ORDER BY 1"
)
_ROLES = text(
    "SELECT sum(hashtextextended(person_id || ':' || unit_id || ':' || role, 0))::text FROM person_role"
    " WHERE valid @> CAST(:today AS date)"
)
_DAYS = text("SELECT day, is_work, provisional FROM workday WHERE day >= :first ORDER BY day")


def programmes(session: Session, _: Viewer, ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """Names and the documents they rest on."""
    rows = session.execute(_PROGRAMMES, {"ids": db.pg_uuids(ids)})
    return {row.id: {"code": row.code, "name": row.name, "basis": row.basis} for row in rows}


def calendar(session: Session, _: Policy) -> dict[str, Any]:
    """Working days from last New Year on: a letter a day, 1 work, 0 off; days from `provisional_from` are assumed."""
    first = date(clock.today().year - 1, 1, 1)
    rows = session.execute(_DAYS, {"first": first}).all()
    return {
        "from": rows[0].day if rows else None,
        "days": "".join("1" if row.is_work else "0" for row in rows),
        "provisional_from": next((row.day for row in rows if row.provisional), None),
    }


def labels(_: Session, __: Policy) -> dict[str, Any]:
    """Chinese and English for every word of the closed lists."""
    lists = [value for value in vars(words).values() if isinstance(value, type) and issubclass(value, Word)]
    return {
        one.__name__: {word.value: {"zh": word.zh, "en": word.en} for word in one} for one in lists if one is not Word
    }


def numbers(session: Session, policy: Policy) -> dict[str, Any]:
    """Bounds of what a phone hands in, and whatever decides which evidence it offers and to whom it seals: when that
    changes the document is told anew, and each phone reads its own (`own_numbers`)."""
    rules, keys = overrides.modes_at(session, clock.today()), officers.fingerprint(session, clock.today())
    stirred = {"rules": rules, "keys": keys, "roles": session.scalar(_ROLES, {"today": clock.today()})}
    return _bounds(policy) | {"behind": stirred if rules or keys else None}


def own_numbers(session: Session, viewer: Viewer, _: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """The same for one phone: evidence as it holds at the units of its person today, the officers' public keys."""
    units = list(session.scalars(_UNITS, {"person": viewer.person_id, "today": viewer.today}))
    sets = officers.sets_for(session, units, viewer.today)
    told = _bounds(viewer.policy) | {
        "evidence": overrides.evidence_told(session, viewer.policy, units, viewer.today),
        "sealing": {kind.value: {"key_id": one.key_id, "keys": one.keys} for kind, one in sets.items()},
    }
    return {document_id(FeedKind.POLICY): told}


def _bounds(policy: Policy) -> dict[str, Any]:
    push = policy.push
    return {
        "version": policy.version,
        "push": {
            name: getattr(push, name)
            for name in ("records_max", "wire_bytes_max", "json_bytes_max", "fixes_max", "depth_max", "held_days")
        },
        "photo_bytes_max": policy.photos.bytes_max,
        "missing_days": push.missing_days,
        "confirm_days": policy.dedup.confirm_days,
        "refuse_working_days": policy.review.refuse_working_days,
    }


DOCUMENTS: dict[FeedKind, Callable[[Session, Policy], dict[str, Any]]] = {
    FeedKind.CALENDAR: calendar,
    FeedKind.LABELS: labels,
    FeedKind.POLICY: numbers,
}


def document_id(kind: FeedKind) -> UUID:
    """The id of the one entity of a kind."""
    return UUID(int=kind.value)


def document(kind: FeedKind) -> Callable[[Session, Viewer, Collection[UUID]], dict[UUID, dict[str, Any]]]:
    """The payload function of a document: of the policy each phone reads its own."""
    if kind is FeedKind.POLICY:
        return own_numbers
    return lambda session, viewer, _: {document_id(kind): DOCUMENTS[kind](session, viewer.policy)}
