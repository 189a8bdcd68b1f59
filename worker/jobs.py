"""What each Job word does: a function of (session, house, claims), in the transaction that marks the errands done.

Each is short: it reads the errand's subject and calls the core. Running one twice is harmless.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from sync import clock, errands, partitions, pipeline, pulse
from sync.errands import Claim
from sync.house import House
from sync.identity.actions import people
from sync.words import Job

Work = Callable[[Session, House, Sequence[Claim]], None]


def batch_of(claim: Claim) -> tuple[UUID, UUID]:
    """The (device, batch) that the errand is about: its subject is "<device>/<batch>"."""
    device, batch = claim.subject.split("/")
    return UUID(device), UUID(batch)


def span_of(claim: Claim) -> tuple[int, int] | None:
    """The records lo <= ord < hi that the errand is limited to, or None for all."""
    span = claim.facts.get("span")
    return (span[0], span[1]) if span else None


def apply_batches(session: Session, house: House, claims: Sequence[Claim]) -> None:
    """Turn stored batches, or a part of one, into visits, verdicts and tasks."""
    parts = [pipeline.Part(*batch_of(claim), span_of(claim)) for claim in claims]
    pipeline.apply_batches(session, house.policy, parts)


def release_held(session: Session, _house: House, _: Sequence[Claim]) -> None:
    """Try again what was held long enough, or parked for what this server knows by now."""
    pipeline.release_waiting(session)


def keep_partitions(session: Session, house: House, _: Sequence[Claim]) -> None:
    """Make partitions ahead, drop those whose retention has ended."""
    partitions.keep(session, clock.today(), house.policy.push.body_days)


def forget_done(session: Session, house: House, _: Sequence[Claim]) -> None:
    """Delete errands that were done long ago, heartbeats of processes that are gone, logins that have ended."""
    limit = timedelta(days=house.policy.errands.done_days)
    errands.forget_done(session, limit)
    pulse.forget(session, limit)
    people.forget_ended(session, clock.now(), house.policy.logins)


JOBS: dict[Job, Work] = {
    Job.APPLY_BATCH: apply_batches,
    Job.RELEASE_HELD: release_held,
    Job.KEEP_PARTITIONS: keep_partitions,
    Job.FORGET_DONE: forget_done,
}
