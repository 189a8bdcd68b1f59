"""Whatever goes wrong leaves as one problem document, and the log tells nothing of anybody."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, abort, redirect, request
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api.app import create_app
from api.session import reading, writing
from sync.errors import refuse
from sync.settings import Settings

Fails = Callable[[], Any]


def sql(statement: str) -> Fails:
    return lambda: writing(lambda session: session.execute(text(statement)).all())


def raises(error: Exception) -> Fails:
    def view() -> None:
        raise error

    return view


@pytest.fixture(scope="module")
def trouble(settings: Settings) -> Iterator[Flask]:
    """An application whose views fail in every way."""
    app = create_app(settings)
    views: dict[str, Fails] = {
        "refused": raises(refuse("batch-conflict", headers={"X-Hash": "1"}, sha256="ab")),
        "surprise": raises(KeyError("王芳 13812345678")),
        "teapot": lambda: abort(418),
        "gone-wrong": lambda: abort(502),
        "moved": lambda: redirect("/elsewhere"),
        "large": lambda: {"size": len(request.get_data())},
        "twice": sql(
            "INSERT INTO person (id, staff_no, name)"
            " SELECT gen_random_uuid(), 'same', '王芳' FROM generate_series(1, 2) RETURNING 1"
        ),
        "nameless": sql("INSERT INTO unit_above VALUES (gen_random_uuid(), gen_random_uuid(), 1) RETURNING 1"),
        "slow": sql("SET LOCAL statement_timeout = 1; SELECT pg_sleep(5)"),
        "full": sql("DO $$ BEGIN RAISE disk_full; END $$; SELECT 1"),
        "cut": sql("SELECT pg_terminate_backend(pg_backend_pid())"),
        "waiting": raises(PoolTimeout("no connection left")),
        "nested": lambda: reading(lambda _: writing(lambda _: None)),
    }
    for name, view in views.items():
        app.add_url_rule(f"/{name}", name, view, methods=["GET", "POST"])
    yield app
    app.extensions["doorstep"].close()


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/refused", 409, "batch-conflict"),
        ("/surprise", 500, "internal"),
        ("/teapot", 400, "bad-request"),
        ("/gone-wrong", 500, "internal"),
        ("/nowhere", 404, "not-found"),
        ("/twice", 409, "staff-no-taken"),
        ("/nameless", 500, "internal"),
        ("/slow", 503, "unavailable"),
        ("/full", 507, "storage-full"),
        ("/cut", 503, "unavailable"),
        ("/waiting", 503, "unavailable"),
        ("/nested", 500, "internal"),
    ],
)
def test_each_failure_has_its_code(trouble: Flask, path: str, status: int, code: str) -> None:
    answer = trouble.test_client().get(path)
    assert answer.mimetype == "application/problem+json"
    assert (answer.status_code, answer.json["status"], answer.json["code"]) == (status, status, code)
    assert answer.json["title_zh"]
    assert answer.json["title_en"]


def test_facts_and_headers_of_a_refusal_travel_with_it(trouble: Flask) -> None:
    answer = trouble.test_client().get("/refused")
    assert (answer.json["sha256"], answer.json["retry"], answer.headers["X-Hash"]) == ("ab", "never", "1")


def test_a_redirect_is_no_problem(trouble: Flask) -> None:
    assert trouble.test_client().get("/moved").status_code == 302


def test_a_wrong_method_says_which_are_right(trouble: Flask) -> None:
    answer = trouble.test_client().delete("/surprise")
    assert answer.json["code"] == "method-not-allowed"
    assert "GET" in answer.headers["Allow"]


def test_a_body_above_the_limit_is_to_be_split(trouble: Flask) -> None:
    answer = trouble.test_client().post("/large", data=b"x" * (1 << 20 | 1))
    assert (answer.status_code, answer.json["retry"]) == (413, "split")


def test_neither_answer_nor_log_tells_what_the_failing_code_held(
    trouble: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in ("/surprise", "/twice", "/nameless"):
        answer = trouble.test_client().get(path)
        assert "王芳" not in answer.get_data(as_text=True)
    written = capsys.readouterr().out
    assert '"error":"KeyError"' in written
    assert "fk_unit_above" in written
    assert "王芳" not in written
    assert "13812345678" not in written


def test_a_request_is_one_line_with_its_route_and_without_its_address(
    caller: FlaskClient, capsys: pytest.CaptureFixture[str]
) -> None:
    caller.get("/login?next=/places/secret")
    line = capsys.readouterr().out
    assert '"route":"/login"' in line
    assert '"status":200' in line
    assert "secret" not in line


@pytest.mark.parametrize(
    ("body", "kind", "code", "pointer"),
    [
        (b'{"username": "x"', "application/json", "bad-request", None),
        (b"\xff", "application/json", "bad-request", None),
        (b"", "application/json", "bad-request", None),
        (b'{"username": NaN}', "application/json", "bad-request", None),
        (b'{"username": "\\ud800"}', "application/json", "bad-request", None),
        (b'{"username": "a\\u0000", "password": "x"}', "application/json", "invalid", None),
        (b'{"a\\u0000": [1]}', "application/json", "invalid", None),
        (b'{"username": "\\\\u0000", "password": "x"}', "application/json", "login-failed", None),
        (b"username=x", "application/x-www-form-urlencoded", "media-type", None),
        (b'{"username": "x"}', "text/plain", "media-type", None),
        (b"[]", "application/json", "invalid", ""),
        (b"null", "application/json", "invalid", ""),
        (b"{}", "application/json", "invalid", "/username"),
        (b'{"username": 7, "password": "x"}', "application/json", "invalid", "/username"),
        (b'{"username": "x", "password": "x", "a/b~c": 1}', "application/json", "invalid", "/a~1b~0c"),
    ],
)
def test_a_bad_body_is_told_by_code_and_pointer(
    caller: FlaskClient, body: bytes, kind: str, code: str, pointer: str | None
) -> None:
    answer = caller.post("/console/v1/login", data=body, content_type=kind)
    assert answer.json["code"] == code
    assert answer.json.get("pointer") == pointer


def test_a_pointer_reaches_into_nested_members(caller: FlaskClient) -> None:
    answer = caller.post("/phone/v1/enrol", json={"username": "x", "code": "1", "device": {"model": ""}})
    pointers = {error["pointer"] for error in answer.json["errors"]}
    assert pointers == {"/code", "/device/model", "/device/os", "/device/app_version"}
