"""When contact is owed: periods of the calendar, and the moments at which each opens and is due."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sync import clock
from sync.calendar import workdays
from sync.calendar.workdays import Table
from sync.policy import Duty
from sync.words import DueKind, LinkCategory, Rhythm

MONTHS = {Rhythm.MONTH: 1, Rhythm.QUARTER: 3, Rhythm.HALF_YEAR: 6, Rhythm.YEAR: 12}
HOUSEHOLDS = frozenset({
    LinkCategory.ORDINARY, LinkCategory.NEEDY, LinkCategory.OLD_PARTY_MEMBER, LinkCategory.LEFT_BEHIND,
    LinkCategory.ABLE_PERSON, LinkCategory.PETITION_MATTER,
})  # fmt: skip


class Period(NamedTuple):
    """Days from `first` until before `after`."""

    first: date
    after: date


class Term(NamedTuple):
    """A deadline counted from the beginning of a period or an event."""

    n: int
    kind: DueKind


class Opening(NamedTuple):
    """Contact is owed from `opens_at`, by `due_at`; `provisional`: a day on the way is not announced yet."""

    opens_at: datetime
    due_at: datetime
    provisional: bool


def rhythm_of(category: LinkCategory, told: Rhythm | None, policy: Duty) -> Rhythm:
    """How often contact is owed under a link: as the programme's rule tells, else as the policy has it.

    Where neither says anything (units, enterprises, projects) nothing is owed. The household of a petitioner is never
    visited more often than an ordinary one (Restraint).
    """
    ordinary = Rhythm(policy.rhythm_ordinary)
    of_policy = {
        LinkCategory.NEEDY: Rhythm(policy.rhythm_needy),
        LinkCategory.LEFT_BEHIND: Rhythm(policy.rhythm_left_behind),
    }
    rhythm = told or of_policy.get(category, ordinary if category in HOUSEHOLDS else Rhythm.NONE)
    if category is LinkCategory.PETITION_MATTER and is_more_often(rhythm, ordinary):
        return ordinary
    return rhythm


def is_more_often(one: Rhythm, other: Rhythm) -> bool:
    """Whether contact is owed more often by one rhythm than by the other."""
    return one in MONTHS and (other not in MONTHS or MONTHS[one] < MONTHS[other])


def periods(rhythm: Rhythm, first: date, last: date) -> Iterator[Period]:
    """The calendar's months, quarters, halves or years that have a day from `first` to `last`."""
    if rhythm not in MONTHS:
        return
    step = MONTHS[rhythm]
    month = first.year * 12 + (first.month - 1) // step * step
    while (begins := _month(month)) <= last:
        month += step
        yield Period(begins, _month(month))


def opening(period: Period, term: Term | None, table: Table) -> Opening:
    """The window of a period: due at its end, or after a term from its beginning if that is sooner.

    Working days are counted only where a term says so; of days that are not announced it says that they are assumed.
    """
    opens_at, ends_at = clock.midnight(period.first), clock.midnight(period.after)
    if term is None:
        return Opening(opens_at, ends_at, False)
    due = workdays.due(opens_at, term.n, term.kind, table)
    return Opening(opens_at, due.at, due.provisional) if due.at < ends_at else Opening(opens_at, ends_at, False)


def owes(period: Period, since: date | None, until: date | None, today: date, short: timedelta) -> bool:
    """Whether a link or programme in force from `since` until before `until` owes contact in a period.

    It must last to the period's end, and have begun with it, or long enough before its end to be fair to the holder.
    """
    lasts = until is None or until >= period.after
    began = since is None or since <= period.first or since + short <= period.after
    return lasts and began and period.after > today


def _month(n: int) -> date:
    return date(n // 12, n % 12 + 1, 1)
