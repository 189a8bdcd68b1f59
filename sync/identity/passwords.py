"""Passwords by Argon2id; its costs stand in the policy."""

from dataclasses import dataclass
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from argon2.low_level import Type

from sync.errors import refuse
from sync.policy import Logins

LENGTH_MAX = 128


@dataclass(frozen=True, slots=True)
class Check:
    """What a try of a password showed; `new_hash` is there when the costs have changed since it was set."""

    right: bool
    new_hash: str | None = None


def hashed(password: str, policy: Logins) -> str:
    """The Argon2id hash in PHC form."""
    return _hasher(policy).hash(password)


def check(stored: str | None, password: str, policy: Logins) -> Check:
    """Compare; an unknown user (None) costs the same time as a wrong password."""
    hasher = _hasher(policy)
    try:
        hasher.verify(stored or _nobody(policy), password)
    except VerificationError:
        return Check(right=False)
    if stored is None:
        return Check(right=False)
    return Check(right=True, new_hash=hasher.hash(password) if hasher.check_needs_rehash(stored) else None)


def require_strength(password: str, username: str, policy: Logins) -> None:
    """Raises password-weak: too short, too long to hash, or the user's own name."""
    if not policy.password_length_min <= len(password) <= LENGTH_MAX or username in password.casefold():
        raise refuse("password-weak", length_min=policy.password_length_min, length_max=LENGTH_MAX)


@cache
def _hasher(policy: Logins) -> PasswordHasher:
    return PasswordHasher(
        time_cost=policy.argon2_passes, memory_cost=policy.argon2_memory_kib, parallelism=1, type=Type.ID
    )


@cache
def _nobody(policy: Logins) -> str:
    return _hasher(policy).hash("nobody has this password")
