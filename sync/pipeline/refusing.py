"""Why a record is not applied now: what every kind may be answered before, or instead of, being applied."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sync.intake.origin import Item
from sync.intake.results import Answer, Result
from sync.pipeline.walk import Walk
from sync.words import RecordState


def answer(item: Item, state: RecordState, **facts: Any) -> Answer:
    """What became of a record."""
    return Answer(item.origin, Result(item.ord, item.kind.value, item.record.id, state, facts))


def hold(walk: Walk, item: Item, parent: UUID) -> Answer:
    """Wait for a parent that is not known yet."""
    until = item.origin.received_at + timedelta(days=walk.policy.push.held_days)
    return answer(item, RecordState.HELD, **{"for": parent, "until": until, "reason": "parent-unknown"})


def hold_or_keep(walk: Walk, item: Item, parent: UUID) -> Answer:
    """Wait for a parent without which there is nothing to apply; when the time is up the record is kept aside, and
    comes in when the parent does."""
    if not item.origin.late:
        return hold(walk, item, parent)
    return answer(item, RecordState.QUARANTINED, **{"for": parent, "reason": "parent-unknown"})


def known_already(item: Item, author: UUID) -> Answer:
    """The id is there: a repeat if it is the author's own, taken if it is another's."""
    if author == item.origin.person_id:
        return answer(item, RecordState.DUPLICATE, of=item.record.id)
    return answer(item, RecordState.QUARANTINED, reason="id-taken", pointer="/id")
