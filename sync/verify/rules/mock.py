"""The platform's own word that a position was made by an app."""

from sync.policy import Verify
from sync.verify.rules.findings import Finding
from sync.verify.rules.measures import Measure
from sync.words import Reason


def findings(measured: Measure, policy: Verify) -> list[Finding]:
    """LOC_MOCK: strong above a share of all fixes told (usable or not, so that losing a number never raises it)."""
    if not measured.mock:
        return []
    is_strong = measured.mock > policy.mock_share_max * measured.told
    weight = policy.weight_mock if is_strong else policy.weight_mock_some
    return [Finding(Reason.LOC_MOCK, weight, {"mock": measured.mock, "fixes": measured.told})]
