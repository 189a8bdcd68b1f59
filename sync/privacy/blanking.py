"""Taking the content of records out of a decoded batch: pure, whatever kind and schema the records have."""

from collections.abc import Collection
from typing import Any, NamedTuple
from uuid import UUID


class Blanked(NamedTuple):
    """A batch without the content of some records; `ords` are those taken out as a whole, `is_changed` says whether
    anything was taken out at all."""

    body: Any
    ords: list[int]
    is_changed: bool


def spelled(ids: Collection[UUID]) -> frozenset[str]:
    """Ids as they are compared: 32 lower-case hex digits, however a phone wrote them."""
    return frozenset(id_.hex for id_ in ids)


def blanked(body: Any, ids: frozenset[str]) -> Blanked:
    """Take out of a decoded batch what tells of these ids.

    A record that is one of them, or names one in a field of its own (place, visit …) or as its new place, keeps only
    kind and id. Out of any other record the parts are cut that name one: a life event seen in another home.
    Out of a body of another shape, of a newer app, such parts are cut wherever they stand.
    """
    records = body.get("records") if isinstance(body, dict) else None
    if not isinstance(records, list):
        pruned = _pruned(body, ids)
        return Blanked(pruned, [], pruned != body)
    kept, ords, is_changed = [], [], False
    for ord_, record in enumerate(records):
        if _is_about(record, ids) and not _is_blank(record):
            ords.append(ord_)
            kept.append({"kind": record.get("kind", ""), "id": record.get("id"), "blanked": True})
            continue
        pruned = _pruned(record, ids)
        is_changed = is_changed or pruned != record
        kept.append(pruned)
    return Blanked(body | {"records": kept}, ords, is_changed or bool(ords))


def _is_about(record: Any, ids: frozenset[str]) -> bool:
    if not isinstance(record, dict):
        return False
    new = record.get("new_place")
    return any(_is_one(value, ids) for value in record.values()) or (
        isinstance(new, dict) and _is_one(new.get("id"), ids)
    )


def _is_blank(record: dict[str, Any]) -> bool:
    return record.keys() == {"kind", "id", "blanked"}


def _pruned(value: Any, ids: frozenset[str]) -> Any:
    """The value without list elements that are about one of the ids, and with null for members that are."""
    if isinstance(value, list):
        return [_pruned(one, ids) for one in value if not (_is_one(one, ids) or _names(one, ids))]
    if isinstance(value, dict) and not _is_blank(value):
        return {key: None if _names(one, ids) else _pruned(one, ids) for key, one in value.items()}
    return value


def _names(value: Any, ids: frozenset[str]) -> bool:
    return isinstance(value, dict) and any(_is_one(one, ids) for one in value.values())


def _is_one(value: Any, ids: frozenset[str]) -> bool:
    return isinstance(value, str) and 32 <= len(value) <= 45 and value.replace("-", "").strip("{}").lower() in ids
