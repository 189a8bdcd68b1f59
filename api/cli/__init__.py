"""The `doorstep` command: a group whose subcommands are loaded when they are named."""

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from sync.policy import PolicyError
from sync.settings import Settings, SettingsError

# Name -> "module:attribute"; a room adds a line.
COMMANDS = {
    "up": "api.cli.up:up",
    "db": "api.cli.database:db",
    "user": "api.cli.user:user",
    "device": "api.cli.device:device",
    "demo": "api.cli.demo:demo",
    "import": "api.cli.imports:import_",
    "areas": "api.cli.areas:areas",
    "batches": "api.cli.batches:batches",
    "counts": "api.cli.counts:counts",
    "feed": "api.cli.feed:feed",
    "doctor": "api.cli.doctor:doctor",
    "policy": "api.cli.policy:policy",
    "keys": "api.cli.keys:keys",
    "sealed": "api.cli.sealed:sealed",
    "subject": "api.cli.subject:subject",
    "purge": "api.cli.purge:purge",
    "retention": "api.cli.retention:retention",
}


class Lazy(click.Group):
    """A group that imports a subcommand only when it is used, so that `doorstep --help` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every name, in the order of the table."""
        return [*COMMANDS, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="doorstep")
def doorstep() -> None:
    """进门:入户走访服务器 / doorstep: the server behind a field app for door-to-door visits.

    Settings come from the environment (DOORSTEP_*), or, inside a checkout where `make run` has been, from the
    private installation that it made.
    """


def main() -> Any:
    """The entry point: a wrong setting is one clear message, never a trace."""
    try:
        return doorstep()
    except (SettingsError, PolicyError) as error:
        click.echo(f"设置有误 / settings:\n{error}", err=True)
        click.echo("README.md 列出了全部设置 / README.md lists every setting", err=True)
        sys.exit(2)


def settings() -> Settings:
    """The settings of the installation that a command works on.

    The environment, completed by the private installation of this checkout if nothing there names a database.
    """
    from api.cli.private import state_folder

    environment = dict(os.environ)
    kept = state_folder(Path.cwd()) / "env"
    if "DOORSTEP_DATABASE_URL" not in environment and kept.exists():
        lines = (line.partition("=") for line in kept.read_text().splitlines())
        environment = {key: value for key, _, value in lines} | environment
    return Settings.from_env(environment)
