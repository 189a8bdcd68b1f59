"""A batch that kills its worker is halved until the culprit stands alone."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import errands, pipeline
from sync.house import House
from sync.policy import Policy
from sync.words import Job
from worker import drain

DEVICE, BATCH = UUID(int=1), UUID(int=2)


class _Batch:
    """A batch of `size` records, whose application dies on the record `culprit`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, size: int, culprit: int | None) -> None:
        self.size, self.culprit = size, culprit
        self.applied: list[int] = []
        self.quarantined: list[int] = []
        monkeypatch.setattr(pipeline, "apply_batches", self.apply)
        monkeypatch.setattr(pipeline, "count_records", lambda *_: size)
        monkeypatch.setattr(pipeline, "quarantine_record", self.quarantine)

    def apply(self, _s: Session, _p: Policy, parts: Sequence[pipeline.Part], *_: object) -> None:
        [(device, batch, span)] = parts
        assert (device, batch) == (DEVICE, BATCH)
        low, high = span or (0, self.size)
        if self.culprit is not None and low <= self.culprit < high:
            raise MemoryError
        self.applied += range(low, high)

    def quarantine(self, _s: Session, _p: Policy, _d: UUID, _b: UUID, ord_: int, reason: str) -> None:
        assert reason
        self.quarantined.append(ord_)


def _work_off(house: House) -> None:
    """Drain; what is waiting for its next try is due at once."""
    for _ in range(60):
        drain.until_empty(house, 20, 0, lambda: False)
        if not house.write(_pull_forward):
            return


def _pull_forward(session: Session) -> int:
    result: Any = session.execute(text("UPDATE errand SET due_at = clock_timestamp() WHERE done_at IS NULL"))
    return int(result.rowcount)


def _owe(house: House) -> None:
    house.write(lambda session: errands.owe(session, Job.APPLY_BATCH, f"{DEVICE}/{BATCH}"))


@pytest.mark.parametrize(("size", "culprit"), [(7, 0), (7, 3), (8, 7), (1, 0)])
def test_the_culprit_is_quarantined_alone_and_its_neighbours_are_applied(
    house: House, monkeypatch: pytest.MonkeyPatch, size: int, culprit: int
) -> None:
    batch = _Batch(monkeypatch, size, culprit)
    _owe(house)
    _work_off(house)
    assert batch.quarantined == [culprit]
    assert sorted(batch.applied) == [ord_ for ord_ in range(size) if ord_ != culprit]


def test_a_whole_batch_and_a_single_record_are_tried_as_often_as_the_policy_says_and_a_part_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    _Batch(monkeypatch, 4, 0)
    _owe(house)
    _work_off(house)
    rows = house.read(lambda session: session.execute(text("SELECT facts, attempt FROM errand ORDER BY id")).all())
    assert [tuple(row) for row in rows] == [
        ({}, 6), ({"span": [0, 2]}, 2), ({"span": [2, 4]}, 1), ({"span": [0, 1]}, 6), ({"span": [1, 2]}, 1),
    ]  # fmt: skip


def test_a_record_whose_worker_was_restarted_is_applied_and_not_put_aside(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = _Batch(monkeypatch, 2, None)
    facts = '{"span": [1, 2]}'
    house.write(lambda session: errands.owe(session, Job.APPLY_BATCH, f"{DEVICE}/{BATCH}", facts=facts))
    for _ in range(2):
        assert house.write(lambda session: errands.claim(session, 0))
    _work_off(house)
    assert (batch.applied, batch.quarantined) == ([1], [])


def test_a_batch_that_cannot_be_read_any_more_is_not_halved(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = _Batch(monkeypatch, 0, None)
    _owe(house)
    house.write(lambda session: session.execute(text("UPDATE errand SET attempt = 9")))
    _work_off(house)
    assert (batch.applied, batch.quarantined) == ([], [])


def test_whoever_lost_the_lease_halves_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    _Batch(monkeypatch, 4, None)
    _owe(house)
    house.write(lambda session: session.execute(text("UPDATE errand SET attempt = 9")))
    zombie = house.write(lambda session: errands.claim(session, 0))
    assert len(zombie) == 1
    assert len(house.write(lambda session: errands.claim(session, 60))) == 1
    drain.run(house, zombie)
    assert house.read(lambda session: session.scalar(text("SELECT count(*) FROM errand"))) == 1
