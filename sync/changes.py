"""What a transaction touched, for the feed: collected here, published last before the commit."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.orm import Session

from sync.words import FeedKind

_KEY = "touched"


def touched(session: Session, kind: FeedKind, ids: Iterable[UUID]) -> None:
    """Note that entities of one kind changed in this transaction."""
    if known := set(ids):
        session.info.setdefault(_KEY, {}).setdefault(kind, set()).update(known)


def take(session: Session) -> dict[FeedKind, set[UUID]]:
    """What was noted, and forget it."""
    taken: dict[FeedKind, set[UUID]] = session.info.pop(_KEY, {})
    return taken
