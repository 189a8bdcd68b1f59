"""Logging in and out of the console."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from sync import clock
from sync.house import House
from sync.identity.actions import people
from sync.words import Role
from tests.api.conftest import PASSWORD, Enter, Hire, Known
from tests.factories.village import Village


@pytest.fixture
def zhao(hire: Hire, beigou: Village) -> Known:
    """Dispatcher Zhao of the town."""
    return hire(Role.DISPATCHER, beigou.town)


def try_password(caller: FlaskClient, username: str, password: str = "wrong wrong wrong") -> int:
    return caller.post("/console/v1/login", json={"username": username, "password": password}).status_code


def test_dispatcher_zhao_logs_in_sees_who_he_is_and_logs_out(caller: FlaskClient, zhao: Known, enter: Enter) -> None:
    csrf = enter(caller, zhao)
    me = caller.get("/console/v1/me").json
    assert me["id"] == str(zhao.id)
    assert [role["role"] for role in me["roles"]] == ["dispatcher"]
    assert me["csrf"] == csrf
    assert caller.post("/console/v1/logout", headers={"X-CSRF-Token": csrf}).status_code == 204
    assert caller.get("/console/v1/me").json["code"] == "unauthenticated"


def test_the_cookie_is_kept_from_scripts_and_other_sites(caller: FlaskClient, zhao: Known) -> None:
    answer = caller.post("/console/v1/login", json={"username": zhao.username, "password": PASSWORD})
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_the_user_name_is_taken_however_it_is_typed(caller: FlaskClient, zhao: Known) -> None:
    assert try_password(caller, f"  {zhao.username.upper()} ", PASSWORD) == 200


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(caller: FlaskClient, zhao: Known) -> None:
    wrong = caller.post("/console/v1/login", json={"username": zhao.username, "password": "wrong wrong wrong"})
    unknown = caller.post("/console/v1/login", json={"username": "nobody", "password": PASSWORD})
    not_even_a_name = caller.post("/console/v1/login", json={"username": "?!", "password": PASSWORD})
    assert wrong.json == unknown.json == not_even_a_name.json
    assert wrong.json["code"] == "login-failed"


def test_a_change_without_the_csrf_token_is_refused(caller: FlaskClient, zhao: Known, enter: Enter) -> None:
    enter(caller, zhao)
    assert caller.post("/console/v1/logout").json["code"] == "csrf-failed"
    assert caller.post("/console/v1/logout", headers={"X-CSRF-Token": "cs_other"}).json["code"] == "csrf-failed"
    assert caller.get("/console/v1/me").status_code == 200


def test_after_five_wrong_passwords_even_the_right_one_waits(caller: FlaskClient, zhao: Known) -> None:
    assert [try_password(caller, zhao.username) for _ in range(5)] == [401] * 5
    answer = caller.post("/console/v1/login", json={"username": zhao.username, "password": PASSWORD})
    assert answer.json["code"] == "too-many"
    assert 800 < int(answer.headers["Retry-After"]) <= 991
    with clock.frozen(clock.now() + timedelta(minutes=16)):
        assert try_password(caller, zhao.username, PASSWORD) == 200
        assert try_password(caller, zhao.username) == 401


def test_an_unknown_name_is_locked_like_a_known_one(caller: FlaskClient) -> None:
    assert [try_password(caller, "nobody-at-all") for _ in range(6)] == [401] * 5 + [429]


def test_an_address_that_fails_for_many_accounts_waits(caller: FlaskClient, opened: House, zhao: Known) -> None:
    insert = text(
        "INSERT INTO login_failure (id, key, at) SELECT gen_random_uuid(), 'address:10.9.8.7', :now"
        " FROM generate_series(1, 300)"
    )
    opened.write(lambda session: session.execute(insert, {"now": clock.now()}))
    phone = {"model": "m", "os": "o", "app_version": "1"}
    caller.environ_base["REMOTE_ADDR"] = "10.9.8.7"
    assert try_password(caller, zhao.username, PASSWORD) == 429
    answer = caller.post("/phone/v1/enrol", json={"username": "x", "code": "00000000", "device": phone})
    assert answer.status_code == 429
    caller.environ_base["REMOTE_ADDR"] = "10.9.8.6"
    assert try_password(caller, zhao.username, PASSWORD) == 200


def test_successes_do_not_fill_the_limit_of_an_address(
    caller: FlaskClient, opened: House, zhao: Known, enter: Enter
) -> None:
    count = text("SELECT count(*) FROM login_failure WHERE key LIKE 'address:%'")
    before = opened.read(lambda session: session.scalar(count))
    enter(caller, zhao)
    assert opened.read(lambda session: session.scalar(count)) == before


def test_a_session_slides_for_twelve_hours_and_ends_after_seven_days(
    caller: FlaskClient, zhao: Known, enter: Enter
) -> None:
    began = clock.now()
    enter(caller, zhao)
    for hours in range(10, 7 * 24, 10):
        with clock.frozen(began + timedelta(hours=hours)):
            assert caller.get("/console/v1/me").status_code == 200
    with clock.frozen(began + timedelta(days=7, minutes=1)):
        assert caller.get("/console/v1/me").json["code"] == "unauthenticated"


def test_a_browser_that_is_left_alone_for_twelve_hours_is_logged_out(
    caller: FlaskClient, zhao: Known, enter: Enter
) -> None:
    enter(caller, zhao)
    with clock.frozen(clock.now() + timedelta(hours=12, minutes=1)):
        assert caller.get("/console/v1/me").status_code == 401


def test_a_new_password_logs_every_browser_out(caller: FlaskClient, opened: House, zhao: Known, enter: Enter) -> None:
    enter(caller, zhao)
    opened.write(
        lambda session: people.set_login(
            session, zhao.id, zhao.username, "another good one", clock.now(), opened.policy.logins
        )
    )
    assert caller.get("/console/v1/me").status_code == 401
    assert try_password(caller, zhao.username, "another good one") == 200


def test_a_disabled_login_opens_nothing(caller: FlaskClient, opened: House, zhao: Known, enter: Enter) -> None:
    enter(caller, zhao)
    opened.write(lambda session: people.disable_login(session, zhao.id, clock.now()))
    assert caller.get("/console/v1/me").status_code == 401
    assert try_password(caller, zhao.username, PASSWORD) == 401


def test_a_role_counts_from_its_first_to_its_last_day(
    caller: FlaskClient, opened: House, hire: Hire, beigou: Village, enter: Enter
) -> None:
    known = hire()
    today = clock.today()
    opened.write(
        lambda session: people.give_role(
            session, known.id, Role.LEADER, beigou.town, since=today, until=today + timedelta(days=2)
        )
    )
    enter(caller, known)
    assert len(caller.get("/console/v1/me").json["roles"]) == 1
    with clock.frozen(clock.now() + timedelta(days=2)):
        enter(caller, known)
        assert caller.get("/console/v1/me").json["roles"] == []


def test_an_old_hash_is_replaced_at_the_next_login(
    caller: FlaskClient, app: Flask, opened: House, zhao: Known, enter: Enter
) -> None:
    costly = "UPDATE login SET password_hash = :hash WHERE person_id = :id"
    from argon2 import PasswordHasher

    old = PasswordHasher(time_cost=2, memory_cost=128, parallelism=1).hash(PASSWORD)
    opened.write(lambda session: session.execute(text(costly), {"hash": old, "id": zhao.id}))
    enter(caller, zhao)
    stored = text("SELECT password_hash FROM login WHERE person_id = :id")
    assert opened.read(lambda session: session.scalar(stored, {"id": zhao.id})) != old
    enter(caller, zhao)
