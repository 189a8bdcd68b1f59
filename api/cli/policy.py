"""`doorstep policy`: what a unit replaces of the policy, from day to day."""

from datetime import date, datetime
from uuid import UUID

import click
import orjson
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from api.cli.installation import opened
from api.cli.user import unit_of
from sync import clock, pipeline
from sync.registry import overrides
from sync.registry.overrides import MODES, UnitPolicy
from sync.words import EvidenceMode

UNIT = click.argument("unit_code")


@click.group()
def policy() -> None:
    """单位政策 / what a unit replaces of the policy: evidence modes, radii, weights.

    UNIT_CODE is an administrative code of any edition; KEY is section.name as in sync/policy.toml, e.g.
    evidence.location. A visit keeps to the policy of the day it was held on.
    """


@policy.command()
@UNIT
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="The day; today if not given.")
def show(unit_code: str, day: datetime | None) -> None:
    """Show what holds at a unit: evidence modes, and every value that it or a unit above it replaces."""
    on = day.date() if day else clock.today()

    def work(session: Session) -> tuple[UnitPolicy, list[overrides.Override]]:
        unit = unit_of(session, unit_code)
        [held] = overrides.resolve(session, house.policy, [(unit.id, on)])
        return held, overrides.overrides_at(session, unit.id, on)

    with opened() as house:
        held, rows = house.read(work)
    for key, purpose in zip(MODES, (held.evidence.location_purpose, held.evidence.photos_purpose), strict=True):
        mode = EvidenceMode(getattr(held.evidence, key.partition(".")[2]))
        click.echo(f"{key}: {mode.zh} {mode.value} — {purpose}")
    table = Table("键 key", "取值 value", "单位 unit", "期限 days", "依据 basis")
    for row in rows:
        table.add_row(row.key, str(row.value), row.unit, f"{row.since or '…'} → {row.until or '…'}", row.basis)
    Console().print(table if rows else f"没有单位取值,全部为默认 / nothing replaced: {held.version}")


@policy.command(name="set")
@UNIT
@click.argument("key")
@click.argument("value")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="First day without it; needed for `asked`.")
@click.option("--basis", default="", help="Why it is asked for (依据文件); needed for `asked`.")
def set_(unit_code: str, key: str, value: str, until: datetime | None, basis: str) -> None:
    """Replace a value for a unit and those under it from today on; visits from today on are judged again."""

    def work(session: Session) -> object:
        unit = unit_of(session, unit_code)
        end = until.date() if until else None
        kept = overrides.set_override(session, house.policy, unit.id, key, value, until=end, basis=basis)
        _judge_again(session, unit.id, clock.today())
        return kept

    with opened() as house:
        kept = house.write(work)
    click.echo(f"已设置 / set: {key} = {kept}")


@policy.command()
@UNIT
@click.argument("key")
def end(unit_code: str, key: str) -> None:
    """End what a unit replaced; what stands above it holds from today on."""

    def work(session: Session) -> None:
        unit = unit_of(session, unit_code)
        overrides.end_override(session, unit.id, key)
        _judge_again(session, unit.id, clock.today())

    with opened() as house:
        house.write(work)
    click.echo(f"已结束 / ended: {key}")


def _judge_again(session: Session, unit: UUID, since: date) -> None:
    pipeline.owe_rejudge(session, f"unit/{unit}", facts=orjson.dumps({"since": since.isoformat()}).decode())
