"""Fixes that cannot be at the place, and the datum that may explain them."""

from sync.policy import Verify
from sync.verify.rules.evidence import Evidence
from sync.verify.rules.findings import Finding
from sync.verify.rules.measures import Measure
from sync.words import Datum, Reason

DATUM_REASONS = {Datum.GCJ02: Reason.LOC_DATUM_GCJ02, Datum.BD09: Reason.LOC_DATUM_BD09}


def findings(evidence: Evidence, measured: Measure, policy: Verify) -> list[Finding]:
    """LOC_OUTSIDE when all usable fixes are far from a place that the visit was held at; LOC_DATUM_* explains it."""
    if measured.recognised >= 0:
        facts = {"as_told_m": round(measured.as_told_d_m), "corrected_m": round(measured.d_m)}
        return [Finding(DATUM_REASONS[measured.datum], 0.0, facts)]
    if not measured.usable or measured.far < measured.usable or evidence.is_elsewhere:
        return []
    return [Finding(Reason.LOC_OUTSIDE, policy.weight_outside, {"least_m": round(measured.least_d_m)})]
