"""The only clock of the house: rules get `now` as an argument, everything else asks here."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from time import monotonic
from zoneinfo import ZoneInfo

_zone = ZoneInfo("Asia/Shanghai")

_source: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: E731  # a test swaps it with `frozen`


def now() -> datetime:
    """The present moment as an aware datetime in UTC."""
    return _source()


def set_zone(zone: ZoneInfo) -> None:
    """Choose the zone in which a day is a day; an installation does it once."""
    global _zone  # noqa: PLW0603  # one replaceable clock is the purpose of this module
    _zone = zone


def local(at: datetime) -> datetime:
    """A moment on the wall clock of the installation's zone."""
    return at.astimezone(_zone)


def of_wall(at: datetime) -> datetime:
    """The moment at which the wall clock of the installation's zone shows the naive time `at`."""
    return at.replace(tzinfo=_zone).astimezone(UTC)


def today() -> date:
    """The day it is in the installation's zone."""
    return local(now()).date()


def midnight(day: date) -> datetime:
    """The moment at which a day begins in the installation's zone."""
    return datetime.combine(day, time(), _zone)


def ticks() -> float:
    """Seconds on a clock that never jumps, for durations only."""
    return monotonic()


class frozen:  # noqa: N801  # reads as a verb at the place of use: `with clock.frozen(noon): ...`
    """Context manager for tests: `now()` answers `at` (an aware datetime, or a callable that gives one)."""

    def __init__(self, at: datetime | Callable[[], datetime]) -> None:
        self._at: Callable[[], datetime] = at if callable(at) else lambda: at
        self._before = _source

    def __enter__(self) -> None:
        global _source  # one replaceable clock is the purpose of this module
        self._before, _source = _source, self._at

    def __exit__(self, *_: object) -> None:
        global _source  # noqa: PLW0603
        _source = self._before
