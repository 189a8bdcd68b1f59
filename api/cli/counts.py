"""`doorstep counts`: the numbers that the map and coverage read, compared with the visits and mended."""

from functools import partial
from uuid import UUID

import click
from sqlalchemy import text
from sqlalchemy.orm import Session

from api.cli.installation import opened
from sync.insight import counting, coverage

CHUNK = 2000
_PLACES = text("SELECT id FROM place WHERE id > :after AND merged_into_id IS NULL ORDER BY id LIMIT :most")


@click.group()
def counts() -> None:
    """地图与覆盖的计数 / numbers of map and coverage. `doorstep doctor` compares them with the visits."""


@counts.command()
def mend() -> None:
    """更正计数 / make the numbers agree with the visits; the work goes on meanwhile. Twice is harmless."""
    with opened() as house:
        house.write(counting.mend)
        after, done = UUID(int=0), 0
        while chunk := house.write(partial(_look_again, after=after)):
            after, done = chunk[-1], done + len(chunk)
        left = house.read(counting.differences)
    click.echo(f"走访对象 places {done}, 仍不符 still wrong {left}")


def _look_again(session: Session, after: UUID) -> list[UUID]:
    places = list(session.scalars(_PLACES, {"after": after, "most": CHUNK}))
    coverage.recount(session, places)
    return places
