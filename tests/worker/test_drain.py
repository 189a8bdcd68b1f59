"""Draining: effects once, failures given back, the fence, the budget."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import pytest
from psycopg.errors import AdminShutdown, LockNotAvailable, QueryCanceled, UniqueViolation
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from sync import clock, errands, points
from sync.errands import Claim
from sync.errors import refuse
from sync.house import House
from sync.words import Job
from worker import drain, jobs

SURNAME = "一个姓王的人"


def _never() -> bool:
    return False


def _owe(house: House, subject: str = "one", **more: Any) -> None:
    house.write(lambda session: errands.owe(session, Job.FORGET_DONE, subject, **more))


def _row(house: House) -> Any:
    return house.read(lambda session: session.execute(text("SELECT * FROM errand")).one())


def _job(monkeypatch: pytest.MonkeyPatch, work: Callable[[Session, House, Claim], None]) -> None:
    def each(session: Session, house: House, claims: Sequence[Claim]) -> None:
        for claim in claims:
            work(session, house, claim)

    monkeypatch.setitem(jobs.JOBS, Job.FORGET_DONE, each)


def _beat(session: Session, _house: House, claim: Claim) -> None:
    session.execute(
        text("INSERT INTO heartbeat VALUES (:name, clock_timestamp())"), {"name": f"{claim.subject}:{claim.attempt}"}
    )


def _beats(house: House) -> list[str]:
    return list(house.read(lambda session: session.scalars(text("SELECT name FROM heartbeat ORDER BY at"))))


def _drain(house: House, budget_s: float = 20) -> bool:
    return drain.until_empty(house, budget_s, 0, _never)


def test_everything_that_is_due_is_done_in_order_and_marked(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    _job(monkeypatch, _beat)
    for subject in "abc":
        _owe(house, subject)
    assert not _drain(house)
    assert _beats(house) == ["a:1", "b:1", "c:1"]
    assert house.read(lambda session: session.scalar(text("SELECT count(*) FROM errand WHERE done_at IS NULL"))) == 0


def test_a_failing_errand_leaves_no_effects_and_does_not_stop_the_others(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_first(session: Session, house: House, claim: Claim) -> None:
        _beat(session, house, claim)
        if claim.subject == "bad":
            raise ValueError(SURNAME)

    _job(monkeypatch, fail_first)
    _owe(house, "bad")
    _owe(house, "good")
    _drain(house)
    assert _beats(house) == ["good:1"]
    [bad] = house.read(lambda s: s.execute(text("SELECT * FROM errand WHERE done_at IS NULL")).all())
    assert bad.lease_until is None
    assert bad.due_at > bad.owed_at
    assert bad.last_error.startswith("ValueError at ")
    assert SURNAME not in bad.last_error


def test_each_failure_waits_twice_as_long_as_the_one_before(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError

    _job(monkeypatch, fail)
    _owe(house)
    waits = []
    for _ in range(3):
        _drain(house)
        waits.append((_row(house).due_at - clock.now()).total_seconds())
        house.write(lambda session: session.execute(text("UPDATE errand SET due_at = clock_timestamp()")))
    assert [1 < wait < 3 for wait in waits[:1]] == [True]
    assert waits == sorted(waits)
    assert waits[2] > 7


def _database_error(orig: Exception) -> DBAPIError:
    return DBAPIError("SELECT", {"name": SURNAME}, orig)


@pytest.mark.parametrize(
    ("error", "passing", "told"),
    [
        (_database_error(AdminShutdown()), True, "AdminShutdown 57P01"),
        (_database_error(LockNotAvailable()), True, "LockNotAvailable 55P03"),
        (_database_error(QueryCanceled()), False, "QueryCanceled 57014"),
        (_database_error(UniqueViolation()), False, "UniqueViolation 23505"),
        (_database_error(OSError()), True, "OSError"),
        (refuse("unavailable"), True, "unavailable"),
        (refuse("not-found"), False, "not-found"),
    ],
)
def test_a_failure_of_the_database_passes_and_one_of_the_errand_counts(
    error: Exception, passing: bool, told: str
) -> None:
    assert drain.is_passing(error) is passing
    assert drain.describe(error) == told
    assert not drain.is_passing(ValueError())


def test_a_passing_failure_is_forgiven(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked_out(*_: object) -> None:
        raise _database_error(LockNotAvailable())

    _job(monkeypatch, locked_out)
    _owe(house)
    _drain(house)
    assert (_row(house).attempt, _row(house).facts) == (1, {"forgiven": 1})


def test_a_worker_whose_lease_was_taken_writes_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    _job(monkeypatch, _beat)
    _owe(house)
    zombie = house.write(lambda session: errands.claim(session, 0))
    assert len(zombie) == 1
    _drain(house)
    drain.run(house, zombie)
    assert _beats(house) == ["one:2"]


def test_what_is_owed_by_an_errand_is_done_in_the_same_round(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def chain(session: Session, house: House, claim: Claim) -> None:
        _beat(session, house, claim)
        if len(claim.subject) < 3:
            errands.owe(session, Job.FORGET_DONE, claim.subject + "x")

    _job(monkeypatch, chain)
    _owe(house, "x")
    _drain(house)
    assert _beats(house) == ["x:1", "xx:1", "xxx:1"]


def test_it_stops_between_errands_when_asked_to_leave_and_says_that_there_is_more(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    def beat_and_ask(session: Session, house: House, claim: Claim) -> None:
        _beat(session, house, claim)
        asked.append(True)

    _job(monkeypatch, beat_and_ask)
    for subject in "abc":
        _owe(house, subject)
    assert drain.until_empty(house, 20, 0, lambda: bool(asked))
    assert _beats(house) == ["a:1"]


def test_it_stops_when_its_budget_is_over(house: House) -> None:
    _owe(house)
    assert _drain(house, budget_s=0)


def test_it_lingers_for_what_comes_a_moment_later(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    _job(monkeypatch, _beat)
    sleeps = []

    def sleep(seconds: float) -> None:
        sleeps.append(seconds)
        if len(sleeps) == 2:
            _owe(house, "late comer")

    monkeypatch.setattr(drain, "sleep", sleep)
    assert not drain.until_empty(house, 20, 0.2, _never)
    assert _beats(house) == ["late comer:1"]


def test_a_database_that_is_away_is_waited_for(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    _job(monkeypatch, _beat)
    _owe(house)
    claim, failures = errands.claim, iter(range(2))

    def claim_with_trouble(session: Session, lease_s: float, at_most: int) -> list[Claim]:
        if next(failures, None) is not None:
            raise _database_error(AdminShutdown())
        return claim(session, lease_s, at_most)

    monkeypatch.setattr(errands, "claim", claim_with_trouble)
    monkeypatch.setattr(drain, "sleep", lambda _: None)
    assert not _drain(house)
    assert _beats(house) == ["one:1"]


def test_an_errand_that_cannot_be_given_back_keeps_its_lease(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise _database_error(AdminShutdown())

    _job(monkeypatch, fail)
    monkeypatch.setattr(errands, "fail", fail)
    _owe(house)
    _drain(house)
    assert isinstance(_row(house).lease_until, datetime)


def test_points_are_reached_in_their_order(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(points, "on_reach", seen.append)
    _owe(house)
    _drain(house)
    assert seen == ["claimed", "held", "finished", "committed"]
    assert [name for name in points.NAMES if name in seen] == seen


def test_a_bell_is_answered_by_draining_and_rung_again_when_there_may_be_more(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[House] = []
    monkeypatch.setattr(drain, "open_house", lambda: house)
    monkeypatch.setattr(drain.queue, "ring", rung.append)
    _owe(house)
    drain.drain()
    assert _row(house).done_at is not None
    assert rung == []
    monkeypatch.setattr(drain, "is_leaving", lambda: True)
    drain.drain()
    assert rung == [house]
