"""A worker that is asked to end does so, whenever it is asked."""

from threading import Event

import pytest
from redis import Redis

from sync.house import House
from worker import leaving, listen


def test_a_worker_asked_to_end_while_it_starts_does_not_wait_for_bells(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the first signal handler and RQ's own the request is only noted."""
    asked = Event()
    monkeypatch.setattr(leaving, "_asked", asked)
    asked.set()
    listener = listen._listener(house, Redis.from_url(house.settings.redis_url))
    assert listener.work(logging_level="WARNING", with_scheduler=False) is False
