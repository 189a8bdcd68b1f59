"""Edits as phones send them, and the registry as it stands."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, ids
from sync.identity.numbers import Numbers
from sync.pipeline import apply_batches
from sync.policy import defaults
from tests.conftest import CONTACT_KEY
from tests.factories.handing import put, results
from tests.factories.village import Village

NUMBERS = Numbers(CONTACT_KEY)
OLD_NUMBER, NEW_NUMBER, THIRD_NUMBER = "13800000001", "13800000002", "13800000003"


def said(minutes_ago: float = 60) -> datetime:
    """A moment of the phone's clock."""
    return clock.now() - timedelta(minutes=minutes_ago)


def edit(place: UUID, field: str, old: Any, new: Any, ago: float = 60, **more: Any) -> dict[str, Any]:
    """One field of one place, said some minutes ago."""
    whole = {"kind": "place_edit", "id": ids.uuid7(), "place": place, "field": field, "old": old, "new": new}
    return whole | {"said": {"wall": said(ago)}} | more


def hand_in(session: Session, device: UUID, *records: Any) -> list[dict[str, Any]]:
    """Hand records in as one batch of a phone and apply it, with the key of telephone numbers."""
    part = put(session, device, *records)
    apply_batches(session, defaults(), [part], NUMBERS)
    return results(session, part)


def add_contact(session: Session, place: UUID, name: str = "王秀英", number: str | None = OLD_NUMBER) -> UUID:
    """A person of a home."""
    contact = ids.uuid7()
    cipher, hash_ = NUMBERS.seal(number) if number else (None, None)
    session.execute(
        text("INSERT INTO contact (id, place_id, name, phone_cipher, phone_hash) VALUES (:i, :p, :n, :c, :h)"),
        {"i": contact, "p": place, "n": name, "c": cipher, "h": hash_},
    )
    return contact


def link(session: Session, village: Village, cadre: UUID, place: UUID) -> None:
    """Another cadre looks after the home as well."""
    session.execute(
        text(
            "INSERT INTO link (id, programme_id, category, cadre_id, place_id, valid)"
            " VALUES (:i, :g, 'ordinary', :c, :p, '[2020-01-01,)')"
        ),
        {"i": ids.uuid7(), "g": village.programme, "c": cadre, "p": place},
    )


def stands(session: Session, place: UUID, field: str) -> Any:
    """What the registry says of a place."""
    row = session.execute(
        text(
            "SELECT name, address, residence, state, ST_X(CAST(position AS geometry)) AS lon,"
            " ST_Y(CAST(position AS geometry)) AS lat FROM place WHERE id = :p"
        ),
        {"p": place},
    ).one()
    return (row.lon, row.lat) if field == "position" else getattr(row, field)


def number_of(session: Session, contact: UUID) -> str | None:
    """The number of a person, opened."""
    cipher = session.scalar(text("SELECT phone_cipher FROM contact WHERE id = :c"), {"c": contact})
    return NUMBERS.open(bytes(cipher)) if cipher else None


def told(session: Session) -> dict[UUID, str]:
    """The state of every telling that is kept."""
    return {row.id: row.state for row in session.execute(text("SELECT id, state FROM place_edit"))}


def open_fields(session: Session) -> list[tuple[str, list[str]]]:
    """Fields that wait for a person, with the reasons."""
    rows = session.execute(text("SELECT field, reasons FROM edited_field WHERE open_since IS NOT NULL ORDER BY id"))
    return [(row.field, row.reasons) for row in rows]
