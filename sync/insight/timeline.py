"""Visits by day and verdict, from the counts of the map; a long time by months."""

from collections import Counter, defaultdict
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sync import clock, db
from sync.access import Actor
from sync.insight.days import DAY
from sync.insight.tiles import Asked, counted, parts_of
from sync.policy import Counts
from sync.words import Verdict


class Timeline(NamedTuple):
    """Visits of each day, or of each month by its first day; what has none is left out."""

    monthly: bool
    visits: dict[date, Counter[Verdict]]


def timeline(session: Session, actor: Actor, asked: Asked, limits: Counts) -> Timeline:
    """Visits of the asked days that the actor sees, those without a position too.

    More than `limits.daily_max` days are told by months, cut off at the asked days; an open end reaches as far as
    there are visits.
    """
    first = asked.days.first
    last = asked.days.last or clock.today() + DAY
    monthly = first is None or asked.days._replace(last=last).length > limits.daily_max
    parts = parts_of(session, asked.days, daily=not monthly)
    counts = counted(actor, asked, parts, limits).subquery()
    rows = select(counts.c.on, counts.c.verdict, func.sum(counts.c.visits)).group_by(counts.c.on, counts.c.verdict)
    visits: defaultdict[date, Counter[Verdict]] = defaultdict(Counter)
    for on, verdict, number in session.execute(rows, execution_options=db.AFRESH):
        visits[on.replace(day=1) if monthly else on][verdict] += int(number)
    return Timeline(monthly, {on: sums for on, sums in sorted(visits.items()) if any(sums.values())})
