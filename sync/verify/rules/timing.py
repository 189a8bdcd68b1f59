"""What the clocks and the circumstances say about a visit; most of it is found before and only weighed here."""

from sync.policy import Verify
from sync.verify.rules.evidence import Evidence
from sync.verify.rules.findings import Finding
from sync.words import Reason, Recorded


def findings(evidence: Evidence, policy: Verify) -> list[Finding]:
    """TIME_SKEW, TIME_JUMP, TIME_ODD_HOURS with their weights; every other flag from outside is a fact of weight 0.

    Odd hours are not told of what was written down afterwards: the time is that of the writing.
    """
    weights = {
        Reason.TIME_SKEW: policy.weight_time_skew,
        Reason.TIME_JUMP: policy.weight_time_jump,
        Reason.TIME_ODD_HOURS: policy.weight_odd_hours,
    }
    found = [Finding(code, weights.get(code, 0.0)) for code in dict.fromkeys(evidence.flags)]
    if evidence.recorded is not Recorded.AFTERWARDS and _is_odd(evidence, policy):
        weight = weights.get(Reason.TIME_ODD_HOURS, 0.0)
        found.append(Finding(Reason.TIME_ODD_HOURS, weight, {"hour": evidence.local_hour}))
    return found


def _is_odd(evidence: Evidence, policy: Verify) -> bool:
    if evidence.local_hour is None or evidence.time_uncertainty_s > policy.uncertainty_max_s:
        return False
    return evidence.local_hour >= policy.odd_hour_from or evidence.local_hour < policy.odd_hour_until
