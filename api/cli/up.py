"""`doorstep up`: start and supervise everything, in the foreground, with one log."""

import os
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
from alembic import command as alembic
from cryptography.fernet import Fernet

from api.cli import COMMANDS
from api.cli import settings as read_settings
from api.cli.database import config
from api.cli.private import Postgres, Redis, end, free_port, new_password, state_folder
from sync.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
HEAD = """[supervisord]
nodaemon=true
logfile=/dev/null
logfile_maxbytes=0
pidfile={folder}/supervisord.pid
childlogdir={folder}
loglevel=warn
{user}
"""
PROGRAM = """
[program:{name}]
command={command}
process_name=%(program_name)s%(process_num)d
numprocs={count}
directory={directory}
priority={priority}
autorestart=true
startsecs=2
startretries=1000
stopsignal={signal}
stopwaitsecs=30
stopasgroup={group}
killasgroup=true
redirect_stderr=true
stdout_logfile=/dev/fd/1
stdout_logfile_maxbytes=0
{user}
"""


@click.command()
@click.option("--private", is_flag=True, help="With PostgreSQL and Redis of its own, on free ports.")
@click.option("--demo", is_flag=True, help="Seed the demo once and keep a few simulated phones alive.")
def up(private: bool, demo: bool) -> None:
    """启动全部进程 / start web server, workers and sweepers; what dies is started again; Ctrl-C ends it."""
    folder = state_folder(ROOT)
    folder.mkdir(parents=True, exist_ok=True)
    programs = []
    if private:
        environment, postgres, redis = _private(folder)
        os.environ.update(environment)
        settings = Settings.from_env(environment)
        programs = [
            _program("postgres", postgres.server_command(), priority=1, stop="INT", user=postgres.user),
            _program("redis", redis.command(), priority=2, stop="TERM"),
        ]
        _prepare(settings, postgres, redis, demo)
    else:
        settings = read_settings()
    programs += _ours(settings, demo)
    click.echo(f"\n进门 / doorstep: http://{settings.bind}/    Ctrl-C 结束 / ends\n")
    conf = folder / "supervisord.conf"
    user = "user=root" if os.geteuid() == 0 else ""
    conf.write_text(HEAD.format(folder=folder, user=user) + "".join(programs))
    speak_through_a_pipe()
    os.execv(sys.executable, [sys.executable, "-m", "supervisor.supervisord", "-c", str(conf)])  # noqa: S606


def speak_through_a_pipe() -> None:
    """Put a pipe of our own before standard output. supervisord opens its output anew for every program, which the
    system forbids where the terminal or the file is another user's, as after `su` or `sudo -u`."""
    sys.stdout.flush()
    forwarding = subprocess.Popen(["cat"], stdin=subprocess.PIPE, start_new_session=True)  # noqa: S607
    assert forwarding.stdin is not None
    os.dup2(forwarding.stdin.fileno(), sys.stdout.fileno())


def _private(folder: Path) -> tuple[dict[str, str], Postgres, Redis]:
    """Settings of the private installation, made once: ports, passwords and keys stay for the next start."""
    kept = folder / "env"
    if not kept.exists():
        postgres = Postgres(folder / "postgres", free_port(), new_password())
        redis = Redis(free_port(), new_password())
        lines = {
            "DOORSTEP_DATABASE_URL": postgres.url(),
            "DOORSTEP_REDIS_URL": redis.url,
            "DOORSTEP_SECRET_KEY": new_password() + new_password(),
            "DOORSTEP_CONTACT_KEYS": Fernet.generate_key().decode(),
            "DOORSTEP_BLOB_DIR": str(folder / "blobs"),
        }
        kept.touch(mode=0o600)
        kept.write_text("".join(f"{key}={value}\n" for key, value in lines.items()))
    environment = dict(line.split("=", 1) for line in kept.read_text().splitlines())
    environment |= {key: value for key, value in os.environ.items() if key.startswith("DOORSTEP_")}
    database, bell = environment["DOORSTEP_DATABASE_URL"], environment["DOORSTEP_REDIS_URL"]
    return environment, Postgres.at(folder / "postgres", database), Redis.at(bell)


def _prepare(settings: Settings, postgres: Postgres, redis: Redis, demo: bool) -> None:
    """Start the private servers for as long as it takes to bring schema and demo up to date."""
    processes = [postgres.start(), redis.start()]
    try:
        postgres.create_database()
        alembic.upgrade(config(settings.database_url), "head")
        if demo and "demo" in COMMANDS:
            _demo("seed")
    finally:
        postgres.stop()
        for process in processes:
            end(process, signal.SIGTERM)


def _demo(name: str) -> None:
    module, _, attribute = COMMANDS["demo"].partition(":")
    getattr(import_module(module), attribute).main([name], standalone_mode=False)


def _ours(settings: Settings, demo: bool) -> list[str]:
    python = sys.executable
    web = [
        python, "-m", "gunicorn", "wsgi:app", "-c", "python:api.serving", "--worker-class", "gthread", "--bind",
        settings.bind, "--threads",
        str(settings.web_threads), "--workers", str(settings.web_processes), "--no-control-socket", "--timeout", "60",
        "--graceful-timeout", "20", "--keep-alive", "15", "--log-level", "warning",
    ]  # fmt: skip
    programs = [
        _program("web", web, priority=20, stop="TERM", group=False),
        _program("worker", [python, "-m", "worker"], priority=30, stop="TERM", count=settings.workers, group=False),
        _program("sweeper", [python, "-m", "worker", "sweep"], priority=30, stop="TERM", count=2),
    ]
    if demo and "demo" in COMMANDS:
        phones = [python, "-m", "api.cli", "demo", "phones", "--forever"]
        programs.append(_program("phones", phones, priority=40, stop="TERM"))
    return programs


def _program(
    name: str, command: list[str], *, priority: int, stop: str, count: int = 1, group: bool = True, user: str = ""
) -> str:
    return PROGRAM.format(
        name=name,
        command=" ".join(f'"{part}"' if part == "" or " " in part else part for part in command).replace("%", "%%"),
        count=count,
        directory=ROOT,
        priority=priority,
        signal=stop,
        group=str(group).lower(),
        user=f"user={user}" if user else "",
    )
