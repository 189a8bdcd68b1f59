"""Every refusal and every failure leaves as one RFC 9457 problem, translated here and nowhere else."""

from typing import Any

import psycopg.errors as pg
import structlog
from flask import Flask, Response, current_app
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from sync import logs
from sync.db import refusal_of
from sync.errors import REFUSALS, Problem, refuse

CODE_BY_STATUS = {
    400: "bad-request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    409: "conflict",
    412: "precondition-failed",
    413: "body-too-large",
    415: "media-type",
    422: "invalid",
    423: "busy",
    429: "too-many",
    503: "unavailable",
}
AWAY = (pg.OperationalError, pg.QueryCanceled, pg.LockNotAvailable, pg.DeadlockDetected, pg.SerializationFailure)
FULL = (pg.DiskFull,)
log = structlog.get_logger("problem")


def translate(app: Flask) -> None:
    """Register the handlers of an application."""
    app.register_error_handler(Problem, answer)
    app.register_error_handler(HTTPException, from_http)
    app.register_error_handler(DBAPIError, from_database)
    app.register_error_handler(PoolTimeout, from_full_pool)
    app.register_error_handler(Exception, from_surprise)


def answer(problem: Problem) -> Response:
    """The problem as an answer."""
    response = Response(current_app.json.dumps(problem.body()))
    response.mimetype = "application/problem+json"
    response.status_code = problem.refusal.status
    response.headers.update(problem.headers)
    return response


def from_http(error: HTTPException) -> ResponseReturnValue:
    """Errors of Flask, Werkzeug and webargs; redirects pass as they are."""
    if error.code is None or error.code < REFUSALS["bad-request"].status:
        return error
    problem = refuse(CODE_BY_STATUS.get(error.code, "bad-request" if error.code < 500 else "internal"))
    if error.code == REFUSALS["method-not-allowed"].status:
        problem.headers["Allow"] = ", ".join(getattr(error, "valid_methods", None) or ())
    messages = getattr(error, "data", {}).get("messages")
    if messages:
        problem.facts["errors"] = errors = pointers(messages)
        problem.facts["pointer"] = errors[0]["pointer"]
    return answer(problem)


def pointers(messages: dict[str, Any]) -> list[dict[str, str]]:
    """webargs' messages, nested by location and field, as a flat list of RFC 6901 pointers."""
    found: list[dict[str, str]] = []

    def walk(value: Any, path: str) -> None:
        if isinstance(value, dict):
            for key, member in value.items():
                step = "" if key == "_schema" else "/" + str(key).replace("~", "~0").replace("/", "~1")
                walk(member, path + step)
        else:
            texts = value if isinstance(value, list) else [value]
            found.extend({"pointer": path, "detail": str(text)} for text in texts)

    for fields in messages.values():
        walk(fields, "")
    return found


def from_database(error: DBAPIError) -> Response:
    """The database is the last judge: a violated constraint with a name is a refusal, its absence `unavailable`."""
    cause = error.orig
    problem = refusal_of(error)
    if problem:
        return answer(problem)
    if isinstance(cause, FULL):
        return answer(refuse("storage-full"))
    if error.connection_invalidated or isinstance(cause, AWAY):
        log.warning("database", error=type(cause).__name__, state=getattr(cause, "sqlstate", None))
        return answer(refuse("unavailable", headers={"Retry-After": "2"}))
    constraint = cause.diag.constraint_name if isinstance(cause, pg.IntegrityError) else None
    return from_surprise(error, constraint=constraint, state=getattr(cause, "sqlstate", None))


def from_full_pool(_: PoolTimeout) -> Response:
    """Every connection is busy: the sender comes again."""
    return answer(refuse("unavailable", headers={"Retry-After": "2"}))


def from_surprise(error: Exception, **facts: Any) -> Response:
    """Anything else is our fault: the log says where, the answer says nothing."""
    log.error("internal", error=type(error).__name__, at=logs.frames(error), **facts)
    return answer(refuse("internal"))
