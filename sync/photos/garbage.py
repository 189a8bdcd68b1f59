"""Forgetting bytes that nothing cites, in two steps with days between them (sync.md D3.8).

Unreferenced for long: doomed. Doomed for days and still unreferenced: first marked lost in a transaction of its own, so
that whoever cites it from then on asks the phone for it again; then, under the row's lock, file and row go. A citation
or an upload in between takes the doom away, whichever comes first. Files that no row knows (thumbnails of pictures
that are gone among them) go when nobody has offered them for days.

Each call does one step over one chunk and owes the next: no transaction is long, however many photos there are.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from sync import clock, db, errands
from sync.policy import Photos
from sync.storage import SHELVES, Blobs
from sync.words import Job

PRIORITY = 8  # it can wait for everything else
_DOOM = text(
    "WITH c AS (SELECT b.sha256, b.stored_at < :before AND b.doomed_at IS NULL"
    "   AND NOT EXISTS (SELECT FROM photo p WHERE p.sha256 = b.sha256) AS unused"
    "  FROM blob b WHERE b.sha256 > :after ORDER BY b.sha256 LIMIT :at_most),"
    " u AS (UPDATE blob b SET doomed_at = :now FROM c"
    "  WHERE b.sha256 = c.sha256 AND c.unused AND b.doomed_at IS NULL AND b.stored_at < :before)"
    " SELECT (SELECT sha256 FROM c ORDER BY sha256 DESC LIMIT 1) AS last, (SELECT count(*) FROM c) AS looked"
)
_LAPSED = (
    "SELECT b.sha256, EXISTS (SELECT FROM photo p WHERE p.sha256 = b.sha256) AS cited FROM blob b"
    " WHERE b.doomed_at < :before AND b.lost_at IS {lost} ORDER BY b.doomed_at LIMIT :at_most FOR UPDATE SKIP LOCKED"
)
_CONDEMN = text(
    f"WITH c AS MATERIALIZED ({_LAPSED.format(lost='NULL')})"
    " UPDATE blob b SET doomed_at = CASE WHEN c.cited THEN NULL ELSE b.doomed_at END,"
    "  lost_at = CASE WHEN c.cited THEN NULL ELSE CAST(:now AS timestamptz) END"
    " FROM c WHERE b.sha256 = c.sha256 RETURNING NOT c.cited"
)
_CONDEMNED = text(_LAPSED.format(lost="NOT NULL"))
_SHOWN = text(
    "SELECT sha256 FROM unnest(CAST(:hashes AS bytea[])) AS h(sha256) WHERE"
    " EXISTS (SELECT FROM picture WHERE small_sha256 = h.sha256)"
    " OR EXISTS (SELECT FROM picture WHERE large_sha256 = h.sha256)"
)
_STORED = text("SELECT sha256 FROM blob WHERE sha256 = ANY(:hashes)")
_FORGET = text("DELETE FROM blob WHERE sha256 = ANY(:hashes)")
_SPARE = text("UPDATE blob SET doomed_at = NULL WHERE sha256 = ANY(:hashes)")


def collect(session: Session, blobs: Blobs, policy: Photos, subject: str) -> None:
    """Do the step that the errand's subject names, "<step>/<where it begins>"; any other subject begins a round."""
    step, _, start = subject.partition("/")
    match step:
        case "doom":
            _doom(session, policy, bytes.fromhex(start))
        case "condemn":
            _condemn(session, policy)
        case "remove":
            _remove(session, blobs, policy)
        case "strays":
            _remove_strays(session, blobs, policy, int(start))
        case _:
            blobs.clear_unfinished(_ago(policy.stray_days))
            for first in ("condemn/", "doom/", "strays/0"):
                _owe(session, first)


def _owe(session: Session, subject: str) -> None:
    errands.owe(session, Job.COLLECT_GARBAGE, subject, dedupe_key=f"garbage/{subject}", priority=PRIORITY)


def _ago(days: int) -> datetime:
    return clock.now() - timedelta(days=days)


def _doom(session: Session, policy: Photos, after: bytes) -> None:
    """Doom what has been unreferenced for long among the next blobs in the order of their hashes."""
    facts = {
        "before": _ago(policy.unreferenced_days), "after": after, "at_most": policy.garbage_chunk, "now": clock.now()
    }  # fmt: skip
    row = session.execute(_DOOM, facts).one()
    if row.looked == policy.garbage_chunk:
        _owe(session, f"doom/{row.last.hex()}")


def _condemn(session: Session, policy: Photos) -> None:
    """Mark lost what was doomed long ago and is still unreferenced; whatever is cited again is spared."""
    facts = {"before": _ago(policy.doomed_days), "at_most": policy.garbage_chunk, "now": clock.now()}
    rows = session.scalars(_CONDEMN, facts).all()
    if any(rows):
        _owe(session, "remove/")
    if len(rows) == policy.garbage_chunk:
        _owe(session, "condemn/")


def _remove(session: Session, blobs: Blobs, policy: Photos) -> None:
    """Delete files and rows of what was marked in an earlier transaction, under their locks.

    Of what a phone offered meanwhile the file stays, and with it the row, until its upload is written down. What a
    record cites by now is spared, and stays lost: its phone is asked for it.
    """
    before = _ago(policy.doomed_days)
    rows = session.execute(_CONDEMNED, {"before": before, "at_most": policy.scrub_chunk}).all()
    unused = {row.sha256 for row in rows if not row.cited}
    shown = _among(session, _SHOWN, unused)
    gone = {sha256 for sha256 in unused if sha256 in shown or blobs.discard(sha256, before)}
    session.execute(_SPARE, {"hashes": db.pg_hashes({row.sha256 for row in rows} - unused)})
    session.execute(_FORGET, {"hashes": db.pg_hashes(gone)})
    if gone and len(rows) == policy.scrub_chunk:
        _owe(session, "remove/")


def _remove_strays(session: Session, blobs: Blobs, policy: Photos, first: int) -> None:
    """Delete files that no row knows and nobody has offered for days, on the next of the shelves whose turn it is:
    each comes to it once in `stray_days`."""
    before, turn = _ago(policy.stray_days), clock.today().toordinal() % policy.stray_days
    old: list[bytes] = []
    for number in range(first, SHELVES):
        if number % policy.stray_days != turn:
            continue
        if len(old) >= policy.garbage_chunk:
            _owe(session, f"strays/{number}")
            break
        old += [sha256 for sha256, offered_at in blobs.shelf(number) if offered_at < before]
    for sha256 in set(old) - _among(session, _STORED, old) - _among(session, _SHOWN, old):
        blobs.discard(sha256, before)


def _among(session: Session, known: TextClause, hashes: Collection[bytes]) -> set[bytes]:
    return set(session.scalars(known, {"hashes": db.pg_hashes(hashes)})) if hashes else set()
