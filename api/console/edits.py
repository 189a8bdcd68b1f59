"""/console/v1/edits and /proposals: what phones told that a person must decide, with every value and who said it."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import request
from sqlalchemy import Row
from sqlalchemy.orm import Session

from api import auth
from api.blueprint import Blueprint
from api.console.viewer import require_unit, seeing_as
from api.paging import Key, moment, page, uuid
from api.schemas.edit import OPEN, SETTLED, EditedFieldSchema, EditedFieldsPage, EditsAsked, EditWanted
from api.session import house, writing
from sync import audit, clock
from sync.access import Actor
from sync.errors import refuse
from sync.identity.numbers import Numbers
from sync.models import EditedField
from sync.pipeline.edit_deciding import Choice, decide_field, last_standing, undo_decision
from sync.registry.edits import cases, fields
from sync.registry.edits.rules import OF_CONTACT, Spot, Value
from sync.registry.edits.values import unpack
from sync.words import EditField, EditReason, EditState, Role

blp = Blueprint("edits", __name__, description="更正 / corrections")
WAITING = (Key(EditedField.open_since, "open_since", moment), Key(EditedField.id, "id", uuid))
DONE = (Key(EditedField.changed_at, "changed_at", moment), Key(EditedField.id, "id", uuid))
ANSWER = dict[str, Any]


@blp.get("/edits")
@blp.arguments(EditsAsked, location="query")
@blp.response(200, EditedFieldsPage)
def list_edits(asked: ANSWER) -> ANSWER:
    """Fields of homes that were told differently, in the viewer's scope. Names of homes are read: the trail knows."""
    actor = deciding()

    def work(session: Session) -> ANSWER:
        require_unit(session, actor, asked.get("unit"))
        is_open = asked["state"] == OPEN
        rows = cases.narrow(
            cases.cases(actor), is_open=is_open, field=asked.get("field"), reason=asked.get("reason"),
            unit_id=asked.get("unit"),
        )  # fmt: skip
        found = page(session, rows, WAITING if is_open else DONE, asked, descending=not is_open)
        if found.rows:
            note_read(session, actor, None, asked.get("unit"), "name,address")
        return {"items": [_case(row) for row in found.rows], "next": found.next}

    return writing(work)


@blp.get("/edits/<uuid:field_id>")
@blp.response(200, EditedFieldSchema)
@blp.alt_response(404, "NOT_FOUND")
def show_edit(field_id: UUID) -> ANSWER:
    """One field: what is registered, what each telling says, who said it and when, what was decided. It is noted."""
    return writing(partial(_shown, actor=deciding(), field_id=field_id))


@blp.post("/edits/<uuid:field_id>/decide")
@blp.arguments(EditWanted)
@blp.response(201, EditedFieldSchema)
@blp.alt_response(404, "NOT_FOUND")
def decide_edit(wanted: ANSWER, field_id: UUID) -> ANSWER:
    """Take a telling's new value, keep what is registered, or write another; phones learn it with their next pull."""
    actor = deciding()
    choice = Choice(
        id=wanted["id"], rev=wanted["rev"], taking=wanted["take"], edit_id=wanted.get("edit"), value=wanted["value"],
        reason=wanted["reason"],
    )  # fmt: skip

    def work(session: Session) -> ANSWER:
        decide_field(session, actor, field_id, choice, numbers(), clock.now())
        return _shown(session, actor, field_id)

    return writing(work)


@blp.post("/edits/decisions/<uuid:decision_id>/undo")
@blp.response(200, EditedFieldSchema)
@blp.alt_response(404, "NOT_FOUND")
def undo_edit(decision_id: UUID) -> ANSWER:
    """Take a decision back: what stood before stands again, and the tellings wait again."""
    actor = deciding()

    def work(session: Session) -> ANSWER:
        return _shown(session, actor, undo_decision(session, actor, decision_id, numbers(), clock.now()))

    return writing(work)


def deciding() -> Actor:
    """The actor, whose roles must show something here; raises forbidden. Other roles stay: they bar his own units."""
    seeing_as(Role.VERIFIER, Role.PROGRAMME_OFFICE)
    return auth.actor()


def numbers() -> Numbers:
    """What opens telephone numbers in this installation."""
    return Numbers(house().settings.contact_keys)


def note_read(session: Session, actor: Actor, place_id: UUID | None, unit_id: UUID | None, what: str) -> None:
    """Put a reading on the trail, with the role that it was for."""
    duty = Role.PROGRAMME_OFFICE if what in OF_CONTACT else Role.VERIFIER
    held = {one.role for one in actor.roles}
    audit.read(
        session, actor.person_id, place_id=place_id, unit_id=unit_id, fields=what,
        duty=(duty if duty in held else Role.PROGRAMME_OFFICE).value, request=request.path,
    )  # fmt: skip


def place_of(row: Row[*tuple[Any, ...]]) -> ANSWER:
    """The home of a row of cases or proposals."""
    unit = {"id": row.unit_id, "name": row.unit_name}
    named = {name: getattr(row, name) for name in ("code", "name", "address", "kind")}
    return {"id": row.place_id, "state": row.place_state, "unit": unit} | named


def person(id_: UUID | None, name: str | None) -> ANSWER | None:
    """Somebody by name, or None."""
    return {"id": id_, "name": name or ""} if id_ else None


def _case(row: Row[*tuple[Any, ...]]) -> ANSWER:
    return {
        "id": row.id, "field": row.field, "state": OPEN if row.open_since else SETTLED, "reasons": row.reasons,
        "told": row.told, "since": row.open_since, "changed_at": row.changed_at, "rev": row.rev,
        "place": place_of(row),
    }  # fmt: skip


def _shown(session: Session, actor: Actor, field_id: UUID) -> ANSWER:
    row = session.execute(cases.cases(actor).where(EditedField.id == field_id)).one_or_none()
    if row is None:
        raise refuse("not-found")
    field = EditField(row.field)
    note_read(session, actor, row.place_id, row.unit_id, field.value)
    [known] = fields.load_some(session, [field_id], numbers())
    contact = session.execute(cases.contact_named(row.contact_id)).one_or_none() if row.contact_id else None
    is_own = any(told.person_id == actor.person_id for told in known.told)
    decisions = session.execute(cases.decisions(field_id)).all()
    return _case(row) | {
        "registered": _shape(known.stored),
        "before": _shape(known.base),
        "contact": contact,
        "edits": [_told(*told) for told in session.execute(cases.tellings(field_id))],
        "decisions": [_decided(*one) for one in decisions],
        "may_decide": not is_own,
        "why_not": "own-edit" if is_own else None,
        "undo": last_standing(session, field_id),
    }


def _shape(value: Value) -> Any:
    return value._asdict() if isinstance(value, Spot) else value


def _told(one: Any, name: str | None) -> ANSWER:
    reason = (one.needs or EditReason.CHANGED) if one.state is EditState.OPEN else None
    return {
        "id": one.id, "old": _shape(unpack(one.old, one.old_cipher, numbers())),
        "new": _shape(unpack(one.new, one.new_cipher, numbers())), "by": person(one.person_id, name),
        "said_at": one.said_at, "received_at": one.received_at, "state": one.state, "reason": reason,
        "note": one.note, "since_on": one.since_on, "evidence": one.evidence,
    }  # fmt: skip


def _decided(one: Any, name: str | None) -> ANSWER:
    return {
        "id": one.id, "take": one.taking, "edit": one.edit_id,
        "value": _shape(unpack(one.value, one.value_cipher, numbers())), "by": person(one.by, name), "at": one.at,
        "reason": one.reason, "undone_at": one.undone_at, "undone_by": one.undone_by,
    }  # fmt: skip
