"""The job bell: one RQ queue with one kind of job, "look at the errand table". Losing all of Redis costs latency.

A bell carries no data and is rung after the commit. While the queue already holds as many bells as there are
workers, another one would only cost a fork; whoever answers a bell drains everything that is due.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from prometheus_client import Counter
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer
from rq.worker_registration import WORKERS_BY_QUEUE_KEY

from sync import clock
from sync.settings import Settings

NAME = "doorstep"
DRAIN = "worker.drain.drain"
SERIALIZER = JSONSerializer
JOB_TIMEOUT_S = 180
FAILURE_TTL_S = 86_400
TIMEOUT_S = 0.25
PAUSE_S = 2.0

RINGS = Counter("doorstep_rings", "Bells rung after a commit, by what came of it", ["outcome"])


class Furnished(Protocol):
    """What knows the settings: a House."""

    @property
    def settings(self) -> Settings:
        """The settings of this installation."""


@dataclass(frozen=True, slots=True)
class Bells:
    """The state of the queue: bells that hang in it, and workers that listen to it."""

    waiting: int
    workers: int


class Bell:
    """The bell of one installation in one process. The Redis client opens its sockets lazily and again after a fork."""

    def __init__(self, url: str, workers: int) -> None:
        # Without retry a refused connection fails at once; with redis-py's default it costs four seconds.
        self._redis = Redis.from_url(url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, retry=None)
        self._queue: Queue = Queue(NAME, connection=self._redis, serializer=SERIALIZER)
        self._enough = workers
        self._quiet_until = float("-inf")

    def ring(self) -> bool:
        """Hang a bell into the queue unless enough hang there; False if Redis is away (counted, never raised).

        After a failure the bell stays quiet for PAUSE_S, so that a Redis that answers slowly delays one request
        every two seconds and not each of them; the sweeper finds what was not rung for.
        """
        if clock.ticks() < self._quiet_until:
            RINGS.labels("skipped").inc()
            return False
        try:
            if self._redis.llen(self._queue.key) >= self._enough:
                RINGS.labels("enough").inc()
                return True
            self._queue.enqueue(
                DRAIN, job_timeout=JOB_TIMEOUT_S, result_ttl=0, failure_ttl=FAILURE_TTL_S, description="drain"
            )
        except RedisError:
            self._quiet_until = clock.ticks() + PAUSE_S
            RINGS.labels("error").inc()
            return False
        RINGS.labels("rung").inc()
        return True

    def eviction(self) -> str:
        """What Redis does when its memory is full; raises RedisError."""
        info: Any = self._redis.info("memory")
        return str(info["maxmemory_policy"])

    def state(self) -> Bells:
        """Ask Redis; raises RedisError."""
        pipeline: Any = self._redis.pipeline(transaction=False)
        pipeline.llen(self._queue.key)
        pipeline.smembers(WORKERS_BY_QUEUE_KEY % NAME)
        waiting, keys = pipeline.execute()
        # A worker that was killed stays in the set; its own key expires.
        return Bells(waiting, self._redis.exists(*keys) if keys else 0)


@lru_cache(maxsize=8)
def _bell(url: str, workers: int) -> Bell:
    return Bell(url, workers)


def ring(house: Furnished) -> bool:
    """Ring after a commit that owed something. Never raises; False if nobody could be told."""
    return _bell(house.settings.redis_url, house.settings.workers).ring()


def state(house: Furnished) -> Bells | None:
    """Bells and workers, or None if Redis is away."""
    try:
        return _bell(house.settings.redis_url, house.settings.workers).state()
    except RedisError:
        return None


def eviction(house: Furnished) -> str | None:
    """Redis's `maxmemory-policy`, or None if Redis is away."""
    try:
        return _bell(house.settings.redis_url, house.settings.workers).eviction()
    except RedisError:
        return None
