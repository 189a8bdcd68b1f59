"""A person decides what a field says: one of the values told, what stands, or another; and takes it back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from sync import audit, changes
from sync.access import Actor
from sync.errors import refuse
from sync.identity.contact_cipher import PhoneNumberError, normal
from sync.identity.numbers import Numbers
from sync.models import EditDecision, EditedField
from sync.pipeline import effects
from sync.pipeline.owing import owe_rejudge
from sync.registry import doors
from sync.registry.edits import cases, fields, writing
from sync.registry.edits.fields import Field, Key
from sync.registry.edits.rules import Spot, Telling, Value, same
from sync.registry.edits.values import pack, unpack
from sync.registry.edits.writing import Change
from sync.registry.relocating import bring_back
from sync.words import EditField, EditState, FeedKind, PositionMethod, Residence, Taking

_STATE = text("SELECT state FROM place WHERE id = :id")
_SAY_STATE = text("UPDATE place SET state = :state WHERE id = :id")
_HAS_NUMBER = text("SELECT phone_cipher IS NOT NULL FROM contact WHERE id = :id")
TEXT_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a person wants: `edit_id` names whose new value, `value` is the other one (a text, {"lon", "lat"} in WGS 84,
    None); `rev` is that of the field as he saw it. The same id again gives the same answer."""

    id: UUID
    rev: int
    taking: Taking
    edit_id: UUID | None = None
    value: Any = None
    reason: str = ""


def decide_field(
    session: Session, actor: Actor, field_id: UUID, choice: Choice, numbers: Numbers, now: datetime
) -> None:  # fmt: skip
    """Let the registry say what was chosen; every telling in play is settled by it.

    Raises not-found, own-edit, conflict (the id is taken), edits-changed, invalid.
    """
    root = _held(session, actor, field_id)
    known = session.get(EditDecision, choice.id)
    if known is not None:
        if (known.edited_field_id, known.by) != (field_id, actor.person_id):
            raise refuse("conflict", pointer="/id")
        return
    [field] = fields.load_some(session, [field_id], numbers)
    refuse_own(actor, field.told)
    if field.rev != choice.rev:
        raise refuse("edits-changed", rev=field.rev)
    value, edit_id = _chosen(field, choice)
    before, base, facts = field.stored, field.base, _facts(session, field, root)
    _let_say(session, field.key, root, (before, value), actor.person_id, now, numbers)
    for told in field.told:
        field.became[told.id] = (_becomes(told, value, before), False)
    field.say(value)
    field.told, field.base, field.decided_at = [], value, now
    fields.save(session, [field], now, numbers)
    _keep(session, field, choice, (value, before, base), edit_id, facts, actor.person_id, now, numbers)
    changes.touched(session, FeedKind.PLACE_EDIT, field.became)
    audit.record(
        session, "edit.decided", root, actor_id=actor.person_id, decision=str(choice.id), field=field.key.field.value,
        taking=choice.taking.value,
    )  # fmt: skip


def refuse_own(actor: Actor, told: list[Telling]) -> None:
    """Raises own-edit if the actor said one of these himself."""
    if any(one.person_id == actor.person_id for one in told):
        raise refuse("own-edit")


def _held(session: Session, actor: Actor, field_id: UUID) -> UUID:
    """The place of the field, its door held. Raises not-found."""
    while True:
        row = session.execute(cases.cases(actor).where(EditedField.id == field_id)).one_or_none()
        if row is None:
            raise refuse("not-found")
        if doors.hold(session, [row.place_id]) is not None:
            return UUID(str(row.place_id))


def _chosen(field: Field, choice: Choice) -> tuple[Value, UUID | None]:
    if choice.taking is Taking.OLD:
        return field.stored, None
    if choice.taking is Taking.OTHER:
        return _other(field.key.field, choice.value), None
    named = [one for one in field.told if one.id == choice.edit_id] if choice.edit_id else field.opened
    if len(named) != 1:
        raise refuse("invalid", pointer="/edit", detail="one of the tellings in play")
    return named[0].new, named[0].id


def _other(field: EditField, value: Any) -> Value:
    """A value as somebody typed it. Raises invalid."""
    match field, value:
        case EditField.POSITION, {"lon": float() | int() as lon, "lat": float() | int() as lat}:
            if abs(lon) <= 180 and abs(lat) <= 90:
                return Spot(float(lon), float(lat))
        case EditField.PHONE, None:
            return None
        case EditField.PHONE, str():
            try:
                return normal(value)
            except PhoneNumberError:
                pass
        case EditField.RESIDENCE, str() if value in set(Residence):
            return value
        case EditField.ADDRESS, str() if len(value) <= TEXT_MAX:
            return value.strip()
        case ((EditField.NAME | EditField.CONTACT_NAME), str()) if value.strip() and len(value) <= TEXT_MAX:
            return value.strip()
    raise refuse("invalid", pointer="/value", detail=f"does not suit the field {field.value}")


def _becomes(told: Telling, value: Value, before: Value) -> EditState:
    """What a decision makes of a telling: one that had applied stays so unless it was what stood and does no more."""
    if told.state is EditState.OPEN:
        return EditState.TAKEN if same(told.new, value) else EditState.NOT_TAKEN
    is_put_back = same(told.new, before) and not same(value, before)
    return EditState.NOT_TAKEN if is_put_back else EditState.APPLIED


def _facts(session: Session, field: Field, root: UUID) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "told": {str(one.id): one.state for one in field.told},
        "decided_was": field.decided_at,
        "open_was": field.open_since,
        "is_told_was": field.is_told,
    }
    if field.key.field is EditField.RESIDENCE:
        facts["state_was"] = session.scalar(_STATE, {"id": root})
    return facts


def _let_say(
    session: Session, key: Key, root: UUID, turn: tuple[Value, Value], by: UUID, now: datetime, numbers: Numbers
) -> None:  # fmt: skip
    """Write what a field says from now on, if it is another value than before, with what follows from it."""
    before, value = turn
    if same(value, before):
        return
    writing.write(session, [Change(key, value, by)], PositionMethod.CORRECTED, now, numbers)
    effects.values_turned(session, [(key.field, root)])


def _keep(
    session: Session, field: Field, choice: Choice, values: tuple[Value, Value, Value], edit_id: UUID | None,
    facts: dict[str, Any], by: UUID, now: datetime, numbers: Numbers,
) -> None:  # fmt: skip
    value, before, base = (pack(field.key.field, one, numbers) for one in values)
    session.execute(
        text(
            "INSERT INTO edit_decision (id, edited_field_id, taking, edit_id, value, value_cipher, before,"
            " before_cipher, base, base_cipher, facts, reason, by, at) VALUES (:id, :field, :taking, :edit,"
            " CAST(:value AS jsonb), :vc, CAST(:before AS jsonb), :bc, CAST(:base AS jsonb), :sc,"
            " CAST(:facts AS jsonb), :reason, :by, :now)"
        ),
        {
            "id": choice.id, "field": field.id, "taking": choice.taking.value, "edit": edit_id, "value": value.json,
            "vc": value.cipher, "before": before.json, "bc": before.cipher, "base": base.json, "sc": base.cipher,
            "facts": orjson.dumps(facts).decode(), "reason": choice.reason, "by": by, "now": now,
        },
    )  # fmt: skip


def undo_decision(session: Session, actor: Actor, decision_id: UUID, numbers: Numbers, now: datetime) -> UUID:
    """Take a decision back: what stood before stands again, and its tellings wait again. The id of the field.

    What was undone before stays undone. Raises not-found, own-edit, decided-since, edited-since, moved-since.
    """
    decision = session.get(EditDecision, decision_id)
    if decision is None:
        raise refuse("not-found")
    root = _held(session, actor, decision.edited_field_id)
    session.refresh(decision, with_for_update=True)
    if decision.undone_at is not None:
        return decision.edited_field_id
    [field] = fields.load_some(session, [decision.edited_field_id], numbers)
    if last_standing(session, field.id) != decision_id:
        raise refuse("decided-since")
    before = unpack(decision.before, decision.before_cipher, numbers)
    _refuse_undo(session, field, unpack(decision.value, decision.value_cipher, numbers), before)
    _say_again(session, field, root, decision, before, actor.person_id, now, numbers)
    _restore(session, field, decision, numbers)
    refuse_own(actor, field.told)
    if field.hear(()):
        _let_say(session, field.key, root, (before, field.stored), actor.person_id, now, numbers)
    decision.undone_at, decision.undone_by = now, actor.person_id
    fields.save(session, [field], now, numbers)
    changes.touched(session, FeedKind.PLACE_EDIT, [one.id for one in field.told])
    audit.record(
        session, "edit.undone", root, actor_id=actor.person_id, decision=str(decision_id), field=field.key.field.value
    )
    return field.id


def last_standing(session: Session, field_id: UUID) -> UUID | None:
    """The last decision about a field that nobody took back."""
    rows = select(EditDecision.id).where(
        EditDecision.edited_field_id == field_id, EditDecision.undone_at.is_(None)
    )  # fmt: skip
    return session.scalar(rows.order_by(EditDecision.at.desc(), EditDecision.id.desc()).limit(1))


def _refuse_undo(session: Session, field: Field, value: Value, before: Value) -> None:
    if not same(field.stored, value):
        raise refuse("edited-since")
    goes = field.key.field is EditField.CONTACT_NAME and before is None
    if goes and session.scalar(_HAS_NUMBER, {"id": field.key.contact_id}):
        raise refuse("edited-since")


def _say_again(
    session: Session, field: Field, root: UUID, decision: EditDecision, before: Value, by: UUID, now: datetime,
    numbers: Numbers,
) -> None:  # fmt: skip
    """Put back what stood. Raises moved-since."""
    if field.key.field is not EditField.POSITION:
        _let_say(session, field.key, root, (field.stored, before), by, now, numbers)
        if state := decision.facts.get("state_was"):
            session.execute(_SAY_STATE, {"id": root, "state": state})
        return
    if same(before, field.stored):
        return
    if not bring_back(session, field.key.place_id, None, (decision.by, decision.at), by, now):
        raise refuse("moved-since")
    owe_rejudge(session, f"place/{root}")


def _restore(session: Session, field: Field, decision: EditDecision, numbers: Numbers) -> None:
    """The field and its tellings as they were before the decision; what came since stays among them."""
    told = decision.facts["told"]
    for id_, state in told.items():
        field.became[UUID(id_)] = (EditState(state), True)
    fields.become(session, field.became)
    [again] = fields.load_some(session, [field.id], numbers)
    field.told = again.told
    field.stored = field.stands = unpack(decision.before, decision.before_cipher, numbers)
    field.is_told = decision.facts["is_told_was"]
    field.base = unpack(decision.base, decision.base_cipher, numbers)
    was = decision.facts["decided_was"]
    field.decided_at = datetime.fromisoformat(was) if was else None
    was_open = decision.facts["open_was"]
    field.open_since = datetime.fromisoformat(was_open) if was_open else field.open_since
