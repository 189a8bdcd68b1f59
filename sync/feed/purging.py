"""Forgetting what left, was deleted or merged long ago, and results of old batches (D4.6)."""

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock
from sync.policy import Feed

CHUNK = 5_000
_OLD = "SELECT scope, kind, id, seq FROM feed_item WHERE aged_on < CAST(:limit AS date) ORDER BY aged_on LIMIT :most"
_LOCK = text(f"SELECT scope FROM feed_head WHERE scope IN (SELECT scope FROM ({_OLD}) o) ORDER BY scope FOR UPDATE")
_PURGE = text(
    f"WITH gone AS (DELETE FROM feed_item i USING ({_OLD}) o WHERE i.scope = o.scope AND i.kind = o.kind"
    "  AND i.id = o.id AND i.seq = o.seq AND i.scope = ANY(:scopes) RETURNING i.scope, i.seq),"
    " f AS (SELECT scope, max(seq) AS floor FROM gone GROUP BY scope),"
    " raised AS (UPDATE feed_head h SET floor = greatest(h.floor, f.floor) FROM f WHERE h.scope = f.scope)"
    " SELECT count(*) FROM gone"
)


def purge(session: Session, policy: Feed) -> bool:
    """Delete rows older than `keep_days` and raise the floors of their scopes; whether there may be more.

    A phone whose cursor is older than a floor may have missed an end: it reads that scope afresh. Heads are locked
    first, in order, as writers do.
    """
    facts = {"limit": clock.today() - timedelta(days=policy.keep_days), "most": CHUNK}
    scopes = session.scalars(_LOCK, facts).all()
    if not scopes:
        return False
    return int(session.scalars(_PURGE, facts | {"scopes": list(scopes)}).one()) >= CHUNK
