"""Verdicts a second: the rules alone, the rules with the context of stored visits, and judging stored visits again."""

import time
from collections.abc import Callable, Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync.house import House
from sync.intake.actions import Offer, accept_batch
from sync.pipeline import Part, apply_batches, judge_again, stored
from sync.pipeline.judging import judge_cases
from sync.verify.rules.judge import judge_visits
from tests.bench.ground import installation
from tests.bench.load import Ready, device_id, standard_batches
from tests.bench.stored import store_visits
from tests.bench.table import Row

STORED = 200_000
SET = 4  # batches applied together, as workers do
SETS = 40
WARM = 5
ROUNDS = 5


def judging() -> list[Row]:
    """Sets of 200 visits of the standard load, 200,000 visits stored."""
    with installation() as (house, _environment, _postgres):
        store_visits(house, STORED)
        seconds = _road(house)
        newest = "SELECT id FROM visit WHERE received_at > now() - interval '1 hour' ORDER BY id LIMIT 2000"
        visits: list[UUID] = list(house.read(lambda session: session.scalars(text(newest)).all()))
        chunks = [visits[at : at + 200] for at in range(0, len(visits), 200)]
        loaded = [house.write(lambda s, chunk=chunk: stored.load(s, house.policy, chunk)) for chunk in chunks]  # type: ignore[misc]  # mypy on defaults
        evidence = [[case.evidence for case in one.cases] for one in loaded]
        rules = _rate(lambda: [judge_visits(one, house.policy.verify) for one in evidence], len(visits))
        context = _rate(lambda: house.read(lambda s: [judge_cases(s, one.cases) for one in loaded]), len(visits))
        again = _rate(lambda: _again(house, chunks), len(visits))
    method = f"sets of 200, {STORED:,} stored, one connection"
    return [
        Row("verdicts by the rules alone", rules, "visits/s", 10_000, 30_000, "sets of 200, one core"),
        Row("verdicts with context", context, "visits/s", 4_000, 10_000, method),
        Row("verdicts of stored visits again", again, "visits/s", 1_000, 2_000, method),
        Row("applying a set of 200 visits", seconds * 1000, "ms", 200, 80, "one worker, commit included", less=True),
    ]


def _rate(work: Callable[[], object], visits: int) -> float:
    """Visits a second, the best of some rounds."""
    work()
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return visits / min(times)


def _again(house: House, chunks: Sequence[Sequence[UUID]]) -> None:
    for chunk in chunks:
        house.write(lambda session, chunk=chunk: judge_again(session, house.policy, chunk))  # type: ignore[misc]  # mypy on defaults


def _road(house: House) -> float:
    """Seconds of applying one set: the median."""
    batches = list(standard_batches(SET * SETS, seed=3))
    house.write(lambda session: [_accept(session, one) for one in batches])
    times = []
    for at in range(0, len(batches), SET):
        parts = [Part(device_id(one.device), one.id) for one in batches[at : at + SET]]
        start = time.perf_counter()
        house.write(lambda session, parts=parts: apply_batches(session, house.policy, parts))  # type: ignore[misc]  # mypy on defaults
        times.append(time.perf_counter() - start)
    kept = sorted(times[WARM:])
    return kept[len(kept) // 2]


def _accept(session: Session, one: Ready) -> None:
    accept_batch(session, Offer(device_id(one.device), one.id, one.sha256, one.size, "gzip", one.packed))
