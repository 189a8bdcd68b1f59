"""What a visit would need to be verified by position and has not. None of it is held against anybody."""

from math import isfinite

from sync.policy import Verify
from sync.verify.rules.evidence import Evidence
from sync.verify.rules.findings import Finding
from sync.verify.rules.measures import Measure
from sync.words import Reason, Recorded


def findings(evidence: Evidence, measured: Measure, policy: Verify) -> list[Finding]:
    """Empty: verified. Else the reason that decides first, then what explains it."""
    if evidence.recorded is Recorded.AFTERWARDS:
        return [Finding(Reason.RECORDED_AFTERWARDS)]
    if evidence.is_remote:
        return [Finding(Reason.MET_ELSEWHERE)]
    if evidence.location_off:
        return [Finding(Reason.EVIDENCE_OFF)]
    found = []
    if evidence.place is None or not all(map(isfinite, evidence.place)):
        found.append(Finding(Reason.PLACE_LEARNING if evidence.learning else Reason.PLACE_NO_POSITION))
    if not has_time(evidence, policy):
        found.append(Finding(Reason.TIME_UNKNOWN))
    if not measured.usable and (has_time(evidence, policy) or not measured.told):
        found += _of_fixes(evidence, measured)
    elif measured.usable and isfinite(measured.d_m):
        found += _of_nearness(evidence, measured, policy)
    if found and evidence.is_elsewhere:
        return [Finding(Reason.RECORDED_BY_OTHER if evidence.by_other else Reason.MET_ELSEWHERE)]
    return found


def _of_fixes(evidence: Evidence, measured: Measure) -> list[Finding]:
    """Why no fix is usable."""
    if not measured.told:
        return [Finding(Reason.LOC_NO_FIX)]
    if measured.imprecise:
        facts = {"fixes": measured.told, "imprecise": measured.imprecise}
        return [Finding(Reason.LOC_ACCURACY_POOR, 0.0, facts)]
    found = [Finding(Reason.LOC_NO_FIX, 0.0, {"fixes": measured.told})]
    if measured.stale and evidence.started_at is not None:
        age_s = round(evidence.started_at - measured.stale_at)
        found.append(Finding(Reason.LOC_STALE_FIX, 0.0, {"stale": measured.stale, "age_s": age_s}))
    return found


def _of_nearness(evidence: Evidence, measured: Measure, policy: Verify) -> list[Finding]:
    """Why usable fixes do not verify."""
    found = []
    if measured.p_in < policy.p_in_min:
        facts = {"d_m": round(measured.d_m), "accuracy_m": round(measured.accuracy_m), "p_in": round(measured.p_in, 2)}
        found.append(Finding(Reason.LOC_ACCURACY_POOR, 0.0, facts))
    if measured.usable == 1:
        found.append(Finding(Reason.LOC_SINGLE_FIX))
    elif measured.span_s < (policy.dwell_brief_s if evidence.is_brief else policy.dwell_s):
        found.append(Finding(Reason.LOC_SHORT_DWELL, 0.0, {"span_s": round(measured.span_s)}))
    return found


def has_time(evidence: Evidence, policy: Verify) -> bool:
    """Whether the interval of the visit is known well enough to compare fixes with it."""
    known = evidence.started_at is not None and evidence.ended_at is not None
    return known and evidence.time_uncertainty_s <= policy.uncertainty_max_s
