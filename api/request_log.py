"""One log line a request: method, route, status, milliseconds, phone. Never the address itself, nor any content."""

import structlog
from flask import Flask, Response, g, request

from sync import clock


def keep(app: Flask) -> None:
    """Write a line for every request of `app`."""
    log = structlog.get_logger("request")

    @app.before_request
    def begin() -> None:
        g.began = clock.ticks()

    @app.after_request
    def end(response: Response) -> Response:
        known = g.get("device")
        log.info(
            "request",
            method=request.method,
            route=request.url_rule.rule if request.url_rule else None,
            status=response.status_code,
            ms=round((clock.ticks() - g.began) * 1000, 1),
            device=str(known.id) if known else None,
        )
        return response
