"""Where a pull begins in each scope, where its page ends: pure."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sync.feed.cursor import SCHEMA, Cursor, Mark
from sync.words import FeedKind, FeedOp


class Head(NamedTuple):
    """The counter of a scope, and the highest number that was purged from it."""

    head: int = 0
    floor: int = 0


class Item(NamedTuple):
    """A row of the feed."""

    scope: str
    kind: FeedKind
    id: UUID
    seq: int
    op: FeedOp


@dataclass(frozen=True, slots=True)
class Plan:
    """From where each scope is read. `is_ahead`: the cursor knows more than this database, which is a replica that is
    behind, or a backup whose epoch nobody raised."""

    starts: dict[str, Mark]
    heads: dict[str, Head]
    reset: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    is_ahead: bool = False


def plan(scopes: Mapping[str, int], heads: Mapping[str, Head], epoch: int, cursor: Cursor | None) -> Plan:
    """Where to begin, by what the phone last read and what its person may read now (scope -> kinds as bits).

    A scope that the cursor does not know is read from its beginning; so is one whose cursor is older than what was
    purged, comes from another epoch or schema of the feed, or was shown other kinds: that scope alone is reset (D4.6).
    """
    known = cursor.marks if cursor else {}
    is_current = cursor is not None and (cursor.epoch, cursor.schema) == (epoch, SCHEMA)
    starts, reset, added, is_ahead = {}, [], [], False
    for scope, kinds in scopes.items():
        head, mark = heads.get(scope, Head()), known.get(scope)
        afresh = Mark(0, kinds, head.head)
        if mark is None:
            added.append(scope)
            starts[scope] = afresh
        elif not is_current or mark.kinds != kinds or max(mark.seq, mark.until) < head.floor:
            reset.append(scope)
            starts[scope] = afresh
        else:
            starts[scope] = mark
            is_ahead = is_ahead or max(mark.seq, mark.until) > head.head
    dropped = tuple(scope for scope in known if scope not in scopes)
    return Plan(starts, dict(heads), tuple(reset), tuple(added), dropped, is_ahead)


def fitting(sizes: Sequence[int], bytes_max: int) -> int:
    """How many items, in order, weigh no more than `bytes_max`; at least one if there is any."""
    total = 0
    for count, size in enumerate(sizes):
        total += size
        if total > bytes_max and count:
            return count
    return len(sizes)


def advanced(plan: Plan, read: Sequence[Item], is_whole: Mapping[str, bool]) -> dict[str, Mark]:
    """The marks after a page: a scope that was read to its end stands at its head, another at its last item."""
    reached = {item.scope: item.seq for item in read}
    marks = {}
    for scope, start in plan.starts.items():
        seq = plan.heads.get(scope, Head()).head if is_whole[scope] else reached.get(scope, start.seq)
        marks[scope] = Mark(seq, start.kinds, start.until if start.until > seq else 0)
    return marks


def etag(epoch: int, scopes: Mapping[str, int], heads: Mapping[str, int], directives: Sequence[object] = ()) -> str:
    """The tag of "nothing changed": of the epoch, what the person may read, the heads of it, and the directives."""
    told = "|".join(f"{scope} {kinds} {heads.get(scope, 0)}" for scope, kinds in sorted(scopes.items()))
    digest = hashlib.sha256(f"{SCHEMA} {epoch} {told} {directives!r}".encode()).digest()
    return f'W/"{base64.urlsafe_b64encode(digest[:15]).decode()}"'


def checksum(items: Mapping[UUID, int]) -> tuple[int, str]:
    """(count, hex) of what a scope holds, id -> seq: the exclusive or of the first 64 bits of SHA-256 over "id:seq".

    A phone computes the same of what it holds; where they differ it reads that scope afresh (D4.7).
    """
    total = 0
    for id_, seq in items.items():
        total ^= int.from_bytes(hashlib.sha256(f"{id_}:{seq}".encode()).digest()[:8], "big")
    return len(items), f"{total:016x}"
