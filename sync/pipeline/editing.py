"""Edits of the registry on their way from records to fields: heard, settled, written, answered, as a set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson

from sync import changes, db
from sync.geo.datum import to_wgs84
from sync.identity.numbers import Numbers
from sync.intake.origin import Item
from sync.intake.parents import Parents
from sync.intake.results import Answer
from sync.intake.rules import correct
from sync.intake.wire_basics import Position
from sync.intake.wire_edits import PlaceEditRecord
from sync.models import Event
from sync.pipeline import effects
from sync.pipeline.refusing import answer, hold_or_keep, known_already
from sync.pipeline.walk import Walk
from sync.registry import lookup
from sync.registry.edits import fields, queries, writing
from sync.registry.edits.fields import Field, Key
from sync.registry.edits.queries import Author, Finder, Whose
from sync.registry.edits.rules import Spot, Telling, Value, apart_m, needed
from sync.registry.edits.writing import Change, Edit
from sync.words import Datum, EditField, EditReason, EditState, FeedKind, PositionMethod, RecordState

_EVENT = ("at", "actor_id", "verb", "subject_id", "unit_id", "facts")
DECIMALS = 7


@dataclass(slots=True)
class Heard:
    """One edit that is understood: `key` is its field (None for a home found at the door), `root` what its place stands
    for; the telling is judged once the field is known."""

    item: Item
    record: PlaceEditRecord
    root: UUID
    key: Key | None
    said_at: datetime
    old: Value
    new: Value
    linked: bool = False
    telling: Telling | None = None
    evidence: dict[str, Any] | None = None


def take_edits(walk: Walk, known: Parents, items: Sequence[Item]) -> list[Answer]:
    """Keep every telling, apply what may be applied; a person is asked about the rest.

    Numbers come after names, because a new person of a home comes with the name.
    """
    answers: list[Answer] = []
    before = queries.authors(walk.session, [item.record.id for item in items])
    numbers = [item for item in items if _record(item).field is EditField.PHONE]
    others = [item for item in items if _record(item).field is not EditField.PHONE]
    for wave in (others, numbers):
        if wave:
            answers += _take(walk, known, wave, before)
    return answers


def _take(walk: Walk, known: Parents, items: Sequence[Item], before: dict[UUID, Author]) -> list[Answer]:
    answers: list[Answer] = []
    heard: list[Heard] = []
    named = {contact for item in items if (contact := _record(item).contact)}
    whose = queries.contacts(walk.session, named)
    new = {_record(item).place for item in items if _record(item).new_place}
    finders = queries.finders(walk.session, new) if new else {}
    for item in items:
        refusal = _refusal(walk, known, item, before, whose) or _id_taken(item, finders)
        if refusal:
            answers.append(refusal)
        else:
            before[item.record.id] = Author(item.origin.person_id, item.sha256)
            heard.append(_hear(walk, known, item, whose))
    _note_links(walk, heard)
    found = fields.load(walk.session, {one.key for one in heard if one.key}, walk.numbers)
    settled = _settle(walk, heard, found)
    _write(walk, heard, settled)
    return answers + [_answer(one) for one in heard]


def _record(item: Item) -> PlaceEditRecord:
    assert isinstance(item.record, PlaceEditRecord)
    return item.record


def _refusal(
    walk: Walk, known: Parents, item: Item, before: Mapping[UUID, Author], whose: Mapping[UUID, Whose]
) -> Answer | None:
    """Why an edit is not heard now, or None."""
    record, earlier = _record(item), before.get(item.record.id)
    if earlier is not None and earlier.sha256 not in (None, item.sha256):
        return answer(item, RecordState.QUARANTINED, reason="id-taken", pointer="/id")
    if earlier is not None:
        return known_already(item, earlier.person_id or record.id)
    if (missing := known.missing(record)) is not None:
        return hold_or_keep(walk, item, missing)
    if record.contact is None:
        return None
    if record.field is EditField.PHONE and not walk.numbers.can_seal:
        return answer(item, RecordState.QUARANTINED, reason="no-contact-key")
    if record.contact in whose:
        is_there = whose[record.contact].root == known.root(record.place)
        return None if is_there else answer(
            item, RecordState.QUARANTINED, reason="contact-elsewhere", pointer="/contact"
        )  # fmt: skip
    is_new = record.field is EditField.CONTACT_NAME and record.old is None
    return None if is_new else hold_or_keep(walk, item, record.contact)


def _id_taken(item: Item, finders: Mapping[UUID, Finder]) -> Answer | None:
    """Quarantined if the id of a new home belongs to a place that somebody else has; else None."""
    finder = finders.get(_record(item).place)
    if _record(item).new_place is None or (finder and finder.person_id == item.origin.person_id):
        return None
    return answer(item, RecordState.QUARANTINED, reason="id-taken", pointer="/new_place/id")


def _hear(walk: Walk, known: Parents, item: Item, whose: Mapping[UUID, Whose]) -> Heard:
    record, origin, root = _record(item), item.origin, known.root(_record(item).place)
    said = record.said
    at = correct(said.wall, said.elapsed_ms, said.boot_id, origin.sent, walk.policy.push).at
    if record.new_place:
        return Heard(item, record, root, None, at, None, record.new_place.name.strip())
    hangs_on = whose.get(record.contact) if record.contact else None
    key = Key(hangs_on.place_id if hangs_on else root, record.field, record.contact)
    old, new = (_value(record.field, told, walk.numbers) for told in (record.old, record.new))
    return Heard(item, record, root, key, at, old, new)


def _value(field: EditField, told: str | Position | None, numbers: Numbers) -> Value:
    """A told value as it is compared: WGS 84, no blanks around a text, a number in its normal form."""
    if isinstance(told, Position):
        lon, lat = to_wgs84(told.lon, told.lat, Datum(told.datum))
        return Spot(round(float(lon), DECIMALS), round(float(lat), DECIMALS))
    if told is None:
        return None
    return numbers.normal(told) if field is EditField.PHONE else told.strip()


def _note_links(walk: Walk, heard: Sequence[Heard]) -> None:
    """Whose homes these were when it was said: by a link of that day, or found by him and not confirmed yet."""
    asked = [(one.item.origin.person_id, one.record.place, one.said_at) for one in heard]
    linked = lookup.linked(walk.session, asked)
    finders = queries.finders(walk.session, {one.root for one in heard}) if heard else {}
    for n, one in enumerate(heard):
        finder = finders.get(one.root)
        found = finder is not None and finder.is_open and finder.person_id == one.item.origin.person_id
        one.linked = n in linked or found


def _settle(walk: Walk, heard: Sequence[Heard], found: Mapping[Key, Field]) -> list[tuple[Field, bool]]:
    """Judge the tellings field by field; each with whether the registry is to say something else."""
    fresh: dict[Key, list[Heard]] = {}
    for one in heard:
        if one.key is None:
            one.telling = _telling(one, None, EditState.APPLIED)
        else:
            fresh.setdefault(one.key, []).append(one)
    settled = []
    for key, some in fresh.items():
        field = found[key]
        field.catch_up()
        for one in some:
            one.telling = _telling(one, _needed(walk, one, field))
        moved = field.hear([one.telling for one in some if one.telling])
        states = {telling.id: telling.state for telling in field.told}
        for one in some:
            assert one.telling is not None, "it was judged above"
            one.telling = one.telling._replace(state=states[one.telling.id])
        settled.append((field, moved))
    return settled


def _telling(one: Heard, needs: EditReason | None, state: EditState | None = None) -> Telling:
    return Telling(one.record.id, one.item.origin.person_id, one.old, one.new, one.said_at, needs, state)


def _needed(walk: Walk, one: Heard, field: Field) -> EditReason | None:
    """Why the edit waits for a person anyway; how far it moves the place is kept with it."""
    move_m, poor = walk.policy.verify.move_m, False
    if isinstance(one.new, Spot):
        one.evidence = _evidence(one.record, one.new)
        far = (one.evidence["accuracy_m"], one.evidence.get("off_m"))
        poor = one.evidence.get("mock", False) or any(metres is not None and metres > move_m for metres in far)
        if isinstance(field.base, Spot):
            one.evidence["moved_m"] = round(apart_m(field.base, one.new), 1)
    return needed(
        one.record.field, one.old, one.new, field.base, linked=one.linked, poor_fix=poor, move_m=move_m
    )  # fmt: skip


def _evidence(record: PlaceEditRecord, spot: Spot) -> dict[str, Any]:
    """What a told position rests on, without saying where the phone itself was."""
    assert isinstance(record.new, Position)
    told: dict[str, Any] = {"accuracy_m": record.new.accuracy_m, "datum": record.new.datum.value}
    if record.fix is None:
        return told
    lon, lat = to_wgs84(record.fix.lon, record.fix.lat, Datum(record.fix.datum))
    accuracy_m = record.fix.accuracy_m if record.fix.accuracy_m is not None else record.new.accuracy_m
    off_m = round(apart_m(Spot(float(lon), float(lat)), spot), 1)
    fix = {"provider": record.fix.provider.value, "mock": record.fix.mock, "off_m": off_m}
    return told | fix | {"accuracy_m": accuracy_m}


def _write(walk: Walk, heard: Sequence[Heard], settled: Sequence[tuple[Field, bool]]) -> None:
    """Fields first, because tellings point to them; then the registry, the trail and the feed."""
    session, now = walk.session, walk.now
    tops = {one.key: one for one in sorted(heard, key=lambda one: (one.said_at, one.record.id)) if one.key}
    ids = {field.key: field.id for field, _ in settled}
    moved = [_change(tops[field.key], field) for field, is_moved in settled if is_moved]
    fields.save(session, [field for field, _ in settled], now, walk.numbers)
    writing.keep(session, [_edit(walk, one, ids) for one in heard], walk.numbers)
    if moved:
        writing.write(session, moved, PositionMethod.TOLD, now, walk.numbers)
    effects.values_turned(session, [(change.key.field, change.key.place_id) for change in moved])
    became = [id_ for field, _ in settled for id_ in field.became]
    changes.touched(session, FeedKind.PLACE_EDIT, [*became, *(one.record.id for one in heard)])
    db.put(session, Event, _EVENT, [_event(walk, one) for one in heard])


def _change(one: Heard, field: Field) -> Change:
    """The registry's new value, said by whoever said the last of it."""
    by = next((told.person_id for told in reversed(field.told) if told.new == field.stored), None)
    datum = one.record.new.datum if isinstance(one.record.new, Position) else None
    applied = [told for told in field.told if told.state is EditState.APPLIED]
    without = {str(told.person_id): field.base for told in applied if isinstance(field.base, Spot)}
    return Change(field.key, field.stored, by or one.item.origin.person_id, datum, without)


def _edit(walk: Walk, one: Heard, ids: Mapping[Key, UUID]) -> Edit:
    record, origin = one.record, one.item.origin
    assert one.telling is not None, "it was judged"
    since = date.fromisoformat(record.since_on) if record.since_on else None
    return Edit(
        one.telling, record.field, ids[one.key] if one.key else None, record.place, origin.device_id, origin.batch_id,
        one.item.sha256, walk.now, record.note, since, one.evidence,
    )  # fmt: skip


def _event(walk: Walk, one: Heard) -> tuple[Any, ...]:
    assert one.telling is not None, "it was judged"
    state = one.telling.state
    facts = {"edit": one.record.id, "field": one.record.field.value}
    return (
        walk.now, one.item.origin.person_id, f"edit.{state}", one.root, None, orjson.dumps(facts).decode()
    )  # fmt: skip


def _answer(one: Heard) -> Answer:
    assert one.telling is not None, "it was judged"
    if one.telling.state is EditState.APPLIED:
        return answer(one.item, RecordState.APPLIED)
    reason = one.telling.needs or EditReason.CHANGED
    return answer(one.item, RecordState.CONFLICT, reason=reason.value, edit=one.record.id)
