"""Logging in and out, as JSON under /console/v1 and as a form at /login: one road for both."""

from datetime import timedelta
from typing import Any

from flask import Response, current_app, request
from marshmallow import Schema, fields, validate

from api import auth
from api.blueprint import Blueprint
from api.schemas.person import PersonSchema
from api.session import house, reading, writing
from sync import clock
from sync.errors import Problem, refuse
from sync.identity import passwords, rules
from sync.identity.actions import logins
from sync.identity.actions.logins import Opened
from sync.identity.queries import login_by_username, person_name

before = Blueprint("sessions_open", __name__)
behind = Blueprint("sessions", __name__)


class Credentials(Schema):
    """User name and password."""

    username = fields.String(required=True, validate=validate.Length(1, 200))
    password = fields.String(required=True, validate=validate.Length(1, 1000))


class OpenedSession(Schema):
    """The session that the cookie now holds; `csrf` goes into X-CSRF-Token of every request that changes something."""

    csrf = fields.String(required=True)
    expires_at = fields.AwareDateTime(required=True)


class Me(PersonSchema):
    """The person of this browser."""

    csrf = fields.String(required=True)


def log_in(username: str, password: str) -> Opened:
    """Check and begin a session. An unknown name gets the same answer after the same time as a wrong password.

    Raises login-failed, too-many.
    """
    policy, now = house().policy.logins, clock.now()
    address = request.remote_addr or "unknown"
    counted = writing(lambda session: logins.admit_try(session, username, address, now, policy))
    try:
        name = rules.username(username)
    except Problem:
        name = ""
    found = reading(lambda session: session.execute(login_by_username(name)).one_or_none())
    outcome = passwords.check(found.password_hash if found else None, password, policy)
    if found is None or not outcome.right:
        raise refuse("login-failed")

    def begin(session: Any) -> Opened:
        logins.forgive_address(session, counted)
        return logins.open_session(session, found.person_id, username, outcome.new_hash, now, policy)

    return writing(begin)


def keep_cookie(response: Response, opened: Opened) -> Response:
    """Give the browser its token; scripts and other sites never see it."""
    settings, policy = house().settings, house().policy.logins
    response.set_cookie(
        auth.COOKIE,
        opened.token,
        max_age=timedelta(days=policy.session_days_max),
        httponly=True,
        secure=settings.secure_cookies,
        samesite="Lax",
    )
    return response


def log_out() -> None:
    """End the session of this browser."""
    known = auth.browser()
    writing(lambda session: logins.close_session(session, known))


@before.post("/login")
@before.arguments(Credentials)
@before.response(200, OpenedSession, headers={"Set-Cookie": {"schema": {"type": "string"}}})
def login(credentials: dict[str, str]) -> Response:
    """Log in with user name and password."""
    opened = log_in(credentials["username"], credentials["password"])
    body = current_app.json.response(OpenedSession().dump(opened))
    return keep_cookie(body, opened)  # type: ignore[arg-type]  # the provider makes flask.Response


@behind.post("/logout")
@behind.response(204)
def logout() -> None:
    """Log this browser out."""
    log_out()


@behind.get("/me")
@behind.response(200, Me)
def me() -> dict[str, Any]:
    """Who is logged in, with the roles held today."""
    known = auth.browser()
    name = reading(lambda session: session.scalars(person_name(known.actor.person_id)).one())
    return {"id": known.actor.person_id, "name": name, "roles": known.actor.roles, "csrf": known.csrf}
