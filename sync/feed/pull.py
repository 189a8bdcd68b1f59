"""One page of the feed for one phone: rows and the entities they stand for, read in one snapshot (D4.2)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import db
from sync.errors import refuse
from sync.feed import queries, rules
from sync.feed.cursor import Cursor, Mark
from sync.feed.kinds import KINDS
from sync.feed.payloads import batches, documents, edits, households, life, obligations, tasks, visits
from sync.feed.payloads.viewer import Viewer
from sync.feed.queries import Checksum
from sync.feed.rules import Head, Item, Plan
from sync.words import FeedKind, FeedOp

Payload = Callable[[Session, Viewer, Collection[UUID]], dict[UUID, dict[str, Any]]]
# By the first letter of the scope: the same task is told to its reporter and to the unit that handles it.
PAYLOADS: dict[tuple[str, FeedKind], Payload] = {
    ("c", FeedKind.PLACE): households.places,
    ("c", FeedKind.LINK): households.links,
    ("c", FeedKind.VISIT): visits.visits,
    ("c", FeedKind.TASK): tasks.of_cadre,
    ("c", FeedKind.OBLIGATION): obligations.obligations,
    ("c", FeedKind.LIFE_EVENT): life.life_events,
    ("c", FeedKind.COMMITMENT): life.commitments,
    ("c", FeedKind.BATCH): batches.batches,
    ("c", FeedKind.PLACE_EDIT): edits.edits,
    ("u", FeedKind.TASK): tasks.of_unit,
    ("g", FeedKind.PROGRAMME): documents.programmes,
} | {("g", kind): documents.document(kind) for kind in documents.DOCUMENTS}


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `items` and `batches` are JSON texts; `checksums` and `is_whole` stand on the last page of a pull."""

    epoch: int
    cursor: Cursor
    plan: Plan
    items: list[bytes]
    batches: list[bytes]
    is_whole: bool
    checksums: dict[str, Checksum] = field(default_factory=dict)
    told: frozenset[str] = frozenset()
    pulled: Any = None

    @property
    def heads(self) -> dict[str, int]:
        """The heads that the snapshot saw."""
        return {scope: head.head for scope, head in self.plan.heads.items()}


def pull(session: Session, viewer: Viewer, scopes: Mapping[str, int], cursor: Cursor | None, items_max: int) -> Page:
    """The page after `cursor` (None: from the beginning) of these scopes with their kinds.

    The session must be one snapshot. Raises unavailable when the cursor is ahead of it (D4.3).
    """
    epoch, policy = queries.epoch(session), viewer.policy
    plan = rules.plan(scopes, queries.heads(session, scopes), epoch, cursor)
    if plan.is_ahead:
        raise refuse("behind", headers={"Retry-After": str(policy.push.retry_after_s)})
    rows = queries.items(session, plan.starts, viewer.device_id, items_max + 1)
    texts = _texts(session, viewer, rows[:items_max])
    fit = rules.fitting([len(one) for one in texts], policy.feed.page_bytes_max)
    read, is_whole = rows[:fit], fit == len(rows)
    marks = rules.advanced(plan, read, _read_to_end(plan.starts, rows, fit))
    return Page(
        epoch=epoch,
        cursor=Cursor(epoch, marks),
        plan=plan,
        items=[one for item, one in zip(read, texts, strict=False) if item.kind is not FeedKind.BATCH],
        batches=[one for item, one in zip(read, texts, strict=False) if item.kind is FeedKind.BATCH],
        is_whole=is_whole,
        checksums=queries.checksums(session, scopes) if is_whole and _moved(plan, cursor) else {},
        told=frozenset(item.scope for item in read if not item.scope.startswith("g")),
        pulled=queries.pulled(session, viewer.device_id),
    )


def _moved(plan: Plan, cursor: Cursor | None) -> bool:
    """Whether any scope has gone on since the phone last pulled: else its count was told already."""
    heads = plan.heads
    return cursor is None or any(start.seq != heads.get(scope, Head()).head for scope, start in plan.starts.items())


def _read_to_end(starts: Mapping[str, Mark], rows: Sequence[Item], fit: int) -> dict[str, bool]:
    """Whether each scope was read to its end: nothing of it, nor of a scope before it, was left for the next page."""
    left = {item.scope for item in rows[fit:]}
    ended, ends = True, {}
    for scope in starts:
        ended = ended and scope not in left
        ends[scope] = ended
    return ends


def _texts(session: Session, viewer: Viewer, rows: Sequence[Item]) -> list[bytes]:
    """Each row as JSON with the entity as it is now."""
    wanted: dict[tuple[str, FeedKind], list[UUID]] = {}
    merged: dict[FeedKind, list[UUID]] = {}
    for item in rows:
        if item.op is FeedOp.PUT:
            wanted.setdefault((item.scope[0], item.kind), []).append(item.id)
        elif item.op is FeedOp.MERGED:
            merged.setdefault(item.kind, []).append(item.id)
    data = {key: PAYLOADS[key](session, viewer, ids) for key, ids in wanted.items()}
    into = {kind: _merged_into(session, kind, ids) for kind, ids in merged.items()}
    return [_text(item, data.get((item.scope[0], item.kind), {}), into.get(item.kind, {})) for item in rows]


def _text(item: Item, data: Mapping[UUID, Any], into: Mapping[UUID, UUID | None]) -> bytes:
    if item.kind is FeedKind.BATCH:
        return orjson.dumps(data[item.id])
    told: dict[str, Any] = {
        "scope": item.scope,
        "kind": item.kind.name.lower(),
        "id": item.id,
        "seq": item.seq,
        "op": item.op.value,
    }
    if item.op is FeedOp.PUT:
        told["data"] = data.get(item.id)
    elif item.op is FeedOp.MERGED:
        told["into"] = into.get(item.id)
    return orjson.dumps(told)


def _merged_into(session: Session, kind: FeedKind, ids: Collection[UUID]) -> dict[UUID, UUID | None]:
    known = KINDS[kind]
    query = text(f"SELECT x.id, {known.into} FROM {known.table} x WHERE x.id = ANY(:ids)")
    return {row[0]: row[1] for row in session.execute(query, {"ids": db.pg_uuids(ids)})}
