"""`make bench ONLY=fairness`: honest visits and planted frauds over the whole road."""

import os
import sys

from tests.bench.fairness import clocks, frauds, honest, photographed, register, report
from tests.bench.fairness.kinds import KINDS
from tests.bench.fairness.tally import tally
from tests.bench.fairness.walk import private_house, walk, worlds
from tests.bench.table import Row
from tests.factories.real import folder

FILLED_BY = (honest, register, clocks, photographed, frauds)  # each registers its kinds when it is imported
SEEDS = (1, 2, 3)
CASES, FEW = 120, 60  # visits of a kind in one half and one seed; FEW where each has a photo
SCALE = float(os.environ.get("DOORSTEP_FAIRNESS_SCALE", "1"))
ONLY = os.environ.get("DOORSTEP_FAIRNESS_KINDS", "")  # kinds whose name holds this; all if empty


def fairness() -> list[Row]:
    """Two tables and the rows of the bench; nothing without the real inputs."""
    if folder() is None:
        print("fairness: no folder with real inputs beside the checkout", file=sys.stderr)
        return []
    kinds = [kind for name, kind in KINDS.items() if ONLY in name]
    made = worlds(kinds, SEEDS, max(30, int(CASES * SCALE)), max(12, int(FEW * SCALE)))
    with private_house() as house:
        judged = walk(house, made, lambda line: print(line, file=sys.stderr, flush=True))
    tallies = tally(made, judged)
    report.show(tallies)
    return report.rows(tallies)
