"""What each Job word does: a function of (session, house, claims), in the transaction that marks the errands done.

Each is short: it reads the errand's subject and calls the core. Running one twice is harmless.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from sync import clock, errands, partitions, pipeline, pulse
from sync.errands import Claim
from sync.feed import purging, settling
from sync.house import House
from sync.identity.actions import people, tokens
from sync.identity.numbers import Numbers
from sync.insight import counting
from sync.photos import garbage, reading, scrub
from sync.pipeline.erasing import REQUEST
from sync.privacy import bodies, outliers, retention
from sync.review import drawing
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
    pipeline.apply_batches(session, house.policy, parts, Numbers(house.settings.contact_keys))


def read_photos(session: Session, house: House, claims: Sequence[Claim]) -> None:
    """Look at the bytes of photos: pictures with their thumbnails, or damaged."""
    for claim in claims:
        reading.read(session, house.blobs, house.policy.photos, bytes.fromhex(claim.subject))


def collect_garbage(session: Session, house: House, claims: Sequence[Claim]) -> None:
    """Forget photos that nothing cites, a step at a time."""
    for claim in claims:
        garbage.collect(session, house.blobs, house.policy.photos, claim.subject)


def scrub_blobs(session: Session, house: House, _: Sequence[Claim]) -> None:
    """Hash stored photos again."""
    scrub.scrub(session, house.blobs, house.policy.photos)


def rejudge(session: Session, house: House, claims: Sequence[Claim]) -> None:
    """Judge visits again whose evidence, place or policy changed."""
    pipeline.rejudge(session, house.policy, claims)


def learn_positions(session: Session, house: House, claims: Sequence[Claim]) -> None:
    """Learn where places are from the visits to them."""
    for claim in claims:
        pipeline.learn_positions(session, house.policy, claim)


def count_datum_votes(session: Session, house: House, _: Sequence[Claim]) -> None:
    """Find phones and places whose coordinates are in another datum than they say."""
    pipeline.count_datum_votes(session, house.policy)


def release_held(session: Session, _house: House, _: Sequence[Claim]) -> None:
    """Try again what was held long enough, or parked for what this server knows by now."""
    pipeline.release_waiting(session)


def keep_partitions(session: Session, _house: House, _: Sequence[Claim]) -> None:
    """Make partitions ahead; retention drops the old ones."""
    partitions.make(session, clock.today())


def fold_counts(session: Session, house: House, _: Sequence[Claim]) -> None:
    """Fold what changed into the counts of the map; what an older server stored is counted first. More: once more."""
    limits = house.policy.counts
    caught = pipeline.catch_up(session, limits.catch_up)
    if counting.fold(session, limits.fold_most) == limits.fold_most or caught == limits.catch_up:
        errands.owe(session, Job.FOLD_COUNTS, Job.FOLD_COUNTS.value, dedupe_key=Job.FOLD_COUNTS.value)


def forget_done(session: Session, house: House, _: Sequence[Claim]) -> None:
    """Delete errands that were done long ago, heartbeats of processes that are gone, logins and tokens that ended."""
    limit = timedelta(days=house.policy.errands.done_days)
    errands.forget_done(session, limit)
    pulse.forget(session, limit)
    people.forget_ended(session, clock.now(), house.policy.logins)
    tokens.forget(session, clock.now(), house.policy.devices)


def draw_back_checks(session: Session, house: House, _: Sequence[Claim]) -> None:
    """Draw the lots of the days that have ended."""
    drawing.draw_back_checks(session, house.policy.review, clock.now())


def confirm_co_visits(session: Session, house: House, _: Sequence[Claim]) -> None:
    """Let silence confirm co-visitors."""
    pipeline.confirm_silent(session, house.policy)


def look_again(session: Session, house: House, claims: Sequence[Claim]) -> None:
    """Compare the visits of a place that was merged; the subject is "place/<id>"."""
    for claim in claims:
        place, after = claim.subject.removeprefix("place/"), claim.facts["after"]
        pipeline.look_again(session, house.policy, UUID(place), UUID(str(after)))


def settle_feed(session: Session, house: House, claims: Sequence[Claim]) -> None:
    """Compare what phones should hold with what the feed told: begin with a new day, go on person by person."""
    subject = claims[0].subject
    if subject == Job.SETTLE_FEED.value:
        settling.begin(session, house.policy)
    else:
        settling.step(session, house.policy.feed, subject)


def purge_feed(session: Session, house: House, _: Sequence[Claim]) -> None:
    """Forget what left phones' scopes long ago; a piece at a time."""
    if purging.purge(session, house.policy.feed):
        errands.owe(session, Job.PURGE_FEED, Job.PURGE_FEED.value, dedupe_key=Job.PURGE_FEED.value)


def retain(session: Session, house: House, claims: Sequence[Claim]) -> None:
    """Let go of what was kept long enough: begin a run, or do its next step."""
    subject = claims[0].subject
    if subject == Job.RETAIN.value:
        pipeline.finish_erasures(session, house.policy)
        retention.begin(session, house.policy)
    else:
        retention.step(session, house.policy, subject)


def find_outliers(session: Session, house: House, _: Sequence[Claim]) -> None:
    """Write the list of unusual reading of a week that has ended."""
    outliers.find_outliers(session, house.policy.privacy)


def blank_erased(session: Session, house: House, claims: Sequence[Claim]) -> None:
    """Take erased content out of the bytes of batches: of the one that the subject names, or after a request."""
    for claim in claims:
        kind, _, request = claim.subject.partition("/")
        if kind == REQUEST:
            pipeline.blank_again(session, house.policy, UUID(request))
        else:
            bodies.blank_refused(session, *batch_of(claim), house.policy.push)


def owe_visits(session: Session, house: House, claims: Sequence[Claim]) -> None:
    """Owe the contact that links ask for: a round begins, or goes on after the link that the subject names."""
    pipeline.owe_visits(session, house.policy, claims[0].subject)


def lapse_obligations(session: Session, house: House, _: Sequence[Claim]) -> None:
    """Let obligations lapse that nobody met in time."""
    pipeline.lapse_obligations(session, house.policy)


def remind_of_promises(session: Session, house: House, _: Sequence[Claim]) -> None:
    """Bring promises whose day is near back to mind. More: once more."""
    if pipeline.remind_of_promises(session, house.policy.life):
        errands.owe(session, Job.REMIND_COMMITMENTS, Job.REMIND_COMMITMENTS, dedupe_key=Job.REMIND_COMMITMENTS)


def settle_absences(session: Session, _house: House, _: Sequence[Claim]) -> None:
    """Let contacts be owed by whoever is there today."""
    pipeline.settle_absences(session)


JOBS: dict[Job, Work] = {
    Job.APPLY_BATCH: apply_batches,
    Job.READ_PHOTO: read_photos,
    Job.COLLECT_GARBAGE: collect_garbage,
    Job.SCRUB_BLOBS: scrub_blobs,
    Job.REJUDGE: rejudge,
    Job.LEARN_POSITIONS: learn_positions,
    Job.COUNT_DATUM_VOTES: count_datum_votes,
    Job.RELEASE_HELD: release_held,
    Job.CONFIRM_CO_VISITS: confirm_co_visits,
    Job.LOOK_AGAIN: look_again,
    Job.KEEP_PARTITIONS: keep_partitions,
    Job.FORGET_DONE: forget_done,
    Job.DRAW_BACK_CHECKS: draw_back_checks,
    Job.FOLD_COUNTS: fold_counts,
    Job.SETTLE_FEED: settle_feed,
    Job.PURGE_FEED: purge_feed,
    Job.RETAIN: retain,
    Job.FIND_OUTLIERS: find_outliers,
    Job.BLANK_ERASED: blank_erased,
    Job.OWE_VISITS: owe_visits,
    Job.LAPSE_OBLIGATIONS: lapse_obligations,
    Job.REMIND_COMMITMENTS: remind_of_promises,
    Job.SETTLE_ABSENCES: settle_absences,
}
