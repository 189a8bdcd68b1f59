"""Guards of the doors: from a token or a cookie to an Actor, before any view runs."""

import hmac
from collections.abc import Callable
from datetime import datetime
from functools import partial
from ipaddress import ip_address
from typing import NamedTuple, TypeVar
from urllib.parse import quote

from flask import Response, g, redirect, request
from flask.typing import ResponseReturnValue

from api import limiting, telling
from api.session import house, reading, writing
from sync import clock, ids
from sync.access import Actor
from sync.errors import Problem, refuse
from sync.feed import queries as feed
from sync.feed.queries import Knock
from sync.identity.actions import devices, logins, tokens
from sync.identity.actions.logins import KnownSession
from sync.identity.rules import KnownDevice, is_stale
from sync.identity.tokens import Standing, standing
from sync.limits import Limit
from sync.policy import Devices

Found = TypeVar("Found")
COOKIE = "doorstep_session"
KNOCK = "doorstep.knock"  # what the short way (api/phone/unchanged.py) found out; no header can be called so
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


def knock() -> Knock:
    """What the feed's door found out about this phone."""
    known: Knock = g.knock
    return known


def presented() -> bytes:
    """SHA-256 of the token that this request showed; only behind the doors of phones."""
    digest: bytes = g.presented
    return digest


def _bearer() -> bytes:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise refuse("unauthenticated", headers={"WWW-Authenticate": 'Bearer realm="doorstep"'})
    g.presented = ids.digest(token.strip())
    return presented()


def _whoever(ask: Callable[[bytes], Found]) -> Found:
    """Ask for the phone of a token; if no row names it, for the phone of which it is a successor or predecessor."""
    digest = _bearer()
    try:
        return ask(digest)
    except Problem as problem:
        if problem.code != "token-unknown":
            raise
    return ask(_stand_in(digest))


def _stand_in(digest: bytes) -> bytes:
    """The hash under which the phone of another token of its is found. Raises token-unknown, token-revoked."""
    now, policy = clock.now(), house().policy.devices
    found = tokens.stand_in(reading(partial(tokens.known_token, token_hash=digest)), now, policy)
    settled = found or writing(partial(tokens.settle, token_hash=digest, now=now, policy=policy))
    if isinstance(settled, Problem):
        raise settled
    return settled


def _device(*, pushing: bool) -> None:
    now, policy = clock.now(), house().policy.devices
    recognise = partial(devices.recognise_device, now=now, policy=policy, pushing=pushing)
    known, g.actor = _whoever(lambda digest: reading(partial(recognise, token_hash=digest)))
    _remember(known, now, policy)


def _remember(known: KnownDevice, now: datetime, policy: Devices, *more: Limit) -> None:
    g.device = known
    limiting.require(house(), known.id, now, Limit.REQUESTS, *more)
    if is_stale(known, now, policy):
        told = telling.told()
        writing(lambda session: devices.touch_device(session, known, now, policy, told))


def _pulling_device() -> ResponseReturnValue | None:
    """A phone at its feed: who it is and whether anything has changed are one statement; if not, this is the answer."""
    now, policy = clock.now(), house().policy.devices
    ask = partial(feed.knock, house().engine, now=now, policy=policy)
    found: Knock = request.environ.get(KNOCK) or _whoever(lambda digest: ask(token_hash=digest))
    g.knock, g.actor = found, found.actor
    _remember(found.device, now, policy, Limit.PULLS)
    if found.tag in request.headers.get("If-None-Match", ""):
        return Response(status=304, headers={"ETag": found.tag})
    return None


def _rotating_device() -> None:
    """A phone that asks for a new token. One that was superseded long ago passes: the phone's signature will tell."""
    now, policy, digest = clock.now(), house().policy.devices, _bearer()
    token = reading(partial(tokens.known_token, token_hash=digest))
    if token is not None:
        is_stale_one = standing(token, now, policy) is Standing.STALE
        digest = token.current_hash if is_stale_one else _stand_in(digest)
    known, g.actor = reading(
        partial(devices.recognise_device, token_hash=digest, now=now, policy=policy, pushing=False)
    )
    g.device = known
    limiting.require(house(), known.id, now, Limit.REQUESTS)


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


ROTATING_DEVICE = Guard("rotating_device", _rotating_device, ({"deviceToken": []},))
DEVICE = Guard("device", _active_device, ({"deviceToken": []},))
PULLING_DEVICE = Guard("pulling_device", _pulling_device, ({"deviceToken": []},))
PUSHING_DEVICE = Guard("pushing_device", _pushing_device, ({"deviceToken": []},))
CONSOLE = Guard("console", _console, ({"session": []},))
PAGE = Guard("page", _page, ({"session": []},))
OPS = Guard("ops", _ops)
PUBLIC = Guard("public", _public)
