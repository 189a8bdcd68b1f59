"""A phone exchanges its token: replies get lost, thieves have copies, phones come back after months."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from api.app import create_app
from sync import clock, ids
from sync.errors import Problem
from sync.house import House
from sync.identity.actions import devices, tokens
from sync.words import DeviceState, Role
from tests.api.conftest import Hire, Known
from tests.factories.keyed import Key, KeyedPhone, exchange, through
from tests.factories.village import Village, add_phone

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
Enrolled = Callable[..., KeyedPhone]


@pytest.fixture
def li(hire: Hire, beigou: Village) -> Known:
    """Cadre Li of the village."""
    return hire(Role.CADRE, beigou.village)


@pytest.fixture
def now() -> Iterator["Now"]:
    """The time of a test; it passes when it is told to."""
    now = Now(clock.now())
    with clock.frozen(lambda: now.at):
        yield now


class Now:
    """A clock that stands."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def passes(self, time: timedelta) -> None:
        self.at += time


@pytest.fixture
def enrolled(app: Flask, opened: House, li: Known, now: Now) -> Enrolled:
    """Enrol a phone of Li's with a key; the same phone again if it is given."""

    def enrolled(phone: KeyedPhone | None = None) -> KeyedPhone:
        phone = phone or KeyedPhone(through(app.test_client()))
        code, _ = opened.write(lambda session: devices.issue_code(session, li.id, now.at, timedelta(minutes=10)))
        status, told = phone.enrol(li.username, code)
        assert status == 201, told
        return phone

    return enrolled


def events_of(opened: House, device: UUID) -> list[str]:
    query = text("SELECT verb FROM event WHERE subject_id = :d AND verb <> 'device.token_rotated' ORDER BY id")
    return list(opened.read(lambda session: session.scalars(query, {"d": device}).all()))


def alarm_of(opened: House, device: UUID) -> str | None:
    query = text("SELECT alarm FROM device WHERE id = :d")
    return opened.read(lambda session: session.scalar(query, {"d": device}))


def test_a_phone_exchanges_its_token_and_both_are_good_until_ten_minutes_after_the_first_use(
    enrolled: Enrolled, now: Now
) -> None:
    phone = enrolled()
    first = phone.token
    status, told = phone.rotate()
    assert status == 200
    assert told["token"] != first
    assert datetime.fromisoformat(told["expires_at"]) == now.at + 90 * DAY
    assert datetime.fromisoformat(told["rotate_after"]) == now.at + 7 * DAY
    now.passes(20 * DAY)
    assert phone.ask(token=first)[0] == 200, "nobody has used the successor yet"
    assert phone.ask()[0] == 200
    now.passes(MINUTE * 10 - timedelta(seconds=1))
    assert phone.ask(token=first)[0] == phone.ask("changes", first)[0] == 200
    assert phone.ask()[0] == phone.ask("changes")[0] == 200


def test_the_signature_may_be_in_the_form_of_web_crypto(enrolled: Enrolled) -> None:
    assert enrolled().rotate(raw=True)[0] == 200


def test_however_many_replies_are_lost_the_same_successor_comes_again(enrolled: Enrolled, now: Now) -> None:
    phone, given = enrolled(), set()
    for _ in range(10):
        given.add(phone.rotate(lost=True)[1]["token"])
        now.passes(DAY)
        assert phone.ask()[0] == 200, "a lost packet logs nobody out"
    phone.nonce = None  # the phone forgot, too, what it had asked with
    given.add(phone.rotate()[1]["token"])
    assert given == {phone.token}
    assert phone.ask()[0] == 200


def test_a_phone_that_lost_what_it_had_written_down_gets_the_token_in_use_with_its_key(
    enrolled: Enrolled, opened: House, now: Now
) -> None:
    phone = enrolled()
    old, nonce = phone.token, str(ids.uuid7())
    phone.nonce = nonce
    phone.rotate()
    newest = phone.token
    phone.ask()
    now.passes(DAY)
    phone.token, phone.nonce = old, nonce
    assert phone.rotate()[1]["token"] == newest
    assert phone.ask()[0] == 200
    assert alarm_of(opened, phone.device) is None


def test_a_server_whose_key_was_changed_gives_another_successor(
    enrolled: Enrolled, app: Flask, opened: House, now: Now
) -> None:
    phone = enrolled()
    before = phone.rotate(lost=True)[1]["token"]
    other = create_app(replace(opened.settings, secret_key="t" * 32))
    phone.send = through(other.test_client())
    after = phone.rotate()[1]["token"]
    assert after != before
    assert phone.ask(token=before)[1]["code"] == "token-unknown"
    assert phone.ask()[0] == 200
    other.extensions["doorstep"].close()


def test_old_token_without_key_ends_the_family_and_somebody_is_told(
    enrolled: Enrolled, opened: House, now: Now
) -> None:
    phone = enrolled()
    stolen = phone.token
    phone.rotate()
    phone.ask()
    now.passes(10 * MINUTE)
    thief = phone.ask(token=stolen)
    assert (thief[0], thief[1]["code"], thief[1]["retry"]) == (401, "token-revoked", "login")
    for path in ("me", "hello", "changes"):
        assert phone.ask(path)[1]["code"] == phone.ask(path, stolen)[1]["code"] == "token-revoked"
    assert phone.rotate()[1]["code"] == "token-revoked"
    assert events_of(opened, phone.device) == ["device.enrolled", "device.token_replayed"], "told once"
    assert alarm_of(opened, phone.device) == "token_replayed"
    enrolled(phone)
    assert phone.ask()[0] == 200
    assert phone.ask(token=stolen)[1]["code"] == "token-unknown", "whoever has the copy ends nothing any more"
    assert phone.ask()[0] == 200
    assert alarm_of(opened, phone.device) is None


@pytest.mark.parametrize("path", ["me", "changes", "hello"])
def test_the_thief_is_found_at_every_door(enrolled: Enrolled, opened: House, now: Now, path: str) -> None:
    phone = enrolled()
    stolen = phone.token
    phone.rotate()
    phone.ask()
    now.passes(DAY)
    assert phone.ask(path, stolen)[1]["code"] == "token-revoked"


def test_a_thief_who_asks_for_a_token_with_a_key_of_his_own_is_found_too(
    enrolled: Enrolled, opened: House, now: Now
) -> None:
    phone = enrolled()
    thief = KeyedPhone(phone.send, device=phone.device, token=phone.token)
    assert thief.rotate()[1]["code"] == "signature-wrong", "a good token is not ended by a wrong signature"
    phone.rotate()
    phone.ask()
    now.passes(5 * MINUTE)
    assert thief.rotate()[1]["code"] == "signature-wrong"
    now.passes(5 * MINUTE)
    assert thief.rotate()[1]["code"] == "token-revoked"
    assert events_of(opened, phone.device)[-1] == "device.token_replayed"


def test_a_thief_who_uses_the_successor_first_is_found_when_the_phone_comes(
    enrolled: Enrolled, opened: House, now: Now
) -> None:
    phone = enrolled()
    stolen = phone.rotate(lost=True)[1]["token"]
    assert phone.ask(token=stolen)[0] == 200
    now.passes(DAY)
    assert phone.ask()[1]["code"] == "token-revoked"
    assert alarm_of(opened, phone.device) == "token_replayed"


def test_two_phones_with_one_copy_and_one_key_are_told(enrolled: Enrolled, opened: House, now: Now) -> None:
    phone = enrolled()
    copy = replace(phone)
    phone.rotate()
    phone.ask()
    now.passes(DAY)
    assert copy.rotate()[0] == 200, "with the key it may be the phone itself, set back"
    assert alarm_of(opened, phone.device) == "copied"
    assert events_of(opened, phone.device)[-1] == "device.copied"
    assert copy.token == phone.token
    phone.rotate()
    phone.ask()
    now.passes(DAY)
    assert copy.rotate()[1]["token"] == phone.token
    assert events_of(opened, phone.device).count("device.copied") == 1
    phone.rotate(lost=True)
    copy.token = "ds_x"  # the older copy is gone
    assert copy.rotate()[1]["code"] == "token-unknown"


def test_two_windows_of_one_phone_that_ask_at_the_same_time_are_no_copy(
    enrolled: Enrolled, opened: House, now: Now
) -> None:
    phone = enrolled()
    window = replace(phone)
    phone.rotate()
    phone.ask()
    now.passes(MINUTE)
    assert window.rotate()[1]["token"] == phone.token
    assert alarm_of(opened, phone.device) is None


def test_eight_requests_at_once_get_one_successor(app: Flask, enrolled: Enrolled, now: Now) -> None:
    phone = enrolled()

    def ask(_: int) -> Any:
        return replace(phone, send=through(app.test_client())).rotate()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    assert {status for status, _ in answers} == {200}
    [token] = {told["token"] for _, told in answers}
    with ThreadPoolExecutor(8) as pool:
        uses = list(pool.map(lambda _: replace(phone, send=through(app.test_client())).ask(token=token)[0], range(8)))
    assert set(uses) == {200}


def test_a_successor_that_is_exchanged_at_once_has_been_used(enrolled: Enrolled, now: Now) -> None:
    phone = enrolled()
    phone.rotate()
    second = phone.token
    assert phone.rotate()[0] == 200
    assert phone.token != second
    assert phone.ask()[0] == 200


def test_after_months_offline_the_phone_logs_in_and_the_same_bytes_are_taken(
    enrolled: Enrolled, app: Flask, now: Now
) -> None:
    phone, batch = enrolled(), ids.uuid7()
    phone.rotate()
    body = b'{"schema":1,"batch":"%s","device_seq":1,"sent":{"at":"2026-03-10T19:02:11+08:00"},"records":[]}' % (
        str(batch).encode()
    )
    headers = {"Doorstep-Body-SHA256": hashlib.sha256(body).hexdigest(), "Content-Type": "application/json"}
    client = app.test_client()

    def put() -> Any:
        return client.put(f"/phone/v1/batches/{batch}", data=body, headers=headers | phone.bearer())

    now.passes(90 * DAY)
    for answer in (put(), client.get("/phone/v1/hello", headers=phone.bearer())):
        assert (answer.status_code, answer.json["code"], answer.json["retry"]) == (401, "token-expired", "login")
    assert phone.rotate()[1]["code"] == "token-expired", "a key alone logs nobody in"
    enrolled(phone)
    answer = put()
    assert answer.status_code == 202
    assert answer.json["batch"] == str(batch)


def test_a_phone_that_exchanges_its_token_every_month_never_logs_in_again(enrolled: Enrolled, now: Now) -> None:
    phone = enrolled()
    for _ in range(20):
        now.passes(30 * DAY)
        assert phone.ask()[0] == 200
        phone.rotate()
        assert phone.ask()[0] == 200


def test_a_lost_phone_is_told_to_wipe_itself_whatever_token_it_shows(
    enrolled: Enrolled, opened: House, app: Flask, now: Now
) -> None:
    phone = enrolled()
    former = phone.token
    enrolled(phone)
    tokens_had = [former, phone.token]
    phone.rotate()
    phone.ask()
    now.passes(DAY)
    phone.rotate(lost=True)
    opened.write(lambda session: devices.end_device(session, phone.device, DeviceState.LOST, now.at))
    pending = phone.rotate(lost=True)
    lost = [phone.ask(path, token) for token in (*tokens_had, phone.token) for path in ("me", "hello", "changes")]
    lost += [pending, phone.enrol("anybody", "12345678")]
    for method, path in (("PUT", f"batches/{ids.uuid7()}"), ("POST", "batches:missing"), ("GET", "visits")):
        lost.append(phone.send(method, f"/phone/v1/{path}", phone.bearer(), None if method == "GET" else {"ids": []}))
    for status, told in lost:
        assert (status, told["code"]) in ((401, "device-lost"), (422, "enrolment-failed"))
        [wipe] = told["directives"]
        message = f"wipe\n{phone.device}\n{wipe['at']}".encode()
        mine = hmac.new(phone.receipt_key, message, hashlib.sha256).digest()
        assert wipe["signature"] == base64.b64encode(mine).decode()
    assert alarm_of(opened, phone.device) is None, "a lost phone is nobody's alarm any more"


def test_a_family_that_was_ended_is_wiped_too_when_the_phone_is_lost(
    enrolled: Enrolled, opened: House, now: Now
) -> None:
    phone = enrolled()
    stolen = phone.token
    phone.rotate()
    phone.ask()
    now.passes(DAY)
    phone.ask(token=stolen)
    opened.write(lambda session: devices.end_device(session, phone.device, DeviceState.LOST, now.at))
    for token in (stolen, phone.token):
        assert phone.ask(token=token)[1]["directives"][0]["kind"] == "wipe"


def test_a_retired_phone_hands_its_drafts_in_though_a_copy_was_used(
    enrolled: Enrolled, opened: House, now: Now
) -> None:
    phone = enrolled()
    stolen = phone.token
    phone.rotate()
    phone.ask()
    opened.write(lambda session: devices.end_device(session, phone.device, DeviceState.RETIRED, now.at))
    now.passes(DAY)
    for _ in range(2):
        assert phone.ask("hello", stolen)[1]["code"] == "token-revoked"
    assert events_of(opened, phone.device).count("device.token_replayed") == 1
    assert phone.ask("hello")[0] == 200
    assert phone.rotate()[1]["code"] == "device-closed"
    now.passes(30 * DAY)
    assert phone.ask("hello")[1]["code"] == "device-closed"


def test_a_phone_without_a_key_keeps_its_token(caller: FlaskClient, opened: House, beigou: Village) -> None:
    device = ids.uuid7()
    phone = KeyedPhone(through(caller), device=device)
    phone.token = opened.write(lambda session: add_phone(session, device, beigou.chen))
    assert phone.rotate()[1]["code"] == "key-missing"
    assert phone.ask("hello")[1]["token"]["rotate_after"] is None
    assert phone.ask()[0] == 200


def test_a_successor_left_unused_for_months_has_ended(enrolled: Enrolled, now: Now) -> None:
    phone = enrolled()
    successor = phone.rotate(lost=True)[1]["token"]
    now.passes(89 * DAY)
    assert phone.ask()[0] == 200
    now.passes(DAY)
    assert phone.ask(token=successor)[1]["code"] == "token-expired"
    now.passes(timedelta(0))
    assert phone.ask()[0] == 200
    assert phone.rotate()[1]["token"] == successor or phone.ask()[0] == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"nonce": "short", "signature": "MEUC"},
        {"nonce": "n" * 20, "signature": "not base64"},
        {"nonce": "n" * 20, "signature": ""},
        {"nonce": "n" * 20, "signature": base64.b64encode(bytes(73)).decode()},
        {"nonce": "n" * 19 + "\n", "signature": "MEUC"},
    ],
)
def test_a_wrong_question_is_refused(enrolled: Enrolled, body: dict[str, str]) -> None:
    phone = enrolled()
    assert phone.send("POST", "/phone/v1/token", phone.bearer(), body)[0] == 422
    assert phone.ask()[0] == 200


def test_a_signature_is_for_one_token_of_one_phone(enrolled: Enrolled) -> None:
    phone, nonce = enrolled(), "n" * 32
    other = exchange(ids.uuid7(), phone.token, nonce, phone.key)
    another = exchange(phone.device, "ds_other", nonce, phone.key)
    foreign = exchange(phone.device, phone.token, nonce, Key())
    for body in (other, another, foreign):
        assert phone.send("POST", "/phone/v1/token", phone.bearer(), body)[1]["code"] == "signature-wrong"


def test_without_a_token_there_is_no_exchange(caller: FlaskClient) -> None:
    body = exchange(ids.uuid7(), "ds_x", "n" * 32, Key())
    assert caller.post("/phone/v1/token", json=body).json["code"] == "unauthenticated"
    answer = caller.post("/phone/v1/token", json=body, headers={"Authorization": "Bearer ds_x"})
    assert answer.json["code"] == "token-unknown"


def test_a_token_that_is_forgotten_meanwhile_is_unknown(opened: House) -> None:
    with pytest.raises(Problem) as caught:
        opened.write(lambda session: tokens.settle(session, b"x" * 32, clock.now(), opened.policy.devices))
    assert caught.value.code == "token-unknown"


def test_tokens_that_were_superseded_long_ago_are_forgotten(enrolled: Enrolled, opened: House, now: Now) -> None:
    phone = enrolled()
    for _ in range(3):
        phone.rotate()
        phone.ask()

    def kept() -> int | None:
        query = text("SELECT count(*) FROM device_token WHERE device_id = :d")
        return opened.read(lambda session: session.scalar(query, {"d": phone.device}))

    policy = opened.policy.devices
    opened.write(lambda session: tokens.forget(session, now.at + 399 * DAY, policy))
    assert kept() == 4
    opened.write(lambda session: tokens.forget(session, now.at + 401 * DAY, policy))
    assert kept() == 1
    assert phone.ask()[0] == 200
