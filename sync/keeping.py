"""Sections of the policy file about personal data: who reads it, how long it is kept."""

from dataclasses import dataclass

from sync.sections import Section


@dataclass(frozen=True, slots=True)
class Privacy(Section):
    """Reading household files: when a reason is enough, when reading stands out."""

    reason_length_min: int
    outlier_opened_min: int
    outlier_times_usual: float
    outlier_without_duty: int
    outlier_at_night: int
    night_from: int
    night_until: int
    outliers_every_s: int


@dataclass(frozen=True, slots=True)
class Retention(Section):
    """How long personal data is kept, in days, where no other section says so."""

    stories_days: int
    closed_tasks_days: int
    reads_days: int
    events_days: int
    requests_days: int
    rumours_days: int
    every_s: int
    chunk: int
