"""`doorstep purge`: words that must never have been entered (严禁录入涉密信息) go everywhere at once."""

from typing import Any
from uuid import UUID

import click
from sqlalchemy.orm import Session

from api.cli.installation import opened
from sync import pipeline, queue
from sync.identity.actions.people import person_of_staff_no


@click.group()
def purge() -> None:
    """清除误录的涉密信息 / purge what should not be here."""


@purge.command()
@click.argument("record", type=click.UUID)
@click.option("--basis", required=True, help="Why, by rule or number of the paper; never the words themselves.")
@click.option("--by", "staff_no", required=True, help="Staff number of the official who answers for it.")
@click.option("--go", is_flag=True, help="Purge at once; without it nothing but the request is written.")
def record(record: UUID, basis: str, staff_no: str, go: bool) -> None:
    """Purge the words of a record (visit, problem, statement …) by its id: revisions, bodies, replays, photos."""

    def ask(session: Session) -> tuple[UUID, dict[str, Any]]:
        by = person_of_staff_no(session, staff_no).id
        return pipeline.ask_to_purge(session, house.policy, basis, by, record)

    with opened() as house:
        made, foreseen = house.write(ask)
        done = house.write(lambda session: pipeline.purge(session, house.policy, made)) if go else None
        queue.ring(house)
    visits, problems = len(foreseen["visits"]), len(foreseen["problems"])
    click.echo(f"走访 visits {visits}, 诉求 problems {problems}, 照片 photos {foreseen['photos']}")
    for copy in foreseen["copies"]:
        click.echo(f"可能含同样内容,另行清除 / may hold the same words, purge it too: {copy}")
    if foreseen["since"]:
        click.echo(f"此后的备份也含有 / backups since then hold it too: {foreseen['since']}")
    if done:
        click.echo(f"已清除 / purged: {done['rows']} 行 rows, {done['bodies']} 份原文 bodies")
        click.echo(f"申请编号 / request {made}")
    else:
        click.echo("预演,尚未清除,加 --go 执行 / a dry run; --go purges")
