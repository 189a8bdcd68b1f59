"""POST with X-HTTP-Method-Override for phones: gateways of government clouds let only GET and POST pass."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

METHODS = frozenset({"PUT", "HEAD", "PATCH", "DELETE"})


class MethodOverride:
    """WSGI middleware: below `/phone/` a POST becomes the method that its header names, before routing."""

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Serve the request under its meant method."""
        meant = environ.get("HTTP_X_HTTP_METHOD_OVERRIDE", "").upper()
        if environ["REQUEST_METHOD"] == "POST" and meant in METHODS and environ["PATH_INFO"].startswith("/phone/"):
            environ["REQUEST_METHOD"] = meant
            if meant == "HEAD":
                return self._app(environ, _without_length(start_response))
        return self._app(environ, start_response)


def _without_length(start_response: "StartResponse") -> "StartResponse":
    """The client sent POST and waits for as many bytes as Content-Length says; the answer to HEAD has none."""

    def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Callable[[bytes], object]:
        kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
        return start_response(status, [*kept, ("Content-Length", "0")], *rest)

    return start
