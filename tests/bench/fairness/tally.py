"""Counting what verdicts say of each kind."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from math import sqrt
from uuid import UUID

from sync.words import Verdict
from tests.bench.fairness.kinds import KINDS, Kind
from tests.bench.fairness.sources import Half
from tests.bench.fairness.walk import Judged
from tests.bench.fairness.world import Label, World

Z = 1.96
TRUE_WITHIN = timedelta(minutes=10)
SHOWN = 3


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The interval of a share at 95 % (E. B. Wilson 1927), which stays within 0 and 1 at the ends."""
    if not of:
        return 0.0, 1.0
    share, spread = hits / of, Z * Z / of
    middle = (share + spread / 2) / (1 + spread)
    half = Z * sqrt(share * (1 - share) / of + spread / (4 * of)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


@dataclass
class Tally:
    """One kind in one half: visits by verdict, found ones, and the reasons told."""

    kind: Kind
    half: Half
    verdicts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)
    told: int = 0
    found: int = 0
    lost: int = 0
    by_seed: dict[int, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))

    @property
    def visits(self) -> int:
        """How many were judged."""
        return self.verdicts.total()

    @property
    def doubtful(self) -> int:
        """How many are doubtful."""
        return self.verdicts[Verdict.DOUBTFUL.value]

    @property
    def top(self) -> str:
        """The reasons told most often, with the share of visits."""
        return ", ".join(f"{code} {count / self.visits:.0%}" for code, count in self.reasons.most_common(SHOWN))

    def seeds(self) -> tuple[float, float]:
        """Least and greatest share of doubtful visits over the seeds."""
        shares = [doubtful / of for doubtful, of in self.by_seed.values() if of]
        return (min(shares), max(shares)) if shares else (0.0, 0.0)

    def add(self, label: Label, judged: Judged) -> None:
        """Count one visit."""
        is_doubtful = judged.verdict == Verdict.DOUBTFUL.value
        self.verdicts[judged.verdict] += 1
        self.reasons.update(judged.reasons)
        self.causes.update(judged.causes)
        self.told += bool(judged.reasons & {reason.value for reason in self.kind.told})
        is_true = abs(judged.started_at - label.true_at) <= TRUE_WITHIN
        self.found += is_doubtful or (self.kind.time_counts and is_true)
        seen = self.by_seed[label.seed]
        seen[0] += is_doubtful
        seen[1] += 1


def tally(made: Iterable[World], judged: dict[UUID, Judged]) -> dict[tuple[str, Half], Tally]:
    """What became of each kind, by (kind, half). A visit that is not stored counts as lost."""
    found: dict[tuple[str, Half], Tally] = {}
    for world in made:
        for visit, label in world.labels.items():
            key = (label.kind, label.half)
            one = found.setdefault(key, Tally(KINDS[label.kind], label.half))
            if visit in judged:
                one.add(label, judged[visit])
            else:
                one.lost += 1
    return found


def together(tallies: Sequence[Tally]) -> tuple[int, int]:
    """(doubtful, visits) of several kinds."""
    return sum(one.doubtful for one in tallies), sum(one.visits for one in tallies)
