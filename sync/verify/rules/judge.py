"""The first verdict of visits, for a whole batch at once: a pure function of evidence and policy (sync.md section 6).

The order of states, the first that fits: doubtful, when weights sum to `doubt_at` (a strong one does alone); verified;
unverifiable, with what was missing. A machine never refuses. What is missing never weighs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sync.policy import Verify
from sync.verify.rules import missing, mock, outside, timing
from sync.verify.rules.datum import declared, recognise
from sync.verify.rules.evidence import Evidence, fixes_of, visits_of
from sync.verify.rules.findings import Finding
from sync.verify.rules.measures import Measure, measure
from sync.verify.rules.nearness import chances, nearness
from sync.verify.rules.usable import usable
from sync.words import Verdict


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


def judge_visits(evidence: Sequence[Evidence], policy: Verify) -> list[Judgement]:
    """The verdicts of visits, in their order; no visit's verdict depends on another's evidence.

    Raises ValueError only for fix columns of unequal length: bad values are evidence of nothing.
    """
    if not evidence:
        return []
    fixes, visits = fixes_of(evidence), visits_of(evidence, policy.uncertainty_max_s)
    marks = usable(fixes, visits, policy)
    near = nearness(*declared(fixes), fixes, visits, marks.usable, policy)
    reading = recognise(near, fixes, visits, marks.usable, policy)
    chance = chances(reading.near, fixes, visits, marks.usable, policy)
    measures = measure(fixes, marks, reading, chance)
    return [_judge(e, m, policy) for e, m in zip(evidence, measures, strict=True)]


def _judge(evidence: Evidence, measured: Measure, policy: Verify) -> Judgement:
    against = [
        *timing.findings(evidence, policy),
        *mock.findings(measured, policy),
        *outside.findings(evidence, measured, policy),
    ]
    numbers = measured.numbers(evidence, policy)
    if round(sum(finding.weight for finding in against), 6) >= policy.doubt_at:
        return Judgement(Verdict.DOUBTFUL, tuple(against), numbers)
    lacking = missing.findings(evidence, measured, policy)
    verdict = Verdict.UNVERIFIABLE if lacking else Verdict.VERIFIED
    return Judgement(verdict, (*against, *lacking), numbers)
