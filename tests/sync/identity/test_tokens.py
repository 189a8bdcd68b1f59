"""What a token is worth, how it is given twice, whose signature counts."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.identity import tokens
from sync.identity.tokens import KnownToken, Standing, derived, is_outdated, is_signed, key_from, message, standing
from sync.policy import defaults
from sync.words import DeviceState
from tests.factories.keyed import Key

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
POLICY = defaults().devices
PHONE = UUID(int=7)
KEY = key_from("s" * 32)
DAY = timedelta(days=1)


def token(**more: Any) -> KnownToken:
    values: dict[str, Any] = {
        "device_id": PHONE,
        "no": 3,
        "made_at": NOON - DAY,
        "used_at": NOON - DAY,
        "superseded_at": None,
        "state": DeviceState.ACTIVE,
        "current_hash": b"h" * 32,
        "token_no": 3,
        "family_no": 0,
        "revoked_at": None,
    }
    return KnownToken(**(values | more))


@pytest.mark.parametrize(
    ("known", "worth"),
    [
        (token(), Standing.CURRENT),
        (token(no=4, used_at=None), Standing.PENDING),
        (token(no=2, superseded_at=NOON - timedelta(seconds=599)), Standing.GRACE),
        (token(no=2, superseded_at=NOON - timedelta(seconds=600)), Standing.STALE),
        (token(no=2, superseded_at=NOON - DAY, family_no=3), Standing.FORMER),
        (token(no=4, used_at=None, family_no=5, token_no=5), Standing.FORMER),
        (token(revoked_at=NOON), Standing.REVOKED),
        (token(no=2, superseded_at=NOON - DAY, revoked_at=NOON), Standing.REVOKED),
        (token(no=1, family_no=2, revoked_at=NOON), Standing.FORMER),
    ],
)
def test_what_a_token_is_worth(known: KnownToken, worth: Standing) -> None:
    assert standing(known, NOON, POLICY) is worth


def test_a_successor_that_nobody_used_ends_like_a_token_that_nobody_uses() -> None:
    made = token(no=4, used_at=None, made_at=NOON)
    assert not is_outdated(made, NOON + 90 * DAY - timedelta(seconds=1), POLICY)
    assert is_outdated(made, NOON + 90 * DAY, POLICY)


def test_a_token_is_to_be_exchanged_a_week_after_it_began() -> None:
    assert tokens.rotate_after(NOON + 400 * DAY, POLICY) == NOON + 7 * DAY


def test_the_same_request_gives_the_same_token_and_any_other_another() -> None:
    one = derived(KEY, PHONE, 1, "nonce-1")
    assert one == derived(KEY, PHONE, 1, "nonce-1")
    assert one.startswith("ds_")
    assert len(base64.urlsafe_b64decode(one[3:] + "=")) == 32
    others = {
        derived(KEY, PHONE, 2, "nonce-1"),
        derived(KEY, PHONE, 1, "nonce-2"),
        derived(KEY, UUID(int=8), 1, "nonce-1"),
        derived(key_from("t" * 32), PHONE, 1, "nonce-1"),
    }
    assert len(others | {one}) == 5


@pytest.mark.parametrize("raw", [False, True])
def test_a_signature_counts_in_either_form_for_its_own_bytes_alone(raw: bool) -> None:
    key, signed = Key(), message(PHONE, b"t" * 32, "nonce")
    public = base64.b64decode(key.public)
    signature = base64.b64decode(key.sign(signed, raw=raw))
    assert is_signed(public, signature, signed)
    assert not is_signed(public, signature, message(PHONE, b"t" * 32, "nonce2"))
    assert not is_signed(base64.b64decode(Key().public), signature, signed)


PUBLIC = base64.b64decode(Key().public)


@given(st.binary(min_size=1, max_size=72))
def test_no_bytes_but_a_signature_count(forged: bytes) -> None:
    assert not is_signed(PUBLIC, forged, b"message")


def test_zeros_are_no_signature() -> None:
    assert not is_signed(PUBLIC, bytes(64), b"message")
