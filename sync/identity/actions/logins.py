"""Browsers: a try is counted before its password is looked at; a session is recognised by the token in its cookie.

Counting first means that neither a crash nor many tries at once get a guess for free: the limits fail closed.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from sync import audit, clock, ids
from sync.access import Actor, actor_from
from sync.errors import Problem, refuse
from sync.identity import queries
from sync.identity.actions.people import failures_matter
from sync.identity.rules import address_key, locked_until
from sync.models import Login, LoginFailure, LoginSession
from sync.policy import Logins

SEEN_EVERY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class KnownSession:
    """A browser as its cookie showed it; `csrf` must come back with every request that changes something."""

    actor: Actor
    csrf: str
    token_hash: bytes
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that began: the token goes into the cookie and is kept nowhere else."""

    token: str
    csrf: str
    expires_at: datetime


def admit_try(session: Session, account: str, address: str, now: datetime, policy: Logins) -> UUID:
    """Count a try to log in as `account` (any text) from an address; gives the id of the address's failure.

    Commit it before the password is compared. Raises too-many while the account or the address is locked.
    """
    key = _account_key(account)
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
    until = locked_until(session.scalars(queries.failures_of(key, now - failures_matter(policy))).all(), policy)
    if until is not None and now < until:
        raise _too_many(until - now)
    session.add(LoginFailure(id=ids.uuid7(), key=key, at=now))
    return count_address(session, address, now, policy)


def count_address(session: Session, address: str, now: datetime, policy: Logins) -> UUID:
    """Count a try from an address; the failure's id, to be taken back by `forgive_address` after a success.

    Raises too-many when it failed too often; the limit is high, since a whole town may sit behind one address.
    """
    window, key = timedelta(seconds=policy.failures_window_s), address_key(address)
    failed = session.scalar(queries.failure_count(key, now - window)) or 0
    if failed >= policy.address_failures_max:
        raise _too_many(window)
    counted = ids.uuid7()
    session.add(LoginFailure(id=counted, key=key, at=now))
    return counted


def forgive_address(session: Session, counted: UUID) -> None:
    """Take a counted try back: it succeeded."""
    session.execute(delete(LoginFailure).where(LoginFailure.id == counted))


def forgive(session: Session, account: str, counted: UUID) -> None:
    """Forget the failures of an account and this try from an address: the password was right."""
    session.execute(delete(LoginFailure).where(LoginFailure.key == _account_key(account)))
    forgive_address(session, counted)


def open_session(
    session: Session, person_id: UUID, account: str, new_hash: str | None, now: datetime, policy: Logins
) -> Opened:
    """Begin a session after the right password: the account's failures are forgotten, an old hash is replaced."""
    session.execute(delete(LoginFailure).where(LoginFailure.key == _account_key(account)))
    session.execute(delete(LoginSession).where(LoginSession.person_id == person_id, LoginSession.expires_at <= now))
    if new_hash:
        session.execute(update(Login).where(Login.person_id == person_id).values(password_hash=new_hash))
    opened = Opened(ids.token("ls"), ids.token("cs"), now + timedelta(hours=policy.session_hours))
    session.add(
        LoginSession(
            token_hash=ids.digest(opened.token),
            person_id=person_id,
            csrf=opened.csrf,
            created_at=now,
            seen_at=now,
            expires_at=opened.expires_at,
        )
    )
    audit.record(session, "login.opened", person_id, actor_id=person_id)
    return opened


def recognise_session(session: Session, token: str, now: datetime) -> KnownSession:
    """The browser that holds `token`. Raises unauthenticated."""
    token_hash = ids.digest(token)
    facts = {"token_hash": token_hash, "now": now, "on": clock.local(now).date()}
    row = session.execute(queries.SESSION_BY_TOKEN, facts).one_or_none()
    if row is None:
        raise refuse("unauthenticated")
    actor = actor_from(row.person_id, row.roles)
    return KnownSession(actor, row.csrf, token_hash, row.created_at, row.seen_at)


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


def close_session(session: Session, known: KnownSession) -> None:
    """Log a browser out."""
    session.execute(delete(LoginSession).where(LoginSession.token_hash == known.token_hash))


def _account_key(account: str) -> str:
    """Key of an account's failures: a digest, since people type passwords into the field for names."""
    return "account:" + hashlib.sha256(account.strip().casefold().encode()).hexdigest()


def _too_many(wait: timedelta) -> Problem:
    """Come again after the wait, a little later each: a tenth of it at most, so that a town does not come together."""
    seconds = max(1.0, wait.total_seconds()) * (1 + ids.jitter() / 10)
    return refuse("too-many", headers={"Retry-After": str(int(seconds) + 1)})
