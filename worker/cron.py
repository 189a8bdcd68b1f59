"""What is owed again and again. Level-triggered: whoever looks, at whatever time, owes what is overdue, once."""

from sqlalchemy.orm import Session

from sync import errands, pulse
from sync.policy import Policy
from sync.words import Job


def periods(policy: Policy) -> dict[Job, float]:
    """Seconds between two runs of each periodic job."""
    times, photos = policy.errands, policy.photos
    return {
        Job.KEEP_PARTITIONS: times.partitions_every_s,
        Job.FORGET_DONE: times.forget_every_s,
        Job.RELEASE_HELD: times.release_every_s,
        Job.DRAW_BACK_CHECKS: policy.review.draw_every_s,
        Job.COLLECT_GARBAGE: photos.garbage_every_s,
        Job.SCRUB_BLOBS: photos.scrub_every_s,
        Job.LEARN_POSITIONS: policy.verify.learn_every_s,
        Job.COUNT_DATUM_VOTES: policy.verify.votes_every_s,
        Job.CONFIRM_CO_VISITS: policy.dedup.confirm_every_s,
        Job.FOLD_COUNTS: policy.counts.fold_every_s,
        Job.SETTLE_FEED: policy.feed.settle_every_s,
        Job.PURGE_FEED: policy.feed.purge_every_s,
        Job.RETAIN: policy.retention.every_s,
        Job.FIND_OUTLIERS: policy.privacy.outliers_every_s,
        Job.OWE_VISITS: policy.duty.owe_every_s,
        Job.LAPSE_OBLIGATIONS: policy.duty.lapse_every_s,
        Job.REMIND_COMMITMENTS: policy.life.remind_every_s,
        Job.SETTLE_ABSENCES: policy.life.absences_every_s,
    }


def owe_due(session: Session, policy: Policy) -> None:
    """Owe the jobs whose turn has come."""
    for job, every_s in periods(policy).items():
        if pulse.is_turn(session, job.value, every_s):
            errands.owe(session, job, job.value, dedupe_key=job.value)
