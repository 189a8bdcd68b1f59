"""Private PostgreSQL and Redis: own folders and ports, loopback only; servers already there stay untouched."""

import hashlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from sync import clock

POSTGRES_BIN = "/usr/lib/postgresql/*/bin"
RUNUSER = "/usr/sbin/runuser"
START_S = 60.0


class MissingError(Exception):
    """A program that the private servers need is not installed; the text says what to do."""


def state_folder(repository: Path) -> Path:
    """Where an installation of this checkout keeps its data.

    As root outside the checkout, because PostgreSQL then runs as another user, who may not look below /root.
    """
    if os.geteuid() != 0:
        return repository / ".doorstep"
    return Path("/var/tmp") / f"doorstep-{hashlib.sha256(str(repository.resolve()).encode()).hexdigest()[:12]}"  # noqa: S108


def free_port() -> int:
    """A TCP port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def postgres_programs() -> Path:
    """Folder of the newest PostgreSQL's programs."""
    candidates = [path for path in Path("/").glob(POSTGRES_BIN.lstrip("/")) if (path / "initdb").exists()]
    for folder in sorted(candidates, key=lambda path: int(path.parent.name), reverse=True):
        return folder
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    raise MissingError("PostgreSQL is not installed: apt-get install postgresql-postgis (macOS: brew install postgis)")


def as_server_user() -> list[str]:
    """What stands before a command of PostgreSQL, which refuses to run as root."""
    return [RUNUSER, "-u", "postgres", "--"] if os.geteuid() == 0 else []


@dataclass(frozen=True, slots=True)
class Postgres:
    """A private cluster in `folder`. `durable` False trades safety for speed: throw-away tests only."""

    folder: Path
    port: int
    password: str
    durable: bool = True

    @classmethod
    def at(cls, folder: Path, url: str) -> Self:
        """The cluster in `folder` that `url` points to."""
        parts = urlsplit(url)
        assert parts.port and parts.password, "the address of a private server has both"
        return cls(folder, parts.port, parts.password)

    @property
    def user(self) -> str:
        """The user it must run as, if that is not this one."""
        return "postgres" if os.geteuid() == 0 else ""

    @property
    def data(self) -> Path:
        """The cluster's data folder."""
        return self.folder / "data"

    def url(self, database: str = "doorstep") -> str:
        """Address of a database of this cluster."""
        return f"postgresql://doorstep:{self.password}@127.0.0.1:{self.port}/{database}"

    def initialise(self) -> None:
        """Create the cluster unless it is there: UTF-8, C.UTF-8, passwords, loopback only."""
        if (self.data / "PG_VERSION").exists():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        secret = self.folder / "password"
        secret.write_text(self.password)
        if os.geteuid() == 0:
            os.chown(secret, owner.pw_uid, owner.pw_gid)
        secret.chmod(0o600)
        command = [
            *as_server_user(), str(postgres_programs() / "initdb"), "-D", str(self.data), "-U", "doorstep",
            "--auth=scram-sha-256", f"--pwfile={secret}", "-E", "UTF8", "--locale=C.UTF-8", "--no-instructions",
            *([] if self.durable else ["--no-sync"]),
        ]  # fmt: skip
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")  # noqa: S603
        secret.unlink()

    def command(self) -> list[str]:
        """The command that runs the server in the foreground, for whoever may not be root."""
        return [*as_server_user(), *self.server_command()]

    def server_command(self) -> list[str]:
        """The server's own command, to be run as `user`."""
        options = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": 100,
            "shared_buffers": f"{_memory_mb(0.15, 2048)}MB",
            "effective_cache_size": f"{_memory_mb(0.5, 16384)}MB",
            "maintenance_work_mem": "256MB",
            "max_wal_size": "4GB",
            "min_wal_size": "512MB",
            "checkpoint_timeout": "15min",
            "wal_compression": "lz4",
            "default_toast_compression": "lz4",
            "random_page_cost": "1.1",
            "jit": "off",
            "log_min_messages": "warning",
            "log_checkpoints": "off",
        }
        if not self.durable:
            options |= {
                "fsync": "off",
                "full_page_writes": "off",
                "synchronous_commit": "off",
                "shared_buffers": "128MB",
            }
        settings = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        return [str(postgres_programs() / "postgres"), "-D", str(self.data), *settings]

    def create_database(self, name: str = "doorstep") -> None:
        """Create a database unless it is there."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
            if there is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    def is_up(self) -> bool:
        """Whether it answers."""
        probe = [str(postgres_programs() / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(probe, check=False).returncode == 0  # noqa: S603

    def start(self) -> subprocess.Popen[bytes]:
        """Start it and wait until it answers; raises RuntimeError with the end of its log."""
        self.initialise()
        log = self.folder / "log"
        with log.open("ab") as sink:
            process = subprocess.Popen(  # noqa: S603
                self.command(), stdout=sink, stderr=sink, stdin=subprocess.DEVNULL, cwd="/", start_new_session=True
            )
        _wait(self.is_up, process, log)
        return process

    def server_pid(self) -> int:
        """Process id of the postmaster itself (not of the runuser before it)."""
        return int((self.data / "postmaster.pid").read_text().splitlines()[0])

    def stop(self, mode: str = "fast") -> None:
        """Stop it: fast, immediate, or smart."""
        control = [
            *as_server_user(),
            str(postgres_programs() / "pg_ctl"),
            "-D",
            str(self.data),
            "-m",
            mode,
            "-w",
            "stop",
        ]
        subprocess.run(control, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")  # noqa: S603


@dataclass(frozen=True, slots=True)
class Redis:
    """A private Redis in memory: it only rings, so that nothing of it is kept."""

    port: int
    password: str

    @classmethod
    def at(cls, url: str) -> Self:
        """The server that `url` points to."""
        parts = urlsplit(url)
        assert parts.port and parts.password, "the address of a private server has both"
        return cls(parts.port, parts.password)

    @property
    def url(self) -> str:
        """Address of its database 0."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        """The command that runs the server in the foreground."""
        program = shutil.which("redis-server")
        if program is None:
            raise MissingError("Redis is not installed: apt-get install redis-server (macOS: brew install redis)")
        return [
            program, "--port", str(self.port), "--bind", "127.0.0.1", "--requirepass", self.password, "--save", "",
            "--appendonly", "no", "--maxmemory", "256mb", "--maxmemory-policy", "noeviction", "--loglevel", "warning",
            "--daemonize", "no",
        ]  # fmt: skip

    def is_up(self) -> bool:
        """Whether it listens."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def start(self) -> subprocess.Popen[bytes]:
        """Start it and wait until it listens."""
        process = subprocess.Popen(  # noqa: S603
            self.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", start_new_session=True
        )
        _wait(self.is_up, process, None)
        return process


def new_password() -> str:
    """A password for a private server."""
    return secrets.token_hex(16)


def end(process: subprocess.Popen[bytes], with_signal: signal.Signals = signal.SIGTERM) -> None:
    """End a process that we started and wait for it."""
    if process.poll() is None:
        process.send_signal(with_signal)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


def _memory_mb(share: float, at_most: int) -> int:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return max(128, min(at_most, int(total * share)))


def _wait(is_up: object, process: subprocess.Popen[bytes], log: Path | None) -> None:
    assert callable(is_up)
    limit = clock.ticks() + START_S
    while not is_up():
        if process.poll() is not None or clock.ticks() > limit:
            tail = log.read_text(errors="replace")[-2000:] if log and log.exists() else ""
            raise RuntimeError(f"{process.args!r} did not start\n{tail}")
        time.sleep(0.05)
