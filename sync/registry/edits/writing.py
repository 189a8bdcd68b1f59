"""Writing what was put right into places and contacts, and keeping every telling."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import changes, db
from sync.models import PlaceEdit
from sync.registry.edits.fields import Key
from sync.registry.edits.rules import Spot, Telling, Value
from sync.registry.edits.values import Numbers, pack
from sync.registry.relocating import Move, relocate
from sync.words import Datum, EditField, FeedKind, PositionMethod

_TEXTS = {
    EditField.NAME: "UPDATE place p SET name = w.value",
    EditField.ADDRESS: "UPDATE place p SET address = w.value",
    EditField.RESIDENCE: "UPDATE place p SET residence = w.value, state = CASE WHEN w.value = 'dissolved' THEN 'gone'"
    " WHEN p.state = 'gone' THEN 'active' ELSE p.state END",
}
_OF_PLACES = " FROM unnest(CAST(:ids AS uuid[]), CAST(:values AS text[])) AS w(id, value) WHERE p.id = w.id"
_NAMES = text(
    "INSERT INTO contact AS c (id, place_id, name) SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:places AS uuid[]),"
    " CAST(:names AS text[])) ON CONFLICT (id) DO UPDATE SET name = excluded.name"
)
_NO_NAMES = text("DELETE FROM contact WHERE id = ANY(:ids)")
_PHONES = text(
    "UPDATE contact c SET phone_cipher = w.cipher, phone_hash = w.hash FROM unnest(CAST(:ids AS uuid[]),"
    " CAST(:ciphers AS bytea[]), CAST(:hashes AS bytea[])) AS w(id, cipher, hash) WHERE c.id = w.id"
)
_WITHOUT = text(
    "UPDATE place_position q SET without = w.without FROM unnest(CAST(:ids AS uuid[]), CAST(:withouts AS jsonb[]))"
    " AS w(id, without) WHERE q.place_id = w.id AND q.n = (SELECT max(n) FROM place_position WHERE place_id = w.id)"
)
_EDIT = (
    "id", "edited_field_id", "place_id", "field", "old", "old_cipher", "new", "new_cipher", "state", "needs", "in_play",
    "person_id", "device_id", "batch_id", "sha256", "said_at", "received_at", "note", "since_on", "evidence",
)  # fmt: skip


class Change(NamedTuple):
    """A value for a field; for a position the datum of its source. `without`: what the visits of those who told it are
    judged by, [lon, lat] by person (D6.3d)."""

    key: Key
    value: Value
    by: UUID
    datum: Datum | None = None
    without: dict[str, Spot] | None = None


class Edit(NamedTuple):
    """A telling as it came; `field_id` is None for a home found at the door."""

    telling: Telling
    field: EditField
    field_id: UUID | None
    place_id: UUID
    device_id: UUID | None
    batch_id: UUID | None
    sha256: bytes | None
    received_at: datetime
    note: str = ""
    since_on: date | None = None
    evidence: dict[str, Any] | None = None


def keep(session: Session, edits: Sequence[Edit], numbers: Numbers) -> None:
    """Store tellings, whatever became of them. A taken id raises IntegrityError."""
    db.put(session, PlaceEdit, _EDIT, [_row(edit, numbers) for edit in edits])


def _row(edit: Edit, numbers: Numbers) -> tuple[Any, ...]:
    told = edit.telling
    assert told.state is not None, "it was settled"
    old, new = pack(edit.field, told.old, numbers), pack(edit.field, told.new, numbers)
    return (
        told.id, edit.field_id, edit.place_id, edit.field.value, old.json, old.cipher, new.json, new.cipher,
        told.state.value, told.needs and told.needs.value, edit.field_id is not None, told.person_id, edit.device_id,
        edit.batch_id, edit.sha256, told.said_at, edit.received_at, edit.note, edit.since_on,
        orjson.dumps(edit.evidence).decode() if edit.evidence else None,
    )  # fmt: skip


def write(
    session: Session, wanted: Sequence[Change], method: PositionMethod, at: datetime, numbers: Numbers
) -> None:  # fmt: skip
    """Let the registry say these values, and tell the feed. A contact that is not there yet comes with its name;
    without a name it goes again."""
    of: dict[EditField, list[Change]] = {}
    for change in wanted:
        of.setdefault(change.key.field, []).append(change)
    for field, statement in _TEXTS.items():
        if some := of.get(field):
            facts = {"ids": db.pg_uuids(one.key.place_id for one in some), "values": [one.value for one in some]}
            session.execute(text(statement + _OF_PLACES), facts)
    _write_contacts(session, of.get(EditField.CONTACT_NAME, ()), of.get(EditField.PHONE, ()), numbers)
    _write_positions(session, of.get(EditField.POSITION, ()), method, at)
    changes.touched(session, FeedKind.PLACE, [one.key.place_id for one in wanted])


def _write_contacts(session: Session, names: Collection[Change], phones: Collection[Change], numbers: Numbers) -> None:
    named = [one for one in names if one.value is not None]
    if named:
        who: dict[str, Any] = {
            "ids": [one.key.contact_id for one in named],
            "places": db.pg_uuids(one.key.place_id for one in named),
            "names": [one.value for one in named],
        }
        session.execute(_NAMES, who)
    if unnamed := [one.key.contact_id for one in names if one.value is None]:
        session.execute(_NO_NAMES, {"ids": unnamed})
    if phones:
        sealed = [numbers.seal(str(one.value)) if one.value is not None else (None, None) for one in phones]
        facts: dict[str, Any] = {
            "ids": [one.key.contact_id for one in phones],
            "ciphers": [cipher for cipher, _ in sealed],
            "hashes": [hash_ for _, hash_ in sealed],
        }
        session.execute(_PHONES, facts)


def _write_positions(session: Session, some: Collection[Change], method: PositionMethod, at: datetime) -> None:
    """Give places a new version of their position, those of one person at once."""
    moves: dict[tuple[UUID, Datum | None], list[Move]] = {}
    for one in some:
        if isinstance(one.value, Spot):
            moves.setdefault((one.by, one.datum), []).append(Move(one.key.place_id, *one.value))
    for (by, datum), these in moves.items():
        relocate(session, these, method, by, at, datum)
    told = [one for one in some if one.without]
    if told:
        facts = {
            "ids": db.pg_uuids(one.key.place_id for one in told),
            "withouts": [_without(one.without) for one in told if one.without],
        }
        session.execute(_WITHOUT, facts)


def _without(spots: dict[str, Spot]) -> str:
    return orjson.dumps({person: list(spot) for person, spot in spots.items()}).decode()
