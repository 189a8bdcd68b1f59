"""Locks, ends and names."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from sync.errors import Problem
from sync.identity.rules import (
    KnownDevice,
    address_key,
    is_old,
    is_stale,
    locked_until,
    objection,
    release,
    slid_end,
    username,
)
from sync.policy import defaults
from sync.words import DeviceState

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
LOGINS, DEVICES = defaults().logins, defaults().devices
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def phone(state: DeviceState = DeviceState.ACTIVE, **more: datetime) -> KnownDevice:
    values = {
        "state_at": NOON,
        "token_expires_at": NOON + 90 * DAY,
        "token_ends_at": NOON + 400 * DAY,
        "seen_at": NOON,
    } | more
    return KnownDevice(id=UUID(int=1), person_id=UUID(int=2), state=state, receipt_key=b"k" * 32, **values)


def code(problem: Problem | None) -> str | None:
    return problem.code if problem else None


def test_four_failures_lock_nothing() -> None:
    assert locked_until([NOON + n * MINUTE for n in range(4)], LOGINS) is None


def test_five_failures_within_a_quarter_of_an_hour_lock_for_a_quarter_of_an_hour() -> None:
    failures = [NOON + n * MINUTE for n in range(5)]
    assert locked_until(failures, LOGINS) == NOON + 19 * MINUTE


def test_five_failures_spread_over_a_day_lock_nothing() -> None:
    assert locked_until([NOON + n * 10 * MINUTE for n in range(5)], LOGINS) is None


def test_each_failure_after_a_lock_doubles_it_up_to_a_day() -> None:
    failures = [NOON + n * MINUTE for n in range(5)]
    lengths = []
    for _ in range(9):
        until = locked_until(failures, LOGINS)
        assert until is not None
        lengths.append((until - failures[-1]) / HOUR)
        failures.append(until)
    assert lengths == [0.25, 0.5, 1, 2, 4, 8, 16, 24, 24]


def test_after_a_quiet_time_the_counting_begins_anew() -> None:
    failures = [NOON + n * MINUTE for n in range(5)]
    later = NOON + DAY
    assert locked_until([*failures, later], LOGINS) == NOON + 19 * MINUTE
    again = [later + n * MINUTE for n in range(5)]
    assert locked_until([*failures, *again], LOGINS) == later + 19 * MINUTE


def test_a_phone_in_use_may_do_both() -> None:
    assert objection(phone(), NOON, DEVICES, pushing=True) is None
    assert objection(phone(), NOON, DEVICES, pushing=False) is None


def test_a_retired_phone_pushes_for_thirty_days_and_reads_nothing() -> None:
    retired = phone(DeviceState.RETIRED, token_expires_at=NOON)
    assert objection(retired, NOON + 29 * DAY, DEVICES, pushing=True) is None
    assert code(objection(retired, NOON + 30 * DAY, DEVICES, pushing=True)) == "device-closed"
    assert code(objection(retired, NOON, DEVICES, pushing=False)) == "device-closed"


def test_a_lost_phone_may_do_nothing() -> None:
    assert code(objection(phone(DeviceState.LOST), NOON, DEVICES, pushing=True)) == "device-lost"


def test_a_token_ends_by_idleness_or_by_age() -> None:
    assert code(objection(phone(), NOON + 90 * DAY, DEVICES, pushing=True)) == "token-expired"
    old = phone(token_expires_at=NOON + 500 * DAY)
    assert code(objection(old, NOON + 400 * DAY, DEVICES, pushing=True)) == "token-expired"
    assert slid_end(phone(), NOON + 350 * DAY, DEVICES) == NOON + 400 * DAY
    assert slid_end(phone(), NOON + DAY, DEVICES) == NOON + 91 * DAY


def test_a_phone_never_seen_is_to_be_noted() -> None:
    unseen = phone()
    assert not is_stale(unseen, NOON + 59 * MINUTE, DEVICES)
    assert is_stale(KnownDevice(*(getattr(unseen, f) for f in unseen.__slots__[:-1]), seen_at=None), NOON, DEVICES)


@pytest.mark.parametrize(("typed", "kept"), [(" Li.Wei ", "li.wei"), ("李伟", "李伟"), ("ＬＩ-01", "li-01")])
def test_a_user_name_has_one_form(typed: str, kept: str) -> None:
    assert username(typed) == kept


@pytest.mark.parametrize("typed", ["", "x", "two words", "a" * 65, "a\0b", "<b>"])
def test_odd_user_names_are_refused(typed: str) -> None:
    with pytest.raises(Problem) as caught:
        username(typed)
    assert caught.value.code == "username-invalid"


@pytest.mark.parametrize(
    ("version", "numbers"),
    [("1.10.2", (1, 10, 2)), ("2.0.0-beta.3", (2, 0, 0)), ("7", (7,)), ("v1", ()), ("", ()), ("1.x", (1,))],
)
def test_a_version_begins_with_its_numbers(version: str, numbers: tuple[int, ...]) -> None:
    assert release(version) == numbers


def test_an_app_is_old_below_the_policys_and_never_by_a_word_that_cannot_be_read() -> None:
    policy = replace(DEVICES, app_version_min="1.9.0")
    assert [is_old(version, policy) for version in ("1.8.9", "1.9", "1.9.0", "1.10.0", "dev", None)] == [
        True, True, False, False, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("203.0.113.7", "address:203.0.113.7"),
        ("::ffff:203.0.113.7", "address:203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "address:2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "address:2001:db8:1:2::/64"),
        ("unknown", "address:unknown"),
    ],
)
def test_wrong_tries_count_under_an_address_or_a_network(address: str, key: str) -> None:
    assert address_key(address) == key
