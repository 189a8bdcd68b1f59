"""A phone in other hands, and fixes that two phones cannot both have had."""

from sync.policy import Verify
from sync.verify.rules.evidence import Evidence
from sync.verify.rules.findings import Finding
from sync.words import Reason

TOLD_MOST = 10


def findings(evidence: Evidence, policy: Verify) -> list[Finding]:
    """DEVICE_SHARED, nothing where the sharing is declared; JOINT_SHARED_EVIDENCE, strong: no two phones agree so."""
    found = []
    if evidence.is_lent_undeclared:
        found.append(Finding(Reason.DEVICE_SHARED, policy.weight_device_shared))
    if evidence.joint_shared:
        facts = {"visits": sorted(evidence.joint_shared)[:TOLD_MOST]}
        found.append(Finding(Reason.JOINT_SHARED_EVIDENCE, policy.weight_joint_shared, facts))
    return found
