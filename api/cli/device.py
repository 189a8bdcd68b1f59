"""`doorstep device`: phones and the codes that make them known."""

from datetime import timedelta
from uuid import UUID

import click
import segno
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from api.cli.installation import opened
from sync import clock
from sync.identity import queries
from sync.identity.actions import devices, people
from sync.identity.rules import enrolment_address
from sync.words import DeviceState


@click.group()
def device() -> None:
    """手机 / phones: enrolment codes, list, retire, lost."""


@device.command()
@click.argument("staff_no")
@click.option("--hours", type=click.IntRange(1, 720), help="Life of a printed sheet; 10 minutes if not given.")
def code(staff_no: str, hours: int | None) -> None:
    """Issue a one-time code for somebody's phone; it voids the codes before."""

    def work(session: Session) -> tuple[str, str, str]:
        person = people.person_of_staff_no(session, staff_no)
        life = timedelta(hours=hours) if hours else timedelta(minutes=house.policy.devices.code_minutes)
        made, expires_at = devices.issue_code(session, person.id, clock.now(), life)
        return (
            session.scalars(queries.enrolling_name(person.id)).one(),
            made,
            f"{clock.local(expires_at):%Y-%m-%d %H:%M}",
        )

    with opened() as house:
        username, made, until = house.write(work)
    click.echo(f"用户名 / user name: {username}")
    click.echo(f"登记码 / code: {made[:4]} {made[4:]}    有效至 / until {until}")
    click.echo(qr_text(enrolment_address(house.settings.address, username, made)))


@device.command("list")
@click.option("--state", type=click.Choice([state.value for state in DeviceState]), help="Only phones in this state.")
def list_devices(state: str | None) -> None:
    """List phones with their people, those in use first."""
    query = queries.devices()
    with opened() as house:
        rows = house.read(lambda session: session.execute(query).all())
    table = Table(
        "手机 device", "工号 staff no", "姓名 name", "型号 model", "状态 state", "最近联系 seen", "告警 alarm"
    )
    for row in rows:
        if state in (None, row.state.value):
            seen = f"{clock.local(row.seen_at):%Y-%m-%d %H:%M}" if row.seen_at else "—"
            named = f"{row.state.zh} {row.state.value}"
            alarm = f"{row.alarm.zh} {row.alarm.value}" if row.alarm else ""
            table.add_row(str(row.id), row.staff_no, row.name, str(row.about.get("model", "")), named, seen, alarm)
    Console().print(table if table.row_count else "没有手机 / no phones: doorstep device code")


@device.command()
@click.argument("device_id", type=click.UUID)
def retire(device_id: UUID) -> None:
    """Let a phone only hand in what it holds; after 30 days it is closed."""
    _end(device_id, DeviceState.RETIRED)


@device.command()
@click.argument("device_id", type=click.UUID)
@click.confirmation_option(
    prompt="手机将被要求清除全部数据,不可撤销 / the phone will be told to erase itself, for good?"
)
def lost(device_id: UUID) -> None:
    """Report a phone lost: nothing is accepted from it, and it is told to erase itself."""
    _end(device_id, DeviceState.LOST)


def _end(device_id: UUID, state: DeviceState) -> None:
    with opened() as house:
        after = house.write(lambda session: devices.end_device(session, device_id, state, clock.now()).state)
    click.echo(f"{after.zh} / {after.value}: {device_id}")


def qr_text(address: str) -> str:
    """A QR code made of half blocks, for a terminal."""
    rows = [[bool(cell) for cell in row] for row in segno.make(address, error="m", micro=False).matrix_iter(border=2)]
    rows += [[False] * len(rows[0])] * (len(rows) % 2)
    shown = {(True, True): " ", (True, False): "▄", (False, True): "▀", (False, False): "█"}
    return "\n".join(
        "".join(shown[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(rows[::2], rows[1::2], strict=True)
    )
