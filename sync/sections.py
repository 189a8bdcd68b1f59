"""The sections of the policy file as frozen values: every key is a field, every field a key."""

from dataclasses import dataclass, fields
from typing import Any, Self, get_type_hints

from sync.words import Setting


class PolicyError(Exception):
    """The policy file has a number that is missing, unknown or of the wrong type; the text says which."""


@dataclass(frozen=True, slots=True)
class Section:
    """A table of the policy file: every key is a field, every field a key."""

    @classmethod
    def types(cls) -> dict[str, Any]:
        """The type of each number, by its key."""
        return get_type_hints(cls)

    @classmethod
    def read(cls, name: str, table: dict[str, Any]) -> Self:
        """Build from TOML; raises PolicyError for a key too many, too few or of another type."""
        hints = cls.types()
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
    rotate_days: int
    grace_s: int
    lock_days: int
    requests_max: int
    pulls_max: int
    limit_window_s: int
    wait_spread_s: int
    health_s: int
    silent_days: int
    clock_wrong_s: int
    app_version_min: str


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
    small_px: int
    large_px: int
    pixels_max: int
    read_s: int
    read_memory_mb: int
    tries_max: int
    similar_bits: int
    similar_cadre_days: int
    similar_unit_days: int
    unreferenced_days: int
    doomed_days: int
    stray_days: int
    scrub_days: int
    garbage_every_s: int
    garbage_chunk: int
    scrub_every_s: int
    scrub_chunk: int
    missing_share_max: float
    missing_least: int
    presence_sample: int


@dataclass(frozen=True, slots=True)
class Dedup(Section):
    """When two records tell of one visit, and two places may be one."""

    repeat_window_s: int
    likely_gap_s: int
    joint_overlap_s: int
    joint_start_s: int
    again_s: int
    look_days: int
    confirm_days: int
    confirm_every_s: int
    doubles_m: float


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
    teleport_kmh: float
    teleport_m: float
    weight_teleport: float
    neighbour_s: float
    overlap_m: float
    weight_overlap: float
    frozen_strong: int
    frozen_apart_m: float
    frozen_fused_m: float
    weight_frozen: float
    weight_frozen_strong: float
    weight_photo_exact: float
    weight_photo_similar: float
    exif_time_s: float
    weight_exif_time: float
    exif_gps_m: float
    weight_exif_gps: float
    weight_device_shared: float
    weight_joint_shared: float
    datum_votes: int
    datum_places: int
    datum_share: float
    datum_groups: int
    datum_witnesses: int
    datum_witness_m: float
    learn_visits: int
    learn_days: int
    learn_cadres: int
    learn_within_m: float
    learn_share: float
    move_m: float
    area_visits: int
    area_places: int
    area_spread_m: float
    rejudge_chunk: int
    learn_every_s: int
    votes_every_s: int
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
class Review(Section):
    """The verifier's queue: leases, when refusing opens, the random draw."""

    lease_s: int
    refuse_working_days: int
    draw_share: float
    draw_a_verifier: int
    draw_home_days: int
    draw_every_s: int
    group_max: int
    reason_length_min: int
    draw_after_s: int
    draw_back_days: int


@dataclass(frozen=True, slots=True)
class Evidence(Section):
    """Kinds of evidence: mode (words.EvidenceMode), purpose told to cadres, days of retention."""

    location: str
    location_purpose: str
    location_days: int
    photos: str
    photos_purpose: str
    photos_days: int
    asked_days_max: int


@dataclass(frozen=True, slots=True)
class Counts(Section):
    """Counts kept for the map, and what the map shows at most."""

    fold_every_s: int
    fold_most: int
    unfolded_max: int
    catch_up: int
    tile_visits_max: int
    looked_at_max: int
    listed_max: int
    daily_max: int


@dataclass(frozen=True, slots=True)
class Feed(Section):
    """Pages of the feed, how long it remembers, and when it is compared with the registry."""

    items_max: int
    page_bytes_max: int
    keep_days: int
    visit_days: int
    task_days: int
    note_s: int
    places_warn: int
    settle_every_s: int
    purge_every_s: int


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
