"""Edges between visits that tell of the same."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from sync import db, ids
from sync.dedup.rules import Repeat
from sync.models import SameVisit
from sync.words import SameKind

_EDGE = ("id", "child_id", "parent_id", "kind", "method", "at")


def join_repeats(session: Session, found: Sequence[Repeat], at: datetime) -> None:
    """Point each repeat to its original; both stay."""
    rows = [(ids.uuid7(), edge.child, edge.parent, SameKind.REPEAT.value, edge.method, at) for edge in found]
    db.put(session, SameVisit, _EDGE, rows)
