"""The blueprint that every part of the API uses: strict JSON in, documented problems out."""

from typing import Any, ClassVar

import flask_smorest
import marshmallow
import orjson
from flask import Blueprint as FlaskBlueprint
from flask import Flask, Request
from webargs.flaskparser import FlaskParser

from api.auth import Guard
from sync.errors import refuse


class Parser(FlaskParser):
    """Arguments as webargs reads them, but a body must be JSON by name and by RFC 8259, without NUL in its texts,
    and a query has no unknown keys."""

    DEFAULT_UNKNOWN_BY_LOCATION: ClassVar[dict[str, str]] = FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION | {
        "query": marshmallow.RAISE,
        "querystring": marshmallow.RAISE,
    }

    def _raw_load_json(self, req: Request) -> Any:
        if not req.is_json:
            raise refuse("media-type", detail="application/json")
        raw = req.get_data(cache=True)
        try:
            document = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise refuse("bad-request", detail=f"not JSON at position {error.pos}") from error
        if b"\\u0000" in raw and _has_nul(document):
            raise refuse("invalid", detail="U+0000")
        return document


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_has_nul(key) or _has_nul(member) for key, member in value.items())
    return isinstance(value, list) and any(map(_has_nul, value))


class Blueprint(flask_smorest.Blueprint):
    """A part of the API. Use `Blueprint("batches", __name__)`, and put it behind a door in api/app.py."""

    ARGUMENTS_PARSER = Parser()


class DoorBlueprint(Blueprint):
    """The fresh parent of one door: its guard runs before every view below it, its security is documented there."""

    def __init__(self, name: str, prefix: str, guard: Guard) -> None:
        super().__init__(name, __name__, url_prefix=prefix)
        self.guard = guard
        self.before_request(guard.check)
        self._prepare_doc_cbks.append(self._document_guard)

    def _document_guard(self, doc: dict[str, Any], _info: dict[str, Any], **_: Any) -> dict[str, Any]:
        doc["security"] = list(self.guard.security)
        doc.setdefault("responses", {}).setdefault("default", "DEFAULT_ERROR")
        return doc

    def add(self, child: FlaskBlueprint) -> None:
        """Put a blueprint behind this door; plain Flask ones (pages) stay out of the OpenAPI document."""
        if isinstance(child, flask_smorest.Blueprint):
            self.register_blueprint(child)
        else:
            FlaskBlueprint.register_blueprint(self, child)


def open_door(app: Flask, api: flask_smorest.Api, door: DoorBlueprint) -> None:
    """Register a door and what stands behind it."""
    if door._docs:
        api.register_blueprint(door)
    else:
        app.register_blueprint(door)
