"""`doorstep db`: the schema."""

from pathlib import Path

import click
from alembic import command
from alembic.config import Config

from api.cli import settings

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def config(url: str) -> Config:
    """Alembic's configuration for a database."""
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return made


@click.group()
def db() -> None:
    """数据库结构 / the schema of the database."""


@db.command()
def upgrade() -> None:
    """Bring the schema to this version; safe to run twice and by several at once."""
    command.upgrade(config(settings().database_url), "head")
    click.echo("数据库结构已是最新 / the schema is up to date")


@db.command()
def current() -> None:
    """Show which migration the database has."""
    command.current(config(settings().database_url))


@db.command()
def check() -> None:
    """Compare the models with the database; fails if they differ."""
    command.check(config(settings().database_url))
