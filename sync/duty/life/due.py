"""By when contact is owed after a life event: as programmes in force tell (五必访), else as the policy has it."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock
from sync.calendar import workdays
from sync.calendar.workdays import Due
from sync.policy import Duty
from sync.registry.workdays import calendar
from sync.words import DueKind, LifeEvent

_TERMS = text(
    "SELECT r.event, r.term, r.term_kind FROM programme_rule r JOIN programme g ON g.id = r.programme_id"
    " WHERE r.event = ANY(:events) AND r.term IS NOT NULL AND g.valid @> CAST(:today AS date)"
)


def due_times(session: Session, happened: Collection[LifeEvent], policy: Duty, now: datetime) -> dict[LifeEvent, Due]:
    """When contact is due after events of these kinds that are known of since `now` (aware).

    The soonest of the terms that rules of programmes give an event; `life_event_hours` where none gives one.
    """
    if not happened:
        return {}
    today = clock.local(now).date()
    rows = session.execute(_TERMS, {"events": [one.value for one in happened], "today": today}).all()
    counts_days = any(row.term_kind != DueKind.HOURS for row in rows)
    table = calendar(session, today, today + timedelta(days=400)) if counts_days else workdays.Table(())
    found: dict[LifeEvent, Due] = {}
    for row in rows:
        due, event = workdays.due(now, row.term, DueKind(row.term_kind), table), LifeEvent(row.event)
        found[event] = min(found.get(event, due), due)
    otherwise = Due(now + timedelta(hours=policy.life_event_hours), False)
    return {event: found.get(event, otherwise) for event in happened}
