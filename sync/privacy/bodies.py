"""The bytes of batches: content of erased records is taken out, ids, hashes and results stay (D7.1).

Settled records keep their results, with `forget` for the phone; records that still waited are answered as erased. The
batch's hash stays that of the bytes as they came, so that the same batch is still known.
"""

import gzip
import zlib
from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import changes, clock, db
from sync.intake import parse, results
from sync.policy import Push
from sync.privacy.blanking import Blanked, blanked, spelled
from sync.words import FeedKind

Key = tuple[UUID, UUID]
AT_ONCE = 100
GZIP_LEVEL = 6
# Batches that are known to hold the content of these visits, problems and photos; that wait; that were not applied.
_KNOWN = text(
    "SELECT device_id, batch_id FROM visit_rev WHERE visit_id = ANY(:ids)"
    " UNION SELECT device_id, batch_id FROM said WHERE visit_id = ANY(:ids) OR id = ANY(:ids)"
    " UNION SELECT device_id, batch_id FROM co_visit WHERE visit_id = ANY(:ids) OR id = ANY(:ids)"
    " UNION SELECT device_id, batch_id FROM photo WHERE visit_id = ANY(:ids) OR problem_id = ANY(:ids)"
    " UNION SELECT device_id, batch_id FROM waiting_record"
    " UNION SELECT device_id, id FROM batch WHERE state <> 'done'"
)
# Records whose tables do not name their batch: looked for in the results of the batches whose bytes are still here.
_TOLD = text(
    "SELECT b.device_id, b.id FROM batch b WHERE b.received_at >= :since AND b.results @> ANY(CAST(:wanted AS jsonb[]))"
)
_OPEN = (
    "SELECT b.device_id, b.id, b.results, y.received_on, y.encoding, y.body FROM batch b JOIN batch_body y"
    " ON y.received_on = b.received_on AND y.device_id = b.device_id AND y.batch_id = b.id"
    " WHERE (b.device_id, b.id) IN (SELECT * FROM unnest(CAST(:devices AS uuid[]), CAST(:batches AS uuid[])))"
    " ORDER BY b.device_id, b.id {lock}"
)
LOOK, WAIT, SKIP = "", "FOR UPDATE OF b", "FOR UPDATE OF b SKIP LOCKED"
_PUT = text("UPDATE batch_body SET body = :body WHERE received_on = :on AND device_id = :device AND batch_id = :batch")
_NOTE = text(
    "UPDATE batch SET blanked_at = :now, results = coalesce(CAST(:results AS jsonb), results)"
    " WHERE device_id = :device AND id = :batch"
)
_NO_WAITING = text("DELETE FROM waiting_record WHERE device_id = :device AND batch_id = :batch AND ord = ANY(:ords)")
_CONFLICTS = text(
    "SELECT device_id, batch_id, encoding, body FROM batch_conflict ORDER BY device_id, batch_id FOR UPDATE"
)
_PUT_CONFLICT = text("UPDATE batch_conflict SET body = :body WHERE device_id = :device AND batch_id = :batch")


def holding(session: Session, ids: Collection[UUID], unknown: Collection[UUID], push: Push) -> list[Key]:
    """Batches that may hold content of these ids. `unknown`: ids of records whose tables do not name their batch."""
    found = {(row[0], row[1]) for row in session.execute(_KNOWN, {"ids": db.pg_uuids(ids)})}
    if unknown:
        wanted = [orjson.dumps([{"id": str(id_)}]).decode() for id_ in unknown]
        since = clock.now() - timedelta(days=push.body_days + 1)
        found |= {(row[0], row[1]) for row in session.execute(_TOLD, {"since": since, "wanted": wanted})}
    return sorted(found)


def telling_of(session: Session, keys: Sequence[Key], ids: Collection[UUID], push: Push) -> list[Key]:
    """Those of the batches whose bytes do tell of the ids."""
    names = spelled(ids)
    return [(row.device_id, row.id) for row in _opened(session, keys, LOOK) if _without(row, names, push)]


def blank(
    session: Session, keys: Sequence[Key], ids: Collection[UUID], push: Push, *, skip_locked: bool = False
) -> int:
    """Take what tells of these ids out of the bytes of these batches, and of other bytes kept under known numbers; how
    many bodies changed. Batches are locked, so that none is applied meanwhile.

    Whoever holds rows that a batch may wait for lets those be that are being applied (`skip_locked`), and comes again.
    """
    names, count = spelled(ids), 0
    for row in _opened(session, keys, SKIP if skip_locked else WAIT):
        count += _blank_one(session, row, names, push)
    for row in session.execute(_CONFLICTS).all():
        done = _without(row, names, push)
        if done:
            facts = {"body": _packed(done.body, row.encoding), "device": row.device_id, "batch": row.batch_id}
            session.execute(_PUT_CONFLICT, facts)
            count += 1
    return count


def blank_refused(session: Session, device_id: UUID, batch_id: UUID, push: Push) -> None:
    """Take the records out of a batch's bytes that were refused because they were erased. Twice is harmless."""
    told = session.scalar(
        text("SELECT results FROM batch WHERE device_id = :device AND id = :batch"),
        {"device": device_id, "batch": batch_id},
    )
    refused = [UUID(one["id"]) for one in told or () if one.get("reason") == parse.ERASED and one["id"]]
    if refused:
        blank(session, [(device_id, batch_id)], refused, push)


def _opened(session: Session, keys: Sequence[Key], lock: str) -> Iterator[Any]:
    """The batches with their bytes, some at a time, in the order of their keys."""
    for start in range(0, len(keys), AT_ONCE):
        devices, batches = zip(*keys[start : start + AT_ONCE], strict=True)
        facts = {"devices": db.pg_uuids(devices), "batches": db.pg_uuids(batches)}
        yield from session.execute(text(_OPEN.format(lock=lock)), facts).all()


def _blank_one(session: Session, row: Any, names: frozenset[str], push: Push) -> int:
    done = _without(row, names, push)
    if not done:
        return 0
    facts: dict[str, Any] = {"device": row.device_id, "batch": row.id, "now": clock.now()}
    session.execute(_PUT, facts | {"body": _packed(done.body, row.encoding), "on": row.received_on})
    told = None
    if row.results is not None:
        for ord_ in done.ords:
            row.results[ord_] = _told_of(row.results[ord_])
        told = orjson.dumps(row.results).decode()
    session.execute(_NOTE, facts | {"results": told})
    session.execute(_NO_WAITING, facts | {"ords": done.ords})
    changes.touched(session, FeedKind.BATCH, [row.id])
    return 1


def _told_of(result: dict[str, Any]) -> dict[str, Any]:
    """What the phone learns of a record whose content went: forget your copy; what still waited is refused."""
    if result["state"] in results.OPEN:
        plain = {name: result[name] for name in ("ord", "kind", "id")}
        return plain | {"state": "rejected", "reason": parse.ERASED, "forget": True}
    return result | {"forget": True}


def _without(row: Any, names: frozenset[str], push: Push) -> Blanked | None:
    """The body without what tells of the ids; None if it tells nothing of them. One that cannot be read goes whole."""
    try:
        plain = parse.unpacked(row.body, row.encoding, push.json_bytes_max)
    except (ValueError, zlib.error):
        plain = row.body
    lower = plain.lower().replace(b"-", b"")
    if not any(name.encode() in lower for name in names):
        return None
    try:
        done = blanked(msgspec.json.decode(plain), names)
    except (ValueError, RecursionError):
        return Blanked({"blanked": True}, [], True)
    return done if done.is_changed else None


def _packed(body: Any, encoding: str) -> bytes:
    plain = msgspec.json.encode(body)
    return gzip.compress(plain, GZIP_LEVEL, mtime=0) if encoding == "gzip" else plain
