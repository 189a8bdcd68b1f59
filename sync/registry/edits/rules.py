"""What becomes of the tellings about one field: pure.

A telling says what was there (`old`) and what is right (`new`). It is superseded by a later telling that knew its
value, or that comes from the same person. What is not superseded are the heads. If all heads say one thing, and the
tellings lead to it from what stood before them, that is the value: no order of arrival can change it. Otherwise, or
where a telling needs a person anyway, a person is asked.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import numpy as np

from sync.geo.distance import metres
from sync.words import EditField, EditReason, EditState, Residence

SAME_M = 1.0
OF_CONTACT = frozenset({EditField.PHONE, EditField.CONTACT_NAME})


class Spot(NamedTuple):
    """A position in WGS 84, degrees."""

    lon: float
    lat: float


Value = str | Spot | None


class Telling(NamedTuple):
    """One telling; `needs`: why it never applies by itself; `state` is None while it is fresh."""

    id: UUID
    person_id: UUID | None
    old: Value
    new: Value
    said_at: datetime
    needs: EditReason | None
    state: EditState | None = None


class Settled(NamedTuple):
    """What the registry says now, and what became of each telling."""

    value: Value
    states: dict[UUID, EditState]


def same(one: Value, other: Value) -> bool:
    """Whether two values are one; positions within a metre are."""
    if isinstance(one, Spot) and isinstance(other, Spot):
        return apart_m(one, other) <= SAME_M
    return one == other


def apart_m(one: Spot, other: Spot) -> float:
    """The distance of two positions in metres."""
    return float(metres(*(np.array([degrees]) for degrees in (*one, *other)))[0])


def settle(base: Value, stored: Value, decided_at: datetime | None, told: Sequence[Telling]) -> Settled:
    """Judge every telling in play about a field: `base` stood before them, `stored` stands now.

    What was said before a person decided waits for a person again. Where the heads agree and the base leads to them,
    they are the value; else a fresh telling still applies if it knew what stands and is the last word.
    """
    told = sorted(told, key=_when)
    free = [one for one in told if not one.needs and not (decided_at and one.said_at < decided_at)]
    tops = heads(free)
    if tops and all(same(one.new, tops[0].new) for one in tops) and _leads(base, tops[0].new, free):
        value, states = tops[0].new, {one.id: EditState.APPLIED for one in free}
    else:
        value, states = _as_they_came(stored, free)
    for one in told:
        if one.id not in states:
            states[one.id] = EditState.APPLIED if same(one.new, value) else EditState.OPEN
    return Settled(value, states)


def heads(told: Sequence[Telling]) -> list[Telling]:
    """The tellings that no later one supersedes."""
    return [one for one in told if not any(_supersedes(other, one) for other in told)]


def _supersedes(later: Telling, one: Telling) -> bool:
    if _when(later) <= _when(one):
        return False
    return same(later.old, one.new) or (one.person_id is not None and later.person_id == one.person_id)


def _leads(base: Value, value: Value, told: Sequence[Telling]) -> bool:
    """Whether tellings, one building on the other, lead from the base to this value."""
    reached, left = [base], list(told)
    while not any(same(value, one) for one in reached):
        step = next((one for one in left if any(same(one.old, there) for there in reached)), None)
        if step is None:
            return False
        left.remove(step)
        reached.append(step.new)
    return True


def _as_they_came(stored: Value, free: Sequence[Telling]) -> tuple[Value, dict[UUID, EditState]]:
    """A fresh telling that knew what stands, and was said after whoever said it, still applies."""
    value = stored
    states = {one.id: EditState.APPLIED for one in free if one.state is EditState.APPLIED}
    for one in free:
        is_last = all(_when(other) < _when(one) for other in free if other is not one and same(other.new, value))
        if one.state is None and same(one.old, value) and is_last:
            value = one.new
            states[one.id] = EditState.APPLIED
    return value, states


def _when(one: Telling) -> tuple[datetime, UUID]:
    return one.said_at, one.id


def needed(
    field: EditField, old: Value, new: Value, base: Value, *, linked: bool, poor_fix: bool, move_m: float
) -> EditReason | None:
    """Why a telling waits for a person whatever the registry says; None if it may apply.

    The distance counts from what a person, an import or visits gave, so that many small steps are one move (D6.3c);
    a first position would be judged by the very visits of who told it.
    """
    if not linked:
        return EditReason.NOT_LINKED
    if field is EditField.RESIDENCE and Residence.DISSOLVED in (old, new):
        return EditReason.DISSOLVED
    if not isinstance(new, Spot):
        return None
    if not isinstance(base, Spot):
        return EditReason.FIRST_POSITION
    if apart_m(base, new) > move_m:
        return EditReason.MOVED_FAR
    return EditReason.FIX_DOUBTFUL if poor_fix else None
