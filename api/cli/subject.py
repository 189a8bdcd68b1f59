"""`doorstep subject`: a resident's right to see, to copy and to have erased (个人信息保护法 44 to 47)."""

from pathlib import Path
from typing import Any
from uuid import UUID

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from api.cli.export_page import page
from api.cli.installation import opened
from sync import pipeline
from sync.house import House
from sync.identity.actions.people import person_of_staff_no
from sync.identity.contact_cipher import ContactCipher
from sync.privacy import exporting, subjects
from sync.words import Asker

ASKER = click.option(
    "--asker", type=click.Choice([one.value for one in Asker]), required=True,
    help="On whose behalf: " + ", ".join(f"{one.value} {one.zh}" for one in Asker),
)  # fmt: skip
BASIS = click.option("--basis", required=True, help="Rule or number of the written request; no names.")
BY = click.option("--by", "staff_no", required=True, help="Staff number of the official who answers for it.")
PLACE = click.option("--place", help="Code or id of the household.")


@click.group()
def subject() -> None:
    """个人信息申请 / requests of residents: export, erase, find."""


@subject.command()
@click.argument("phone")
def find(phone: str) -> None:
    """Find whose telephone number it is, under every key while keys are being rotated."""

    def work(session: Session) -> list[Any]:
        cipher = ContactCipher(house.settings.contact_keys)
        return subjects.contacts_with(session, cipher.hashes(phone))

    with opened() as house:
        found = house.read(work)
    for one in found:
        click.echo(f"联系人 contact {one.id}  走访对象 place {one.place_id}")
    if not found:
        raise click.ClickException("没有这个号码 / nobody has this number")


@subject.command()
@PLACE
@click.option("--staff", help="Staff number of a colleague, instead of a household.")
@ASKER
@BASIS
@BY
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="HTML file to write.")
@click.option("--photos", type=click.Path(file_okay=False, path_type=Path), help="Folder for the photos.")
def export(
    place: str | None, staff: str | None, asker: str, basis: str, staff_no: str, out: Path, photos: Path | None
) -> None:
    """Write what is kept about a household, or about a colleague, into a file that a person can read."""
    if (place is None) == (staff is None):
        raise click.UsageError("--place 或 --staff / exactly one of --place and --staff")
    if out.exists():
        raise click.ClickException(f"文件已存在 / the file exists: {out}")

    def work(session: Session) -> exporting.Exported:
        by = person_of_staff_no(session, staff_no).id
        cipher = ContactCipher(house.settings.contact_keys)
        whose: dict[str, Any] = {"place_id": subjects.place_named(session, place)} if place else {}
        whose |= {"person_id": person_of_staff_no(session, staff).id} if staff else {}
        return exporting.export(session, house.policy, Asker(asker), basis, by, cipher.open, **whose)

    with opened() as house:
        exported = house.write(work)
        out.write_text(page(exported), encoding="utf-8")
        count = _copy_photos(house, exported.photos, photos) if photos else 0
    click.echo(f"已写入 / written: {out}  申请编号 / request {exported.request}")
    if photos:
        click.echo(f"照片 / photos: {count} → {photos}")


@subject.command()
@PLACE
@click.option("--contact", type=click.UUID, help="One person of a household, by `doorstep subject find`.")
@click.option("--asker", type=click.Choice([one.value for one in Asker]), help="On whose behalf.")
@click.option("--basis", help="Rule or number of the written request; no names.")
@click.option("--by", "staff_no", help="Staff number of the official who answers for it.")
@click.option("--go", "request", type=click.UUID, help="Carry out the request that a dry run wrote down.")
def erase(
    place: str | None, contact: UUID | None, asker: str | None, basis: str | None, staff_no: str | None,
    request: UUID | None,
) -> None:  # fmt: skip
    """Erase a household's data, or one person's: a dry run first, then --go with the number that it printed."""
    if request is not None:
        with opened() as house:
            done = house.write(lambda session: pipeline.erase(session, house.policy, request))
        _show("已删除或清空 / deleted or blanked", done["gone"], done["stayed"])
        click.echo("备份在 35 天内陆续过期 / backups age out within 35 days")
        return
    if (place is None) == (contact is None) or not (asker and basis and staff_no):
        raise click.UsageError("--place 或 --contact,加 --asker --basis --by / one of both, and all three")
    told_asker, told_basis, told_by = asker, basis, staff_no

    def work(session: Session) -> tuple[UUID, dict[str, Any]]:
        by = person_of_staff_no(session, told_by).id
        place_id = subjects.place_named(session, place) if place else None
        return pipeline.ask_to_erase(session, Asker(told_asker), told_basis, by, place_id=place_id, contact_id=contact)

    with opened() as house:
        made, foreseen = house.write(work)
    _show("将删除或清空 / would be deleted or blanked", foreseen["goes"], foreseen["stays"])
    for record in foreseen["mentions"]:
        click.echo(
            f"文字中提到此人,需人工决定是否清除 / its words name that person, decide whether to purge it: {record}"
        )
    click.echo(f"这是预演,尚未删除 / a dry run, nothing is erased yet: doorstep subject erase --go {made}")


def _show(title: str, gone: dict[str, int], stayed: list[dict[str, Any]]) -> None:
    console = Console()
    going = Table(title, "行 rows")
    for table, count in sorted(gone.items()):
        going.add_row(table, str(count))
    console.print(going if gone else f"{title}: 0")
    staying = Table("留存 stays", "行 rows", "理由 why")
    for one in stayed:
        what, why = (f"{both['zh']} / {both['en']}" for both in (one["what"], one["why"]))
        staying.add_row(what, str(one["rows"]), why)
    if stayed:
        console.print(staying)


def _copy_photos(house: House, hashes: list[bytes], folder: Path) -> int:
    """Originals by their hash; those that are awaited or lost are left out."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for sha256 in hashes:
        try:
            with house.blobs.open(sha256) as file:
                (folder / sha256.hex()).write_bytes(file.read())
        except KeyError:
            continue
        count += 1
    return count
