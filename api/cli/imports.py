"""`doorstep import`: lists from files, checked as a whole before anything is written."""

import csv
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from api.cli import settings
from sync.calendar.workdays import CalendarError
from sync.house import House
from sync.identity.contact_cipher import ContactCipher
from sync.identity.numbers import Numbers
from sync.pipeline.listing import hear_list
from sync.registry.imports.areas import areas
from sync.registry.imports.kinds import KINDS
from sync.registry.imports.outlines import read_features
from sync.registry.imports.reading import FileError, read_file
from sync.registry.imports.run import Outcome, import_rows
from sync.registry.imports.spec import Kind
from sync.registry.workdays import replace_workdays, shipped_holidays
from sync.words import Datum

SHOWN = 50
FILE = click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group(name="import")
def import_() -> None:
    """导入名册 / import lists (CSV or XLSX).

    Headings may be Chinese or English. Every wrong row is named with its line and reason; a file with one changes
    nothing. Importing the same file again changes nothing either.
    """


DRY_RUN = click.option("--dry-run", is_flag=True, help="Check only; write nothing.")
REPORT = click.option("--report", type=click.Path(path_type=Path), help="Write the wrong rows to this CSV file.")
DATUMS = click.Choice([datum.value for datum in Datum])


def _command(name: str) -> click.Command:
    kind = KINDS[name]

    @FILE
    @DRY_RUN
    @REPORT
    @click.option("--datum", type=DATUMS, required=kind.located, help="Of coordinates.")
    def run(path: Path, dry_run: bool, report: Path | None, datum: str | None) -> None:
        rows = read_file(path, kind.columns)
        _bring(kind, rows, dry_run=dry_run, report=report, datum=Datum(datum) if datum else None)

    columns = "、".join(f"{c.zh}({c.name}{'*' if c.required else ''})" for c in kind.columns)
    return click.command(name=name, help=f"{name}: {columns}")(run)


def _bring(
    kind: Kind, rows: Iterator[tuple[int, dict[str, str]]], *, dry_run: bool, report: Path | None, datum: Datum | None
) -> None:
    """Import rows of a file and tell what became of them."""
    house = House.open(settings())
    keys = house.settings.contact_keys
    seal = ContactCipher(keys).seal if any(c.name == "phone" for c in kind.columns) else None
    try:
        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(kind.name, total=None)
            outcome = import_rows(
                house.write,
                kind,
                rows,
                datum=datum,
                seal=seal,
                differs=partial(hear_list, numbers=Numbers(keys)),
                dry_run=dry_run,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
    except FileError as error:
        raise click.ClickException(str(error)) from error
    finally:
        house.close()
    _tell(outcome, dry_run, report)


def _tell(outcome: Outcome, dry_run: bool, report: Path | None) -> None:
    if outcome.faults:
        table = Table("行 line", "列 column", "值 value", "原因 reason")
        for fault in outcome.faults[:SHOWN]:
            table.add_row(str(fault.line), fault.column, fault.value, f"{fault.zh} / {fault.en}")
        Console().print(table)
        if report:
            with report.open("w", encoding="utf-8-sig", newline="") as file:
                csv.writer(file).writerows([("line", "column", "value", "zh", "en"), *outcome.faults])
        click.echo(f"{len(outcome.faults)} 处有误,什么都没有改 / wrong, nothing was changed", err=True)
        sys.exit(1)
    for kept in outcome.kept[:SHOWN]:
        click.echo(f"  {kept.line} {kept.column}: {kept.zh} / {kept.en}", err=True)
    if outcome.kept:
        click.echo(f"{len(outcome.kept)} 处保留现场更正 / kept as they were put right", err=True)
    if dry_run:
        click.echo(f"{outcome.rows} 行,没有错误,未写入 / rows, no faults, nothing written")
        return
    click.echo(
        f"{outcome.rows} 行 rows: {outcome.new} 新增 new, {outcome.changed} 更改 changed,"
        f" {outcome.unchanged} 未变 unchanged"
    )


for _name in KINDS:
    import_.add_command(_command(_name))


@import_.command(name="areas")
@FILE
@DRY_RUN
@REPORT
@click.option("--datum", type=DATUMS, required=True, help="Of coordinates.")
def import_areas(path: Path, dry_run: bool, report: Path | None, datum: str) -> None:
    """单位范围 / outlines of units (GeoJSON): properties code or name, Polygon or MultiPolygon.

    "Line" is the number of the feature. Sketch anew afterwards: doorstep areas sketch.
    """
    _bring(areas(Datum(datum)), read_features(path), dry_run=dry_run, report=report, datum=None)


@import_.command()
@click.argument("path", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--shipped", is_flag=True, help="The holidays that come with the product.")
def calendar(path: Path | None, shipped: bool) -> None:
    """节假日 / holidays (date, name, is_off_day): the working-day calendar is written anew."""
    if (path is None) is not shipped:
        raise click.UsageError("a FILE or --shipped")
    house = House.open(settings())
    try:
        rows = shipped_holidays() if path is None else list(csv.DictReader(path.open(encoding="utf-8-sig")))
        days = house.write(lambda session: replace_workdays(session, rows, path.name if path else "shipped"))
    except CalendarError as error:
        raise click.ClickException(str(error)) from error
    finally:
        house.close()
    click.echo(f"{days} 天 / days")
