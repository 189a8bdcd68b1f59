"""True times from clocks that are wrong."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import ids
from sync.intake.drafts import by_satellite
from sync.intake.rules import SentClock, correct
from sync.intake.wire import VisitRecord
from sync.policy import defaults
from sync.words import ClockMethod, Reason

NOON = datetime(2026, 3, 10, 4, tzinfo=UTC)
PUSH = defaults().push
HOUR_MS = 3_600_000


def sent(off: timedelta = timedelta(), *, boot: str | None = "b1", fresh: bool = True) -> SentClock:
    """The phone sends at noon; its clock is off by so much; it has been up for ten hours."""
    return SentClock(NOON + off, 10 * HOUR_MS if boot else None, boot, NOON, fresh)


@given(st.timedeltas(timedelta(days=-400), timedelta(days=400)), st.integers(0, 9))
def test_within_one_boot_the_wall_clock_does_not_matter(off: timedelta, hours: int) -> None:
    true = correct(NOON - timedelta(hours=hours) + off, (10 - hours) * HOUR_MS, "b1", sent(off), PUSH)
    assert abs((true.at - (NOON - timedelta(hours=hours))).total_seconds()) < 1
    assert true.method is ClockMethod.MONOTONIC
    assert Reason.TIME_JUMP not in true.flags


@pytest.mark.parametrize("off", [timedelta(days=365), timedelta(days=-365), timedelta(hours=8), timedelta(hours=-9)])
def test_after_a_reboot_the_offset_at_sending_corrects(off: timedelta) -> None:
    true = correct(NOON - timedelta(hours=3) + off, 5000, "b0", sent(off), PUSH)
    assert abs((true.at - (NOON - timedelta(hours=3))).total_seconds()) < 1
    assert true.method is ClockMethod.OFFSET
    assert Reason.TIME_SKEW in true.flags


def test_a_clock_that_was_set_in_between_is_seen() -> None:
    true = correct(NOON - timedelta(hours=30), 9 * HOUR_MS, "b1", sent(), PUSH)
    assert Reason.TIME_JUMP in true.flags
    assert abs((true.at - (NOON - timedelta(hours=1))).total_seconds()) < 1


def test_a_good_clock_raises_nothing() -> None:
    assert correct(NOON - timedelta(hours=1), None, None, sent(boot=None), PUSH).flags == ()


def test_bytes_sent_again_days_later_are_not_a_wrong_clock() -> None:
    late = SentClock(NOON - timedelta(days=3), None, None, NOON)
    true = correct(NOON - timedelta(days=3, hours=1), None, None, late, PUSH)
    assert (true.at, true.method) == (NOON - timedelta(days=3, hours=1), ClockMethod.WALL)
    assert true.uncertainty_s > 3 * 86_400


def test_a_satellite_is_the_third_witness() -> None:
    late = SentClock(NOON - timedelta(days=3), None, None, NOON)
    seen = NOON - timedelta(days=2)
    true = correct(NOON - timedelta(days=3, hours=1), None, None, late, PUSH, gnss_at=seen)
    assert (true.at, true.method) == (seen, ClockMethod.GNSS)


def record(wall: datetime, stamp: datetime, **changes: Any) -> VisitRecord:
    """A visit with one fix, a minute after its start by the clock that never jumps."""
    fix = {"lon": 120.7, "lat": 37.8, "at": stamp, "elapsed_ms": 2 * HOUR_MS + 60_000, "provider": "gps"} | changes
    moment = {"wall": wall, "elapsed_ms": 2 * HOUR_MS, "boot_id": "b1"}
    told = {"id": ids.uuid7(), "place": ids.uuid7(), "outcome": "met", "started": moment, "ended": moment}
    return msgspec.convert(told | {"kind": "visit", "fixes": [fix]}, VisitRecord)


def test_satellites_tell_how_far_a_clock_was_set_back() -> None:
    assert by_satellite(record(NOON - timedelta(days=9), NOON + timedelta(minutes=1))) == 9 * 86_400


def test_fixes_stamped_by_the_phone_itself_are_no_witness() -> None:
    assert by_satellite(record(NOON, NOON + timedelta(minutes=1, seconds=20))) is None
    assert by_satellite(record(NOON, NOON + timedelta(days=9), provider="network")) is None
    assert by_satellite(record(NOON, NOON + timedelta(days=9), mock=True)) is None


@given(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)), st.integers(-(2**40), 2**53))
def test_no_clock_is_refused_and_nothing_is_later_than_its_receipt(wall: datetime, elapsed: int) -> None:
    for boot in ("b1", "b0", None):
        true = correct(wall.replace(tzinfo=UTC), elapsed, boot, sent(), PUSH)
        assert true.at <= NOON
        assert true.uncertainty_s >= 0
