"""What the house stands on, looked at now: each check tells what it found and how long that took."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from sync import clock, pulse, queue
from sync.house import House
from sync.photos import presence

PROBE = b"doorstep: may a photo be stored?"
PROBE_SHA256 = hashlib.sha256(PROBE).digest()


@dataclass(slots=True)
class Check:
    """One dependency. `vital`: without it nothing can be acknowledged. Facts are numbers: seconds, counts, shares."""

    name: str
    vital: bool
    ok: bool = False
    latency_ms: float = 0.0
    facts: dict[str, float | None] = field(default_factory=dict)


def look(house: House) -> list[Check]:
    """Every check; none of them raises."""
    database = Check("database", True)
    sweepers, errands = Check("sweepers", False), Check("errands", False)
    redis, workers = Check("redis", False), Check("workers", False)
    storage, photos = Check("storage", True), Check("photos", False)
    _timed(database, lambda: _database(house, database, sweepers, errands))
    _timed(redis, lambda: _redis(house, redis, workers))
    _timed(storage, lambda: _storage(house, storage))
    _timed(photos, lambda: _photos(house, photos))
    return [database, storage, photos, redis, workers, sweepers, errands]


def _timed(check: Check, work: Callable[[], Any]) -> None:
    begin = clock.ticks()
    try:
        work()
    except (DBAPIError, OSError):
        check.ok = False
    check.latency_ms = round((clock.ticks() - begin) * 1000, 2)


def _database(house: House, database: Check, sweepers: Check, errands: Check) -> None:
    times = house.policy.errands

    def work(session: Session) -> None:
        alive = pulse.sweepers(session, times.silence_alarm_s)
        owed = pulse.owed(session)
        sweepers.ok = alive.alive > 0
        sweepers.facts = {"alive": alive.alive, "age_s": alive.age_s}
        errands.ok = owed.oldest_s <= times.backlog_alarm_s
        errands.facts = {
            "open": owed.open,
            "running": owed.running,
            "failing": owed.failing,
            "oldest_s": round(owed.oldest_s, 1),
        }

    house.read(work)
    database.ok = True


def _redis(house: House, redis: Check, workers: Check) -> None:
    bells = queue.state(house)
    if bells is not None:
        redis.ok, redis.facts = True, {"bells": bells.waiting}
        workers.ok, workers.facts = bells.workers > 0, {"alive": bells.workers}


def _storage(house: House, storage: Check) -> None:
    storage.facts = {"free_share": round(house.blobs.free_share(), 4)}
    house.blobs.put(PROBE_SHA256, [PROBE])
    house.blobs.delete(PROBE_SHA256)
    storage.ok = (storage.facts["free_share"] or 0.0) >= house.policy.push.free_disk_share_min


def _photos(house: House, photos: Check) -> None:
    """Whether stored photos are found again: an unmounted store takes new bytes, on the wrong disk."""
    seen = house.read(lambda session: presence.look(session, house.blobs, house.policy.photos))
    photos.ok = not seen.is_away(house.policy.photos)
    photos.facts = {"looked": seen.looked, "missing": seen.missing}
