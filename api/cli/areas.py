"""`doorstep areas`: outlines of units; real ones come by `doorstep import areas`."""

import click

from api.cli.installation import opened
from sync.registry.areas import sketch


@click.group()
def areas() -> None:
    """村居范围 / outlines of units. Real ones: doorstep import areas FILE.geojson --datum wgs84"""


@areas.command(name="sketch")
def sketch_areas() -> None:
    """画示意范围 / sketch villages that have no outline, around their homes, inside the real outline above them.

    Shown as 示意. Run it again after outlines or homes were imported; real outlines are never touched.
    """
    with opened() as house:
        drawn = house.write(sketch)
    click.echo(
        f"村居 villages {drawn.villages}, 镇街 towns {drawn.above}, 变动 changed {drawn.changed},"
        f" 没有范围 without outline {drawn.left}"
    )
    if drawn.left:
        click.echo(
            "没有范围的村居: 走访对象没有位置,或上级没有真实范围(doorstep import areas)"
            " / these have no home with a position, or no real outline above them",
            err=True,
        )
