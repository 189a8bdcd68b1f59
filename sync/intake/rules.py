"""True times from what a phone's clocks said (sync.md D1.9): pure. Nothing is refused, raw values are kept."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sync.policy import Push
from sync.words import ClockMethod, Reason


class TrueTime(NamedTuple):
    """A corrected time, how it was found, how far it may be off (seconds), and what was odd."""

    at: datetime
    method: ClockMethod
    uncertainty_s: float
    flags: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class SentClock:
    """The phone's clocks at sending, and the server's at receipt."""

    wall: datetime
    elapsed_ms: int | None
    boot_id: str | None
    received_at: datetime


NETWORK_S = 5.0  # a request travels for seconds
DRIFT = 100e-6  # a phone's quartz is off by at most 100 ppm
REBOOT_S = 120.0  # without a common boot the wall clock may have been set in between
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


def correct(wall: datetime, elapsed_ms: int | None, boot_id: str | None, sent: SentClock, policy: Push) -> TrueTime:
    """The true time of a moment.

    Same boot as the sending: received - (sent elapsed - moment elapsed), by the monotonic clock. Otherwise the
    wall clock moved by the offset that it had at the sending. TIME_SKEW when that offset exceeds the policy's
    limit; TIME_JUMP when wall and monotonic clock disagree inside one boot.
    """
    offset = sent.received_at - sent.wall
    flags: tuple[Reason, ...] = (Reason.TIME_SKEW,) if abs(offset.total_seconds()) > policy.skew_flag_s else ()
    if elapsed_ms is not None and sent.elapsed_ms is not None and boot_id is not None and boot_id == sent.boot_id:
        ago_s = (sent.elapsed_ms - elapsed_ms) / 1000
        wall_ago_s = (sent.wall - wall).total_seconds()
        if abs(wall_ago_s - ago_s) > policy.jump_flag_s:
            flags += (Reason.TIME_JUMP,)
        at = _moved(sent.received_at, -ago_s)
        return TrueTime(at, ClockMethod.MONOTONIC, NETWORK_S + abs(ago_s) * DRIFT, flags)
    at = _moved(wall, offset.total_seconds())
    return TrueTime(at, ClockMethod.OFFSET, NETWORK_S + REBOOT_S, flags)


def _moved(at: datetime, seconds: float) -> datetime:
    try:
        return max(at.astimezone(UTC) + timedelta(seconds=seconds), EARLIEST)
    except OverflowError:
        return EARLIEST
