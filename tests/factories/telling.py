"""Records of life events, promises and absences as phones send them."""

from datetime import date
from typing import Any
from uuid import UUID

from sync import clock, ids


def life_event(place: UUID | None = None, **changes: Any) -> dict[str, Any]:
    """Somebody of the home was taken to hospital."""
    whole = {"kind": "life_event", "id": ids.uuid7(), "event": "hospital", "told": {"wall": clock.now()}}
    return whole | ({"place": place} if place else {}) | changes


def promise(due_on: date, **changes: Any) -> dict[str, Any]:
    """A promise as a visit carries it."""
    return {"id": ids.uuid7(), "text": "带来通水工期", "due_on": due_on} | changes


def kept(commitment: UUID, **changes: Any) -> dict[str, Any]:
    """The promise was kept."""
    whole = {"kind": "commitment_kept", "id": ids.uuid7(), "commitment": commitment, "kept": True}
    return whole | {"said": {"wall": clock.now()}} | changes


def absence(deputy: UUID, first_on: date, last_on: date, **changes: Any) -> dict[str, Any]:
    """Away, and who stands in."""
    whole = {"kind": "absence", "id": ids.uuid7(), "deputy": deputy, "first_on": first_on, "last_on": last_on}
    return whole | {"said": {"wall": clock.now()}} | changes
