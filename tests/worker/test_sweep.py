"""The sweeper: heartbeat, periodic errands, bells for what is late, work in place when nobody hears."""

from dataclasses import replace

import pytest
from redis import Redis
from sqlalchemy import text

from sync import errands, pulse, queue
from sync.house import House
from sync.words import Job
from tests.conftest import settings_for
from worker import cron, leaving, sweep
from worker.jobs import JOBS


def _open(house: House) -> list[str]:
    return list(house.read(lambda s: s.scalars(text("SELECT job FROM errand WHERE done_at IS NULL ORDER BY job"))))


def _age_errands(house: House) -> None:
    house.write(lambda session: session.execute(text("UPDATE errand SET due_at = due_at - interval '1 minute'")))


def _listens(redis_url: str) -> None:
    redis = Redis.from_url(redis_url)
    redis.sadd(f"rq:workers:{queue.NAME}", "rq:worker:one")
    redis.hset("rq:worker:one", "birth", "now")


@pytest.fixture
def deaf(house: House, own_redis: str) -> House:
    """A house with a Redis of its own that no worker listens to."""
    return replace(house, settings=replace(house.settings, redis_url=own_redis))


def test_every_periodic_job_exists_and_is_owed_once_by_many_sweepers(house: House) -> None:
    for name in ("a", "b", "a"):
        house.write(lambda session, name=name: sweep._look_around(house, name, session))
    assert _open(house) == sorted(job.value for job in cron.periods(house.policy))
    assert set(cron.periods(house.policy)) <= set(JOBS)


def test_a_round_beats_and_does_the_periodic_errands_in_place_when_nobody_listens(deaf: House) -> None:
    sweep.sweep(deaf, f"{pulse.SWEEPER}here:1")
    assert deaf.read(lambda session: pulse.sweepers(session, 60)).alive == 1
    _age_errands(deaf)
    sweep.sweep(deaf, f"{pulse.SWEEPER}here:1")
    assert _open(deaf) == []
    names = deaf.read(lambda s: s.scalars(text("SELECT relname FROM pg_class WHERE relname ~ '^batch_body_p'")).all())
    assert len(names) >= 9


def test_it_rings_for_what_is_late_when_somebody_listens(deaf: House) -> None:
    _listens(deaf.settings.redis_url)
    deaf.write(lambda session: errands.owe(session, Job.FORGET_DONE, "x"))
    sweep.sweep(deaf, "here")
    assert queue.state(deaf) == queue.Bells(waiting=0, workers=1)
    _age_errands(deaf)
    sweep.sweep(deaf, "here")
    assert queue.state(deaf) == queue.Bells(waiting=1, workers=1)
    assert "forget_done" in _open(deaf)


def test_it_works_in_place_while_redis_is_away(house: House) -> None:
    alone = replace(house, settings=replace(house.settings, redis_url="redis://127.0.0.1:1/0"))
    sweep.sweep(alone, "here")
    _age_errands(alone)
    sweep.sweep(alone, "here")
    assert _open(alone) == []


def test_it_goes_on_when_the_database_is_away_and_ends_when_asked(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_for("postgresql://nobody@127.0.0.1:1/none", "redis://127.0.0.1:1/0", house.settings.blob_dir)
    away = House.open(settings)
    rounds: list[float] = []

    def rest(seconds: float) -> bool:
        rounds.append(seconds)
        return True

    monkeypatch.setattr(leaving, "on", lambda *_: None)
    monkeypatch.setattr(leaving, "rest", rest)
    monkeypatch.setattr(leaving, "is_leaving", lambda: len(rounds) == 2)
    sweep.forever(away)
    away.close()
    assert len(rounds) == 2
    assert all(13 < seconds < 17 for seconds in rounds)
