"""How often one phone may ask in a minute. Counted in this process, and in Redis where it begins to matter.

A phone that stays under its share of the limit in one process costs two additions and no round trip; beyond the share
every process adds what it has counted to one number in Redis. So a limit may be passed by at most the shares of the
other processes. Without Redis each process goes by its own count: nobody is refused because Redis is away.
"""

import threading
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any, Protocol

from prometheus_client import Counter
from redis import Redis
from redis.exceptions import RedisError

from sync import clock
from sync.settings import Settings

TIMEOUT_S = 0.25
PAUSE_S = 2.0
SHARES = 4  # a process counts alone up to its part of the limit, divided by this

LIMITED = Counter("doorstep_limited", "Requests of phones that were asked to wait, by limit", ["limit"])
UNSHARED = Counter("doorstep_limits_unshared", "Counts that Redis was not told of: it was away")


class Limit(StrEnum):
    """What is counted."""

    REQUESTS = "requests"
    PULLS = "pulls"


class Furnished(Protocol):
    """What knows the settings: a House."""

    @property
    def settings(self) -> Settings:
        """The settings of this installation."""


class Limiter:
    """The counts of one process. The Redis client opens its sockets lazily and again after a fork."""

    def __init__(self, url: str, processes: int) -> None:
        self._redis = Redis.from_url(url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, retry=None)
        self._processes = processes
        self._lock = threading.Lock()
        self._window = 0
        self._own: dict[str, int] = {}
        self._shared: dict[str, int] = {}  # how much of it Redis was told
        self._over: set[str] = set()  # nothing more to ask about these in this window
        self._quiet_until = float("-inf")

    def passed(self, subject: str, most: Mapping[Limit, int], window_s: int) -> Limit | None:
        """Count one request of `subject` under each limit; the first that it passes in this window, or None."""
        window = int(clock.now().timestamp()) // window_s
        counts, amounts = self._add(subject, most, window)
        for key, total in self._share(amounts, window, window_s).items() if amounts else ():
            counts[key] = max(counts[key], total)
        for limit, bound in most.items():
            if counts[_key(limit, subject)] > bound:
                LIMITED.labels(limit.value).inc()
                self._over.add(_key(limit, subject))
                return limit
        return None

    def give_back(self, limit: Limit, subject: str) -> None:
        """Take one count back: that request turned out to be none of these."""
        key = _key(limit, subject)
        with self._lock:
            if self._own.get(key):
                self._own[key] -= 1

    def _add(self, subject: str, most: Mapping[Limit, int], window: int) -> tuple[dict[str, int], dict[str, int]]:
        """What this process has counted, and how much of it Redis must be told, by key."""
        counts, amounts = {}, {}
        with self._lock:
            if window != self._window:
                self._window, self._own, self._shared, self._over = window, {}, {}, set()
            for limit, bound in most.items():
                key = _key(limit, subject)
                self._own[key] = counts[key] = self._own.get(key, 0) + 1
                if key in self._over:
                    counts[key] = max(counts[key], bound + 1)
                elif counts[key] > bound // (SHARES * self._processes):
                    amounts[key] = counts[key] - self._shared.get(key, 0)
                    self._shared[key] = counts[key]
        return counts, amounts

    def _share(self, amounts: Mapping[str, int], window: int, window_s: int) -> dict[str, int]:
        """Tell Redis in one round trip; what all processes have counted, or nothing if it is away."""
        told: Sequence[int] = ()
        if clock.ticks() >= self._quiet_until:
            pipeline: Any = self._redis.pipeline(transaction=False)
            for key, amount in amounts.items():
                pipeline.incrby(f"doorstep:limit:{key}:{window}", amount)
                pipeline.expire(f"doorstep:limit:{key}:{window}", 2 * window_s)
            try:
                told = pipeline.execute()[::2]
            except RedisError:
                self._quiet_until = clock.ticks() + PAUSE_S
        if not told:
            UNSHARED.inc()
            self._take_back(amounts, window)
        return dict(zip(amounts, told, strict=False))

    def _take_back(self, amounts: Mapping[str, int], window: int) -> None:
        """Redis was not told of these: the next time it will be."""
        with self._lock:
            if window == self._window:
                for key, amount in amounts.items():
                    self._shared[key] -= amount


def _key(limit: Limit, subject: str) -> str:
    return f"{limit.value}:{subject}"


@lru_cache(maxsize=8)
def _limiter(url: str, processes: int) -> Limiter:
    return Limiter(url, processes)


def of(house: Furnished) -> Limiter:
    """The counts of an installation in this process."""
    return _limiter(house.settings.redis_url, house.settings.web_processes)
