"""What a transaction touched, for the feed: collected here, published last before the commit."""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from sync.words import FeedKind

_TOUCHED, _LEFT = "touched", "left"


class Taken(NamedTuple):
    """What was noted: entities that changed, and (scope, entity) pairs that may have come apart."""

    touched: dict[FeedKind, set[UUID]]
    left: dict[FeedKind, set[tuple[str, UUID]]]


def touched(session: Session, kind: FeedKind, ids: Iterable[UUID]) -> None:
    """Note that entities of one kind changed in this transaction.

    Whoever changes a link, a place or a task need not know who had it before: the feed finds who holds it, tells
    those who keep it, and takes it from those who do not. A link brings along its place and the place's tasks.
    """
    if known := set(ids):
        session.info.setdefault(_TOUCHED, {}).setdefault(kind, set()).update(known)


def left(session: Session, kind: FeedKind, pairs: Iterable[tuple[str, UUID]]) -> None:
    """Note that entities may have left these scopes, for kinds whose holders the feed does not look up: visits.

    They only leave where they no longer belong when the transaction ends; a row that is gone is told as deleted.
    """
    if known := set(pairs):
        session.info.setdefault(_LEFT, {}).setdefault(kind, set()).update(known)
        touched(session, kind, [id_ for _, id_ in known])


def take(session: Session) -> Taken:
    """What was noted, and forget it."""
    return Taken(session.info.pop(_TOUCHED, {}), session.info.pop(_LEFT, {}))
