"""Whatever a stranger sends: no 500, no undocumented answer."""

from pathlib import Path

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import create_app
from sync import clock
from sync.house import House
from sync.identity.actions import logins, people
from sync.settings import Settings
from sync.words import Role
from tests.api.conftest import Hire
from tests.factories.review import add_doubted
from tests.factories.village import Village, add_phone


@pytest.fixture(scope="module")
def credentials(opened: House, beigou: Village, hire: Hire) -> dict[str, str]:
    """Headers of a phone and of a browser that may do everything."""
    token = opened.write(lambda session: add_phone(session, beigou.home, beigou.li))
    known = hire(Role.UNIT_ADMIN, beigou.county)
    opened.write(lambda session: people.give_role(session, known.id, Role.VERIFIER, beigou.county))
    opened.write(lambda session: add_doubted(session, beigou))
    begun = opened.write(
        lambda session: logins.open_session(session, known.id, "x", None, clock.now(), opened.policy.logins)
    )
    return {
        "Authorization": f"Bearer {token}",
        "Cookie": f"doorstep_session={begun.token}",
        "X-CSRF-Token": begun.csrf,
    }


CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
DOCUMENT = (
    create_app(Settings("postgresql://nobody@127.0.0.1:1/nothing", "redis://", "s" * 32, "", Path("nowhere")))
    .extensions["flask-smorest"]["apis"][""]["ext_obj"]
    .spec.to_dict()
)
OPERATIONS = [
    (path, method.upper())
    for path, methods in DOCUMENT["paths"].items()
    for method in methods
    if method in {"get", "put", "post", "delete", "head", "patch"}
]


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_answer_is_documented(
    app: Flask, credentials: dict[str, str], path: str, method: str, mode: GenerationMode
) -> None:
    operation = schemathesis.openapi.from_wsgi("/openapi.json", app)[path][method]

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True)
    def fuzz(case: Case) -> None:
        response = case.call(headers=credentials)
        case.validate_response(response, checks=CHECKS)

    try:
        fuzz()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE  # nothing in the request can be wrong: it has no parameters
