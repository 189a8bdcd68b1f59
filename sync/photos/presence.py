"""Whether the store of bytes is there at all: one that is not mounted, or was emptied, is no heap of lost photos.

Whoever finds bytes missing asks here before photos are marked lost. A few missing files are lost; many at once are
trouble of the store, which a person has to mend, and nothing is marked meanwhile.
"""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import ids
from sync.errors import refuse
from sync.policy import Photos
from sync.storage import Blobs

_SAMPLE = text(
    "SELECT sha256 FROM ((SELECT 0 AS turn, sha256 FROM blob WHERE sha256 >= :start AND lost_at IS NULL"
    "  ORDER BY sha256 LIMIT :at_most) UNION ALL (SELECT 1, sha256 FROM blob WHERE sha256 < :start AND lost_at IS NULL"
    "  ORDER BY sha256 LIMIT :at_most)) s ORDER BY turn, sha256 LIMIT :at_most"
)


class Presence(NamedTuple):
    """Of so many blobs that should be here so many are not."""

    looked: int
    missing: int

    @property
    def share(self) -> float:
        """The share that is missing."""
        return self.missing / self.looked if self.looked else 0.0

    def is_away(self, policy: Photos) -> bool:
        """Whether so much is missing that the store itself is."""
        return self.missing >= policy.missing_least and self.share > policy.missing_share_max


def look(
    session: Session, blobs: Blobs, policy: Photos, held: Collection[bytes] = (), missing: Collection[bytes] = ()
) -> Presence:
    """What is missing of `held`, of which the caller found `missing`, and of a few blobs that chance takes: hashes from
    some point on, which have nothing in common but their place in the order."""
    drawn = session.scalars(_SAMPLE, {"start": ids.key(), "at_most": policy.presence_sample}).all()
    others = set(drawn) - set(held)
    gone = {sha256 for sha256 in others if not blobs.has(sha256)}
    return Presence(len(held) + len(others), len(missing) + len(gone))


def refuse_if_away(
    session: Session, blobs: Blobs, policy: Photos, held: Collection[bytes], missing: Collection[bytes]
) -> None:
    """Raises store-missing where what is missing tells of the store and not of single photos."""
    if not missing:
        return
    seen = look(session, blobs, policy, held, missing)
    if seen.is_away(policy):
        raise refuse("store-missing", looked=seen.looked, missing=seen.missing)
