"""Hashing stored bytes again, so that a rotten disk is noticed while phones still hold their copies (sync.md D3.8)."""

import hashlib
from datetime import timedelta
from enum import Enum, auto
from errno import EIO

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, db, errands
from sync.photos import presence
from sync.photos.actions import lose, owe_reading
from sync.policy import Photos
from sync.storage import Blobs
from sync.words import Job

PIECE = 1 << 20
_DUE = text(
    "SELECT due.*, c.small_sha256, c.large_sha256 FROM ("
    " (SELECT sha256, lost_at FROM blob WHERE scrubbed_at IS NULL LIMIT :at_most) UNION ALL"
    " (SELECT sha256, lost_at FROM blob WHERE scrubbed_at < :before ORDER BY scrubbed_at LIMIT :at_most)"
    " LIMIT :at_most) due LEFT JOIN picture c USING (sha256)"
)
_DONE = text("UPDATE blob SET scrubbed_at = :now WHERE sha256 = ANY(:hashes)")
_UNREAD = text("DELETE FROM picture WHERE sha256 = ANY(:hashes)")


class Held(Enum):
    """What became of bytes that should be in the store."""

    WHOLE = auto()
    MISSING = auto()
    ROTTEN = auto()


def scrub(session: Session, blobs: Blobs, policy: Photos) -> None:
    """Hash again the bytes that were hashed longest ago, a chunk of those whose turn it is; owe the next chunk.

    Spread by when they came, each is looked at once in `scrub_days`. Bad originals are set aside and lost: photos that
    cite them are awaited again, so that phones that still hold them are asked. What verdicts read from them stays.
    Bad thumbnails are made anew. Raises store-missing, and marks nothing, where so much is missing that the store
    itself must be away (`presence`).
    """
    now = clock.now()
    facts = {"before": now - timedelta(days=policy.scrub_days), "at_most": policy.scrub_chunk}
    rows = session.execute(_DUE, facts).all()  # not locked: an upload of the same bytes must not wait for the disk
    held = [row for row in rows if row.lost_at is None]
    found = {row.sha256: look_at(blobs, row.sha256) for row in held}
    missing = [sha256 for sha256, state in found.items() if state is Held.MISSING]
    presence.refuse_if_away(session, blobs, policy, found, missing)
    lost = [sha256 for sha256, state in found.items() if state is not Held.WHOLE]
    for sha256 in set(lost).difference(missing):
        blobs.set_aside(sha256)
    unread = [
        row.sha256
        for row in held
        if found[row.sha256] is Held.WHOLE
        and not all(_is_good(blobs, thumbnail) for thumbnail in (row.small_sha256, row.large_sha256) if thumbnail)
    ]
    session.execute(_DONE, {"hashes": db.pg_hashes([row.sha256 for row in rows]), "now": now})
    lose(session, lost)
    if unread:
        session.execute(_UNREAD, {"hashes": db.pg_hashes(unread)})
        for sha256 in unread:
            owe_reading(session, sha256)
    if len(rows) == policy.scrub_chunk:
        job = Job.SCRUB_BLOBS
        errands.owe(session, job, job.value, dedupe_key=job.value)


def look_at(blobs: Blobs, sha256: bytes) -> Held:
    """Whether the store still holds these very bytes. What the disk cannot read any more is rotten too."""
    digest = hashlib.sha256()
    try:
        with blobs.open(sha256) as file:
            while piece := file.read(PIECE):
                digest.update(piece)
    except KeyError:
        return Held.MISSING
    except OSError as error:
        if error.errno != EIO:
            raise
        return Held.ROTTEN
    return Held.WHOLE if digest.digest() == sha256 else Held.ROTTEN


def _is_good(blobs: Blobs, thumbnail: bytes) -> bool:
    """Whether a thumbnail is as it was made; a rotten one is set aside, so that another can be made."""
    state = look_at(blobs, thumbnail)
    if state is Held.ROTTEN:
        blobs.set_aside(thumbnail)
    return state is Held.WHOLE
