"""Every route stands behind a guarded door, and nothing but what is meant to be public answers a stranger."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule

from api import auth
from api.app import DOORS, create_app
from sync.settings import Settings

PUBLIC = {
    "/console/v1/login",
    "/health",
    "/login",
    "/openapi.json",
    "/phone/v1/enrol",
    "/phone/v1/login",
    "/static/<path:filename>",
}
NOWHERE = Settings(
    database_url="postgresql://nobody@127.0.0.1:1/nothing",
    redis_url="redis://127.0.0.1:1/0",
    secret_key="s" * 32,
    contact_keys="",
    blob_dir=Path("nowhere"),
)


@pytest.fixture(scope="module")
def app() -> Flask:
    """The application without a database: a route that is refused never asks one."""
    return create_app(NOWHERE)


def routes(app: Flask) -> Iterator[tuple[Rule, auth.Guard]]:
    guards = {door.name: door.guard for door in DOORS}
    for rule in app.url_map.iter_rules():
        yield rule, guards[rule.endpoint.split(".")[0]]


def test_every_route_stands_behind_a_guarded_door(app: Flask) -> None:
    guarded = {name for name, checks in app.before_request_funcs.items() if name and checks}
    assert {rule.endpoint.split(".")[0] for rule in app.url_map.iter_rules()} <= guarded
    for door in DOORS:
        if door.name in guarded:
            assert door.guard.check in app.before_request_funcs[door.name]


def test_only_what_is_listed_is_public(app: Flask) -> None:
    assert {rule.rule for rule, guard in routes(app) if guard is auth.PUBLIC} <= PUBLIC


def test_no_other_route_answers_without_credentials(app: Flask) -> None:
    client = app.test_client()
    for rule, guard in routes(app):
        if guard in (auth.PUBLIC, auth.OPS):
            continue
        path = re.sub(r"<[^>]*>", "00000000-0000-0000-0000-000000000000", rule.rule)
        for method in rule.methods or ():
            answer = client.open(path, method=method)
            sent_to_login = answer.status_code == 303 and answer.location.startswith("/login?next=")
            assert answer.status_code in (401, 404) or sent_to_login, (method, rule.rule, answer.status)


def test_health_and_metrics_answer_only_from_near(app: Flask) -> None:
    for rule, guard in routes(app):
        if guard is not auth.OPS:
            continue
        far = app.test_client()
        far.environ_base["REMOTE_ADDR"] = "8.8.8.8"
        assert far.get(rule.rule).status_code == 403
        through_a_proxy = app.test_client().get(rule.rule, headers={"X-Forwarded-For": "10.0.0.1"})
        assert through_a_proxy.status_code == 403


def test_two_applications_live_in_one_process(app: Flask) -> None:
    other = create_app(NOWHERE)
    assert {r.rule for r in other.url_map.iter_rules()} == {r.rule for r in app.url_map.iter_rules()}
