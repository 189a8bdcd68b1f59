"""The life of a phone's tokens: a successor is given as often as it is asked for, and takes over when it is first used.

No lost packet logs a phone out: until the successor was used the predecessor is good, and the phone's key fetches the
same successor again. Whoever uses a predecessor later without that key has a copy: the whole family ends.
What must be kept although the request is refused is returned as a Problem, to be raised after the commit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from sync import audit, ids
from sync.errors import Problem, refuse
from sync.identity import queries
from sync.identity.tokens import KnownToken, Standing, derived, is_outdated, is_signed, message, rotate_after, standing
from sync.models import Device, DeviceToken
from sync.policy import Devices
from sync.words import DeviceAlarm, DeviceState


@dataclass(frozen=True, slots=True)
class Rotated:
    """A successor. `expires_at` is its sliding end if it is used now."""

    device_id: UUID
    token: str
    expires_at: datetime
    rotate_after: datetime


@dataclass(frozen=True, slots=True)
class Request:
    """A phone that asks for the successor of the token whose SHA-256 is `token_hash`."""

    token_hash: bytes
    nonce: str
    signature: bytes


def known_token(session: Session, token_hash: bytes) -> KnownToken | None:
    """A token that the row of its phone does not name, or was derived; None: nobody ever had it."""
    row = session.execute(queries.OTHER_TOKEN, {"token_hash": token_hash}).one_or_none()
    return KnownToken(*row) if row else None


def stand_in(token: KnownToken | None, now: datetime, policy: Devices) -> bytes | None:
    """The hash under which the phone of this token is found; None: `settle` must look at it.

    A lost phone is found by any token it ever had, so that it is told to wipe itself. Raises token-unknown,
    token-revoked.
    """
    worth = standing(token, now, policy) if token else Standing.FORMER
    if token is not None and (token.state is DeviceState.LOST or worth in (Standing.CURRENT, Standing.GRACE)):
        return token.current_hash
    if worth is Standing.REVOKED:
        raise refuse("token-revoked")
    if worth is Standing.FORMER:
        raise refuse("token-unknown")
    return None


def settle(session: Session, token_hash: bytes, now: datetime, policy: Devices) -> bytes | Problem:
    """The first use of a successor, or the use of a predecessor after its time: the hash to go on with, or a refusal.

    Raises as `stand_in` does.
    """
    device = _locked(session, token_hash)
    token = known_token(session, token_hash) or _of_row(device)
    found = stand_in(token, now, policy)
    if found is not None:
        return found
    if standing(token, now, policy) is Standing.STALE:
        return _end_family(session, device, now)
    if is_outdated(token, now, policy):
        return refuse("token-expired")
    _take_over(session, device, token_hash, token.no, now, policy)
    return token_hash


def rotate(session: Session, asked: Request, key: bytes, now: datetime, policy: Devices) -> Rotated | Problem:
    """The successor of a token, the same one however often it is asked for. `key` derives tokens.

    The phone must be in use, its own token must not have ended, and a pending one must have been settled: the door has
    seen to that. Raises token-unknown, token-revoked, key-missing, signature-wrong.
    """
    device = _locked(session, asked.token_hash)
    token = known_token(session, asked.token_hash) or _of_row(device)
    stand_in(token, now, policy)
    worth = standing(token, now, policy)
    if device.public_key is None:
        raise refuse("key-missing")
    if not is_signed(device.public_key, asked.signature, message(device.id, asked.token_hash, asked.nonce)):
        if worth is Standing.STALE:
            return _end_family(session, device, now)
        raise refuse("signature-wrong")
    device.seen_at, device.token_expires_at = now, min(now + timedelta(days=policy.token_days), device.token_ends_at)
    candidates: Sequence[int] = [device.token_no + 1]
    if worth in (Standing.GRACE, Standing.STALE):
        is_repeat = asked.nonce == _nonce(session, device.id, token.no + 1)
        candidates = [token.no + 1] if is_repeat else [device.token_no + 1, device.token_no]
        if worth is Standing.STALE and not is_repeat:
            _raise_alarm(session, device, DeviceAlarm.COPIED, now)
    again = (_again(session, key, device.id, no) for no in candidates)
    given = next(filter(None, again), None) or _successor(session, key, device, asked.nonce, now)
    ends_at = now + timedelta(days=policy.token_days_max)
    return Rotated(device.id, given, now + timedelta(days=policy.token_days), rotate_after(ends_at, policy))


def begin_family(session: Session, device: Device, token_hash: bytes, now: datetime, policy: Devices) -> None:
    """Give an enrolled phone its first token: those before are worth nothing any more, and alarms are over."""
    if device.token_hash is not None:
        if device.revoked_at is None:
            _write_down(session, device, None)
        device.token_no += 2  # one more than a successor that is still pending
    device.family_no = device.token_no
    device.revoked_at = device.alarm = device.alarm_at = None
    _begin_token(device, token_hash, now, policy)


def forget(session: Session, now: datetime, policy: Devices) -> None:
    """Forget tokens that were superseded longer ago than any token lives."""
    before = now - timedelta(days=policy.token_days_max)
    session.execute(
        delete(DeviceToken).where(
            DeviceToken.device_id == Device.id,
            DeviceToken.no < Device.token_no,
            func.coalesce(DeviceToken.superseded_at, DeviceToken.made_at) < before,
        )
    )


def _locked(session: Session, token_hash: bytes) -> Device:
    """The row of the phone that holds or ever held this token, locked: who comes second sees what the first did.

    Raises token-unknown.
    """
    id_ = session.scalar(select(Device.id).where(Device.token_hash == token_hash))
    id_ = id_ or session.scalar(select(DeviceToken.device_id).where(DeviceToken.token_hash == token_hash))
    device = session.get(Device, id_, with_for_update=True, populate_existing=True) if id_ else None
    if device is None:
        raise refuse("token-unknown")
    return device


def _of_row(device: Device) -> KnownToken:
    """The phone's own token, made by an enrolment."""
    return KnownToken(
        device_id=device.id,
        no=device.token_no,
        made_at=device.enrolled_at,
        used_at=device.enrolled_at,
        superseded_at=None,
        state=device.state,
        current_hash=device.token_hash,
        token_no=device.token_no,
        family_no=device.family_no,
        revoked_at=device.revoked_at,
    )


def _take_over(session: Session, device: Device, token_hash: bytes, no: int, now: datetime, policy: Devices) -> None:
    _write_down(session, device, now)
    session.execute(update(DeviceToken).where(DeviceToken.token_hash == token_hash).values(used_at=now))
    device.token_no = no
    _begin_token(device, token_hash, now, policy)
    audit.record(session, "device.token_rotated", device.id, actor_id=device.person_id)


def _begin_token(device: Device, token_hash: bytes, now: datetime, policy: Devices) -> None:
    device.token_hash = token_hash
    device.token_ends_at = now + timedelta(days=policy.token_days_max)
    device.token_expires_at = now + timedelta(days=policy.token_days)


def _write_down(session: Session, device: Device, superseded_at: datetime | None) -> None:
    """Keep the hash of the phone's own token before its row names another."""
    row: dict[str, Any] = {
        "token_hash": device.token_hash,
        "device_id": device.id,
        "no": device.token_no,
        "made_at": device.enrolled_at,
        "used_at": device.enrolled_at,
        "superseded_at": superseded_at,
    }
    changed = {"superseded_at": superseded_at}
    session.execute(insert(DeviceToken).values(row).on_conflict_do_update(index_elements=["token_hash"], set_=changed))


def _end_family(session: Session, device: Device, now: datetime) -> Problem:
    """Somebody without the phone's key used a token after its time. A retired phone keeps its way to hand drafts in."""
    if device.state is DeviceState.ACTIVE:
        _write_down(session, device, None)
        device.token_hash = ids.digest(ids.token("ds"))  # a server of before this change knows no other revocation
        device.revoked_at = now
    _raise_alarm(session, device, DeviceAlarm.TOKEN_REPLAYED, now)
    return refuse("token-revoked")


def _raise_alarm(session: Session, device: Device, alarm: DeviceAlarm, now: datetime) -> None:
    if device.alarm is not alarm:
        device.alarm, device.alarm_at = alarm, now
        audit.record(session, f"device.{alarm.value}", device.id)


def _nonce(session: Session, device_id: UUID, no: int) -> str | None:
    return session.scalar(select(DeviceToken.nonce).where(DeviceToken.device_id == device_id, DeviceToken.no == no))


def _again(session: Session, key: bytes, device_id: UUID, no: int) -> str | None:
    """The token with this number, derived once more; None: there is none, or the server's key has changed since."""
    row = session.execute(
        select(DeviceToken.token_hash, DeviceToken.nonce).where(
            DeviceToken.device_id == device_id, DeviceToken.no == no, DeviceToken.nonce.is_not(None)
        )
    ).one_or_none()
    token = derived(key, device_id, no, row.nonce) if row else None
    return token if row and token and ids.digest(token) == row.token_hash else None


def _successor(session: Session, key: bytes, device: Device, nonce: str, now: datetime) -> str:
    """A new successor of the phone's own token; a pending one that cannot be given again is forgotten."""
    no = device.token_no + 1
    session.execute(delete(DeviceToken).where(DeviceToken.device_id == device.id, DeviceToken.no == no))
    token = derived(key, device.id, no, nonce)
    session.add(DeviceToken(token_hash=ids.digest(token), device_id=device.id, no=no, nonce=nonce, made_at=now))
    return token
