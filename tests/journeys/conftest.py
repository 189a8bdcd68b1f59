"""Journeys: one town of real processes for all of them, a phone of its own for each, everybody healed afterwards."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import text

from sync import clock, ids
from tests.factories.batches import problem, visit
from tests.factories.village import add_phone
from tests.journeys.client import Phone
from tests.journeys.town import Town

Visits = Callable[..., list[dict[str, Any]]]
_slots = count(1)


@pytest.fixture(scope="session")
def whole_town() -> Iterator[Town]:
    town = Town()
    try:
        town.start()
        yield town
    finally:
        town.stop()


@pytest.fixture
def town(whole_town: Town) -> Iterator[Town]:
    """The town, in which everybody is well before and after."""
    whole_town.heal()
    yield whole_town
    whole_town.heal()


@pytest.fixture
def phone(town: Town) -> Phone:
    """Cadre Li's new phone."""
    return _new_phone(town)


@pytest.fixture
def second_phone(town: Town) -> Phone:
    """Another new phone of hers; batches of one phone are applied one after the other."""
    return _new_phone(town)


def _new_phone(town: Town) -> Phone:
    device = ids.uuid7()
    token = town.house.write(lambda session: add_phone(session, device, town.village.li))
    key = town.house.read(
        lambda session: session.scalar(text("SELECT receipt_key FROM device WHERE id = :id"), {"id": device})
    )
    return Phone(town, device, token, bytes(key))


@pytest.fixture
def visits(town: Town) -> Visits:
    """Make visits of Li at the home, ten minutes apart so that none repeats another, each with a problem told."""

    def make(number: int, **changes: Any) -> list[dict[str, Any]]:
        made = []
        for slot in (next(_slots) for _ in range(number)):
            told = problem(text=f"第{slot}件事")
            at = clock.now() - timedelta(minutes=20 * slot)
            made.append(visit(town.village, at, problems=[told], **changes))
        return made

    return make
