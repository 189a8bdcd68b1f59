"""The application over a database of the module, with Beigou village in it and people who hold roles there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.app import create_app
from sync import clock
from sync.house import House
from sync.identity.actions import people
from sync.settings import Settings
from sync.words import Role
from tests.conftest import UNLIMITED
from tests.factories.village import Village, found

CHEAP = """
[logins]
argon2_passes = 1
argon2_memory_kib = 64
"""
PASSWORD = "open the door please"
_numbers = count(1)


@dataclass(frozen=True)
class Known:
    """Somebody with a login."""

    id: UUID
    username: str
    staff_no: str
    password: str = PASSWORD


@pytest.fixture(scope="module")
def settings(module_database: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("installation")
    policy = folder / "policy.toml"
    policy.write_text(CHEAP + UNLIMITED.read_text())
    return Settings(
        database_url=module_database,
        redis_url=redis_url,
        secret_key="s" * 32,
        contact_keys="ZmRmZGZkZmRmZGZkZmRmZGZkZmRmZGZkZmRmZGZkZmQ=",
        blob_dir=Path(folder / "blobs"),
        policy_file=policy,
        durability_check=False,
    )


@pytest.fixture(scope="module")
def app(settings: Settings) -> Iterator[Flask]:
    app = create_app(settings)
    yield app
    app.extensions["doorstep"].close()


@pytest.fixture(scope="module")
def opened(app: Flask) -> House:
    opened: House = app.extensions["doorstep"]
    return opened


@pytest.fixture(scope="module")
def beigou(opened: House) -> Village:
    return opened.write(found)


@pytest.fixture
def caller(app: Flask) -> FlaskClient:
    return app.test_client()


def take_on(opened: House, role: Role | None = None, unit_id: UUID | None = None) -> Known:
    """Add somebody with a login; with a role at a unit if given."""
    number = next(_numbers)
    known = Known(UUID(int=0), f"user-{number}", f"S{number:04}")

    def work(session) -> UUID:  # type: ignore[no-untyped-def]
        person_id = people.add_person(session, known.staff_no, f"某人{number}")
        people.set_login(session, person_id, known.username, PASSWORD, clock.now(), opened.policy.logins)
        if role and unit_id:
            people.give_role(session, person_id, role, unit_id)
        return person_id

    return Known(opened.write(work), known.username, known.staff_no)


Hire = Callable[..., Known]


@pytest.fixture(scope="module")
def hire(opened: House) -> Hire:
    """`take_on` for the installation of the module."""
    return partial(take_on, opened)


Enter = Callable[[FlaskClient, Known], str]


@pytest.fixture
def enter() -> Enter:
    """Log a caller in; the session's csrf."""

    def enter(caller: FlaskClient, known: Known) -> str:
        answer = caller.post("/console/v1/login", json={"username": known.username, "password": known.password})
        assert answer.status_code == 200, answer.json
        csrf: str = answer.json["csrf"]
        return csrf

    return enter
