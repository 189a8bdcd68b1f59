"""Through whose eyes a page is written."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sync.policy import Policy


@dataclass(frozen=True, slots=True)
class Viewer:
    """The person of a phone; `open_number` turns cipher text into a telephone number (raises ContactKeyError)."""

    person_id: UUID
    device_id: UUID
    today: date
    policy: Policy
    open_number: Callable[[bytes], str]
