"""`doorstep batches`: what became of what phones handed in, and another try after a fix."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from api.cli import settings
from sync import audit, clock, pipeline, queue
from sync.house import House
from sync.intake.kept import batches_in, batches_named
from sync.models import Batch
from sync.words import BatchState, RecordState

STATES = click.Choice([state.value for state in BatchState])
WAITING = click.Choice(["held", "parked", "quarantined", "unpermitted"])
SHOWN = {"ord", "kind", "id", "state"}


@click.group()
def batches() -> None:
    """上传批次 / batches: list, show, replay."""


@batches.command("list")
@click.option("--state", type=STATES, help="Only batches in this state.")
@click.option("--records", type=WAITING, help="Only batches with a record in this state.")
@click.option("--device", type=click.UUID, help="Only batches of this phone.")
@click.option("--newest", default=50, show_default=True, help="How many at most.")
def list_batches(state: str | None, records: str | None, device: UUID | None, newest: int) -> None:
    """List the newest batches, newest first."""
    query = batches_in(BatchState(state) if state else None, RecordState(records) if records else None, device, newest)
    with _open() as house:
        found = house.read(lambda session: session.scalars(query).all())
    table = Table("批次 batch", "手机 device", "收到 received", "字节 bytes", "状态 state", "记录 records")
    for batch in found:
        at = f"{clock.local(batch.received_at):%Y-%m-%d %H:%M:%S}"
        table.add_row(str(batch.id), str(batch.device_id), at, str(batch.size), _label(batch), _counts(batch))
    Console().print(table if found else "没有这样的批次 / no such batch")


@batches.command()
@click.argument("batch", type=click.UUID)
@click.option("--device", type=click.UUID, help="Whose batch, if two phones made the same id.")
def show(batch: UUID, device: UUID | None) -> None:
    """Show one batch with the result of each record."""
    with _open() as house:
        found = _one(house, batch, device)
    console = Console()
    console.print(f"批次 batch {found.id}  手机 device {found.device_id}  {_label(found)}")
    at = f"{clock.local(found.received_at):%Y-%m-%d %H:%M:%S}"
    console.print(f"收到 received {at}  sha256 {found.sha256.hex()}  schema {found.schema}")
    if found.note:
        console.print(f"原因 reason: {found.note}", markup=False)
    table = Table("#", "kind", "id", "结果 result", "说明 facts")
    for result in found.results or []:
        facts = ", ".join(f"{key}={value}" for key, value in result.items() if key not in SHOWN)
        state = RecordState(result["state"])
        table.add_row(str(result["ord"]), result["kind"], str(result["id"] or ""), f"{state.zh} {state.value}", facts)
    console.print(table)


@batches.command()
@click.argument("batch", type=click.UUID)
@click.option("--device", type=click.UUID, help="Whose batch, if two phones made the same id.")
def replay(batch: UUID, device: UUID | None) -> None:
    """Try a batch again after a fix: settled records stay as they are, the others get another try."""

    def work(session: Session) -> None:
        pipeline.owe_again(session, found.device_id, found.id)
        audit.record(session, "batch.replayed", found.id, device=str(found.device_id))

    with _open() as house:
        found = _one(house, batch, device)
        house.write(work)
        queue.ring(house)
    click.echo(f"将再次处理 / will be tried again; 结果 / result: doorstep batches show {batch}")


@contextmanager
def _open() -> Iterator[House]:
    house = House.open(settings(), pool_size=1)
    try:
        yield house
    finally:
        house.close()


def _one(house: House, batch: UUID, device: UUID | None) -> Batch:
    found = house.read(lambda session: session.scalars(batches_named(batch, device)).all())
    if not found:
        raise click.ClickException(f"没有批次 / there is no batch {batch}")
    if len(found) > 1:
        devices = ", ".join(str(one.device_id) for one in found)
        raise click.ClickException(f"两部手机有同一批次号 / two phones made this id, add --device: {devices}")
    return found[0]


def _label(batch: Batch) -> str:
    return f"{batch.state.zh} {batch.state.value}"


def _counts(batch: Batch) -> str:
    counts: dict[str, int] = {}
    for result in batch.results or []:
        counts[result["state"]] = counts.get(result["state"], 0) + 1
    return ", ".join(f"{state} {count}" for state, count in sorted(counts.items()))
