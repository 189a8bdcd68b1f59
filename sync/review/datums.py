"""What a person says about the datum of a group of phones (D6.2): the row stands until it is undone."""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync.words import Datum

_BEFORE = text(
    "SELECT to_jsonb(g) FROM datum_group g WHERE model = :model AND app_version = :app AND provider = :provider"
    " FOR UPDATE"
)
_SAY = text(
    "INSERT INTO datum_group (model, app_version, provider, datum, votes, by, at)"
    " VALUES (:model, :app, :provider, :datum, '{}', :by, :at)"
    " ON CONFLICT (model, app_version, provider) DO UPDATE SET datum = excluded.datum, votes = excluded.votes,"
    "  by = excluded.by, at = excluded.at"
)
_FORGET = text(
    "DELETE FROM datum_group WHERE model = :model AND app_version = :app AND provider = :provider"
    " AND by = :by AND at = :at RETURNING 1"
)
_BRING_BACK = text(
    "INSERT INTO datum_group SELECT (jsonb_populate_record(NULL::datum_group, CAST(:row AS jsonb))).*"
    " ON CONFLICT DO NOTHING"
)


def parts(key: str) -> dict[str, str] | None:
    """Model, app version and provider letter of a group's key `model|app_version|provider`; None for another form."""
    found = key.rsplit("|", 2)
    return dict(zip(("model", "app", "provider"), found, strict=True)) if len(found) == 3 else None


def say(session: Session, group: dict[str, str], datum: Datum, by: UUID, at: datetime) -> dict[str, Any] | None:
    """Write the datum of a group; the row that stood there, or None."""
    before: dict[str, Any] | None = session.scalar(_BEFORE, group)
    session.execute(_SAY, group | {"datum": datum.value[0], "by": by, "at": at})
    return before


def take_back(
    session: Session, group: dict[str, str], before: dict[str, Any] | None, was: tuple[UUID, datetime]
) -> bool:
    """Undo what `was` (person, time) said, if it still stands; whether it did."""
    if session.scalar(_FORGET, group | {"by": was[0], "at": was[1]}) is None:
        return False
    if before:
        session.execute(_BRING_BACK, {"row": orjson.dumps(before).decode()})
    return True
