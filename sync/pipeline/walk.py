"""What every step of the road carries along."""

from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy.orm import Session

from sync.identity.numbers import Numbers
from sync.policy import Policy


@dataclass(frozen=True, slots=True)
class Walk:
    """A set of records on its way, of one batch or of several.

    A first try takes it that what new visits bring along (problems, photos) is new as well; if a key says
    otherwise, all is tried `again` with every key looked up.
    """

    session: Session
    policy: Policy
    now: datetime
    today: date
    again: bool = False
    numbers: Numbers = field(default_factory=lambda: Numbers(""))
