"""Fault 10: whatever becomes of Redis, every push is acknowledged and the backlog drains."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from redis import Redis

from sync import queue
from tests.journeys.checker import check
from tests.journeys.client import Phone
from tests.journeys.conftest import Visits
from tests.journeys.town import Town

pytestmark = pytest.mark.journey


def _client(town: Town) -> Redis:
    return Redis.from_url(town.redis.url)


@contextmanager
def _flushed(town: Town) -> Iterator[None]:
    with _client(town) as redis:
        redis.flushall()
        yield
        redis.flushall()


@contextmanager
def _killed(town: Town) -> Iterator[None]:
    town.kill_redis()
    yield
    town.start_redis()


@contextmanager
def _restarted(town: Town) -> Iterator[None]:
    town.kill_redis()
    town.start_redis()
    yield


@contextmanager
def _full(town: Town) -> Iterator[None]:
    with _client(town) as redis:
        redis.config_set("maxmemory", "1")
        yield
        redis.config_set("maxmemory", "256mb")


@contextmanager
def _unreachable(town: Town) -> Iterator[None]:
    with town.to_redis.down():
        yield


@contextmanager
def _slow(town: Town) -> Iterator[None]:
    with town.to_redis.toxic("latency", seconds=5):
        yield


@contextmanager
def _silent(town: Town) -> Iterator[None]:
    with town.to_redis.toxic("timeout", seconds=30):
        yield


@pytest.mark.parametrize("fault", [_flushed, _killed, _restarted, _full, _unreachable, _slow, _silent])
def test_pushes_are_acknowledged_and_applied_while_redis_is_in_trouble_and_after(
    town: Town,
    phone: Phone,
    visits: Visits,
    fault: Callable[[Town], contextmanager],  # type: ignore[type-arg]
) -> None:
    before = phone.keep(visits(5))
    phone.deliver(before)
    with fault(town):
        batches = [phone.keep(visits(2)) for _ in range(10)]
        for kept in batches:
            assert phone.put(kept, timeout_s=3).outcome == "ok"
        check(phone)
    after = phone.keep(visits(2))
    phone.deliver(after)
    check(phone)
    assert phone.outcomes()["unknown"] == 0


def test_after_redis_was_lost_workers_listen_again(town: Town, phone: Phone, visits: Visits) -> None:
    pids = {process.pid for process in town.workers}
    town.kill_redis()
    town.start_redis()
    town.heal()
    assert {process.pid for process in town.workers} == pids
    bells = queue.state(town.house)
    assert bells is not None
    assert bells.workers == 2
    phone.deliver(phone.keep(visits(1)))
    check(phone)
