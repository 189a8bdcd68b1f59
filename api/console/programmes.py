"""/console/v1/duty/programmes: what the programmes ask for; the office in charge writes its own."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from api import auth
from api.blueprint import Blueprint
from api.schemas.duty import DutyProgramme, DutyProgrammeCreated, DutyProgrammeEdited, DutyProgrammes
from api.session import house, reading, writing
from sync.access import Actor
from sync.duty import programmes
from sync.duty.programmes import Created, Edited, Rule, create, edit, may_edit
from sync.errors import refuse

blp = Blueprint("programmes", __name__, description="联系制度 / programmes")


@blp.get("/duty/programmes")
@blp.response(200, DutyProgrammes)
def list_programmes() -> dict[str, Any]:
    """All programmes with their rules, for whoever holds a role; they name nobody."""
    actor = auth.actor()
    if not actor.roles:
        raise refuse("forbidden")

    def work(session: Session) -> dict[str, Any]:
        offices = [row._asdict() for row in programmes.offices_of(session, actor)]
        return {"items": _all(session, actor), "offices": offices, "next": None}

    return reading(work)


@blp.post("/duty/programmes")
@blp.arguments(DutyProgrammeCreated)
@blp.response(201, DutyProgramme)
@blp.alt_response(403, "FORBIDDEN")
@blp.alt_response(409, "CONFLICT")
def create_programme(told: dict[str, Any]) -> dict[str, Any]:
    """Write a new programme for an office of one's own; the same id again is the same programme."""
    actor = auth.actor()
    wanted = Created(id=told["id"], code=told["code"], office_id=told["office"], **_written(told))

    def work(session: Session) -> dict[str, Any]:
        create(session, actor, house().policy.duty, wanted)
        return _one(session, actor, wanted.id)

    return writing(work)


@blp.put("/duty/programmes/<uuid:id_>")
@blp.arguments(DutyProgrammeEdited)
@blp.response(200, DutyProgramme)
@blp.alt_response(404, "NOT_FOUND")
def edit_programme(told: dict[str, Any], id_: UUID) -> dict[str, Any]:
    """Write a programme and all of its rules anew. What is owed already stays as it is, what is owed next follows;
    what falls due after the last day is not owed any more."""
    actor = auth.actor()
    wanted = Edited(**_written(told))

    def work(session: Session) -> dict[str, Any]:
        edit(session, actor, house().policy.duty, id_, wanted)
        session.flush()
        return _one(session, actor, id_)

    return writing(work)


def _written(told: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": told["name"],
        "basis": told["basis"],
        "begins": told["valid_from"],
        "ends": told["valid_to"],
        "rules": [Rule(**rule) for rule in told["rules"]],
    }


def _one(session: Session, actor: Actor, id_: UUID) -> dict[str, Any]:
    return next(one for one in _all(session, actor) if one["id"] == id_)


def _all(session: Session, actor: Actor) -> list[dict[str, Any]]:
    rules = programmes.rules_of(session)
    return [
        {
            "id": row.id,
            "code": row.code,
            "name": row.name,
            "basis": row.basis,
            "office": {"id": row.office_id, "name": row.office} if row.office_id else None,
            "valid_from": row.begins,
            "valid_to": row.after - timedelta(days=1) if row.after else None,
            "may_edit": may_edit(actor, row.office_id),
            "rules": rules.get(row.id, []),
        }
        for row in session.execute(programmes.shown())
    ]
