"""What a phone may ask in a minute, counted by several processes, with Redis and without."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from api.cli.private import free_port
from sync import clock, ids, limits
from sync.limits import PAUSE_S, Limit, Limiter

NOON = datetime(2026, 3, 5, 12, 0, 30, tzinfo=UTC)
BOTH = {Limit.REQUESTS: 120, Limit.PULLS: 12}
PROCESSES = 2


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.frozen(NOON):
        yield


@pytest.fixture
def subject() -> str:
    return str(ids.uuid7())


def admitted(limiter: Limiter, subject: str, limit: Limit, tries: int) -> int:
    """How many of so many requests in a row are not refused."""
    answers = [limiter.passed(subject, {limit: BOTH[limit]}, 60) for _ in range(tries)]
    assert sorted(answers, key=lambda one: one is not None) == answers, "refused until the minute is over"
    return answers.count(None)


def test_so_many_requests_of_a_phone_pass_and_no_more(redis_url: str, subject: str) -> None:
    limiter = Limiter(redis_url, PROCESSES)
    assert admitted(limiter, subject, Limit.REQUESTS, 130) == 120
    assert admitted(limiter, subject, Limit.PULLS, 20) == 12
    assert admitted(limiter, str(ids.uuid7()), Limit.REQUESTS, 10) == 10, "another phone is another count"


def test_a_pull_counts_as_a_request_too(redis_url: str, subject: str) -> None:
    limiter = Limiter(redis_url, PROCESSES)
    answers = [limiter.passed(subject, BOTH, 60) for _ in range(13)]
    assert answers == [None] * 12 + [Limit.PULLS]
    assert admitted(limiter, subject, Limit.REQUESTS, 120) == 107


def test_processes_add_up_but_for_what_one_counts_alone(redis_url: str, subject: str) -> None:
    one, other = Limiter(redis_url, PROCESSES), Limiter(redis_url, PROCESSES)
    total = 0
    for _ in range(100):
        total += one.passed(subject, {Limit.REQUESTS: 120}, 60) is None
        total += other.passed(subject, {Limit.REQUESTS: 120}, 60) is None
    assert 120 <= total <= 120 + 15


def test_a_phone_under_its_share_asks_redis_nothing(redis_url: str, subject: str) -> None:
    limiter = Limiter(redis_url, PROCESSES)
    with Redis.from_url(redis_url) as redis:
        admitted(limiter, subject, Limit.REQUESTS, 15)
        assert not redis.keys(f"*{subject}*")
        admitted(limiter, subject, Limit.REQUESTS, 1)
        [key] = redis.keys(f"*{subject}*")
        assert redis.get(key) == b"16"
        assert 0 < redis.ttl(key) <= 120


def test_the_next_minute_begins_anew(redis_url: str, subject: str) -> None:
    limiter = Limiter(redis_url, PROCESSES)
    assert admitted(limiter, subject, Limit.PULLS, 13) == 12
    with clock.frozen(NOON + timedelta(seconds=29)):
        assert limiter.passed(subject, {Limit.PULLS: 12}, 60) is Limit.PULLS
    with clock.frozen(NOON + timedelta(seconds=30)):
        assert admitted(limiter, subject, Limit.PULLS, 13) == 12


def test_what_is_given_back_was_not_asked(redis_url: str, subject: str) -> None:
    limiter = Limiter(redis_url, PROCESSES)
    for _ in range(40):
        assert limiter.passed(subject, {Limit.PULLS: 12}, 60) is None
        limiter.give_back(Limit.PULLS, subject)
    limiter.give_back(Limit.PULLS, str(ids.uuid7()))
    assert admitted(limiter, subject, Limit.PULLS, 13) == 12


def test_without_redis_each_process_goes_by_its_own_count(subject: str) -> None:
    away = f"redis://127.0.0.1:{free_port()}/0"
    one, other = Limiter(away, PROCESSES), Limiter(away, PROCESSES)
    assert admitted(one, subject, Limit.REQUESTS, 121) == 120
    assert admitted(other, subject, Limit.REQUESTS, 121) == 120


def test_a_redis_that_does_not_answer_costs_one_request_a_quarter_of_a_second(
    subject: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        limiter = Limiter(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", PROCESSES)
        began = clock.ticks()
        assert admitted(limiter, subject, Limit.REQUESTS, 100) == 100
        assert clock.ticks() - began < 2 * limits.TIMEOUT_S + PAUSE_S / 2


def test_what_redis_was_not_told_it_is_told_later(
    own_redis: str, subject: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    limiter, real = Limiter(own_redis, PROCESSES), Limiter(own_redis, PROCESSES)
    away = Redis.from_url(f"redis://127.0.0.1:{free_port()}/0", retry=None)
    there, limiter._redis = limiter._redis, away
    assert admitted(limiter, subject, Limit.REQUESTS, 60) == 60
    limiter._redis, limiter._quiet_until = there, float("-inf")
    assert admitted(limiter, subject, Limit.REQUESTS, 1) == 1
    assert 45 <= admitted(real, subject, Limit.REQUESTS, 100) <= 60, "the first sixty count here too"


def test_a_redis_that_forgot_everything_forgets_what_others_counted(own_redis: str, subject: str) -> None:
    limiter = Limiter(own_redis, PROCESSES)
    assert admitted(limiter, subject, Limit.REQUESTS, 100) == 100
    with Redis.from_url(own_redis) as redis:
        redis.flushall()
    assert admitted(limiter, subject, Limit.REQUESTS, 30) == 20
