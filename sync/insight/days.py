"""Days that a screen asks for, as whole months and the days at their edges, pure: counts are kept for both."""

from datetime import date, timedelta
from typing import NamedTuple

DAY = timedelta(days=1)


class Parts(NamedTuple):
    """Days as whole months (told by their first days) and single days, without the days of `less`, which lie in those
    months. Every day is told once."""

    months: list[date]
    days: list[date]
    less: list[date]


class Days(NamedTuple):
    """From `first` to `last`, both inclusive; None: open at that end."""

    first: date | None = None
    last: date | None = None

    def within(self, first: date, last: date) -> "Days":
        """What of them lies between two days; `last` may come out before `first`: then nothing does."""
        return Days(max(first, self.first or first), min(last, self.last or last))

    @property
    def length(self) -> int:
        """How many there are; both ends must be closed."""
        assert self.first is not None and self.last is not None
        return max((self.last - self.first).days + 1, 0)

    def by_days(self) -> Parts:
        """Every day by itself; both ends must be closed."""
        assert self.first is not None
        return Parts([], [self.first + n * DAY for n in range(self.length)], [])

    def by_months(self) -> Parts:
        """Every month that is told by more than half, without its other days; both ends must be closed."""
        assert self.first is not None and self.last is not None
        parts, month = Parts([], [], []), self.first.replace(day=1)
        while month <= self.last:
            last = next_month(month) - DAY
            whole, inside = Days(month, last), self.within(month, last)
            if 2 * inside.length > whole.length:
                parts.months.append(month)
                parts.less.extend(day for day in whole.by_days().days if not self.first <= day <= self.last)
            else:
                parts.days.extend(inside.by_days().days)
            month = next_month(month)
        return parts


def next_month(day: date) -> date:
    """The first day of the month after that of `day`."""
    return (day.replace(day=1) + 32 * DAY).replace(day=1)
