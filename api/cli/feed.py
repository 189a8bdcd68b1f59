"""`doorstep feed`: the epoch after a restore, and comparing phones' feeds with the registry by hand."""

import click

from api.cli.installation import opened
from sync import queue
from sync.feed import epochs, queries, settling


@click.group()
def feed() -> None:
    """手机同步 / feed: epoch, settle."""


@feed.command()
@click.option("--bump", is_flag=True, help="After a restore or failover that may have lost what was acknowledged.")
def epoch(bump: bool) -> None:
    """Show the epoch; with --bump raise it: every phone reads afresh and offers its last batches again."""
    with opened() as house:
        number = house.write(epochs.bump) if bump else house.read(queries.epoch)
    click.echo(f"同步纪元 / feed epoch: {number}")
    if bump:
        click.echo("手机下次同步时将重新核对近期上传 / phones will offer the batches of the last days again")


@feed.command()
def settle() -> None:
    """Compare every phone's feed with the registry now, as is done by itself when a day begins."""
    with opened() as house:
        house.write(settling.restart)
        queue.ring(house)
    click.echo("已开始核对 / begun; 进度 / progress: doorstep doctor")
