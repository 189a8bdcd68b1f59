"""A batch that keeps failing or killing its worker is halved until the culprit stands alone (sync.md D1.6)."""

import orjson
from sqlalchemy.orm import Session

from sync import errands, pipeline
from sync.errands import Claim
from sync.house import House
from sync.policy import Policy
from sync.words import Job
from worker.jobs import batch_of, span_of

TRIES_OF_A_PART = 1
REASON = "not applied by any attempt"


def is_spent(claim: Claim, policy: Policy) -> bool:
    """Whether the errand has used up its tries: many for a whole batch, one for a part of it."""
    tries = TRIES_OF_A_PART if span_of(claim) else policy.push.attempts_max
    return claim.job is Job.APPLY_BATCH and claim.tries > tries


def split(house: House, claim: Claim, session: Session) -> bool:
    """Owe the two halves instead; a single record is quarantined, and its batch goes on without it."""
    if not errands.hold(session, [claim]):
        return False
    low, high = span_of(claim) or (0, pipeline.count_records(session, house.policy, *batch_of(claim)))
    if high - low == 1:
        pipeline.quarantine_record(session, house.policy, *batch_of(claim), low, REASON)
    elif high - low > 1:
        middle = (low + high) // 2
        for span in ((low, middle), (middle, high)):
            facts, key = orjson.dumps({"span": span}).decode(), f"{claim.subject}/{span[0]}-{span[1]}"
            errands.owe(session, Job.APPLY_BATCH, claim.subject, facts=facts, dedupe_key=key)
    errands.finish(session, [claim])
    return True
