"""Guards of the doors: from a token or a cookie to an Actor, before any view runs."""

import hmac
from collections.abc import Callable
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import quote

from flask import g, redirect, request
from flask.typing import ResponseReturnValue

from api.session import house, reading, writing
from sync import clock
from sync.access import Actor
from sync.errors import Problem, refuse
from sync.identity.actions import devices, logins
from sync.identity.actions.logins import KnownSession
from sync.identity.rules import KnownDevice, is_stale

COOKIE = "doorstep_session"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard(NamedTuple):
    """What a request must show before a view of the door runs; `security` is its OpenAPI requirement."""

    name: str
    check: Callable[[], ResponseReturnValue | None]
    security: tuple[dict[str, list[str]], ...] = ()


def actor() -> Actor:
    """Who acts in this request; only behind a guard that knows."""
    known: Actor = g.actor
    return known


def device() -> KnownDevice:
    """The phone of this request; only behind the doors of phones."""
    known: KnownDevice = g.device
    return known


def browser() -> KnownSession:
    """The browser session of this request; only behind the doors of the console."""
    known: KnownSession = g.browser
    return known


def _device(*, pushing: bool) -> None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise refuse("unauthenticated", headers={"WWW-Authenticate": 'Bearer realm="doorstep"'})
    now, policy = clock.now(), house().policy.devices
    known, g.actor = reading(
        lambda session: devices.recognise_device(session, token.strip(), now, policy, pushing=pushing)
    )
    g.device = known
    if is_stale(known, now, policy):
        writing(lambda session: devices.touch_device(session, known, now, policy))


def _active_device() -> None:
    _device(pushing=False)


def _pushing_device() -> None:
    _device(pushing=True)


def _console() -> None:
    token = request.cookies.get(COOKIE)
    if not token:
        raise refuse("unauthenticated")
    now = clock.now()
    known = reading(lambda session: logins.recognise_session(session, token, now))
    if request.method not in SAFE:
        check_csrf(known.csrf)
    g.browser, g.actor = known, known.actor
    if logins.is_stale(known, now) and "live" not in request.args:  # a page that reloads itself is nobody's presence
        writing(lambda session: logins.touch_session(session, known, now, house().policy.logins))


def check_csrf(expected: str) -> None:
    """Refuse an unsafe request that another site could have caused: header or form field must repeat the token."""
    given = request.headers.get("X-CSRF-Token") or request.form.get("csrf", "")
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise refuse("csrf-failed")


def _page() -> ResponseReturnValue | None:
    try:
        _console()
    except Problem as problem:
        if problem.code != "unauthenticated" or request.method not in SAFE:
            raise
        return redirect(f"/login?next={quote(request.full_path.rstrip('?'))}", 303)
    return None


def _ops() -> None:
    """Health and metrics name no person, but are nobody's business outside: loopback and private networks only,
    and never through a proxy, which would make everybody look local."""
    address = ip_address(request.remote_addr or "0.0.0.0")  # noqa: S104  # an address to compare, not to bind
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    if forwarded or not (address.is_loopback or address.is_private):
        raise refuse("forbidden")


def _public() -> None:
    """Anybody may knock; the view itself decides what it tells."""


DEVICE = Guard("device", _active_device, ({"deviceToken": []},))
PUSHING_DEVICE = Guard("pushing_device", _pushing_device, ({"deviceToken": []},))
CONSOLE = Guard("console", _console, ({"session": []},))
PAGE = Guard("page", _page, ({"session": []},))
OPS = Guard("ops", _ops)
PUBLIC = Guard("public", _public)
