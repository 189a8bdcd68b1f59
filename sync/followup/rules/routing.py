"""Who has the duty, and from when a task counts: pure."""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from sync.policy import Followup
from sync.words import DueKind, TaskKind, Urgency


class Duty(NamedTuple):
    """One line of the routing table as seen from a matter's unit: `depth` steps up the tree."""

    depth: int
    unit_id: UUID
    kind: TaskKind


def responsible(duties: Iterable[Duty]) -> Duty | None:
    """The one unit at the lowest level that has the duty; None if there is none, or more than one."""
    lowest: list[Duty] = []
    for duty in duties:
        if not lowest or duty.depth < lowest[0].depth:
            lowest = [duty]
        elif duty.depth == lowest[0].depth:
            lowest.append(duty)
    return lowest[0] if len(lowest) == 1 else None


def term(urgency: Urgency, policy: Followup) -> tuple[DueKind, int]:
    """How long a handling unit has from dispatch, by the profile of the policy."""
    if urgency is Urgency.URGENT:
        return DueKind.HOURS, policy.urgent_hours
    return DueKind.WORKING_DAYS, policy.ordinary_working_days
