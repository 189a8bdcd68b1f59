"""The OpenAPI 3.1 document, made from the doors and served to anybody."""

import http
from typing import Any

import flask_smorest
import marshmallow as ma
from flask import Blueprint, Flask, Response, current_app
from flask_smorest.utils import prepare_response

from api.phone.contract import payload_components
from sync.words import Retry

PROBLEM = "application/problem+json"
pages = Blueprint("openapi", __name__)


class FieldError(ma.Schema):
    """One member of the request that is not valid."""

    pointer = ma.fields.String(required=True, metadata={"description": "RFC 6901 pointer into the body or query"})
    detail = ma.fields.String(required=True)


class ProblemDocument(ma.Schema):
    """RFC 9457 problem with a stable code; further members belong to the code."""

    class Meta:
        unknown = ma.INCLUDE

    type = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    code = ma.fields.String(required=True, metadata={"description": "Stable kebab-case code"})
    title_zh = ma.fields.String(required=True)
    title_en = ma.fields.String(required=True)
    retry = ma.fields.Enum(Retry, by_value=True, metadata={"description": "What a phone does next"})
    detail = ma.fields.String()
    pointer = ma.fields.String()
    errors = ma.fields.List(ma.fields.Nested(FieldError))


class Api(flask_smorest.Api):
    """flask-smorest with our problems as its errors and without error handlers of its own."""

    ERROR_SCHEMA = ProblemDocument

    def _register_error_handlers(self) -> None:
        """Errors are translated in api/errors.py alone."""

    def _register_responses(self) -> None:
        names = {status.name: status.phrase for status in http.HTTPStatus}
        for name, description in (names | {"DEFAULT_ERROR": "A problem"}).items():
            response: dict[str, Any] = {"description": description}
            status = http.HTTPStatus[name] if name in names else http.HTTPStatus.BAD_REQUEST
            if status >= http.HTTPStatus.BAD_REQUEST:
                response["schema"] = self.ERROR_SCHEMA
            prepare_response(response, self.spec, PROBLEM)
            self.spec.components.response(name, response, lazy=True)


def document(app: Flask) -> Api:
    """The API of an application, with its title and the two ways to authenticate."""
    app.config.update(
        API_TITLE="doorstep 进门",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        API_SPEC_OPTIONS={
            "info": {"description": "Door-to-door visits: what phones hand in, and what the console reads."}
        },
    )
    api = Api(app)
    for name, schema in payload_components()[1].items():
        api.spec.components.schema(name, schema)
    api.spec.components.security_scheme(
        "deviceToken",
        {"type": "http", "scheme": "bearer", "description": "Opaque token from POST /phone/v1/enrol"},
    )
    api.spec.components.security_scheme(
        "session",
        {
            "type": "apiKey",
            "in": "cookie",
            "name": "doorstep_session",
            "description": "From POST /console/v1/login; unsafe methods repeat its csrf in X-CSRF-Token",
        },
    )
    return api


@pages.get("/openapi.json")
def openapi() -> Response:
    """The document itself."""
    spec = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec
    return Response(current_app.json.dumps(spec.to_dict()), mimetype="application/json")
