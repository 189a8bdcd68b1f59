"""The platform's own word that a position was made by an app."""

from sync.policy import Verify
from sync.verify.rules.findings import Finding
from sync.verify.rules.measures import Measure
from sync.words import Reason


def findings(measured: Measure, policy: Verify) -> list[Finding]:
    """LOC_MOCK: strong above a share of all fixes told (usable or not, so that losing a number never raises it)."""
    if not measured.mock:
        return []
    weight = policy.weight_mock if measured.is_mocked(policy) else policy.weight_mock_some
    return [Finding(Reason.LOC_MOCK, weight, {"mock": measured.mock, "fixes": measured.told})]
