"""Fault 11: PostgreSQL dies, is stopped, or loses its connections, in particular during COMMIT."""

import threading
from collections.abc import Callable

import pytest

from tests.journeys.checker import check
from tests.journeys.client import Phone
from tests.journeys.conftest import Visits
from tests.journeys.town import Town

pytestmark = pytest.mark.journey


def _killed(town: Town) -> None:
    town.kill_postgres()
    town.start_postgres()


def _stopped_at_once(town: Town) -> None:
    town.postgres.stop("immediate")
    town.start_postgres()


def _restarted(town: Town) -> None:
    town.postgres.stop("fast")
    town.start_postgres()


def _disconnected(town: Town) -> None:
    for _ in range(3):
        town.to_database.cut_all()


@pytest.mark.parametrize("fault", [_killed, _stopped_at_once, _restarted, _disconnected])
def test_a_database_that_falls_under_load_loses_nothing_and_doubles_nothing(
    town: Town, phone: Phone, second_phone: Phone, visits: Visits, fault: Callable[[Town], None]
) -> None:
    phones = (phone, second_phone)
    plans = [[one.keep(visits(5)) for _ in range(20)] for one in phones]

    def hand_in(one: Phone, number: int) -> None:
        for kept in plans[number]:
            one.deliver(kept)

    threads = [threading.Thread(target=hand_in, args=(one, number)) for number, one in enumerate(phones)]
    for thread in threads:
        thread.start()
    fault(town)
    for thread in threads:
        thread.join()
    for one in phones:
        check(one)


@pytest.mark.parametrize("loss", ["lose_reply", "lose_request"])
def test_an_acknowledgement_whose_commit_is_unknown_is_settled_by_the_repeat(
    town: Town, phone: Phone, visits: Visits, loss: str
) -> None:
    for _ in range(5):
        kept = phone.keep(visits(2))
        with town.to_database.toxic(loss, "up", marker=b"COMMIT", times=1):
            phone.put(kept)
        phone.deliver(kept)
    check(phone)


@pytest.mark.parametrize("loss", ["lose_reply", "lose_request"])
def test_a_worker_whose_commit_is_unknown_makes_one_effect(town: Town, phone: Phone, visits: Visits, loss: str) -> None:
    batches = [phone.keep(visits(5)) for _ in range(10)]
    with town.to_database.toxic(loss, "up", marker=b"COMMIT", times=10):
        for kept in batches:
            phone.deliver(kept)
        check(phone)
