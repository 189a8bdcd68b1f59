"""The very same satellite coordinates in several visits.

Two readings of satellites agree to 6 decimals once in 7,000 times by chance (sync.md [M21]). The real sign is another
door: there a phone that moved cannot repeat itself. At the same door one phone may hand over a kept position twice;
only a third day is beyond chance. Doors of one building on one day are one door.
"""

from sync.policy import Verify
from sync.verify.rules.evidence import Evidence, SameSpot
from sync.verify.rules.findings import Finding
from sync.words import Reason

TOLD_MOST = 10


def findings(evidence: Evidence, policy: Verify) -> list[Finding]:
    """LOC_FROZEN: strong from `frozen_strong` visits on; two visits weigh something only at different places."""
    elsewhere = [one for one in evidence.same_spot if _is_elsewhere(one, policy)]
    again = [one for one in evidence.same_spot if one.same_place and not one.same_day]
    count = 1 + len(elsewhere) + len(again)
    if count == 1:
        return []
    weight = policy.weight_frozen if elsewhere else 0.0
    if count >= policy.frozen_strong:
        weight = policy.weight_frozen_strong
    visits = sorted(one.visit for one in (*elsewhere, *again))
    facts = {"visits": visits[:TOLD_MOST], "count": count, "elsewhere": len(elsewhere)}
    return [Finding(Reason.LOC_FROZEN, weight, facts)]


def _is_elsewhere(other: SameSpot, policy: Verify) -> bool:
    """Whether the other visit was surely at another door; places without a position tell nothing."""
    if other.same_place or other.apart_m is None:
        return False
    return not other.same_day or other.apart_m > policy.frozen_apart_m
