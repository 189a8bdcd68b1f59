"""`doorstep demo`: a seeded county and phones that misbehave."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from sqlalchemy.exc import DBAPIError

from api.cli.installation import opened
from api.cli.sheet import lines
from api.demo import day
from api.demo.city import seed as seed_city
from api.demo.phone import Phone
from api.demo.year import live, throwaway
from sync import clock, ids


@click.group()
def demo() -> None:
    """演示 / a seeded county, simulated phones."""


@demo.command()
def seed() -> None:
    """Fill an empty installation with the demo county, once; show the logins."""
    with opened() as house:
        logins = seed_city(house, lambda line: click.echo(f"  {line}", err=True))
    click.echo("演示账号 / demo logins:")
    for username, password in logins.items():
        click.echo(f"  {username:20} {password}")


@demo.command()
@click.option("--phones", default=24, show_default=True, help="How many phones.")
@click.option("--batches", default=6, show_default=True, help="Batches a phone, one a day.")
@click.option("--seed", default=1, show_default=True, help="The same seed misbehaves the same way.")
@click.option("--url", help="Address of the server; default: where this installation listens.")
def replay(phones: int, batches: int, seed: int, url: str | None) -> None:
    """Days of the county in a minute: repeats, reorders, cut connections, late photos; then the proof."""
    with opened() as house:
        crew = day.phones_of(house, url or f"http://{house.settings.bind}", phones, seed)
        with Progress(console=Console(stderr=True)) as bar:
            pushed, photos = (
                bar.add_task("批次 batches", total=phones * batches),
                bar.add_task("照片 photos", total=None),
            )

            def told(batch: int, photo: int) -> None:
                bar.advance(pushed, batch)
                bar.advance(photos, photo)

            story = day.replay(house, crew, batches, told)
    _tell(story)


@demo.command()
@click.option("--forever", is_flag=True, help="Until stopped.")
@click.option("--count", default=4, show_default=True, help="How many phones.")
@click.option("--pause", default=20.0, show_default=True, help="Seconds between two rounds.")
def phones(forever: bool, count: int, pause: float) -> None:
    """Keep a handful of phones alive at a gentle pace, so that the screens move."""
    with opened() as house:
        crew: list[Phone] = []
        round_ = 0
        while forever or round_ == 0:
            try:
                crew = crew or day.phones_of(house, f"http://{house.settings.bind}", count, int(ids.digits(6)))
                for phone in crew:
                    day.hand_in(phone, day.go_on(phone, clock.local(clock.now())), lambda *_: None)
            except (RuntimeError, DBAPIError) as error:
                click.echo(f"phones: {type(error).__name__}", err=True)
            round_ += 1
            if forever:
                sleep(pause)


@demo.command()
@click.option("--year", "wanted", type=click.IntRange(2000, 2100), help="Which year; default: the present one.")
@click.option("--seed", default=1, show_default=True, help="The same seed lives the same year.")
def year(wanted: int | None, seed: int) -> None:
    """A village committee's year, lived in a database of its own; its sheet for a leader: numbers alone."""
    wanted = wanted or clock.today().year
    with TemporaryDirectory(prefix="doorstep-year-") as name, Progress(console=Console(stderr=True)) as bar:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as another user where this is root
        days = bar.add_task(str(wanted), total=396)
        with throwaway(folder) as house:
            sheet = live(house, wanted, seed, lambda _: bar.advance(days))
    for line in lines(sheet, "演示村"):
        click.echo(line)


def _tell(story: day.Story) -> None:
    table = Table("", "", show_header=False)
    table.add_row("批次 batches", f"{story.batches} (发送 sent {story.sent})")
    table.add_row("走访 visits", str(story.visits))
    for title, counts in (
        ("记录 records", story.records),
        ("核验 verdicts", story.verdicts),
        ("诉求 problems", story.tasks),
        ("照片 photos", story.photo_states),
        ("更正 corrections", story.edits),
    ):
        table.add_row(title, "  ".join(f"{name} {count}" for name, count in counts.most_common()))
    Console().print(table)
    for line in story.wrong[:20]:
        click.echo(line, err=True)
    if story.wrong:
        click.echo(f"{len(story.wrong)} 处不符 / do not agree", err=True)
        sys.exit(1)
    click.echo("每条已确认的记录恰好生效一次 / every acknowledged record has exactly one effect")
