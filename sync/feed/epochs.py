"""The epoch of the feed: raised by an operator after a restore that may have lost commits (D2.7)."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import audit, clock

_BUMP = text(
    "INSERT INTO installation AS i (key, value) VALUES ('feed', jsonb_build_object('epoch', CAST(:now AS int)))"
    " ON CONFLICT (key) DO UPDATE SET value = i.value || jsonb_build_object('epoch',"
    "  greatest(CAST(i.value ->> 'epoch' AS int) + 1, CAST(:now AS int)))"
    " RETURNING CAST(value ->> 'epoch' AS int)"
)


def bump(session: Session) -> int:
    """The new epoch: every phone reads its feed afresh and offers the batches of the last days again.

    It is the second of the act, not a count, because a count would itself be restored: two restores from one backup
    would give the same number.
    """
    epoch = int(session.scalars(_BUMP, {"now": int(clock.now().timestamp())}).one())
    audit.record(session, "feed.epoch_bumped", None, epoch=epoch)
    return epoch
