"""Pages that a browser shows without a script: the login form."""

import hmac

from flask import Blueprint, Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from api import auth
from api.console.sessions import keep_cookie, log_in, log_out
from api.session import house, reading
from sync import clock, ids
from sync.errors import Problem, refuse
from sync.identity.actions.logins import Opened, recognise_session
from sync.words import Role

LOGIN_COOKIE = "doorstep_login"
before = Blueprint("entrance", __name__, template_folder="templates", static_folder="static", static_url_path="/static")
behind = Blueprint("exit", __name__)


@before.get("/login")
def login_form() -> ResponseReturnValue:
    """The form."""
    return _form(None)


@before.post("/login")
def login() -> ResponseReturnValue:
    """Check the form; a wrong password shows it again."""
    mine, theirs = request.cookies.get(LOGIN_COOKIE, ""), request.form.get("csrf", "")
    if not mine or not hmac.compare_digest(mine.encode(), theirs.encode()):
        return _form(refuse("csrf-failed"))
    try:
        opened = log_in(request.form.get("username", ""), request.form.get("password", ""))
    except Problem as problem:
        return _form(problem)
    response = make_response(redirect(_landing(opened), 303))
    response.delete_cookie(LOGIN_COOKIE)
    return keep_cookie(response, opened)


@behind.post("/logout")
def logout() -> ResponseReturnValue:
    """End the session and show the form."""
    log_out()
    response = make_response(redirect("/login", 303))
    response.delete_cookie(auth.COOKIE)
    return response


def _form(problem: Problem | None) -> Response:
    csrf = ids.token("lf")
    page = render_template(
        "login.html",
        csrf=csrf,
        problem=problem,
        username=request.form.get("username", ""),
        next=_own_address(request.values.get("next", "")),
    )
    response = make_response(page, problem.refusal.status if problem else 200)
    response.headers.update(problem.headers if problem else {})
    response.set_cookie(
        LOGIN_COOKIE, csrf, max_age=3600, httponly=True, secure=house().settings.secure_cookies, samesite="Lax"
    )
    return response


def _own_address(address: str) -> str:
    """Where to go after the login: a path of ours, never another site's."""
    is_own = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if is_own else "/"


def _landing(opened: Opened) -> str:
    """The page that was asked for; who asked for none begins at the console's map if he verifies, at the overview if
    not."""
    address = _own_address(request.form.get("next", ""))
    if address != "/":
        return address
    known = reading(lambda session: recognise_session(session, opened.token, clock.now()))
    return "/console/" if any(held.role is Role.VERIFIER for held in known.actor.roles) else "/"
