"""Rules of the trade as frozen values, read from policy.toml; rules get the section they need as an argument."""

import tomllib
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, Self, get_type_hints

from sync.words import Setting


class PolicyError(Exception):
    """The policy file has a number that is missing, unknown or of the wrong type; the text says which."""


@dataclass(frozen=True, slots=True)
class Section:
    """A table of the policy file: every key is a field, every field a key."""

    @classmethod
    def read(cls, name: str, table: dict[str, Any]) -> Self:
        """Build from TOML; raises PolicyError for a key too many, too few or of another type."""
        hints = get_type_hints(cls)
        expected = {f.name for f in fields(cls)}
        if expected != set(table):
            raise PolicyError(
                f"[{name}] missing {sorted(expected - set(table))}, unknown {sorted(set(table) - expected)}"
            )
        for key, value in table.items():
            if hints[key] is float and type(value) is int:
                table[key] = float(value)
            elif hints[key] in (int, float, str, bool) and type(value) is not hints[key]:
                raise PolicyError(f"[{name}] {key} = {value!r} is not {hints[key].__name__}")
        return cls(**table)


@dataclass(frozen=True, slots=True)
class Push(Section):
    """Limits and times of batch intake."""

    records_max: int
    wire_bytes_max: int
    json_bytes_max: int
    fixes_max: int
    depth_max: int
    wait_s_max: int
    held_days: int
    missing_days: int
    body_days: int
    attempts_max: int
    retry_after_s: int
    free_disk_share_min: float
    skew_flag_s: int
    jump_flag_s: int
    past_days_max: int


@dataclass(frozen=True, slots=True)
class Devices(Section):
    """Enrolment, tokens and states of phones."""

    active_max: int
    code_minutes: int
    code_tries: int
    token_days: int
    token_days_max: int
    touch_s: int
    retired_push_days: int


@dataclass(frozen=True, slots=True)
class Logins(Section):
    """Passwords, sessions and the limits on wrong tries."""

    failures_max: int
    failures_window_s: int
    lock_hours_max: int
    address_failures_max: int
    password_length_min: int
    argon2_passes: int
    argon2_memory_kib: int
    session_hours: int
    session_days_max: int


@dataclass(frozen=True, slots=True)
class Photos(Section):
    """Limits of photo intake."""

    bytes_max: int
    awaited_days: int


@dataclass(frozen=True, slots=True)
class Dedup(Section):
    """When two records tell of one visit."""

    repeat_window_s: int


@dataclass(frozen=True, slots=True)
class Verify(Section):
    """Distances (metres), times (seconds) and weights of the location verdict."""

    radius_town_m: float
    radius_village_m: float
    radius_scattered_m: float
    accuracy_max_m: float
    accuracy_per_sigma: float
    sigma_floor_m: float
    sigma_coarse_factor: float
    far_accuracies: float
    p_in_min: float
    dwell_s: float
    dwell_brief_s: float
    window_slack_s: float
    uncertainty_max_s: float
    mock_share_max: float
    odd_hour_from: int
    odd_hour_until: int
    doubt_at: float
    weight_outside: float
    weight_mock: float
    weight_mock_some: float
    weight_time_skew: float
    weight_time_jump: float
    weight_odd_hours: float
    point_decimals: int

    def radius_m(self, setting: Setting) -> float:
        """Radius of a place that has none of its own, by how houses stand around it."""
        return float(getattr(self, f"radius_{setting.value}_m"))


@dataclass(frozen=True, slots=True)
class Followup(Section):
    """Terms of a task, counted from dispatch."""

    ordinary_working_days: int
    urgent_hours: int


@dataclass(frozen=True, slots=True)
class Errands(Section):
    """Times of workers and sweepers, in seconds unless the name says otherwise."""

    drain_s: int
    together: int
    linger_s: float
    late_s: int
    backoff_s: float
    backoff_s_max: float
    passing_s: float
    partitions_every_s: int
    forget_every_s: int
    release_every_s: int
    done_days: int
    silence_alarm_s: int
    backlog_alarm_s: int
    horizon_alarm_days: int
    skew_alarm_s: float


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
    followup: Followup
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
