"""Level 2 of visit dedup: another id, the same visit (reinstalled app, restored backup), pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID


class Trait(NamedTuple):
    """What level 2 compares of one visit."""

    id: UUID
    recorder_id: UUID
    place_id: UUID
    started_at: datetime
    fixes_hash: bytes | None
    answers_hash: bytes | None
    photos: frozenset[bytes]


class Repeat(NamedTuple):
    """`child` tells of the same visit as `parent`; `method` names what matched."""

    child: UUID
    parent: UUID
    method: str


def repeats(new: Sequence[Trait], known: Sequence[Trait], window_s: float) -> list[Repeat]:
    """Which of the new visits repeat a known or an earlier new one (sync.md L2).

    Same recorder and place, starts within the window, and the same fix series, a common photo or the same
    answers. `known` are roots, so that edges never form a chain; the earliest match is the parent.
    """
    by_door: dict[tuple[UUID, UUID], list[Trait]] = {}
    for trait in known:
        by_door.setdefault((trait.recorder_id, trait.place_id), []).append(trait)
    found = []
    for trait in new:
        candidates = by_door.setdefault((trait.recorder_id, trait.place_id), [])
        match = next(
            (
                (candidate, method)
                for candidate in sorted(candidates, key=lambda c: (c.started_at, c.id))
                if abs((candidate.started_at - trait.started_at).total_seconds()) <= window_s
                and (method := _match(candidate, trait))
            ),
            None,
        )
        if match:
            found.append(Repeat(trait.id, match[0].id, match[1]))
        else:
            candidates.append(trait)
    return found


def _match(one: Trait, other: Trait) -> str:
    if one.fixes_hash is not None and one.fixes_hash == other.fixes_hash:
        return "fixes"
    if one.photos & other.photos:
        return "photo"
    if one.answers_hash is not None and one.answers_hash == other.answers_hash:
        return "answers"
    return ""
