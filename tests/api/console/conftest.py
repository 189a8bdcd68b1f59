"""Browsers of people with a role, and who looks at the console's map."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sync.house import House
from sync.identity.actions import people
from sync.words import Role
from tests.api.conftest import Enter, Hire
from tests.factories.village import Village

Ask = Callable[..., TestResponse]
Held = tuple[Role, UUID]


@pytest.fixture
def ask(app: Flask, opened: House, hire: Hire, enter: Enter, beigou: Village) -> Ask:
    """GET below /console/v1 as somebody with a role at a unit, by default a verifier of the county; `held`: with more
    roles than one."""
    callers: dict[tuple[Held, ...], FlaskClient] = {}

    def log_in(first: Held, *more: Held) -> FlaskClient:
        known, caller = hire(*first), app.test_client()
        for role, unit in more:
            opened.write(partial(people.give_role, person_id=known.id, role=role, unit_id=unit))
        enter(caller, known)
        return caller

    def ask(
        path: str, role: Role = Role.VERIFIER, unit: UUID | None = None, held: tuple[Held, ...] = (), **more: Any
    ) -> TestResponse:
        key = held or ((role, unit or beigou.county),)
        if key not in callers:
            callers[key] = log_in(*key)
        return callers[key].get(f"/console/v1{path}", **more)

    return ask


class Console:
    """A browser of somebody with a role."""

    def __init__(self, caller: FlaskClient, csrf: str) -> None:
        self.caller, self.csrf = caller, csrf

    def post(self, path: str, **body: Any) -> Any:
        return self.caller.post(f"/console/v1/{path}", json=body, headers={"X-CSRF-Token": self.csrf})

    def get(self, path: str) -> Any:
        return self.caller.get(f"/console/v1/{path}")


@pytest.fixture
def console(app: Flask, hire: Hire, enter: Enter) -> Any:
    """Log somebody with a role in."""

    def console(role: Role, unit: UUID) -> Console:
        caller = app.test_client()
        return Console(caller, enter(caller, hire(role, unit)))

    return console
