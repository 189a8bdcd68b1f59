"""/console/v1/units: the tree that a viewer may choose from, a level at a time."""

from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from api import auth
from api.blueprint import Blueprint
from api.console.viewer import on_the_ground, require_unit
from api.schemas.map import Below, Units
from api.session import reading
from sync import clock
from sync.access import units_of, within
from sync.models import Unit
from sync.roles import Noun

blp = Blueprint("units", __name__)


@blp.get("/units")
@blp.arguments(Below, location="query")
@blp.response(200, Units)
@blp.alt_response(404, "NOT_FOUND")
def units(query: dict[str, Any]) -> dict[str, Any]:
    """The units directly under `parent`, or those where the viewer holds a role, in the order of the codes."""
    parent, child = query.get("parent"), aliased(Unit)
    rows = (
        select(
            Unit.id,
            Unit.name,
            Unit.kind,
            Unit.parent_id,
            exists().where(child.parent_id == Unit.id, child.valid.contains(clock.today())).label("has_children"),
        )
        .where(Unit.valid.contains(clock.today()))
        .order_by(Unit.sort_code, Unit.id)
    )

    def work(session: Session) -> list[Any]:
        actor = on_the_ground(session, auth.actor())
        require_unit(session, actor, parent)
        chosen = rows.where(Unit.parent_id == parent if parent else Unit.id.in_(units_of(actor, Noun.UNIT)))
        return list(session.execute(within(actor, chosen, Noun.UNIT)))

    return {"items": [row._asdict() for row in reading(work)], "next": None}
