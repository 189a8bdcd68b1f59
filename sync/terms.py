"""The sections of the policy file about what is owed to households: rhythms, terms, and how jobs go through them."""

from dataclasses import dataclass

from sync.sections import PolicyError, Section
from sync.words import Rhythm

SHORTEST_MONTH = 28


@dataclass(frozen=True, slots=True)
class Duty(Section):
    """Rhythms (words.Rhythm) and terms of obligations; how the jobs go through them."""

    rhythm_ordinary: str
    rhythm_needy: str
    rhythm_left_behind: str
    life_event_hours: int
    attempt_days: int
    lapse_days: int
    horizon_days: int
    short_days: int
    owe_chunk: int
    lapse_chunk: int
    owe_every_s: int
    lapse_every_s: int

    def __post_init__(self) -> None:
        """Raises PolicyError for an unknown rhythm, or if contact could be late for two months at once: then a day
        would not belong to one of them (duty.discharging)."""
        for name in ("rhythm_ordinary", "rhythm_needy", "rhythm_left_behind"):
            if getattr(self, name) not in set(Rhythm):
                raise PolicyError(f"[duty] {name} is none of {', '.join(Rhythm)}")
        if self.lapse_days + self.attempt_days > SHORTEST_MONTH:
            raise PolicyError(f"[duty] lapse_days + attempt_days > {SHORTEST_MONTH}")


@dataclass(frozen=True, slots=True)
class Life(Section):
    """Life events, promises, absences and the roster of leaders."""

    same_days: int
    past_days: int
    quiet_days: int
    remind_days: int
    remind_every_s: int
    remind_most: int
    absence_days_max: int
    absences_every_s: int
    roster_days_max: int
