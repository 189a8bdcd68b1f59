"""Edits that wait while their place is merged or taken apart: they go with the id they were told with."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import changes, clock, db
from sync.identity.numbers import Numbers
from sync.pipeline import effects
from sync.registry.edits import fields, writing
from sync.registry.edits.fields import Field, Key
from sync.registry.edits.writing import Change
from sync.words import EditField, FeedKind, PositionMethod

_STRAY = text(
    "SELECT e.id, e.edited_field_id AS field_id, f.field, coalesce(p.merged_into_id, p.id) AS root"
    " FROM place_edit e JOIN edited_field f ON f.id = e.edited_field_id JOIN place p ON p.id = e.place_id"
    " WHERE e.place_id = ANY(:places) AND e.state = 'open' AND e.in_play AND f.contact_id IS NULL"
    " AND f.place_id <> coalesce(p.merged_into_id, p.id) ORDER BY e.id"
)
_MOVE = text(
    "UPDATE place_edit e SET edited_field_id = w.field_id FROM unnest(CAST(:ids AS uuid[]), CAST(:fields AS uuid[]))"
    " AS w(id, field_id) WHERE e.id = w.id"
)
NO_NUMBERS = Numbers("")  # facts of places alone follow a merge; a person of a home keeps the id it hangs on


def take_along(session: Session, turned: Collection[UUID]) -> None:
    """Judge what waits again where these ids belong now: what was told about a merged place is about its root.

    The doors are held by whoever merges.
    """
    stray = session.execute(_STRAY, {"places": db.pg_uuids(turned)}).all()
    if not stray:
        return
    left = {one.id: one for one in fields.load_some(session, {row.field_id for row in stray}, NO_NUMBERS)}
    came = fields.load(session, {Key(row.root, EditField(row.field)) for row in stray}, NO_NUMBERS)
    moved = _settle(stray, left, came)
    fields.save(session, [*left.values(), *came.values()], clock.now(), NO_NUMBERS)
    facts = {
        "ids": db.pg_uuids(row.id for row in stray),
        "fields": db.pg_uuids(came[Key(row.root, EditField(row.field))].id for row in stray),
    }
    session.execute(_MOVE, facts)
    writing.write(session, moved, PositionMethod.TOLD, clock.now(), NO_NUMBERS)
    effects.values_turned(session, [(change.key.field, change.key.place_id) for change in moved])
    changes.touched(session, FeedKind.PLACE_EDIT, [id_ for one in came.values() for id_ in one.became])


def _settle(stray: Collection[Any], left: dict[UUID, Field], came: dict[Key, Field]) -> list[Change]:
    """Move tellings in memory and settle where they come to; what the registry is to say."""
    arriving: dict[Key, list[Any]] = {}
    for row in stray:
        told = next(one for one in left[row.field_id].told if one.id == row.id)
        left[row.field_id].told.remove(told)
        arriving.setdefault(Key(row.root, EditField(row.field)), []).append(told._replace(state=None))
    changed = []
    for key, some in arriving.items():
        field = came[key]
        field.catch_up()
        if field.hear(some):
            by = next(told.person_id for told in reversed(field.told) if told.new == field.stored)
            assert by is not None, "a list never applies by itself"
            changed.append(Change(key, field.stored, by))
        arrived = {told.id for told in some}
        field.became |= {told.id: (told.state, True) for told in field.told if told.id in arrived and told.state}
    return changed
