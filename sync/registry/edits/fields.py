"""Fields with their stories: read as a set, settled by the rules, written back as a set.

Whoever settles a field holds the door of its place (registry.doors), so that two tellings about it follow each other.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import db, ids
from sync.registry.edits.rules import OF_CONTACT, Spot, Telling, Value, same, settle
from sync.registry.edits.values import Numbers, pack, unpack
from sync.words import EditField, EditReason, EditState

_FIELDS = text(
    "SELECT f.* FROM edited_field f JOIN unnest(CAST(:places AS uuid[]), CAST(:fields AS text[]),"
    " CAST(:contacts AS uuid[])) AS k(place_id, field, contact_id) ON f.place_id = k.place_id AND f.field = k.field"
    " AND f.contact_id IS NOT DISTINCT FROM k.contact_id"
)
_FIELDS_BY_ID = text("SELECT * FROM edited_field WHERE id = ANY(:ids)")
_TOLD = text("SELECT * FROM place_edit WHERE edited_field_id = ANY(:ids) AND in_play ORDER BY said_at, id")
_PLACES = text(
    "SELECT p.id, p.name, p.address, ST_X(CAST(p.position AS geometry)) AS lon, ST_Y(CAST(p.position AS geometry))"
    " AS lat, CASE WHEN p.state = 'gone' THEN 'dissolved' ELSE p.residence END AS residence"
    " FROM place p WHERE p.id = ANY(:ids)"
)
_CONTACTS = text("SELECT id, place_id, name, phone_cipher FROM contact WHERE id = ANY(:ids)")
_SAVE = text(
    "INSERT INTO edited_field AS f (id, place_id, field, contact_id, base, base_cipher, stands, stands_cipher,"
    " is_told, listed, listed_cipher, decided_at, open_since, reasons, changed_at) VALUES (:id, :place, :field,"
    " :contact, CAST(:base AS jsonb), :base_cipher, CAST(:stands AS jsonb), :stands_cipher, :is_told,"
    " CAST(:listed AS jsonb), :listed_cipher, :decided_at, :open_since, :reasons, :now)"
    " ON CONFLICT (id) DO UPDATE SET place_id = excluded.place_id, base = excluded.base,"
    " base_cipher = excluded.base_cipher, stands = excluded.stands, stands_cipher = excluded.stands_cipher,"
    " is_told = excluded.is_told, listed = excluded.listed, listed_cipher = excluded.listed_cipher,"
    " decided_at = excluded.decided_at, open_since = excluded.open_since, reasons = excluded.reasons,"
    " changed_at = excluded.changed_at, rev = f.rev + 1"
)
_BECOME = text(
    "UPDATE place_edit e SET state = w.state, in_play = w.in_play FROM unnest(CAST(:ids AS uuid[]),"
    " CAST(:states AS text[]), CAST(:plays AS boolean[])) AS w(id, state, in_play) WHERE e.id = w.id"
)


class Key(NamedTuple):
    """Which field: of a place that stands for itself, or of a contact at the place that it hangs on."""

    place_id: UUID
    field: EditField
    contact_id: UUID | None = None


@dataclass(slots=True)
class Field:
    """A field as it stands and what was told about it. `listed`: what the list said last, while `is_told`: the value
    comes from tellings or a decision. `became` collects what changes for tellings that are stored."""

    id: UUID
    key: Key
    stored: Value
    base: Value
    stands: Value
    is_told: bool = False
    listed: Value = None
    decided_at: datetime | None = None
    open_since: datetime | None = None
    rev: int = 0
    told: list[Telling] = field(default_factory=list)
    became: dict[UUID, tuple[EditState, bool]] = field(default_factory=dict)

    @property
    def opened(self) -> list[Telling]:
        """The tellings that wait for a person."""
        return [one for one in self.told if one.state is EditState.OPEN]

    def catch_up(self) -> None:
        """Begin anew from what the registry says if a list or a verifier changed it since: what had applied is over."""
        if same(self.stored, self.stands):
            return
        self.became |= {one.id: (EditState.APPLIED, False) for one in self.told if one.state is EditState.APPLIED}
        self.told = [one for one in self.told if one.state is not EditState.APPLIED]
        self.base = self.stands = self.stored
        self.is_told = False

    def say(self, value: Value) -> None:
        """Let this be what stands, and remember what the list said before."""
        if not self.is_told:
            self.is_told, self.listed = True, self.stored
        self.stored = self.stands = value

    def hear(self, fresh: Sequence[Telling]) -> bool:
        """Settle with fresh tellings; whether the registry says something else afterwards."""
        settled = settle(self.base, self.stored, self.decided_at, [*self.told, *fresh])
        for one in self.told:
            if settled.states[one.id] is not one.state:
                self.became[one.id] = (settled.states[one.id], True)
        self.told = [one._replace(state=settled.states[one.id]) for one in (*self.told, *fresh)]
        moved = not same(settled.value, self.stored)
        if moved:
            self.say(settled.value)
        return moved


def load(session: Session, keys: Collection[Key], numbers: Numbers) -> dict[Key, Field]:
    """The fields of these keys, new ones among them: their story begins with what stands now."""
    facts = {
        "places": db.pg_uuids(key.place_id for key in keys),
        "fields": [key.field.value for key in keys],
        "contacts": [key.contact_id for key in keys],
    }
    known = {_key(row): row for row in session.execute(_FIELDS, facts)} if keys else {}
    return _fields(session, keys, known, numbers)


def load_some(session: Session, ids_: Collection[UUID], numbers: Numbers) -> list[Field]:
    """The fields with these ids."""
    rows = session.execute(_FIELDS_BY_ID, {"ids": db.pg_uuids(ids_)}).all() if ids_ else []
    known = {_key(row): row for row in rows}
    return list(_fields(session, list(known), known, numbers).values())


def _key(row: Any) -> Key:
    return Key(row.place_id, EditField(row.field), row.contact_id)


def _fields(session: Session, keys: Iterable[Key], known: Mapping[Key, Any], numbers: Numbers) -> dict[Key, Field]:
    told = _tellings(session, [row.id for row in known.values()], numbers)
    stored = _stored(session, keys, numbers)
    found = {}
    for key in keys:
        row = known.get(key)
        if row is None:
            found[key] = Field(ids.uuid7(), key, stored[key], stored[key], stored[key])
        else:
            found[key] = Field(
                row.id, key, stored[key], unpack(row.base, row.base_cipher, numbers),
                unpack(row.stands, row.stands_cipher, numbers), row.is_told,
                unpack(row.listed, row.listed_cipher, numbers), row.decided_at, row.open_since, row.rev,
                told.get(row.id, []),
            )  # fmt: skip
    return found


def _tellings(session: Session, ids_: Collection[UUID], numbers: Numbers) -> dict[UUID, list[Telling]]:
    found: dict[UUID, list[Telling]] = {}
    for row in session.execute(_TOLD, {"ids": db.pg_uuids(ids_)}) if ids_ else ():
        telling = Telling(
            row.id, row.person_id, unpack(row.old, row.old_cipher, numbers), unpack(row.new, row.new_cipher, numbers),
            row.said_at, EditReason(row.needs) if row.needs else None, EditState(row.state),
        )  # fmt: skip
        found.setdefault(row.edited_field_id, []).append(telling)
    return found


def _stored(session: Session, keys: Iterable[Key], numbers: Numbers) -> dict[Key, Value]:
    """What the registry says for each key; nothing for a contact that is still to come."""
    places = {key.place_id for key in keys if key.field not in OF_CONTACT}
    contacts = {key.contact_id for key in keys if key.contact_id}
    homes = {row.id: row for row in session.execute(_PLACES, {"ids": db.pg_uuids(places)})} if places else {}
    people = {row.id: row for row in session.execute(_CONTACTS, {"ids": db.pg_uuids(contacts)})} if contacts else {}
    return {key: _value(key, homes.get(key.place_id), people.get(key.contact_id), numbers) for key in keys}


def _value(key: Key, place: Any, contact: Any, numbers: Numbers) -> Value:
    match key.field:
        case EditField.PHONE:
            return numbers.open(bytes(contact.phone_cipher)) if contact and contact.phone_cipher else None
        case EditField.CONTACT_NAME:
            return contact.name.strip() if contact else None
        case EditField.POSITION:
            return None if place.lon is None else Spot(place.lon, place.lat)
        case _:
            return str(getattr(place, key.field.value)).strip()


def save(session: Session, fields: Collection[Field], now: datetime, numbers: Numbers) -> None:
    """Write fields and what became of tellings that are stored already."""
    if not fields:
        return
    session.execute(_SAVE, [_row(one, now, numbers) for one in sorted(fields, key=lambda one: one.id)])
    become(session, {id_: what for one in fields for id_, what in one.became.items()})


def become(session: Session, became: Mapping[UUID, tuple[EditState, bool]]) -> None:
    """Write what became of tellings: state, and whether they are in play."""
    if became:
        facts = {
            "ids": db.pg_uuids(became),
            "states": [state.value for state, _ in became.values()],
            "plays": [play for _, play in became.values()],
        }
        session.execute(_BECOME, facts)


def _row(one: Field, now: datetime, numbers: Numbers) -> dict[str, Any]:
    base, stands, listed = (pack(one.key.field, value, numbers) for value in (one.base, one.stands, one.listed))
    if one.opened:
        one.open_since = one.open_since or now
    else:
        one.open_since = None
    reasons = sorted({(telling.needs or EditReason.CHANGED).value for telling in one.opened})
    return {
        "id": one.id, "place": one.key.place_id, "field": one.key.field.value, "contact": one.key.contact_id,
        "base": base.json, "base_cipher": base.cipher, "stands": stands.json, "stands_cipher": stands.cipher,
        "is_told": one.is_told, "listed": listed.json, "listed_cipher": listed.cipher, "decided_at": one.decided_at,
        "open_since": one.open_since, "reasons": reasons, "now": now,
    }  # fmt: skip
