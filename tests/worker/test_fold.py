"""The job that folds counts: once whatever runs twice, as often as there is something left."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import errands
from sync.house import House
from sync.insight import counting
from sync.pipeline import Part, apply_batches
from sync.policy import defaults
from sync.words import Job
from tests.factories import batches
from tests.factories.batches import this_morning
from tests.factories.counted import assert_numbers
from tests.factories.village import Village, found
from worker import cron, drain, jobs


def _never() -> bool:
    return False


def hand_in(session: Session, village: Village, days: int) -> None:
    """A visit on each of the last days."""
    at = this_morning()
    told = [batches.visit(village, at - timedelta(days=n), fixes=[]) for n in range(days)]
    batch, json = batches.body(told)
    batches.receive(session, village.phone_li, batch, json)
    apply_batches(session, defaults(), [Part(village.phone_li, batch)])


@pytest.fixture
def visited(house: House) -> Village:
    """Seven days of visits, nothing folded yet, nothing else owed."""
    village = house.write(found)
    house.write(partial(hand_in, village=village, days=7))
    house.write(lambda session: session.execute(text("DELETE FROM errand")))
    return village


def owe(house: House) -> None:
    name = Job.FOLD_COUNTS.value
    house.write(lambda session: errands.owe(session, Job.FOLD_COUNTS, name, dedupe_key=name))


def small(house: House, **bounds: int) -> House:
    """The installation with other bounds for one transaction."""
    return replace(house, policy=replace(house.policy, counts=replace(house.policy.counts, **bounds)))


def left(house: House) -> int:
    return house.read(lambda session: session.scalar(text("SELECT count(*) FROM visit_delta"))) or 0


def test_what_is_left_is_folded_until_nothing_is(house: House, visited: Village) -> None:
    owe(house)
    drain.until_empty(small(house, fold_most=3), 20, 0, _never)
    assert left(house) == 0
    assert house.read(lambda session: session.scalars(text("SELECT attempt FROM errand")).all()) == [3]
    house.read(assert_numbers)


def test_a_fold_that_runs_twice_moves_nothing_twice(house: House, visited: Village) -> None:
    owe(house)
    [claim] = house.write(lambda session: errands.claim(session, 60))
    for _ in range(2):
        house.write(lambda session: jobs.fold_counts(session, house, [claim]))
    assert house.read(counting.differences) == 0
    house.read(assert_numbers)


def test_a_fold_that_fails_moves_nothing(house: House, visited: Village) -> None:
    def work(session: Session) -> None:
        jobs.fold_counts(session, house, [])
        raise KeyError("killed")

    with pytest.raises(KeyError):
        house.write(work)
    assert left(house) == 7
    house.read(assert_numbers)


def test_visits_of_an_older_server_are_counted_piece_by_piece(house: House, visited: Village) -> None:
    for statement in ("UPDATE visit SET cell = NULL", "DELETE FROM visit_delta", "DELETE FROM place_seen"):
        house.write(lambda session, statement=statement: session.execute(text(statement)))
    owe(house)
    drain.until_empty(small(house, catch_up=3), 20, 0, _never)
    assert house.read(lambda session: session.scalar(text("SELECT count(*) FROM visit WHERE cell IS NULL"))) == 0
    house.read(assert_numbers)


def test_folding_is_owed_again_and_again(house: House) -> None:
    house.write(lambda session: cron.owe_due(session, house.policy))
    owed = house.read(lambda session: set(session.scalars(text("SELECT job FROM errand"))))
    assert Job.FOLD_COUNTS.value in owed
