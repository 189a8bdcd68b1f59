"""Real servers for tests: one private PostgreSQL a run with a migrated template, a database cloned where needed."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from api.cli.private import Postgres, Redis, end, free_port, new_password
from sync import db
from sync.house import House
from sync.settings import Settings
from tests.factories import real

ROOT = Path(__file__).parents[1]
TEMPLATE = "doorstep_template"
CONTACT_KEY = "ZmRmZGZkZmRmZGZkZmRmZGZkZmRmZGZkZmRmZGZkZmQ="
UNLIMITED = ROOT / "tests" / "factories" / "unlimited.toml"
SERVER = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """The first process starts the server and migrates the template; xdist's workers are told its address."""
    if hasattr(config, "workerinput"):
        config.stash[SERVER] = config.workerinput["postgres_url"]
        return
    folder = Path(tempfile.mkdtemp(prefix="doorstep-test-", dir="/var/tmp"))
    server = Postgres(folder, free_port(), new_password(), durable=False)
    process = server.start()

    def stop() -> None:
        server.stop("immediate")
        end(process)
        shutil.rmtree(folder, ignore_errors=True)

    config.add_cleanup(stop)
    url = server.url("postgres")
    _execute(url, f"CREATE DATABASE {TEMPLATE}")
    migrate(server.url(TEMPLATE))
    config.stash[SERVER] = url


def pytest_configure_node(node: Any) -> None:
    """xdist: tell a worker where the server is."""
    node.workerinput["postgres_url"] = node.config.stash[SERVER]


def migrate(url: str) -> None:
    """Bring a database to the newest schema."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("sqlalchemy.url", url)
    command.upgrade(config, "head")


def _execute(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def _clone(server_url: str) -> Iterator[str]:
    name = f"doorstep_{uuid4().hex[:12]}"
    _execute(server_url, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    yield server_url.rsplit("/", 1)[0] + f"/{name}"
    _execute(server_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def server_url(pytestconfig: pytest.Config) -> str:
    """Address of the server's maintenance database."""
    return pytestconfig.stash[SERVER]


@pytest.fixture(scope="session")
def database_url(server_url: str) -> Iterator[str]:
    """A database of this test process: tests that use it roll back."""
    yield from _clone(server_url)


@pytest.fixture
def own_database(server_url: str) -> Iterator[str]:
    """A database of this test alone: it may commit."""
    yield from _clone(server_url)


@pytest.fixture(scope="module")
def module_database(server_url: str) -> Iterator[str]:
    """A database of one test module: its tests may commit and must not trip over each other's rows."""
    yield from _clone(server_url)


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    """Engine of the shared database."""
    engine = db.connect(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session whose test is rolled back, whatever it does."""
    with engine.connect() as connection:
        transaction = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
            yield session
        transaction.rollback()


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis of this test process."""
    yield from _redis()


@pytest.fixture
def own_redis() -> Iterator[str]:
    """A Redis of this test alone: it may be flushed or killed."""
    yield from _redis()


def _redis() -> Iterator[str]:
    redis = Redis(free_port(), new_password())
    process = redis.start()
    yield redis.url
    end(process)


def settings_for(database_url: str, redis_url: str, blobs: Path, **more: Any) -> Settings:
    """Settings of a test installation."""
    values: dict[str, Any] = {
        "database_url": database_url,
        "redis_url": redis_url,
        "secret_key": "s" * 32,
        "contact_keys": CONTACT_KEY,
        "blob_dir": blobs,
        "policy_file": UNLIMITED,
        "durability_check": False,
    }
    return Settings(**(values | more))


@pytest.fixture
def house(own_database: str, redis_url: str, tmp_path: Path) -> Iterator[House]:
    """An open installation of this test alone."""
    house = House.open(settings_for(own_database, redis_url, tmp_path / "blobs"))
    yield house
    house.close()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real inputs that are not part of the product; tests that need them are left out where they are absent."""
    folder = real.folder()
    if folder is None:
        pytest.skip("no folder with real inputs beside the checkout")
    return folder
