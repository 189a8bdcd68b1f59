"""Rules of the trade as frozen values, read from policy.toml; rules get the section they need as an argument."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import get_type_hints

from sync.keeping import Privacy, Retention
from sync.sections import (
    Counts,
    Dedup,
    Devices,
    Errands,
    Evidence,
    Feed,
    Followup,
    Logins,
    Photos,
    PolicyError,
    Push,
    Review,
    Verify,
)
from sync.terms import Duty, Life

__all__ = [
    "Counts",
    "Dedup",
    "Devices",
    "Duty",
    "Errands",
    "Evidence",
    "Feed",
    "Followup",
    "Life",
    "Logins",
    "Photos",
    "Policy",
    "PolicyError",
    "Privacy",
    "Push",
    "Retention",
    "Review",
    "Verify",
    "defaults",
    "load",
]


@dataclass(frozen=True, slots=True)
class Policy:
    """All sections; `version` is stored beside every verdict and due date."""

    version: str
    push: Push
    devices: Devices
    logins: Logins
    photos: Photos
    dedup: Dedup
    verify: Verify
    review: Review
    evidence: Evidence
    privacy: Privacy
    retention: Retention
    counts: Counts
    feed: Feed
    duty: Duty
    followup: Followup
    life: Life
    errands: Errands


def load(replacements: Path | None = None) -> Policy:
    """The defaults, with the numbers of `replacements` (a TOML file of the same shape) put over them."""
    tables = tomllib.loads(Path(__file__).with_name("policy.toml").read_text(encoding="utf-8"))
    if replacements:
        for key, value in tomllib.loads(replacements.read_text(encoding="utf-8")).items():
            tables[key] = tables.get(key, {}) | value if isinstance(value, dict) else value
    hints = get_type_hints(Policy)
    if set(tables) != set(hints):
        raise PolicyError(f"tables {sorted(set(tables) ^ set(hints))} do not match")
    return Policy(
        version=tables.pop("version"),
        **{name: hints[name].read(name, table) for name, table in tables.items()},
    )


@cache
def defaults() -> Policy:
    """The policy as shipped."""
    return load()
