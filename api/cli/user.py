"""`doorstep user`: people, their dated roles and their logins."""

from datetime import date, datetime

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from api.cli.installation import opened
from sync import clock, ids
from sync.errors import refuse
from sync.identity import queries
from sync.identity.actions import people
from sync.identity.contact_cipher import ContactCipher
from sync.models import Login, Unit
from sync.words import Role

ROLE = click.Choice([role.value for role in Role])
UNIT = click.option("--unit", "unit_code", required=True, help="Administrative code of the unit, any edition.")
DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def user() -> None:
    """人员与账号 / people, roles and logins."""


@user.command()
@click.argument("staff_no")
@click.argument("name")
@click.option("--username", help="Also give a login; without --password a password is made and shown once.")
@click.option("--password", is_flag=True, help="Ask for the password.")
@click.option("--role", type=ROLE, help="Also give a role; needs --unit.")
@click.option("--unit", "unit_code", help="Administrative code of the unit where the role is held.")
@click.option("--phone", help="Telephone number; kept encrypted.")
def add(
    staff_no: str,
    name: str,
    username: str | None,
    password: bool,
    role: str | None,
    unit_code: str | None,
    phone: str | None,
) -> None:
    """Add a person, with a login and a first role if given."""
    if (role is None) != (unit_code is None):
        raise click.UsageError("--role 和 --unit 要一起给 / --role and --unit go together")
    secret = _password(password) if username else ""

    def work(session: Session) -> None:
        cipher = ContactCipher(house.settings.contact_keys) if phone else None
        person_id = people.add_person(session, staff_no, name, phone, cipher)
        if role and unit_code:
            people.give_role(session, person_id, Role(role), unit_of(session, unit_code).id, since=clock.today())
        if username:
            people.set_login(session, person_id, username, secret, clock.now(), house.policy.logins)

    with opened() as house:
        house.write(work)
    click.echo(f"已添加 / added: {staff_no} {name}")
    if username and not password:
        _show_password(username, secret)


@user.command("list")
@click.option("--unit", "unit_code", help="Only people with a role at this very unit.")
def list_users(unit_code: str | None) -> None:
    """List people with their logins and roles."""

    def work(session: Session) -> list[tuple[str, ...]]:
        unit = unit_of(session, unit_code).id if unit_code else None
        return [
            (
                row.staff_no,
                row.name,
                (row.username or "—") + (" (停用 disabled)" if row.disabled_at else ""),
                f"{row.role.zh} {row.role.value}" if row.role else "—",
                row.unit or "",
                _days(row.valid) if row.role else "",
            )
            for row in session.execute(queries.people(unit))
        ]

    with opened() as house:
        rows = house.read(work)
    table = Table("工号 staff no", "姓名 name", "用户名 login", "角色 role", "单位 unit", "期限 days")
    for row in rows:
        table.add_row(*row)
    Console().print(table if rows else "还没有人员 / nobody yet: doorstep user add")


@user.command()
@click.argument("staff_no")
@click.argument("role", type=ROLE)
@UNIT
@click.option("--since", type=DAY, help="First day; today if not given.")
@click.option("--until", type=DAY, help="First day without the role; with --end the day it ends, today if not given.")
@click.option("--end", is_flag=True, help="End the role instead of giving it.")
def role(staff_no: str, role: str, unit_code: str, since: datetime | None, until: datetime | None, end: bool) -> None:
    """Give somebody a role at a unit, or end it."""
    first, last = (day.date() if day else None for day in (since, until))

    def work(session: Session) -> None:
        person = people.person_of_staff_no(session, staff_no)
        unit = unit_of(session, unit_code)
        if not end:
            people.give_role(session, person.id, Role(role), unit.id, since=first or clock.today(), until=last)
        elif not people.end_role(session, person.id, Role(role), unit.id, last or clock.today()):
            raise refuse("not-found", detail=f"{role} @ {unit.name}")

    with opened() as house:
        house.write(work)
    click.echo("已结束 / ended" if end else "已设置 / given")


@user.command()
@click.argument("staff_no")
@click.option("--username", help="User name of the login; needed the first time.")
@click.option("--generate", is_flag=True, help="Make a password and show it once instead of asking for one.")
def password(staff_no: str, username: str | None, generate: bool) -> None:
    """Give somebody a login or a new password; every browser of theirs is logged out."""
    secret = _password(not generate)

    def work(session: Session) -> str:
        person = people.person_of_staff_no(session, staff_no)
        login = session.get(Login, person.id)
        name = username or (login and login.username)
        if not name:
            raise refuse("username-invalid", detail="--username")
        return people.set_login(session, person.id, name, secret, clock.now(), house.policy.logins)

    with opened() as house:
        name = house.write(work)
    click.echo(f"密码已设置 / the password is set: {name}")
    if generate:
        _show_password(name, secret)


@user.command()
@click.argument("staff_no")
def disable(staff_no: str) -> None:
    """End a login: browsers are logged out, phones may only hand in what they hold."""

    def work(session: Session) -> int:
        return people.disable_login(session, people.person_of_staff_no(session, staff_no).id, clock.now())

    with opened() as house:
        phones = house.write(work)
    click.echo(f"已停用,{phones} 部手机转为只可上传 / disabled, {phones} phones may only hand in")


def unit_of(session: Session, code: str) -> Unit:
    """The unit with an administrative code of any edition. Raises not-found."""
    unit = session.scalars(queries.unit_by_code(code)).one_or_none()
    if unit is None:
        raise refuse("not-found", detail=f"单位代码 / unit code {code}")
    return unit


def _password(ask: bool) -> str:
    if ask:
        return str(click.prompt("密码 password", hide_input=True, confirmation_prompt="再输一次 again"))
    return ids.token("pw")[3:23]


def _show_password(username: str, secret: str) -> None:
    click.echo(f"用户名 / user name: {username}\n密码 / password: {secret}\n只显示这一次 / shown only this once")


def _days(valid: object) -> str:
    lower: date | None = getattr(valid, "lower", None)
    upper: date | None = getattr(valid, "upper", None)
    return f"{lower or '…'} → {upper or '…'}" if lower or upper else "长期 for good"
