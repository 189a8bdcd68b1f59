"""The doctor: one line a matter, what to do about it, and an exit code."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from redis import Redis
from sqlalchemy import text

from api.cli import doorstep
from api.cli.doctor import ERROR, OK, WARNING, examine
from sync import clock, errands, partitions, pulse, queue
from sync.house import House
from sync.identity import officers, sealing
from sync.words import Job, Role, SealedKind
from tests.conftest import settings_for
from tests.factories.rows import hold_role
from tests.factories.stored import store_photos
from tests.factories.village import found

Findings = dict[str, tuple[str, str]]


def _findings(house: House, **changes: Any) -> Findings:
    """Level and text by subject; `changes` are settings."""
    other = House.open(replace(house.settings, **changes))
    try:
        return {one.subject.split()[-1]: (one.level, f"{one.found} {one.advice}") for one in examine(other)}
    finally:
        other.close()


def _levels(findings: Findings) -> dict[str, str]:
    return {subject: level for subject, (level, _) in findings.items()}


@pytest.fixture
def house(own_database: str, redis_url: str, tmp_path: Path) -> Iterator[House]:
    """An installation of one test."""
    house = House.open(settings_for(own_database, redis_url, tmp_path / "blobs"))
    yield house
    house.close()


@pytest.fixture
def sound(house: House, own_redis: str) -> Iterator[House]:
    """An installation in which everything lives."""
    redis = Redis.from_url(own_redis)
    redis.sadd(f"rq:workers:{queue.NAME}", "rq:worker:one")
    redis.hset("rq:worker:one", "birth", "now")

    def work(session) -> None:  # type: ignore[no-untyped-def]
        pulse.beat(session, f"{pulse.SWEEPER}here:1")
        partitions.make(session, clock.today())
        _calendar(session, 61)
        _named(session)

    house.write(work)
    sound = House.open(replace(house.settings, redis_url=own_redis))
    yield sound
    sound.close()


def _named(session: Any) -> None:
    """Two security administrators, two officers for each kind of sealed matters."""
    village = found(session)
    for person in (village.li, village.chen):
        hold_role(session, person, Role.SECURITY_ADMIN, village.county)
        login = "INSERT INTO login (person_id, username, password_hash) VALUES (:p, CAST(:p AS text), 'x')"
        session.execute(text(login), {"p": person})
        hold_role(session, person, Role.SEALED_OFFICER, village.county)
        public = sealing.public_of(sealing.new_key())
        officers.name_officer(session, person, village.county, list(SealedKind), public, clock.now())


def _calendar(session: Any, days: int) -> None:
    session.execute(text("DELETE FROM workday"))
    session.execute(
        text("INSERT INTO workday VALUES (:day, true, 1, 'notice', false), (:assumed, true, 2, 'weekday', true)"),
        {"day": clock.today() + timedelta(days=days), "assumed": clock.today() + timedelta(days=400)},
    )


def test_a_sound_installation_has_only_the_unsafe_settings_of_a_test_database(sound: House) -> None:
    findings = _findings(sound)
    level, told = findings.pop("settings")
    assert level == ERROR
    assert "fsync = off" in told
    assert set(_levels(findings).values()) == {OK}
    assert len(findings) == 14


Trouble = Callable[[House], dict[str, Any]]


def _in_database(statement: str) -> Trouble:
    def make(house: House) -> dict[str, Any]:
        house.write(lambda session: session.execute(text(statement)))
        return {}

    return make


def _short_calendar(house: House) -> dict[str, Any]:
    house.write(lambda session: _calendar(session, 59))
    return {}


def _late_errand(house: House) -> dict[str, Any]:
    house.write(lambda s: errands.owe(s, Job.FORGET_DONE, "x", due_at=clock.now() - timedelta(minutes=6)))
    return {}


def _failing_errand(house: House) -> dict[str, Any]:
    house.write(lambda session: errands.owe(session, Job.FORGET_DONE, "x"))
    [claim] = house.write(lambda session: errands.claim(session, 60))
    house.write(lambda session: errands.fail(session, claim, "ValueError", 60))
    return {}


def _evicting_redis(house: House) -> dict[str, Any]:
    Redis.from_url(house.settings.redis_url).config_set("maxmemory-policy", "allkeys-lru")
    return {}


def _flushed_redis(house: House) -> dict[str, Any]:
    Redis.from_url(house.settings.redis_url).flushall()
    return {}


@pytest.mark.parametrize(
    ("trouble", "subject", "level", "told"),
    [
        (_in_database("UPDATE alembic_version SET version_num = '0000'"), "schema", ERROR, "doorstep db upgrade"),
        (_in_database("DELETE FROM heartbeat"), "sweepers", ERROR, "python -m worker sweep"),
        (
            _in_database("DELETE FROM login WHERE username = (SELECT min(username) FROM login)"),
            "administrators",
            WARNING,
            "one alone",
        ),
        (_in_database("UPDATE login SET disabled_at = now()"), "administrators", WARNING, "nobody"),
        (_in_database("DELETE FROM person_role WHERE role = 'security_admin'"), "administrators", WARNING, "nobody"),
        (
            _in_database("UPDATE seal_key SET ended_at = now() WHERE kind = 'discipline' AND seat = 2"),
            "officers",
            WARNING,
            "蓬莱区 检举控告 discipline: 只有一人 one alone 每类两人",
        ),
        (
            _in_database("UPDATE seal_key SET ended_at = now() WHERE kind = 'discipline'"),
            "officers",
            WARNING,
            "检举控告 discipline: 没有 nobody 每类两人",
        ),
        (
            _in_database(
                "UPDATE person_role SET valid = '(,2020-01-01)' WHERE role = 'sealed_officer' AND person_id IN"
                " (SELECT person_id FROM seal_key WHERE seat = 1)"
            ),
            "officers",
            WARNING,
            "one alone",
        ),
        (_in_database("DELETE FROM workday"), "calendar", WARNING, "empty"),
        (_short_calendar, "calendar", WARNING, "doorstep import"),
        (_late_errand, "work", ERROR, "oldest 36"),
        (_failing_errand, "work", WARNING, "1 failing"),
        (_evicting_redis, "Redis", WARNING, "noeviction"),
        (_flushed_redis, "workers", ERROR, "python -m worker"),
        (lambda _: {"redis_url": "redis://127.0.0.1:1/0"}, "Redis", WARNING, "nothing is lost"),
        (lambda _: {"contact_keys": "short"}, "keys", ERROR, "DOORSTEP_CONTACT_KEYS"),
        (lambda _: {"blob_dir": Path("/proc/nowhere")}, "storage", ERROR, "DOORSTEP_BLOB_DIR"),
    ],
)
def test_each_trouble_is_named_with_what_to_do(
    sound: House, trouble: Trouble, subject: str, level: str, told: str
) -> None:
    findings = _findings(sound, **trouble(sound))
    assert findings[subject][0] == level
    assert told in findings[subject][1]


def test_partitions_that_nobody_made_are_missed(house: House) -> None:
    level, told = _findings(house)["partitions"]
    assert level == WARNING
    assert "batch_body_p" in told


def test_clocks_that_differ_are_told(sound: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "skew_s", lambda _: -3.0)
    assert _findings(sound)["difference"][0] == WARNING


def test_a_full_disk_is_an_error(sound: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(sound.blobs), "free_share", lambda _: 0.049)
    assert _findings(sound)["storage"] == (ERROR, "4.9% free 腾出空间 free some space, till then phones get 507")


def test_a_database_that_is_away_is_the_first_thing_to_mend(house: House) -> None:
    away = _findings(house, database_url="postgresql://nobody@127.0.0.1:1/none")
    assert away["database"][0] == ERROR
    assert "DOORSTEP_DATABASE_URL" in away["database"][1]
    assert "schema" not in away


def test_a_database_without_tables_is_told_apart(house: House, server_url: str) -> None:
    assert "doorstep db upgrade" in _findings(house, database_url=server_url)["database"][1]


def test_the_command_tells_each_finding_and_fails_if_one_is_an_error(sound: House, tmp_path: Path) -> None:
    settings = settings_for(sound.settings.database_url, sound.settings.redis_url, tmp_path)
    env = {
        f"DOORSTEP_{name.upper()}": str(getattr(settings, name))
        for name in ("database_url", "redis_url", "secret_key", "contact_keys", "blob_dir")
    }
    result = CliRunner().invoke(doorstep, ["doctor"], env=env)
    assert result.exit_code == 1
    assert "错误 error\t数据库设置 database settings: fsync = off" in result.output
    assert "正常 ok\tRedis" in result.output


def test_a_photo_store_that_is_not_mounted_is_an_error(sound: House) -> None:
    sound.write(lambda session: store_photos(session, sound.blobs, 12))
    assert _findings(sound)["photos"] == (OK, "抽查 of 12 缺少 missing 0 ")
    shutil.rmtree(sound.settings.blob_dir)
    level, told = _findings(sound)["photos"]
    assert level == ERROR
    assert "missing 12" in told
    assert "mounted" in told
