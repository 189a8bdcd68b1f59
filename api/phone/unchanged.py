"""The short way for "nothing changed": most pulls end here, before the application is woken.

It only says 304, and only to a phone in use whose tag is that of its heads now. Whatever else comes, and whatever goes
wrong, the application sees in its ordinary way; what was found out about the phone goes along.
"""

from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api import limiting, request_log
from api.auth import KNOCK
from api.ops import metrics
from sync import clock, ids
from sync.errors import Problem
from sync.feed.queries import Knock, knock
from sync.house import House
from sync.identity.rules import is_stale
from sync.limits import Limit

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH = "/phone/v1/changes"
NOT_MODIFIED = f"{HTTPStatus.NOT_MODIFIED.value} {HTTPStatus.NOT_MODIFIED.phrase}"


class Unchanged:
    """WSGI middleware around the application. `headers` stand on every answer."""

    def __init__(self, app: "WSGIApplication", house: House, headers: dict[str, str]) -> None:
        self._app, self._house = app, house
        self._headers = list(headers.items())

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer 304, or let the application answer."""
        if environ["PATH_INFO"] == PATH and environ["REQUEST_METHOD"] == "GET" and "HTTP_IF_NONE_MATCH" in environ:
            began = clock.ticks()
            found = self._knock(environ)
            if found is not None and found.tag in environ["HTTP_IF_NONE_MATCH"] and self._may(found):
                start_response(NOT_MODIFIED, [*self._headers, ("ETag", found.tag)])
                seconds = clock.ticks() - began
                metrics.count("GET", PATH, HTTPStatus.NOT_MODIFIED.value, seconds)
                request_log.tell("GET", PATH, HTTPStatus.NOT_MODIFIED.value, seconds, found.device.id)
                return []
        return self._app(environ, start_response)

    def _knock(self, environ: "WSGIEnvironment") -> Knock | None:
        """Who knocks, if nothing is owed to that phone but an answer: its time of contact is written once an hour."""
        scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        now, policy = clock.now(), self._house.policy.devices
        try:
            found = knock(self._house.engine, ids.digest(token.strip()), now, policy)
        except (Problem, DBAPIError, PoolTimeout):
            return None
        environ[KNOCK] = found
        return None if is_stale(found.device, now, policy) else found

    def _may(self, found: Knock) -> bool:
        """Whether the phone stays within its limits; if not, the application says so."""
        return limiting.passed(self._house, found.device.id, Limit.REQUESTS, Limit.PULLS) is None
