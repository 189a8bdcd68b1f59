"""From bytes to a picture: looked at once, by a worker, and written down with its thumbnails."""

import hashlib
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock
from sync.photos import presence
from sync.photos.actions import lose, owe_rejudge
from sync.photos.darkroom import develop
from sync.photos.picture import Looked
from sync.policy import Photos
from sync.storage import Blobs
from sync.words import PictureFault, PictureState

_KNOWN = text(
    "SELECT EXISTS (SELECT FROM picture WHERE sha256 = :sha256) AS is_read"
    " FROM blob WHERE sha256 = :sha256 AND lost_at IS NULL"
)
_WRITE = text(
    "INSERT INTO picture (sha256, state, fault, format, width, height, orientation, taken_at, lon, lat, dhash,"
    " inner_dhash, small_sha256, large_sha256, read_at)"
    " SELECT sha256, :state, :fault, :format, :width, :height, :orientation, :taken_at, :lon, :lat, :dhash,"
    "  :inner_dhash, :small_sha256, :large_sha256, :now FROM blob WHERE sha256 = :sha256 ON CONFLICT DO NOTHING"
)
_CITED = text("SELECT EXISTS (SELECT FROM photo WHERE sha256 = :sha256)")
_NOTHING: dict[str, Any] = dict.fromkeys((
    "fault", "format", "width", "height", "orientation", "taken_at", "lon", "lat", "dhash", "inner_dhash",
    "small_sha256", "large_sha256",
))  # fmt: skip
SLACK_S = 10


def read(session: Session, blobs: Blobs, policy: Photos, sha256: bytes) -> None:
    """Look at bytes that were not looked at yet, and owe a judgement of the visits that cite them.

    Raises ReadingFailedError when the picture killed or hung its reader. Bytes that are gone or rotten are lost; raises
    store-missing where much is gone and the store itself must be away.
    """
    known = session.execute(_KNOWN, {"sha256": sha256}).one_or_none()
    if known is None:  # collected or lost since; a phone that brings them owes another look
        return
    if not known.is_read:
        session.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = '{policy.read_s + SLACK_S}s'"))
        is_here = blobs.has(sha256)
        content = _content(blobs, sha256) if is_here else None
        if content is None:
            presence.refuse_if_away(session, blobs, policy, [sha256], [] if is_here else [sha256])
            lose(session, [sha256])
            return
        looked = develop(content, policy)
        if isinstance(looked, Looked):
            _write_read(session, blobs, sha256, looked)
        else:
            _write_damaged(session, sha256, looked)
    _tell(session, sha256)


def _content(blobs: Blobs, sha256: bytes) -> bytes | None:
    """The bytes, if they are those that were handed in."""
    try:
        with blobs.open(sha256) as file:
            content = file.read()
    except KeyError:
        return None
    if hashlib.sha256(content).digest() != sha256:
        blobs.set_aside(sha256)
        return None
    return content


def give_up(session: Session, sha256: bytes) -> None:
    """Count a photo as damaged that no attempt could read."""
    _write_damaged(session, sha256, PictureFault.UNREADABLE)
    _tell(session, sha256)


def _write_read(session: Session, blobs: Blobs, sha256: bytes, looked: Looked) -> None:
    found = {name: getattr(looked, name) for name in looked.__struct_fields__ if name in _NOTHING}
    thumbnails = {"small_sha256": _keep(blobs, looked.small), "large_sha256": _keep(blobs, looked.large)}
    facts = {"sha256": sha256, "state": PictureState.READ.value, "now": clock.now()}
    session.execute(_WRITE, _NOTHING | found | thumbnails | facts)


def _keep(blobs: Blobs, content: bytes) -> bytes:
    digest = hashlib.sha256(content).digest()
    blobs.put(digest, [content])
    return digest


def _write_damaged(session: Session, sha256: bytes, fault: PictureFault) -> None:
    facts = {"sha256": sha256, "state": PictureState.DAMAGED.value, "fault": fault.value, "now": clock.now()}
    session.execute(_WRITE, _NOTHING | facts)


def _tell(session: Session, sha256: bytes) -> None:
    """Nobody cites it yet: whoever does will find it read."""
    if session.scalar(_CITED, {"sha256": sha256}):
        owe_rejudge(session, sha256)
