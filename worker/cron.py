"""What is owed again and again. Level-triggered: whoever looks, at whatever time, owes what is overdue, once."""

from sqlalchemy.orm import Session

from sync import errands, pulse
from sync.policy import Policy
from sync.words import Job


def periods(policy: Policy) -> dict[Job, float]:
    """Seconds between two runs of each periodic job."""
    times = policy.errands
    return {
        Job.KEEP_PARTITIONS: times.partitions_every_s,
        Job.FORGET_DONE: times.forget_every_s,
        Job.RELEASE_HELD: times.release_every_s,
    }


def owe_due(session: Session, policy: Policy) -> None:
    """Owe the jobs whose turn has come."""
    for job, every_s in periods(policy).items():
        if pulse.is_turn(session, job.value, every_s):
            errands.owe(session, job, job.value, dedupe_key=job.value)
