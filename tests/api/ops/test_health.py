"""Health tells which dependency is ill, and fails only when nothing can be acknowledged."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.app import create_app
from sync import pulse
from sync.house import House
from tests.conftest import settings_for
from tests.factories.stored import store_photos


def _health(client: FlaskClient) -> tuple[int, str, dict[str, dict[str, Any]]]:
    answer = client.get("/health")
    assert answer.json is not None
    return answer.status_code, answer.json["status"], {check["name"]: check for check in answer.json["checks"]}


@pytest.fixture
def without(tmp_path: Path, own_database: str, redis_url: str) -> Iterator[Any]:
    """Make an application whose named dependencies are somewhere else."""
    made: list[Flask] = []

    def make(database_url: str = own_database, redis: str = redis_url, blobs: Path = tmp_path / "b") -> FlaskClient:
        app = create_app(settings_for(database_url, redis, blobs))
        made.append(app)
        return app.test_client()

    yield make
    for app in made:
        app.extensions["doorstep"].close()


def test_with_everything_but_workers_and_sweepers_it_is_degraded(caller: FlaskClient) -> None:
    status, word, checks = _health(caller)
    assert (status, word) == (200, "degraded")
    assert [name for name, check in checks.items() if not check["ok"]] == ["workers", "sweepers"]
    assert [name for name, check in checks.items() if check["vital"]] == ["database", "storage"]
    assert all(checks[name]["latency_ms"] > 0 for name in ("database", "redis", "storage"))
    assert 0 < checks["storage"]["facts"]["free_share"] <= 1


def test_a_sweeper_that_beats_is_seen_with_its_age(caller: FlaskClient, opened: House) -> None:
    opened.write(lambda session: pulse.beat(session, f"{pulse.SWEEPER}here:1"))
    sweepers = _health(caller)[2]["sweepers"]
    assert sweepers["ok"]
    assert sweepers["facts"]["alive"] == 1
    assert 0 <= sweepers["facts"]["age_s"] < 60


def test_without_redis_batches_are_still_acknowledged(without: Any) -> None:
    status, word, checks = _health(without(redis="redis://127.0.0.1:1/0"))
    assert (status, word) == (200, "degraded")
    assert not checks["redis"]["ok"]


def test_without_the_database_it_is_broken(without: Any) -> None:
    status, word, checks = _health(without(database_url="postgresql://nobody@127.0.0.1:1/none"))
    assert (status, word) == (503, "broken")
    assert not checks["database"]["ok"]


def test_without_a_place_for_photos_it_is_broken(without: Any, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    status, word, checks = _health(without(blobs=tmp_path / "file" / "blobs"))
    assert (status, word) == (503, "broken")
    assert not checks["storage"]["ok"]


def test_with_an_empty_store_it_says_so_and_visits_are_still_acknowledged(
    without: Any, tmp_path: Path, own_database: str
) -> None:
    client = without()
    house: House = client.application.extensions["doorstep"]
    house.write(lambda session: store_photos(session, house.blobs, 12))
    assert _health(client)[2]["photos"]["facts"] == {"looked": 12, "missing": 0}
    shutil.rmtree(house.settings.blob_dir)
    status, word, checks = _health(client)
    assert (status, word) == (200, "degraded")
    assert checks["storage"]["ok"]
    assert (checks["photos"]["ok"], checks["photos"]["facts"]) == (False, {"looked": 12, "missing": 12})


def test_nothing_secret_is_told(caller: FlaskClient, opened: House) -> None:
    told = caller.get("/health").text
    for secret in (opened.settings.secret_key, opened.settings.database_url, opened.settings.redis_url, "blobs"):
        assert secret not in told
