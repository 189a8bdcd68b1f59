"""The judge: reads the phone's log and the database, and names every broken invariant (sync.md section 9).

I1  what was acknowledged is there, byte for byte        I2  each record has its effect exactly once
I8  the backlog drains                                   I9  originals never change
I10 the neighbours of a poison record are applied
"""

import hashlib
import zlib
from collections import Counter
from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.journeys.client import Kept, Phone
from tests.journeys.town import wait_for

_BATCHES = text(
    "SELECT b.id, b.sha256, b.state, b.results, y.encoding, y.body FROM batch b LEFT JOIN batch_body y"
    " ON (y.received_on, y.device_id, y.batch_id) = (b.received_on, b.device_id, b.id) WHERE b.device_id = :device"
)
_OPEN = text("SELECT count(*) FROM errand WHERE done_at IS NULL AND job = 'apply_batch' AND subject LIKE :subject")
_EFFECTS = {
    "visit": "SELECT id FROM visit WHERE device_id = :device",
    "revision": "SELECT visit_id FROM visit_rev WHERE device_id = :device",
    "verdict": "SELECT d.visit_id FROM visit_verdict d JOIN visit v ON v.id = d.visit_id AND d.n = 1"
    " WHERE v.device_id = :device",
    "trace": "SELECT t.visit_id FROM trace t JOIN visit v ON v.id = t.visit_id WHERE v.device_id = :device",
    "problem": "SELECT id FROM problem WHERE device_id = :device",
    "task": "SELECT p.id FROM task t JOIN problem p ON p.task_id = t.id WHERE p.device_id = :device",
}
_ORPHANS = text("SELECT count(*) FROM task t WHERE NOT EXISTS (SELECT FROM problem p WHERE p.task_id = t.id)")


def drained(phone: Phone) -> None:
    """I8: wait until nothing of this phone is owed any more."""

    def is_empty() -> bool:
        subject = {"subject": f"{phone.device}/%"}
        return phone.town.house.read(lambda session: session.scalar(_OPEN, subject)) == 0

    wait_for("the backlog to drain", is_empty)


def check(phone: Phone, quarantined: Collection[UUID] = ()) -> None:
    """Wait for the backlog, then check every invariant over what this phone did.

    `quarantined` are ids of the records that must stand aside; all others must be applied.
    """
    drained(phone)
    broken = phone.town.house.read(lambda session: [*_kept(session, phone), *_effects(session, phone, quarantined)])
    assert not broken, broken


def _kept(session: Session, phone: Phone) -> list[str]:
    rows = {row.id: row for row in session.execute(_BATCHES, {"device": phone.device})}
    broken = [f"I1: a batch that nobody sent: {id_}" for id_ in set(rows) - set(phone.batches)]
    for operation in phone.log:
        if operation.verb == "PUT" and operation.outcome == "ok" and operation.batch not in rows:
            broken.append(f"I1: acknowledged and lost: {operation.batch}")
    for id_ in set(rows) & set(phone.batches):
        row, kept = rows[id_], phone.batches[id_]
        if bytes(row.sha256).hex() != kept.sha256 or _plain(row) != kept.body:
            broken.append(f"I9: the bytes of {id_} have changed")
        if row.state == "received":
            broken.append(f"I8: {id_} still waits")
    return broken


def _plain(row: Any) -> bytes:
    body = bytes(row.body)
    return zlib.decompress(body, 31) if row.encoding == "gzip" else body


def _effects(session: Session, phone: Phone, quarantined: Collection[UUID]) -> list[str]:
    stored = set(session.scalars(text("SELECT id FROM batch WHERE device_id = :d"), {"d": phone.device}))
    wanted = _wanted([kept for id_, kept in phone.batches.items() if id_ in stored], quarantined)
    broken = []
    for effect, query in _EFFECTS.items():
        found = Counter(session.scalars(text(query), {"device": phone.device}))
        for id_ in set(found) | wanted[effect]:
            times = 1 if id_ in wanted[effect] else 0
            if found[id_] != times:
                broken.append(f"I2: {effect} of {id_}: {found[id_]} times instead of {times}")
    if orphans := session.scalar(_ORPHANS):
        broken.append(f"I2: {orphans} tasks without a problem")
    return broken


def _wanted(batches: list[Kept], quarantined: Collection[UUID]) -> dict[str, set[UUID]]:
    visits: set[UUID] = set()
    problems: set[UUID] = set()
    for record in (record for kept in batches for record in kept.records):
        if record.get("id") in quarantined:
            continue
        if record["kind"] == "visit":
            visits.add(record["id"])
            problems |= {problem["id"] for problem in record.get("problems", [])}
        elif record["kind"] == "problem":
            problems.add(record["id"])
    of_visits = dict.fromkeys(("visit", "revision", "verdict", "trace"), visits)
    return {**of_visits, "problem": problems, "task": problems}


def digest_of(results: list[dict[str, Any]]) -> str:
    """A fingerprint of results, to compare what a phone was told at different times."""
    return hashlib.sha256(repr(sorted(map(repr, results))).encode()).hexdigest()
