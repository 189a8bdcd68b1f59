"""Faults 7, 8, 9 and 25: whoever applies a batch dies, stops, loses its parent, or is poisoned."""

import os
import signal
from uuid import UUID

import psutil
import pytest
from sqlalchemy import text

from sync import points
from tests.journeys.armed import POISON, POISON_RAISED
from tests.journeys.checker import check
from tests.journeys.client import Kept, Phone
from tests.journeys.conftest import Visits
from tests.journeys.town import Town, wait_for, with_suppressed

pytestmark = pytest.mark.journey


def _attempts(town: Town, kept: Kept) -> list[int]:
    query = text("SELECT attempt FROM errand WHERE subject LIKE '%/' || :batch ORDER BY id")
    return list(town.house.read(lambda session: session.scalars(query, {"batch": str(kept.id)}).all()))


def _is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.mark.parametrize("point", points.NAMES)
def test_a_worker_killed_anywhere_on_the_road_leaves_one_effect(
    town: Town, phone: Phone, visits: Visits, point: str
) -> None:
    acted = town.order(point, "kill")
    batches = [phone.keep(visits(5)) for _ in range(3)]
    for kept in batches:
        phone.deliver(kept)
    killed = town.obeyed(acted)
    wait_for("the death", lambda: _is_gone(killed))
    for kept in batches:
        assert {result["state"] for result in phone.settle(kept)} == {"applied"}
    check(phone)
    attempts = [_attempts(town, kept) for kept in batches]
    assert all(len(errands) == 1 for errands in attempts)  # none was given up and split
    # Batches that were claimed with the one that died are tried again as well.
    assert sum(sum(errands) for errands in attempts) >= (3 if point == "committed" else 4)


@pytest.mark.parametrize("point", ["claimed", "applied"])
def test_a_worker_that_wakes_up_after_its_lease_writes_nothing(
    town: Town, phone: Phone, visits: Visits, point: str
) -> None:
    acted = town.order(point, "stop")
    kept = phone.keep(visits(5))
    phone.deliver(kept)
    zombie = town.obeyed(acted)
    assert {result["state"] for result in phone.settle(kept)} == {"applied"}
    os.kill(zombie, signal.SIGCONT)
    check(phone)
    assert _attempts(town, kept)[0] >= 2  # a slow machine may let a second lease run out as well
    other = phone.keep(visits(1))
    phone.deliver(other)
    check(phone)


def test_a_work_horse_that_outlives_its_parent_and_a_second_one_make_one_effect(
    town: Town, phone: Phone, second_phone: Phone, visits: Visits
) -> None:
    acted = town.order("resolved", "pause")
    kept = phone.keep(visits(5))
    phone.deliver(kept)
    orphan = town.obeyed(acted)
    [parent] = [worker for worker in town.workers if worker.pid == psutil.Process(orphan).ppid()]
    parent.kill()
    parent.wait()
    town.heal_crew()
    other = second_phone.keep(visits(5))
    second_phone.deliver(other)
    second_phone.settle(other)
    town.go_on()
    phone.settle(kept)
    check(phone)
    check(second_phone)


def _quarantined(town: Town, phone: Phone) -> list[UUID]:
    query = text("SELECT client_id FROM waiting_record WHERE device_id = :device AND state = 'quarantined'")
    return list(town.house.read(lambda session: session.scalars(query, {"device": phone.device}).all()))


@pytest.mark.parametrize("note", [POISON, POISON_RAISED])
def test_a_record_that_kills_or_fails_whoever_applies_it_stands_aside_and_its_499_neighbours_are_applied(
    town: Town, phone: Phone, visits: Visits, note: str
) -> None:
    records = visits(500)
    poison = records[250]
    poison["note"] = note
    kept = phone.keep(records)
    phone.deliver(kept)
    neighbour = phone.keep(visits(2))
    phone.deliver(neighbour)
    assert [result["state"] for result in phone.settle(neighbour)] == ["applied"] * 2
    results = phone.settle(kept)
    assert [result["ord"] for result in results if result["state"] != "applied"] == [250]
    assert results[250]["state"] == "quarantined"
    assert _quarantined(town, phone) == [poison["id"]]
    check(phone, quarantined=[poison["id"]])
    assert _attempts(town, kept)[0] == 6


def test_every_worker_and_sweeper_killed_again_and_again_loses_nothing(
    town: Town, phone: Phone, visits: Visits
) -> None:
    batches = [phone.keep(visits(5)) for _ in range(30)]
    for number, kept in enumerate(batches):
        phone.deliver(kept)
        if number % 10 == 5:
            for process in [*town.workers, *town.sweepers]:
                horse = town.horse_of(process)
                process.kill()
                process.wait()
                if horse:
                    with_suppressed(horse.kill)
            town.heal()
    check(phone)
