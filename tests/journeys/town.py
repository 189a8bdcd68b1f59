"""A whole installation of real processes, with fault proxies between them; only what it started is ever signalled."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psutil
from redis import Redis as RedisClient

from api.cli.private import Postgres, Redis, end, free_port, new_password
from sync import queue
from sync.house import House
from sync.settings import Settings
from tests.conftest import CONTACT_KEY, ROOT, UNLIMITED, migrate
from tests.factories.village import Village, found
from tests.journeys.faultproxy import FaultProxy

PATIENCE_S = 60.0  # how long anything may take before a test fails; nothing waits that long when all is well
POLICY = """
[errands]
backoff_s = 0.2
passing_s = 0.2
linger_s = 0.2
release_every_s = 1
"""
Process = subprocess.Popen[bytes]


def wait_for(what: str, is_so: Callable[[], Any], patience_s: float = PATIENCE_S) -> Any:
    """Poll until `is_so` answers something true; that answer."""
    limit = monotonic() + patience_s
    while not (answer := is_so()):
        assert monotonic() < limit, f"waited in vain for: {what}"
        sleep(0.03)
    return answer


class Town:
    """PostgreSQL (durable), Redis, gunicorn, two workers and two sweepers over Beigou village."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="doorstep-town-", dir="/var/tmp"))
        self.folder.chmod(0o755)
        self.orders = self.folder / "orders"
        self.orders.mkdir()
        self.postgres = Postgres(self.folder / "postgres", free_port(), new_password())
        self.redis = Redis(free_port(), new_password())
        self.web_port = free_port()
        self._stack = ExitStack()
        self._servers: dict[str, Process] = {}
        self.web: Process
        self.workers: list[Process] = []
        self.sweepers: list[Process] = []
        self.house: House
        self.village: Village

    def start(self) -> None:
        """Start everything and wait until it answers."""
        self.start_postgres()
        self.postgres.create_database()
        migrate(self.postgres.url())
        self.start_redis()
        enter = self._stack.enter_context
        self.to_web = enter(FaultProxy(self.web_port))
        self.to_database = enter(FaultProxy(self.postgres.port))
        self.to_redis = enter(FaultProxy(self.redis.port))
        environment = self.environment()
        direct = replace(Settings.from_env(environment), database_url=self.postgres.url(), redis_url=self.redis.url)
        self.house = House.open(direct)
        self.village = self.house.write(found)
        self.start_web()
        for _ in range(2):
            self.start_worker()
            self.start_sweeper()

    def environment(self) -> dict[str, str]:
        """Settings of our processes; they reach the database and Redis through the proxies."""
        policy = self.folder / "policy.toml"
        policy.write_text(POLICY + UNLIMITED.read_text())
        through = replace(self.postgres, port=self.to_database.port), replace(self.redis, port=self.to_redis.port)
        return {
            "PATH": os.environ["PATH"],
            "DOORSTEP_DATABASE_URL": through[0].url(),
            "DOORSTEP_REDIS_URL": through[1].url,
            "DOORSTEP_SECRET_KEY": "s" * 32,
            "DOORSTEP_CONTACT_KEYS": CONTACT_KEY,
            "DOORSTEP_BLOB_DIR": str(self.folder / "blobs"),
            "DOORSTEP_POLICY_FILE": str(policy),
            "DOORSTEP_LEASE_S": "1",
            "DOORSTEP_SWEEP_S": "1",
            "DOORSTEP_WEB_THREADS": "4",
            "DOORSTEP_LOG_LEVEL": "warning",
        }

    def start_postgres(self) -> None:
        """Start the database server, after the former one has gone."""
        self._reap("postgres")
        self._servers["postgres"] = self.postgres.start()
        if hasattr(self, "house"):
            self.house.engine.dispose()  # what the checker held open went down with the server

    def start_redis(self) -> None:
        """Start Redis, after the former one has gone."""
        self._reap("redis")
        self._servers["redis"] = self.redis.start()

    def _reap(self, server: str) -> None:
        if former := self._servers.get(server):
            former.wait(PATIENCE_S)

    def start_web(self) -> None:
        """Start gunicorn with four processes and wait until it answers."""
        self.web = self._start(
            "gunicorn", "wsgi:app", "-c", "python:api.serving", "--worker-class", "gthread", "--workers", "4",
            "--threads", "4", "--bind", f"127.0.0.1:{self.web_port}", "--no-control-socket", "--timeout", "60",
            "--graceful-timeout", "5", "--log-level", "error",
        )  # fmt: skip
        wait_for("gunicorn", lambda: len(self.web_processes()) == 4 and self._answers())

    def start_worker(self, module: str = "tests.journeys.armed") -> Process:
        """Start a worker that obeys orders at the points of the road."""
        process = self._start(module, str(self.orders))
        self.workers.append(process)
        return process

    def start_sweeper(self, module: str = "worker") -> Process:
        """Start a sweeper."""
        process = self._start(module, *([str(self.orders)] if module != "worker" else []), "sweep")
        self.sweepers.append(process)
        return process

    def _start(self, module: str, *arguments: str) -> Process:
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", module, *arguments], cwd=ROOT, env=self.environment(), stdout=log, stderr=log
            )

    def _answers(self) -> bool:
        import http.client

        connection = http.client.HTTPConnection("127.0.0.1", self.web_port, timeout=5)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def web_processes(self) -> list[psutil.Process]:
        """The processes that serve requests."""
        return psutil.Process(self.web.pid).children()

    def horse_of(self, worker: Process) -> psutil.Process | None:
        """The living work horse of a worker, if it has one."""
        try:
            horses = psutil.Process(worker.pid).children()
            return next((horse for horse in horses if horse.status() != psutil.STATUS_ZOMBIE), None)
        except psutil.NoSuchProcess:
            return None

    def order(self, point: str, action: str) -> Path:
        """Let the first process that reaches `point` kill itself (`kill`), stop itself (`stop`) or wait (`pause`).

        The file whose path is answered then holds its process id.
        """
        (self.orders / point.replace(" ", "-")).write_text(action)
        acted = self.orders / "acted"
        acted.unlink(missing_ok=True)
        (self.orders / "go").unlink(missing_ok=True)
        return acted

    def obeyed(self, acted: Path) -> int:
        """Wait until the order was obeyed; by whom."""
        wait_for("the order to be obeyed", lambda: acted.exists() and acted.read_text())
        return int(acted.read_text())

    def go_on(self) -> None:
        """Let whoever waits go on."""
        (self.orders / "go").touch()

    def kill_postgres(self) -> None:
        """SIGKILL to the postmaster and each of its processes."""
        postmaster = psutil.Process(self.postgres.server_pid())
        for process in [postmaster, *postmaster.children()]:
            with_suppressed(process.kill)
        self._servers["postgres"].wait(PATIENCE_S)
        psutil.wait_procs([postmaster], PATIENCE_S)
        (self.postgres.data / "postmaster.pid").unlink(missing_ok=True)

    def kill_redis(self) -> None:
        """SIGKILL to Redis."""
        self._servers["redis"].kill()
        self._servers["redis"].wait(PATIENCE_S)

    @contextmanager
    def crew(self, module: str, *, sweepers: str = "worker") -> Iterator[None]:
        """Replace workers and sweepers within the block."""
        self.dismiss()
        for _ in range(2):
            self.start_worker(module)
            self.start_sweeper(sweepers)
        try:
            yield
        finally:
            self.dismiss()
            self.heal()

    def dismiss(self) -> None:
        """End workers and sweepers in order."""
        crew = self.workers + self.sweepers
        for process in crew:
            with_suppressed(process.terminate)
        for process in crew:
            process.wait(PATIENCE_S)
        self.workers, self.sweepers = [], []

    def heal(self) -> None:
        """After a test: no orders, and everybody is there again."""
        for order in self.orders.iterdir():
            if order.name != "go":
                order.unlink()
        self.go_on()
        if self._servers["postgres"].poll() is not None:
            self.start_postgres()
        if self._servers["redis"].poll() is not None:
            self.start_redis()
        if self.web.poll() is not None:
            self.start_web()
        self.heal_crew()

    def heal_crew(self) -> None:
        """Start workers and sweepers in place of those that have ended, and wait until the workers listen."""
        self.workers = [process for process in self.workers if process.poll() is None]
        self.sweepers = [process for process in self.sweepers if process.poll() is None]
        while len(self.workers) < 2:
            self.start_worker()
        while len(self.sweepers) < 2:
            self.start_sweeper()
        wait_for("the workers to listen", lambda: {process.pid for process in self.workers} <= self._listening())

    def _listening(self) -> set[int]:
        queue.ring(self.house)  # whoever was forgotten by Redis tells of itself when it answers
        with RedisClient.from_url(self.redis.url) as redis:
            keys = redis.smembers(f"rq:workers:{queue.NAME}")
            return {int(pid) for pid in (redis.hget(key, "pid") for key in keys) if pid}

    def stop(self) -> None:
        """End everything and remove it."""
        for process in (*self.workers, *self.sweepers):
            with_suppressed(lambda process=process: process.send_signal(signal.SIGCONT))
        self.go_on()
        if hasattr(self, "web"):
            self.dismiss()
            end(self.web)
        if hasattr(self, "house"):
            self.house.close()
        self._stack.close()
        if "postgres" in self._servers:
            self.postgres.stop("immediate")
        for process in self._servers.values():
            end(process)
        shutil.rmtree(self.folder, ignore_errors=True)


def with_suppressed(work: Callable[[], object]) -> None:
    """Signal a process that may be gone."""
    try:
        work()
    except (psutil.NoSuchProcess, ProcessLookupError):
        return
