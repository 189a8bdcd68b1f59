"""`doorstep retention`: how long what is kept, and what the nightly job let go of."""

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from api.cli.installation import opened
from sync import clock, queue
from sync.models import RetentionReport
from sync.privacy import retention as keeping
from sync.privacy.rules import BY_WORD, KEPT


@click.group()
def retention() -> None:
    """保存期限 / retention: the table, the nightly reports, a run at once."""


@retention.command()
def table() -> None:
    """Show what is kept how long, and what happens then."""
    with opened() as house:
        policy = house.policy
    shown = Table("内容 what", "天数 days", "到期后 then", "理由 why")
    for kept in KEPT:
        shown.add_row(
            f"{kept.what.zh} {kept.what.value}",
            str(kept.days(policy)),
            f"{kept.then.zh} / {kept.then.en}",
            f"{kept.why.zh} / {kept.why.en}",
        )
    Console().print(shown)


@retention.command()
@click.option("--newest", default=1, show_default=True, help="How many runs.")
def report(newest: int) -> None:
    """Show what went, how many, and what stayed and why."""
    query = select(RetentionReport).order_by(RetentionReport.began_at.desc()).limit(newest)
    with opened() as house:
        found = house.read(lambda session: session.scalars(query).all())
    console = Console()
    if not found:
        console.print("还没有运行过 / it never ran yet")
    for one in found:
        ended = f"{clock.local(one.ended_at):%Y-%m-%d %H:%M:%S}" if one.ended_at else "进行中 running"
        console.print(f"{clock.local(one.began_at):%Y-%m-%d %H:%M:%S} → {ended}  policy {one.policy_version}")
        shown = Table("内容 what", "早于 before", "已清除 gone", "留存 stayed", "留存理由 why it stayed")
        for line in keeping.lines_of(one):
            kept, why = BY_WORD[line["what"]], line["why_stayed"]
            told = f"{why['zh']} / {why['en']}" if why else ""
            shown.add_row(kept.what.zh, line["before"], str(line["gone"]), str(line["stayed"]), told)
        console.print(shown)


@retention.command()
def run() -> None:
    """Begin a run now; workers carry it out, `doorstep retention report` tells."""
    with opened() as house:
        began = house.write(lambda session: keeping.begin(session, house.policy))
        queue.ring(house)
    click.echo(f"已开始 / begun: {began}")
