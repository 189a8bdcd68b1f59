"""The verdict of visits, for a whole set at once: a pure function of evidence and policy (sync.md section 6).

The order of states, the first that fits: doubtful, when weights sum to `doubt_at` (a strong one does alone); verified;
unverifiable, with what was missing. A machine never refuses. What is missing never weighs.

Two steps, because visits of one set are each other's context: `look_at` measures the fixes; what it finds (stays,
spots) becomes evidence of neighbouring visits; `judge_looked` decides. `judge_visits` does both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sync.policy import Verify
from sync.verify.rules import exif, frozen, missing, mock, outside, reuse, sharing, timing, travel
from sync.verify.rules.datum import declared, recognise
from sync.verify.rules.evidence import Evidence, Stay, fixes_of, visits_of
from sync.verify.rules.findings import Finding
from sync.verify.rules.measures import Measure, measure
from sync.verify.rules.nearness import chances, nearness
from sync.verify.rules.spots import spots
from sync.verify.rules.usable import usable
from sync.words import Reason, Verdict


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with its reasons and numbers, both as they go into JSON; `point` is (lon, lat) in WGS 84, rounded."""

    verdict: Verdict
    reasons: tuple[Finding, ...] = ()
    numbers: dict[str, Any] = field(default_factory=dict)

    @property
    def point(self) -> tuple[float, float] | None:
        """The one position that may be kept for long."""
        return (self.numbers["lon"], self.numbers["lat"]) if "lon" in self.numbers else None

    def finding(self, code: Reason) -> Finding | None:
        """The finding of that code, if there is one."""
        return next((one for one in self.reasons if one.code is code), None)

    def telling(self, code: Reason, facts: dict[str, Any]) -> "Judgement":
        """The same judgement, with more facts told beside one of its findings."""
        told = (replace(one, facts=one.facts | facts) if one.code is code else one for one in self.reasons)
        return replace(self, reasons=tuple(told))


def stored(verdict: Verdict, reasons: Sequence[Mapping[str, Any]], numbers: dict[str, Any]) -> Judgement:
    """The judgement that a row of `visit_verdict` keeps."""
    found = (Finding(Reason(one["code"]), float(one["weight"]), dict(one["facts"])) for one in reasons)
    return Judgement(verdict, tuple(found), numbers)


@dataclass(frozen=True, slots=True)
class Looked:
    """What the fixes of a set of visits show, in the order of the visits."""

    measures: list[Measure]
    numbers: list[dict[str, Any]]
    stays: list[Stay | None]
    spots: list[int | None]


def look_at(evidence: Sequence[Evidence], policy: Verify) -> Looked:
    """Measure the fixes; needs nothing of the visits' context.

    Raises ValueError only for fix columns of unequal length: bad values are evidence of nothing.
    """
    if not evidence:
        return Looked([], [], [], [])
    fixes, visits = fixes_of(evidence), visits_of(evidence, policy.uncertainty_max_s)
    marks = usable(fixes, visits, policy)
    near = nearness(*declared(fixes), fixes, visits, marks.usable, policy)
    reading = recognise(near, fixes, visits, marks.usable, policy)
    chance = chances(reading.near, fixes, visits, marks.usable, policy)
    measures = measure(fixes, marks, reading, chance)
    numbers = [m.numbers(e, policy) for m, e in zip(measures, evidence, strict=True)]
    stays = [travel.stay_of(n, e.time_uncertainty_s) for n, e in zip(numbers, evidence, strict=True)]
    return Looked(measures, numbers, stays, spots(fixes, marks.usable, policy))


def judge_looked(evidence: Sequence[Evidence], looked: Looked, policy: Verify) -> list[Judgement]:
    """The verdicts of visits that were looked at; context that was found out meanwhile stands in the evidence."""
    travelled = travel.findings(evidence, looked.stays, policy)
    by_camera = exif.findings(evidence, policy)
    return [
        _judge(e, m, numbers, [*ways, *camera], policy)
        for e, m, numbers, ways, camera in zip(
            evidence, looked.measures, looked.numbers, travelled, by_camera, strict=True
        )
    ]


def judge_visits(evidence: Sequence[Evidence], policy: Verify) -> list[Judgement]:
    """The verdicts of visits, in their order; no visit's verdict depends on another's place in the list."""
    return judge_looked(evidence, look_at(evidence, policy), policy)


def _judge(
    evidence: Evidence, measured: Measure, numbers: dict[str, Any], context: list[Finding], policy: Verify
) -> Judgement:
    against = [
        *timing.findings(evidence, policy),
        *mock.findings(measured, policy),
        *outside.findings(evidence, measured, policy),
        *context,
        *(frozen.findings(evidence, policy) if evidence.same_spot else ()),
        *(reuse.findings(evidence, policy) if evidence.reused else ()),
        *sharing.findings(evidence, policy),
    ]
    is_contradicted = bool(against) and round(sum(one.weight for one in against), 6) >= policy.doubt_at
    is_weightless = evidence.is_weightless
    if is_contradicted and not is_weightless:
        return Judgement(Verdict.DOUBTFUL, tuple(against), numbers)
    if is_weightless:
        against = [replace(finding, weight=0.0) for finding in against]
    lacking = missing.findings(evidence, measured, policy)
    if not lacking and not is_contradicted:
        return Judgement(Verdict.VERIFIED, tuple(against), numbers)
    lacking = lacking or [Finding(Reason.RECORDED_BY_OTHER)]
    told = {finding.code for finding in lacking}
    return Judgement(Verdict.UNVERIFIABLE, (*(one for one in against if one.code not in told), *lacking), numbers)
