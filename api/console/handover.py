"""/console/v1/handovers: the office in charge of a programme moves links from one holder to another."""

from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from api import auth
from api.blueprint import Blueprint
from api.session import house, reading, writing
from sync import clock
from sync.errors import refuse
from sync.models import HandOver
from sync.pipeline import handing_over
from sync.registry.handover import Asked, Holder
from sync.words import LinkCategory

blp = Blueprint("handover", __name__, description="移交 / hand-over")
LINKS_MAX = 5_000


class HandOverWho(Schema):
    """A cadre or a unit."""

    cadre = fields.UUID()
    unit = fields.UUID()

    @validates_schema
    def exactly_one(self, data: dict[str, Any], **_: Any) -> None:
        """Never both, never none."""
        if len(data) != 1:
            raise ValidationError("exactly one of cadre and unit")


class HandOverWanted(Schema):
    """Links of one holder, all of them or some, and who gets them from which day on."""

    from_ = fields.Nested(HandOverWho, required=True, data_key="from", attribute="from")
    to = fields.Nested(HandOverWho, required=True)
    starts_on = fields.Date(required=True, metadata={"description": "First day of the new holder, today or later"})
    links = fields.List(
        fields.UUID(), validate=validate.Length(1, LINKS_MAX), metadata={"description": "None: all of the holder's"}
    )
    programme = fields.UUID(metadata={"description": "Only links of this programme"})


class Ordered(HandOverWanted):
    """The same with an id made by the client: a repeat gets the same answer."""

    id = fields.UUID(required=True)
    accept = fields.List(
        fields.String(validate=validate.OneOf([handing_over.MANY])),
        load_default=list,
        metadata={"description": "Warnings that were read and accepted"},
    )
    reason = fields.String(load_default="", validate=validate.Length(max=500))


class HandOverNamed(Schema):
    """Something by id and name."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)


class HandOverMoving(Schema):
    """A link that would move."""

    link = fields.UUID(required=True)
    place = fields.Nested(HandOverNamed, required=True)
    programme = fields.Nested(HandOverNamed, required=True)
    category = fields.Enum(LinkCategory, by_value=True, required=True)
    since = fields.Date(required=True, allow_none=True)
    ends = fields.Date(required=True, allow_none=True)


class HandOverLeftOut(Schema):
    """A link that stays, and why: not-held, ended, already-linked."""

    link = fields.UUID(required=True)
    code = fields.String(required=True, validate=validate.OneOf(["not-held", "ended", "already-linked"]))


class HandOverWarned(Schema):
    """What to mind; it must be accepted by its code."""

    code = fields.String(required=True)
    places = fields.Integer(required=True)
    limit = fields.Integer(required=True)


class HandOverPreview(Schema):
    """What would happen, without writing it."""

    count = fields.Integer(required=True)
    moving = fields.List(fields.Nested(HandOverMoving), required=True)
    left_out = fields.List(fields.Nested(HandOverLeftOut), required=True)
    giver = fields.String(required=True, allow_none=True)
    taker = fields.String(required=True, allow_none=True)
    places_before = fields.Integer(required=True, metadata={"description": "Homes of the receiver on that day"})
    places_after = fields.Integer(required=True)
    open_tasks = fields.Integer(required=True, metadata={"description": "Tasks that the receiver will follow as well"})
    warnings = fields.List(fields.Nested(HandOverWarned), required=True)


class HandOverMoved(Schema):
    """A link that moved; `goes_on_as` is the same id if it had not begun yet."""

    link = fields.UUID(required=True)
    place = fields.UUID(required=True)
    goes_on_as = fields.UUID(required=True)


class HandOverDone(Schema):
    """What became of a hand-over."""

    id = fields.UUID(required=True)
    starts_on = fields.String(required=True, metadata={"format": "date"})
    moved = fields.List(fields.Nested(HandOverMoved), required=True)
    left_out = fields.List(fields.Nested(HandOverLeftOut), required=True)
    warnings = fields.List(fields.Nested(HandOverWarned), required=True)


@blp.post("/handovers/preview")
@blp.arguments(HandOverWanted)
@blp.response(200, HandOverPreview)
def foresee(wanted: dict[str, Any]) -> dict[str, Any]:
    """What a hand-over would move, what would stay and why, and how much the receiver's phone would hold."""
    asked, actor, policy = _asked(wanted), auth.actor(), house().policy.feed
    seen = writing(partial(handing_over.foresee, actor=actor, asked=asked, policy=policy))
    return {
        "count": len(seen.sorted.moving),
        "moving": [
            {
                "link": one.id,
                "place": {"id": one.place, "name": one.place_name},
                "programme": {"id": one.programme, "name": one.programme_name},
                "category": one.category,
                "since": one.since,
                "ends": one.ends,
            }
            for one in seen.sorted.moving
        ],
        "left_out": [{"link": id_, "code": code} for id_, code in seen.sorted.left_out],
        "giver": seen.giver,
        "taker": seen.taker,
        "places_before": seen.places_before,
        "places_after": seen.places_after,
        "open_tasks": seen.open_tasks,
        "warnings": seen.warnings,
    }


@blp.post("/handovers")
@blp.arguments(Ordered)
@blp.response(201, HandOverDone)
def hand_over(wanted: dict[str, Any]) -> dict[str, Any]:
    """Move the links in one transaction; phones learn it with their next pull.

    A home leaves the former holder's phone and comes to the new one's. Late visits of the former holder count as of
    the day they took place.
    """
    return writing(
        partial(
            handing_over.hand_over,
            actor=auth.actor(),
            id_=wanted["id"],
            asked=_asked(wanted),
            policy=house().policy.feed,
            now=clock.now(),
            accepted=frozenset(wanted["accept"]),
            reason=wanted["reason"],
        )
    )


@blp.get("/handovers/<uuid:id_>")
@blp.response(200, HandOverDone)
@blp.alt_response(404, "NOT_FOUND")
def get_handover(id_: UUID) -> dict[str, Any]:
    """What became of a hand-over of one's own."""
    known = reading(lambda session: session.get(HandOver, id_))
    if known is None or known.by != auth.actor().person_id or known.done is None:
        raise refuse("not-found")
    return known.done


def _asked(wanted: dict[str, Any]) -> Asked:
    giver, taker = wanted["from"], wanted["to"]
    starts_on: date = wanted["starts_on"]
    links = tuple(wanted["links"]) if "links" in wanted else None
    return Asked(
        Holder(giver.get("cadre"), giver.get("unit")),
        Holder(taker.get("cadre"), taker.get("unit")),
        starts_on,
        links,
        wanted.get("programme"),
    )
