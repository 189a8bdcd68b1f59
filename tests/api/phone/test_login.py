"""A phone whose token ended logs in with the cadre's password and its own key, far from any administrator."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from sync import clock, ids
from sync.house import House
from sync.identity.actions import devices
from sync.words import DeviceState, Role
from tests.api.conftest import Hire, Known
from tests.factories.keyed import Key, KeyedPhone, through
from tests.factories.village import Village, add_phone

LATE = timedelta(days=100)


@pytest.fixture
def li(hire: Hire, beigou: Village) -> Known:
    """Cadre Li of the village."""
    return hire(Role.CADRE, beigou.village)


@pytest.fixture
def phone(app: Flask, opened: House, li: Known) -> KeyedPhone:
    """Her phone with a key."""
    made = KeyedPhone(through(app.test_client()))
    code, _ = opened.write(lambda session: devices.issue_code(session, li.id, clock.now(), timedelta(minutes=10)))
    assert made.enrol(li.username, code)[0] == 201
    return made


@pytest.fixture
def log_in(phone: KeyedPhone, li: Known) -> Callable[..., Any]:
    """POST /phone/v1/login; what is given replaces what is right."""

    def log_in(key: Key | None = None, device: UUID | None = None, **changed: str) -> Any:
        device, nonce = device or phone.device, str(ids.uuid7())
        signature = (key or phone.key).sign(f"doorstep-login-1\n{device}\n{nonce}".encode())
        body = {
            "username": li.username,
            "password": li.password,
            "device": str(device),
            "nonce": nonce,
            "signature": signature,
        }
        return phone.send("POST", "/phone/v1/login", {}, body | changed)

    return log_in


def test_after_months_offline_the_password_and_the_key_let_the_phone_in(phone: KeyedPhone, log_in: Any) -> None:
    before = phone.token
    with clock.frozen(clock.now() + LATE):
        assert phone.ask()[1]["code"] == "token-expired"
        status, told = log_in()
        assert status == 201
        assert told["device"] == str(phone.device)
        assert base64.b64decode(told["receipt_key"]) == phone.receipt_key
        assert phone.ask(token=told["token"])[0] == 200
        assert phone.ask(token=before)[1]["code"] == "token-unknown"
        phone.token = told["token"]
        assert phone.rotate()[0] == 200


def test_a_family_that_was_ended_begins_anew_and_the_alarm_is_over(
    phone: KeyedPhone, opened: House, log_in: Any
) -> None:
    stolen = phone.token
    phone.rotate()
    phone.ask()
    with clock.frozen(clock.now() + timedelta(days=1)):
        assert phone.ask(token=stolen)[1]["code"] == "token-revoked"
        assert phone.ask(token=log_in()[1]["token"])[0] == 200
        assert phone.ask(token=stolen)[0] == 401
    alarm = text("SELECT alarm FROM device WHERE id = :d")
    assert opened.read(lambda session: session.scalar(alarm, {"d": phone.device})) is None


def test_neither_password_nor_key_alone_opens_anything_and_all_get_the_same_answer(
    phone: KeyedPhone, log_in: Any, hire: Hire, opened: House, beigou: Village
) -> None:
    keyless = ids.uuid7()
    opened.write(lambda session: add_phone(session, keyless, beigou.li))
    wrong = [
        log_in(password="wrong wrong wrong"),
        log_in(key=Key()),
        log_in(username="nobody"),
        log_in(username="?"),
    ]
    assert log_in()[0] == 201, "a right one forgets the wrong ones"
    stranger = hire()
    wrong += [log_in(username=stranger.username), log_in(device=ids.uuid7()), log_in(device=keyless)]
    assert {status for status, _ in wrong} == {401}
    assert all(told == wrong[0][1] for _, told in wrong)
    assert wrong[0][1]["code"] == "login-failed"


def test_five_wrong_tries_lock_the_account_at_this_door_too(log_in: Any) -> None:
    assert {log_in(key=Key())[0] for _ in range(5)} == {401}
    status, told = log_in()
    assert (status, told["code"], told["retry"]) == (429, "too-many", "later")
    with clock.frozen(clock.now() + timedelta(minutes=16)):
        assert log_in()[0] == 201


def test_a_lost_phone_that_wants_in_is_told_to_wipe_itself(phone: KeyedPhone, opened: House, log_in: Any) -> None:
    opened.write(lambda session: devices.end_device(session, phone.device, DeviceState.LOST, clock.now()))
    for status, told in (log_in(), log_in(password="guessed by the finder")):
        assert (status, told["code"]) == (401, "login-failed")
        [wipe] = told["directives"]
        message = f"wipe\n{phone.device}\n{wipe['at']}".encode()
        mine = hmac.new(phone.receipt_key, message, hashlib.sha256).digest()
        assert wipe["signature"] == base64.b64encode(mine).decode()


def test_a_retired_phone_does_not_come_back(phone: KeyedPhone, opened: House, log_in: Any) -> None:
    opened.write(lambda session: devices.end_device(session, phone.device, DeviceState.RETIRED, clock.now()))
    assert log_in()[1]["code"] == "device-closed"
    assert log_in(password="wrong wrong wrong")[1]["code"] == "login-failed"


def test_whoever_may_not_log_in_any_more_gets_no_token(
    phone: KeyedPhone, opened: House, log_in: Any, li: Known
) -> None:
    end = text("UPDATE login SET disabled_at = now() WHERE person_id = :p")
    opened.write(lambda session: session.execute(end, {"p": li.id}))
    assert log_in()[1]["code"] == "login-failed"
