"""What keeps failing or killing its worker is given up: a batch in halves until the culprit stands alone (D1.6 of
sync.md), a photo as damaged."""

import orjson
from sqlalchemy.orm import Session

from sync import errands, pipeline
from sync.errands import Claim
from sync.house import House
from sync.photos import reading
from sync.policy import Policy
from sync.words import Job
from worker.jobs import batch_of, span_of

TRIES_OF_A_PART = 1  # halving it harms nobody; a record that stands alone has as many as a whole batch
REASON = "not applied by any attempt"


def is_spent(claim: Claim, policy: Policy) -> bool:
    """Whether the errand has used up its tries: many for a whole batch and for a single record, one for a part that
    is only halved, some for a photo.

    A try is lost by a restart or a slow machine too: that must not put a record aside that has done nothing. Other
    errands are tried for ever.
    """
    if claim.job is Job.READ_PHOTO:
        return claim.tries > policy.photos.tries_max
    low, high = span_of(claim) or (0, 1)
    tries = policy.push.attempts_max if high - low == 1 else TRIES_OF_A_PART
    return claim.job is Job.APPLY_BATCH and claim.tries > tries


def give_up(house: House, claim: Claim, session: Session) -> bool:
    """Put what is spent aside in the errand's stead; False if the errand is somebody else's by now."""
    if not errands.hold(session, [claim]):
        return False
    if claim.job is Job.READ_PHOTO:
        reading.give_up(session, bytes.fromhex(claim.subject))
    else:
        _split(house, claim, session)
    errands.finish(session, [claim])
    return True


def _split(house: House, claim: Claim, session: Session) -> None:
    """Owe the two halves instead; a single record is quarantined, and its batch goes on without it."""
    low, high = span_of(claim) or (0, pipeline.count_records(session, house.policy, *batch_of(claim)))
    if high - low == 1:
        pipeline.quarantine_record(session, house.policy, *batch_of(claim), low, REASON)
    elif high - low > 1:
        middle = (low + high) // 2
        for span in ((low, middle), (middle, high)):
            facts, key = orjson.dumps({"span": span}).decode(), f"{claim.subject}/{span[0]}-{span[1]}"
            errands.owe(session, Job.APPLY_BATCH, claim.subject, facts=facts, dedupe_key=key)
