"""One log line a request: method, route, status, milliseconds, phone. Never the address itself, nor any content."""

from uuid import UUID

import structlog
from flask import Flask, Response, g, request

from sync import clock

log = structlog.get_logger("request")


def tell(method: str, route: str | None, status: int, seconds: float, device: UUID | None) -> None:
    """Write the line of one request."""
    log.info(
        "request",
        method=method,
        route=route,
        status=status,
        ms=round(seconds * 1000, 1),
        device=str(device) if device else None,
    )


def keep(app: Flask) -> None:
    """Write a line for every request of `app`."""

    @app.before_request
    def begin() -> None:
        g.began = clock.ticks()

    @app.after_request
    def end(response: Response) -> Response:
        known, route = g.get("device"), request.url_rule.rule if request.url_rule else None
        tell(request.method, route, response.status_code, clock.ticks() - g.began, known.id if known else None)
        return response
