"""Verifier Wang of the county before the queue, and visits for it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from sync import ids
from sync.house import House
from sync.words import Cause, Role
from tests.api.conftest import Enter, Hire, Known
from tests.factories.review import Doubted, add_doubted
from tests.factories.village import HOME, Village


@dataclass(frozen=True)
class Browser:
    """The browser of somebody who logged in."""

    caller: FlaskClient
    csrf: str
    known: Known

    def get(self, path: str) -> Any:
        return self.caller.get(f"/console/v1/review/{path}")

    def post(self, path: str, **body: Any) -> Any:
        return self.caller.post(f"/console/v1/review/{path}", json=body, headers={"X-CSRF-Token": self.csrf})

    def delete(self, path: str) -> Any:
        return self.caller.delete(f"/console/v1/review/{path}", headers={"X-CSRF-Token": self.csrf})

    def decide(self, visit: UUID, deciding: str, **more: Any) -> Any:
        return self.post(f"visits/{visit}/decisions", **{"id": str(ids.uuid7()), "deciding": deciding} | more)

    def decide_group(self, deciding: str, **more: Any) -> Any:
        return self.post("decisions", **{"id": str(ids.uuid7()), "deciding": deciding} | more)


Open = Callable[[Role, UUID], Browser]


@pytest.fixture
def browse(app: Flask, hire: Hire, enter: Enter) -> Open:
    """Log somebody in who holds a role at a unit."""

    def browse(role: Role, unit: UUID) -> Browser:
        known, caller = hire(role, unit), app.test_client()
        return Browser(caller, enter(caller, known), known)

    return browse


@pytest.fixture
def wang(browse: Open, beigou: Village) -> Browser:
    """The county's verifier."""
    return browse(Role.VERIFIER, beigou.county)


Doubt = Callable[..., Doubted]


@pytest.fixture
def doubt(opened: House, beigou: Village) -> Doubt:
    """Let a visit wait in the queue."""

    def doubt(cause: Cause = Cause.ADDRESS, key: str | None = None, **more: Any) -> Doubted:
        return opened.write(lambda session: add_doubted(session, beigou, cause, key, **more))

    return doubt


Ask = Callable[..., Any]


@pytest.fixture
def value(opened: House) -> Ask:
    """One value, or the first row, of a plain select."""

    def value(statement: str, **facts: Any) -> Any:
        def work(session: Any) -> Any:
            rows = session.execute(text(statement), facts).all()
            return rows[0][0] if rows and len(rows[0]) == 1 else (rows[0] if rows else None)

        return opened.read(work)

    return value


@pytest.fixture(autouse=True)
def empty(opened: House, beigou: Village) -> None:
    """Each test finds no visits and an empty queue, and the homes where they stood."""
    gone = (
        "TRUNCATE visit, decision, question, said, finding, same_visit, draw, place_position, datum_group,"
        " device_share, errand CASCADE"
    )
    back = (
        "UPDATE place SET position_datum = NULL, position = CASE WHEN id = :home"
        " THEN ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)::geography END WHERE id = ANY(:homes)"
    )
    facts = {"home": beigou.home, "lon": HOME[0], "lat": HOME[1], "homes": [beigou.home, beigou.unmapped]}
    opened.write(lambda session: (session.execute(text(gone)), session.execute(text(back), facts)))
