"""The bell: never raises, never costs time, never piles up."""

import time
from types import SimpleNamespace

import pytest
from redis import Redis
from rq import Queue

from api.cli.private import Redis as PrivateRedis
from api.cli.private import free_port
from sync import clock, queue


@pytest.fixture(autouse=True)
def _fresh_bells() -> None:
    queue._bell.cache_clear()


def _house(url: str, workers: int = 2) -> queue.Furnished:
    return SimpleNamespace(settings=SimpleNamespace(redis_url=url, workers=workers))  # type: ignore[return-value]


def _count(outcome: str) -> float:
    return queue.RINGS.labels(outcome)._value.get()


def test_no_more_bells_hang_than_there_are_workers(own_redis: str) -> None:
    house = _house(own_redis, workers=2)
    enough = _count("enough")
    assert [queue.ring(house) for _ in range(5)] == [True] * 5
    assert queue.state(house) == queue.Bells(waiting=2, workers=0)
    assert _count("enough") - enough == 3


def test_a_bell_carries_no_data_and_leaves_no_result(own_redis: str) -> None:
    queue.ring(_house(own_redis))
    [job] = Queue(queue.NAME, connection=Redis.from_url(own_redis), serializer=queue.SERIALIZER).jobs
    assert (job.func_name, job.args, job.kwargs, job.description) == (queue.DRAIN, [], {}, "drain")
    assert (job.result_ttl, job.failure_ttl, job.timeout) == (0, 86_400, 180)


def test_while_redis_is_down_ringing_costs_nothing_and_is_counted() -> None:
    house = _house(f"redis://127.0.0.1:{free_port()}/0")
    errors, skipped = _count("error"), _count("skipped")
    assert [queue.ring(house) for _ in range(50)] == [False] * 50
    assert _count("error") - errors == 1
    assert _count("skipped") - skipped == 49
    assert queue.state(house) is None


def test_after_the_pause_it_rings_again(monkeypatch: pytest.MonkeyPatch) -> None:
    port, now = free_port(), 1000.0
    monkeypatch.setattr(clock, "ticks", lambda: now)
    server = PrivateRedis(port, "secret")
    house = _house(server.url)
    assert not queue.ring(house)
    process = server.start()
    try:
        assert not queue.ring(house)
        now += queue.PAUSE_S
        assert queue.ring(house)
    finally:
        process.terminate()
        process.wait()


def test_a_redis_that_refuses_writes_is_counted_as_an_error(own_redis: str) -> None:
    Redis.from_url(own_redis).config_set("maxmemory", "1")
    house = _house(own_redis)
    errors = _count("error")
    assert not queue.ring(house)
    assert _count("error") - errors == 1


def test_only_workers_whose_key_lives_are_counted(own_redis: str) -> None:
    redis = Redis.from_url(own_redis)
    redis.sadd(f"rq:workers:{queue.NAME}", "rq:worker:alive", "rq:worker:killed")
    redis.hset("rq:worker:alive", "birth", str(time.time()))
    assert queue.state(_house(own_redis)) == queue.Bells(waiting=0, workers=1)
