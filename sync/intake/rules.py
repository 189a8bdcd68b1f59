"""True times from what a phone's clocks said (sync.md D1.9): pure. Nothing is refused, raw values stay."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sync.policy import Push
from sync.words import ClockMethod, Reason

TRANSIT_S = 30.0  # a request travels for seconds, on a weak network for half a minute
DRIFT = 100e-6  # the quartz of a cheap phone is off by at most 100 ppm
REBOOT_S = 120.0  # across a reboot the wall clock may have been trimmed
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


class TrueTime(NamedTuple):
    """A corrected time (aware, UTC), how it was found, how far it may be off (seconds), and what was odd."""

    at: datetime
    method: ClockMethod
    uncertainty_s: float
    flags: tuple[Reason, ...] = ()


class SentClock(NamedTuple):
    """The phone's clocks at sending, and the server's at receipt.

    `is_fresh`: these are the clocks of the very request that arrived. Otherwise they stand in the stored bytes, were
    read at the first sending, and the request may be a repeat of days later: a late clock and a late repeat then look
    the same.
    """

    wall: datetime
    elapsed_ms: int | None
    boot_id: str | None
    received_at: datetime
    is_fresh: bool = False


def correct(
    wall: datetime,
    elapsed_ms: int | None,
    boot_id: str | None,
    sent: SentClock,
    policy: Push,
    gnss_at: datetime | None = None,
) -> TrueTime:
    """The true time of a moment that the phone called `wall`; never later than the receipt.

    In the boot of the sending the monotonic clock tells how long ago it was; otherwise the wall clock is moved by the
    offset that it had at the sending. `gnss_at` is the same moment by a satellite fix, the third witness: it decides
    where the others cannot. TIME_SKEW: corrected by more than the policy's limit. TIME_JUMP: wall and monotonic
    clock disagree inside one boot.
    """
    wall_ago_s = (sent.wall - wall).total_seconds()
    ago_s = _monotonic_ago_s(elapsed_ms, boot_id, sent)
    flags: tuple[Reason, ...] = ()
    if ago_s is None:
        method, ago_s, slack_s = ClockMethod.OFFSET, wall_ago_s, TRANSIT_S + REBOOT_S
    else:
        method, slack_s = ClockMethod.MONOTONIC, TRANSIT_S + ago_s * DRIFT
        if abs(wall_ago_s - ago_s) > policy.jump_flag_s:
            flags = (Reason.TIME_JUMP,)
    at = moved(sent.received_at, -ago_s)
    gap_s = (sent.received_at - sent.wall).total_seconds()
    is_late = not sent.is_fresh and gap_s > policy.skew_flag_s
    if is_late and gap_s <= policy.missing_days * 86_400:
        at, method = moved(sent.wall, -ago_s), ClockMethod.WALL
    uncertainty_s = slack_s + (gap_s if is_late else 0.0)
    is_doubted = is_late or method is ClockMethod.OFFSET
    if is_doubted and gnss_at is not None and gnss_at <= sent.received_at:
        at, method, uncertainty_s = max(gnss_at.astimezone(UTC), EARLIEST), ClockMethod.GNSS, TRANSIT_S
    if at > sent.received_at:
        uncertainty_s += (at - sent.received_at).total_seconds()
        at = sent.received_at
    if abs((at - wall).total_seconds()) > policy.skew_flag_s:
        flags = (Reason.TIME_SKEW, *flags)
    return TrueTime(at, method, uncertainty_s, flags)


def _monotonic_ago_s(elapsed_ms: int | None, boot_id: str | None, sent: SentClock) -> float | None:
    """Seconds from the moment to the sending by the clock that never jumps; None across boots or without evidence."""
    if elapsed_ms is None or sent.elapsed_ms is None or boot_id is None or boot_id != sent.boot_id:
        return None
    ago_s = (sent.elapsed_ms - elapsed_ms) / 1000
    return ago_s if ago_s >= 0 else None


def moved(at: datetime, seconds: float) -> datetime:
    """A moment so much later, in UTC; the earliest there is where that is no date."""
    try:
        return max(at.astimezone(UTC) + timedelta(seconds=seconds), EARLIEST)
    except OverflowError:
        return EARLIEST
