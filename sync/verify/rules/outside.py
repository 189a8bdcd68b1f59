"""Fixes that cannot be at the place, and the datum that may explain them."""

from math import isfinite
from typing import Any

from sync.policy import Verify
from sync.verify.rules.datum import CANDIDATES, SHIFTED
from sync.verify.rules.evidence import Evidence
from sync.verify.rules.findings import Finding
from sync.verify.rules.measures import Measure
from sync.words import Datum, Reason

DATUM_REASONS = {
    Datum.GCJ02: Reason.LOC_DATUM_GCJ02,
    Datum.BD09: Reason.LOC_DATUM_BD09,
    Datum.WGS84: Reason.LOC_DATUM_WGS84,
}


def findings(evidence: Evidence, measured: Measure, policy: Verify) -> list[Finding]:
    """LOC_DATUM_* when fixes are read in another datum than they say; LOC_OUTSIDE when all are far from the place.

    LOC_OUTSIDE carries hints: a datum of the fixes, or of the registered position, that would nearly explain it; the
    visits that show that the phone's datum does not.
    """
    found = []
    if measured.best >= 0 and measured.datum is not measured.told_datum:
        found.append(Finding(DATUM_REASONS[measured.datum], 0.0, _read(measured)))
    if measured.recognised < 0 and measured.usable and measured.far == measured.usable and not evidence.is_elsewhere:
        facts = {"least_m": round(measured.least_d_m)} | _hints(measured)
        if evidence.witnesses:
            facts |= {"witnesses": list(evidence.witnesses), "fits": len(evidence.witnesses)}
        found.append(Finding(Reason.LOC_OUTSIDE, policy.weight_outside, facts))
    return found


def _read(measured: Measure) -> dict[str, Any]:
    facts = {"corrected_m": round(measured.d_m)} if isfinite(measured.d_m) else {}
    return {"as_told_m": round(measured.as_told_d_m), **facts} if measured.recognised >= 0 else facts


def _hints(measured: Measure) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if measured.place_hint >= 0:
        found |= {"place_datum": SHIFTED[measured.place_hint].value, "place_datum_m": round(measured.place_hint_m)}
    if measured.hint >= 0:
        found |= {"fix_datum": CANDIDATES[measured.hint].value, "fix_datum_m": round(measured.hint_m)}
    return found
