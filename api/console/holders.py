"""/console/v1/handovers/holders: whom an office in charge may take links from and give them to."""

from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from api.blueprint import Blueprint
from api.console.viewer import on_the_ground, seeing_as
from api.paging import Key, PageAsked, page, uuid, word
from api.session import reading
from sync import clock
from sync.models import Person, Unit
from sync.registry import holders
from sync.words import HolderKind, Role

blp = Blueprint("holders", __name__, description="移交 / hand-over")
ORDERS = {
    HolderKind.CADRE: (Key(Person.name, "name", word), Key(Person.id, "id", uuid)),
    HolderKind.UNIT: (Key(Unit.sort_code, "sort_code", word), Key(Unit.id, "id", uuid)),
}


class HoldersAsked(PageAsked):
    """Cadres or units, by a part of the name."""

    kind = fields.Enum(HolderKind, by_value=True, load_default=HolderKind.CADRE)
    q = fields.String(load_default="", validate=validate.Length(max=100))
    programme = fields.UUID(metadata={"description": "Count links of this programme alone"})


class LinkHolder(Schema):
    """A cadre or a unit, and how many links of the office's programmes it has."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    staff_no = fields.String(required=True, allow_none=True)
    unit = fields.String(required=True, allow_none=True)
    links = fields.Integer(required=True)


class LinkHolders(Schema):
    """A page of them: cadres by name, units in the order of the codes."""

    items = fields.List(fields.Nested(LinkHolder), required=True)
    next = fields.String(required=True, allow_none=True)


@blp.get("/handovers/holders")
@blp.arguments(HoldersAsked, location="query")
@blp.response(200, LinkHolders)
def list_holders(asked: dict[str, Any]) -> dict[str, Any]:
    """Cadres (or units) below the office's unit, and whoever else holds links of its programmes."""
    actor, kind = seeing_as(Role.PROGRAMME_OFFICE), asked["kind"]
    find = holders.cadres if kind is HolderKind.CADRE else holders.units

    def work(session: Session) -> dict[str, Any]:
        below = [held.unit_id for held in on_the_ground(session, actor).roles]
        rows = find(actor, below, clock.today(), asked["q"].strip(), asked.get("programme"))
        if kind is HolderKind.UNIT:
            rows = rows.add_columns(Unit.sort_code)
        found = page(session, rows, ORDERS[kind], asked)
        return {"items": [row._asdict() for row in found.rows], "next": found.next}

    return reading(work)
