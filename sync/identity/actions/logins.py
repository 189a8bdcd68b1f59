"""Browsers: recognised by the token in their cookie."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from sync import ids
from sync.access import Actor
from sync.errors import refuse
from sync.identity.actions.devices import held
from sync.identity.queries import session_by_token
from sync.models import LoginSession
from sync.policy import Logins


@dataclass(frozen=True, slots=True)
class KnownSession:
    """A browser as its cookie showed it; `csrf` must come back with every request that changes something."""

    actor: Actor
    csrf: str
    token_hash: bytes
    created_at: datetime
    seen_at: datetime


SEEN_EVERY = timedelta(minutes=10)


def recognise_session(session: Session, token: str, now: datetime) -> KnownSession:
    """The browser that holds `token`. Raises unauthenticated."""
    token_hash = ids.digest(token)
    row = session.execute(session_by_token(token_hash, now)).one_or_none()
    if row is None:
        raise refuse("unauthenticated")
    return KnownSession(Actor(row.person_id, held(row.roles)), row.csrf, token_hash, row.created_at, row.seen_at)


def is_stale(known: KnownSession, now: datetime) -> bool:
    """Whether the sliding end of the session is due to be written again."""
    return now - known.seen_at >= SEEN_EVERY


def touch_session(session: Session, known: KnownSession, now: datetime, policy: Logins) -> None:
    """Slide the end of a session: `session_hours` from now, never past `session_days_max` from its beginning."""
    expires_at = min(
        now + timedelta(hours=policy.session_hours), known.created_at + timedelta(days=policy.session_days_max)
    )
    session.execute(
        update(LoginSession)
        .where(LoginSession.token_hash == known.token_hash)
        .values(seen_at=now, expires_at=expires_at)
    )
