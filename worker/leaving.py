"""Whether this process was asked to end: what is begun is finished, nothing new is taken."""

import signal
from threading import Event
from types import FrameType

_asked = Event()


def ask(_signal: int | None = None, _frame: FrameType | None = None) -> None:
    """Ask this process to leave."""
    _asked.set()


def on(*signals: signal.Signals) -> None:
    """From now on these signals ask this process to leave."""
    for one in signals:
        signal.signal(one, ask)


def is_leaving() -> bool:
    """Whether it was asked."""
    return _asked.is_set()


def rest(seconds: float) -> bool:
    """Sleep, but wake when asked to leave; True if asked."""
    return _asked.wait(seconds)
