"""What every step of one batch's road carries along."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from sync.intake.results import Opened
from sync.intake.rules import SentClock
from sync.policy import Policy


@dataclass(frozen=True, slots=True)
class Walk:
    """One batch on its way; `late` lets held records go on without their parents.

    A first try takes it that what new visits bring along (problems, photos) is new as well; if a key says
    otherwise, all is tried `again` with every key looked up.
    """

    session: Session
    policy: Policy
    batch: Opened
    sent: SentClock
    now: datetime
    today: date
    late: bool
    again: bool = False
