"""What benchmarks stand on: a durable private installation with the standard city in it."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import psycopg

from api.cli.private import Postgres, Redis, end, free_port, new_password, state_folder
from sync.house import House
from sync.settings import Settings
from tests.bench.load import build_city
from tests.conftest import CONTACT_KEY, ROOT, UNLIMITED, migrate


@contextmanager
def installation(name: str = "bench", *, keep: bool = False) -> Iterator[tuple[House, dict[str, str], Postgres]]:
    """A house over servers of its own, fsync on; its environment for processes. `keep` leaves the data for next time."""
    folder = state_folder(ROOT) / name
    postgres = Postgres(folder / "postgres", free_port(), "bench")
    redis = Redis(free_port(), new_password())
    processes = [postgres.start(), redis.start()]
    try:
        fresh = not _has_database(postgres)
        postgres.create_database()
        migrate(postgres.url())
        environment = {
            "DOORSTEP_DATABASE_URL": postgres.url(), "DOORSTEP_REDIS_URL": redis.url, "DOORSTEP_SECRET_KEY": "b" * 32,
            "DOORSTEP_CONTACT_KEYS": CONTACT_KEY, "DOORSTEP_BLOB_DIR": str(folder / "blobs"),
            "DOORSTEP_BIND": f"127.0.0.1:{free_port()}", "DOORSTEP_LOG_LEVEL": "error",
            "DOORSTEP_POLICY_FILE": str(UNLIMITED),
        }  # fmt: skip
        house = House.open(Settings.from_env(environment))
        if fresh:
            house.write(build_city)
        with psycopg.connect(postgres.url(), autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
            connection.execute("CHECKPOINT")
        yield house, environment, postgres
        house.close()
    finally:
        postgres.stop()
        for process in processes:
            end(process)
        if not keep:
            subprocess.run(["rm", "-rf", str(folder)], check=False)


def _has_database(postgres: Postgres) -> bool:
    with psycopg.connect(postgres.url("postgres")) as connection:
        return connection.execute("SELECT 1 FROM pg_database WHERE datname = 'doorstep'").fetchone() is not None


@contextmanager
def running(environment: dict[str, str], *commands: list[str]) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes of ours, ended at the end."""
    started = [
        subprocess.Popen([sys.executable, *command], env={**_path(), **environment}, cwd=ROOT) for command in commands
    ]
    try:
        yield started
    finally:
        for process in started:
            end(process, signal.SIGTERM)


def _path() -> dict[str, str]:
    import os

    return {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}


def web(environment: dict[str, str], processes: int = 2, threads: int = 8) -> list[str]:
    """The command of the web server as `doorstep up` starts it."""
    return [
        "-m", "gunicorn", "wsgi:app", "-c", "python:api.serving", "--worker-class", "gthread", "--bind", environment["DOORSTEP_BIND"], "--threads",
        str(threads), "--workers", str(processes), "--no-control-socket", "--log-level", "error", "--keep-alive", "15",
    ]  # fmt: skip


def wait_for(environment: dict[str, str]) -> None:
    """Until the web server answers."""
    for _ in range(200):
        try:
            urlopen(f"http://{environment['DOORSTEP_BIND']}/openapi.json", timeout=2).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the web server did not start")


WORKER = ["-m", "worker"]
DATA = Path(__file__).parent
