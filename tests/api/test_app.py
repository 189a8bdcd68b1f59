"""What holds for every answer of the application."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from api.app import create_app
from api.override import MethodOverride
from sync.house import House
from sync.settings import Settings
from sync.words import Verdict


def test_the_openapi_document_is_public_and_names_problems_and_credentials(caller: FlaskClient) -> None:
    document = caller.get("/openapi.json").json
    assert document["openapi"].startswith("3.1")
    assert document["paths"]["/phone/v1/me"]["get"]["security"] == [{"deviceToken": []}]
    assert document["paths"]["/phone/v1/enrol"]["post"]["security"] == []
    assert "default" in document["paths"]["/phone/v1/me"]["get"]["responses"]
    assert set(document["components"]["securitySchemes"]) == {"deviceToken", "session"}
    problem = document["components"]["responses"]["DEFAULT_ERROR"]["content"]
    assert set(problem) == {"application/problem+json"}


def test_no_answer_lets_scripts_frames_or_strangers_in(caller: FlaskClient) -> None:
    for path in ("/login", "/openapi.json", "/nowhere"):
        headers = caller.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert "Strict-Transport-Security" not in headers


def test_behind_https_cookies_are_secure_and_browsers_stay_there(settings: Settings) -> None:
    app = create_app(replace(settings, secure_cookies=True))
    answer = app.test_client().get("/login")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_the_address_of_a_client_behind_a_proxy_is_the_one_that_the_proxy_saw(settings: Settings) -> None:
    app = create_app(replace(settings, proxies=1))
    app.add_url_rule("/address", "address", lambda: {"address": request.remote_addr})
    forwarded = {"X-Forwarded-For": "6.6.6.6, 10.1.1.1"}
    assert app.test_client().get("/address", headers=forwarded).json == {"address": "10.1.1.1"}


def test_json_keeps_words_ids_and_times(app: Flask, opened: House) -> None:
    assert app.json.dumps({"verdict": Verdict.VERIFIED}) == '{"verdict":"verified"}'
    assert app.json.loads('{"a": 1}') == {"a": 1}
    assert app.json.response(a=1).get_data() == b'{"a":1}'


class Echo:
    """A WSGI application that says how it was asked."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        start_response("200 OK", [("Content-Length", "400"), ("X-Method", method)])
        return [] if method == "HEAD" else [method.encode()]


@pytest.mark.parametrize(
    ("path", "method", "header", "meant"),
    [
        ("/phone/v1/batches/1", "POST", "PUT", "PUT"),
        ("/phone/v1/batches/1", "POST", "patch", "PATCH"),
        ("/phone/v1/batches/1", "POST", "DELETE", "DELETE"),
        ("/phone/v1/batches/1", "POST", "GET", "POST"),
        ("/phone/v1/batches/1", "POST", "", "POST"),
        ("/phone/v1/batches/1", "GET", "PUT", "GET"),
        ("/console/v1/logout", "POST", "PUT", "POST"),
    ],
)
def test_a_phone_behind_a_gateway_says_put_with_post(path: str, method: str, header: str, meant: str) -> None:
    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "HTTP_X_HTTP_METHOD_OVERRIDE": header}
    said: list[Any] = []
    body = MethodOverride(Echo())(environ, lambda *answer: said.append(answer))
    assert b"".join(body).decode() == meant
    assert said[0][1][0] == ("Content-Length", "400")


def test_the_answer_to_head_by_post_promises_no_bytes() -> None:
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/phone/v1/blobs/1", "HTTP_X_HTTP_METHOD_OVERRIDE": "HEAD"}
    said: list[Any] = []
    assert list(MethodOverride(Echo())(environ, lambda *answer: said.append(answer))) == []
    assert said == [("200 OK", [("X-Method", "HEAD"), ("Content-Length", "0")])]


def test_a_head_by_post_reaches_the_view(caller: FlaskClient) -> None:
    answer = caller.post("/phone/v1/me", headers={"X-HTTP-Method-Override": "HEAD"})
    assert answer.status_code == 401
    assert answer.get_data() == b""
    assert answer.headers["Content-Length"] == "0"
