"""A phone that asks too often is told when to come again; whoever guesses codes is stopped, with or without Redis."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.app import create_app
from api.cli.private import free_port
from sync import clock, ids
from sync.feed import settling
from sync.house import House
from sync.identity.actions import devices
from sync.settings import Settings
from sync.words import DeviceState, Role
from tests.api.conftest import CHEAP, Hire, Known
from tests.factories.keyed import KeyedPhone, through
from tests.factories.village import Village, add_phone

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    """The clock stands at the beginning of a minute."""
    with clock.frozen(NOON):
        yield


@pytest.fixture(scope="module")
def policy_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The limits as shipped; an address may fail ten times."""
    path = tmp_path_factory.mktemp("limits") / "policy.toml"
    path.write_text(CHEAP + "address_failures_max = 10\n")
    return path


@pytest.fixture(scope="module")
def limited(settings: Settings, policy_file: Path) -> Iterator[Flask]:
    """The application with the limits as shipped."""
    app = create_app(replace(settings, policy_file=policy_file))
    yield app
    app.extensions["doorstep"].close()


@pytest.fixture(scope="module")
def without_redis(settings: Settings, policy_file: Path) -> Iterator[Flask]:
    """The same, and Redis is away."""
    away = f"redis://127.0.0.1:{free_port()}/0"
    app = create_app(replace(settings, policy_file=policy_file, redis_url=away))
    yield app
    app.extensions["doorstep"].close()


@pytest.fixture
def phone_at(opened: House, beigou: Village) -> Callable[[Flask], KeyedPhone]:
    """A new phone of Li's that talks to an application."""

    def phone_at(app: Flask) -> KeyedPhone:
        device = ids.uuid7()
        token = opened.write(lambda session: add_phone(session, device, beigou.li))
        return KeyedPhone(through(app.test_client()), device=device, token=token)

    return phone_at


def test_the_hundred_and_twenty_first_request_of_a_minute_waits(limited: Flask, phone_at: Any) -> None:
    phone, client = phone_at(limited), limited.test_client()
    assert [phone.ask("me" if n % 2 else "hello")[0] for n in range(120)] == [200] * 120
    waits = set()
    for _ in range(8):
        answer = client.get("/phone/v1/me", headers=phone.bearer())
        assert (answer.status_code, answer.json["code"], answer.json["retry"]) == (429, "too-many", "later")
        assert answer.json["limit"] == "requests"
        waits.add(int(answer.headers["Retry-After"]))
    assert all(60 <= wait <= 80 for wait in waits)
    assert len(waits) > 1, "phones do not come back together"
    assert phone.rotate()[0] == 429
    assert phone_at(limited).ask()[0] == 200
    with clock.frozen(NOON + timedelta(minutes=1)):
        assert phone.ask()[0] == 200


def test_a_push_is_counted_and_waits_too(limited: Flask, phone_at: Any) -> None:
    phone = phone_at(limited)
    asked = {"ids": [str(ids.uuid7())]}
    assert {phone.send("POST", "/phone/v1/batches:missing", phone.bearer(), asked)[0] for _ in range(120)} == {200}
    client = limited.test_client()
    put = client.put(f"/phone/v1/batches/{ids.uuid7()}", data=b"{}", headers=phone.bearer())
    assert (put.status_code, put.json["code"]) == (429, "too-many")


def test_the_thirteenth_pull_of_a_minute_waits_and_so_does_the_short_way(limited: Flask, phone_at: Any) -> None:
    phone, client = phone_at(limited), limited.test_client()
    first = client.get("/phone/v1/changes", headers=phone.bearer())
    known = phone.bearer() | {"If-None-Match": first.headers["ETag"]}
    answers = [client.get("/phone/v1/changes", headers=known).status_code for _ in range(11)]
    assert answers == [304] * 11
    refused = client.get("/phone/v1/changes", headers=known)
    assert (refused.status_code, refused.json["limit"]) == (429, "pulls")
    assert client.get("/phone/v1/changes", headers=phone.bearer()).status_code == 429
    assert phone.ask()[0] == 200, "pushing and the rest go on"


def test_further_pages_of_a_pull_do_not_count(limited: Flask, opened: House, phone_at: Any) -> None:
    opened.write(lambda session: settling.begin(session, opened.policy))
    phone, client = phone_at(limited), limited.test_client()
    pages, cursor = 0, ""
    for _ in range(6):
        more, cursor = True, ""
        while more:
            page = client.get(f"/phone/v1/changes?limit=1{cursor}", headers=phone.bearer()).json
            more, cursor = page["more"], f"&cursor={page['cursor']}"
            pages += 1
    assert pages >= 6 * 3


def test_nobody_waits_because_redis_is_away(without_redis: Flask, phone_at: Any) -> None:
    phone = phone_at(without_redis)
    assert {phone.ask()[0] for _ in range(100)} == {200}
    assert {phone.ask("changes")[0] for _ in range(12)} == {200}


def test_a_lost_phone_is_told_to_wipe_itself_however_often_it_asks(
    limited: Flask, opened: House, phone_at: Any
) -> None:
    phone = phone_at(limited)
    opened.write(lambda session: devices.end_device(session, phone.device, DeviceState.LOST, NOON))
    assert {phone.ask()[1]["directives"][0]["kind"] for _ in range(130)} == {"wipe"}


# Guessing


@pytest.fixture
def li(hire: Hire, beigou: Village) -> Known:
    return hire(Role.CADRE, beigou.village)


def from_address(app: Flask, address: str) -> FlaskClient:
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    return client


def guess(client: FlaskClient, name: str, code: str) -> Any:
    body = {"username": name, "code": code, "device": {"model": "x", "os": "x", "app_version": "1"}}
    return client.post("/phone/v1/enrol", json=body)


@pytest.mark.parametrize("name", ["limited", "without_redis"])
def test_guesses_at_codes_are_stopped_with_and_without_redis(
    request: pytest.FixtureRequest, opened: House, li: Known, name: str
) -> None:
    app: Flask = request.getfixturevalue(name)
    address = {"limited": "203.0.113.1", "without_redis": "203.0.113.2"}[name]
    code, _ = opened.write(lambda session: devices.issue_code(session, li.id, NOON, timedelta(minutes=10)))
    wrong = f"{(int(code) + 1) % 10**8:08}"
    client = from_address(app, address)
    answers = [guess(client, li.username, wrong) for _ in range(5)]
    assert {answer.json["code"] for answer in answers} == {"enrolment-failed"}
    assert guess(client, li.username, code).json["code"] == "enrolment-failed", "five wrong tries end a code"
    for _ in range(4):
        guess(client, "nobody", code)
    refused = guess(client, "nobody", code)
    assert (refused.status_code, refused.json["code"]) == (429, "too-many")
    assert 900 < int(refused.headers["Retry-After"]) <= 991
    assert guess(from_address(app, "203.0.113.99"), "nobody", code).status_code == 422


def test_an_ipv6_network_is_one_sender(limited: Flask) -> None:
    for n in range(10):
        assert guess(from_address(limited, f"2001:db8:1:2::{n:x}"), "nobody", "12345678").status_code == 422
    assert guess(from_address(limited, "2001:db8:1:2:ffff::1"), "nobody", "12345678").status_code == 429
    assert guess(from_address(limited, "2001:db8:1:3::1"), "nobody", "12345678").status_code == 422


def test_guesses_at_a_password_are_stopped_without_redis_from_anywhere(without_redis: Flask, li: Known) -> None:
    def log_in(n: int, password: str) -> Any:
        client = from_address(without_redis, f"198.51.100.{n}")
        return client.post("/console/v1/login", json={"username": li.username, "password": password})

    assert {log_in(n, "wrong wrong wrong").status_code for n in range(5)} == {401}
    locked = log_in(6, li.password)
    assert (locked.status_code, locked.json["code"]) == (429, "too-many")
    assert 900 < int(locked.headers["Retry-After"]) <= 991
    with clock.frozen(NOON + timedelta(minutes=16)):
        assert log_in(7, li.password).status_code == 200
