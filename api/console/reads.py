"""/console/v1/reads: the trail of reads for the audit administrator, the weekly list for the security administrator."""

from typing import Any

from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from api import auth, paging
from api.blueprint import Blueprint
from api.paging import Key, PageAsked, page
from api.schemas.person import NamedPersonSchema
from api.schemas.place import NamedUnitSchema
from api.schemas.words import WordField
from api.session import reading
from sync.access import sees
from sync.errors import refuse
from sync.models import ReadAudit, ReadOutlier
from sync.privacy import queries
from sync.roles import Noun
from sync.words import Unusual

blp = Blueprint("reads", __name__, description="查阅留痕 / who read what")
BY_TIME = (Key(ReadAudit.at, "at", paging.moment), Key(ReadAudit.id, "id", paging.number))
BY_WEEK = (Key(ReadOutlier.week, "week", paging.day), Key(ReadOutlier.person_id, "person_id", paging.uuid))


class ReadsAsked(PageAsked):
    """Of whom, of which home or unit, of which days."""

    person = fields.UUID()
    place = fields.UUID()
    unit = fields.UUID()
    from_ = fields.Date(data_key="from", attribute="since")
    until = fields.Date(metadata={"description": "Inclusive"})


class ReadLine(Schema):
    """Somebody opened something; homes are told by id alone."""

    id = fields.Integer(required=True)
    at = fields.AwareDateTime(required=True)
    person = fields.Nested(NamedPersonSchema, required=True)
    unit = fields.Nested(NamedUnitSchema, required=True, allow_none=True)
    place = fields.UUID(required=True, allow_none=True)
    fields_ = fields.String(data_key="fields", attribute="fields", required=True)
    duty = fields.String(required=True, metadata={"description": "link/<id>, finding/<id>, task/<id>, a role, reason"})
    reason = fields.String(required=True, allow_none=True)
    request = fields.String(required=True)


class ReadLines(Schema):
    """A page of the trail, the newest first."""

    items = fields.List(fields.Nested(ReadLine), required=True)
    next = fields.String(required=True, allow_none=True)


class OutliersAsked(PageAsked):
    """Of which week; all if none is given."""

    week = fields.Date(metadata={"description": "A Monday"})


class OutlierLine(Schema):
    """Whose reading stood out in a week: a question to ask, no finding."""

    week = fields.Date(required=True)
    person = fields.Nested(NamedPersonSchema, required=True)
    opened = fields.Integer(required=True)
    places = fields.Integer(required=True)
    without_duty = fields.Integer(required=True)
    at_night = fields.Integer(required=True)
    usual = fields.Integer(required=True, metadata={"description": "Openings of the middle one with the same role"})
    why = fields.List(WordField(Unusual), required=True)


class OutlierLines(Schema):
    """A page of the lists, the newest week first."""

    items = fields.List(fields.Nested(OutlierLine), required=True)
    next = fields.String(required=True, allow_none=True)


@blp.get("/reads")
@blp.arguments(ReadsAsked, location="query")
@blp.response(200, ReadLines)
@blp.alt_response(403, "FORBIDDEN")
@blp.alt_response(422, "UNPROCESSABLE_ENTITY")
def list_reads(asked: dict[str, Any]) -> dict[str, Any]:
    """Who read what, and for which duty or reason."""
    _require(Noun.READ)
    wanted = {name: asked[name] for name in ("person", "place", "unit", "since", "until") if name in asked}

    def work(session: Session) -> dict[str, Any]:
        found = page(session, queries.reads(auth.actor(), **wanted), BY_TIME, asked, descending=True)
        return {"items": [_line(row) for row in found.rows], "next": found.next}

    return reading(work)


@blp.get("/reads/outliers")
@blp.arguments(OutliersAsked, location="query")
@blp.response(200, OutlierLines)
@blp.alt_response(403, "FORBIDDEN")
@blp.alt_response(422, "UNPROCESSABLE_ENTITY")
def list_outliers(asked: dict[str, Any]) -> dict[str, Any]:
    """Whose reading stood out."""
    _require(Noun.OUTLIER)

    def work(session: Session) -> dict[str, Any]:
        found = page(session, queries.outliers(auth.actor(), asked.get("week")), BY_WEEK, asked, descending=True)
        return {"items": [row._asdict() | {"person": _person(row)} for row in found.rows], "next": found.next}

    return reading(work)


def _line(row: Any) -> dict[str, Any]:
    unit = {"id": row.unit_id, "name": row.unit} if row.unit_id else None
    return dict(row._mapping) | {"person": _person(row), "unit": unit, "place": row.place_id}


def _person(row: Any) -> dict[str, Any]:
    return {"id": row.person_id, "name": row.person or "—"}


def _require(noun: Noun) -> None:
    if not sees(auth.actor(), noun):
        raise refuse("forbidden")
