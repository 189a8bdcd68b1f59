"""Sealing every telephone number again under the newest key, some at a time, from where it was left.

Meanwhile numbers are opened by any key and looked for under each (`ContactCipher.hashes`). Progress is a row, so that a
rotation that was stopped goes on, and one under another newest key begins anew.
"""

import hashlib
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import Select, func, or_, select, text, update
from sqlalchemy.orm import Session

from sync import audit
from sync.identity.contact_cipher import ContactCipher
from sync.models import Contact, EditDecision, EditedField, Person, PlaceEdit

Table = type[Person] | type[Contact] | type[EditedField] | type[PlaceEdit] | type[EditDecision]
# Numbers in use, which are looked for by their hash, and numbers as they were told in edits of the register.
SEALED: dict[Table, tuple[str, ...]] = {
    Person: ("phone_cipher",),
    Contact: ("phone_cipher",),
    EditedField: ("base_cipher", "stands_cipher", "listed_cipher"),
    PlaceEdit: ("old_cipher", "new_cipher"),
    EditDecision: ("value_cipher", "before_cipher", "base_cipher"),
}
TABLES = tuple(SEALED)
AT_ONCE = 500
FIRST = UUID(int=0)
_GET = text("SELECT value FROM installation WHERE key = 'contact_rotation' FOR UPDATE")
_PUT = text(
    "INSERT INTO installation (key, value) VALUES ('contact_rotation', CAST(:value AS jsonb))"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)


class Progress(NamedTuple):
    """How far it is: numbers looked at and sealed again, of so many; `is_done` when all tables were walked through."""

    looked: int
    sealed: int
    total: int
    is_done: bool


def rotate_some(session: Session, cipher: ContactCipher, newest_key: str) -> Progress:
    """Do the next numbers. Raises ContactKeyError for one that no key opens: then no key may be taken away."""
    mark = hashlib.sha256(newest_key.encode()).hexdigest()[:16]
    state = session.scalar(_GET)
    if state is None or state["mark"] != mark or state["table"] >= len(TABLES):
        state = {"mark": mark, "table": 0, "after": str(FIRST), "looked": 0, "sealed": 0}
    looked, sealed, after = _page(session, cipher, TABLES[state["table"]], UUID(state["after"]))
    state["looked"] += looked
    state["sealed"] += sealed
    state["after"] = str(after or FIRST)
    state["table"] += after is None
    is_done = state["table"] == len(TABLES)
    session.execute(_PUT, {"value": orjson.dumps(state).decode()})
    if is_done:
        audit.record(session, "contacts.rotated", None, sealed=state["sealed"], mark=mark)
    return Progress(state["looked"], state["sealed"], count(session), is_done)


def count(session: Session) -> int:
    """How many numbers are kept."""
    found = 0
    for table, names in SEALED.items():
        each = session.execute(select(*(func.count(getattr(table, name)) for name in names))).one()
        found += sum(each)
    return found


def outdated(session: Session, cipher: ContactCipher) -> int:
    """How many numbers another key than the newest sealed: while there is one, no key may be taken away."""
    found = 0
    for table in TABLES:
        after = FIRST
        while rows := session.execute(_next(table, after)).all():
            found += sum(len(_old(cipher, table, row)) for row in rows)
            after = rows[-1].id
    return found


def _next(table: Table, after: UUID) -> Select[*tuple[Any, ...]]:
    columns = [getattr(table, name) for name in SEALED[table]]
    numbers = select(table.id, *columns).where(or_(*(column.is_not(None) for column in columns)), table.id > after)
    return numbers.order_by(table.id).limit(AT_ONCE)


def _old(cipher: ContactCipher, table: Table, row: Any) -> dict[str, bytes]:
    """The numbers of a row that another key than the newest sealed, by column."""
    told = {name: getattr(row, name) for name in SEALED[table]}
    return {name: sealed for name, sealed in told.items() if sealed is not None and not cipher.is_newest(sealed)}


def _page(session: Session, cipher: ContactCipher, table: Table, after: UUID) -> tuple[int, int, UUID | None]:
    """(looked at, sealed again, where the next page starts): None when the table ends."""
    rows = session.execute(_next(table, after).with_for_update()).all()
    looked = sum(getattr(row, name) is not None for row in rows for name in SEALED[table])
    sealed_again = 0
    for row in rows:
        if old := _old(cipher, table, row):
            sealed_again += len(old)
            again = {name: _again(cipher, table, name, sealed) for name, sealed in old.items()}
            values = {key: value for one in again.values() for key, value in one.items()}
            session.execute(update(table).where(table.id == row.id).values(values))
    return looked, sealed_again, rows[-1].id if len(rows) == AT_ONCE else None


def _again(cipher: ContactCipher, table: Table, name: str, sealed: bytes) -> dict[str, bytes]:
    number = cipher.open(sealed)
    if table in (Person, Contact):
        under_newest, digest = cipher.seal(number)
        return {name: under_newest, "phone_hash": digest}
    return {name: cipher.wrap(number)}
