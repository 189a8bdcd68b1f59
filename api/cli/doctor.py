"""`doorstep doctor`: is this installation sound, and what to do if not."""

import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import NamedTuple

import click
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from api.cli import settings as read_settings
from api.cli.database import config
from api.ops.checks import Check, look
from sync import clock, db, pulse, queue
from sync.house import House
from sync.identity import officers, queries
from sync.identity.contact_cipher import ContactCipher, ContactKeyError
from sync.insight import counting
from sync.words import Role, SealedKind

OK, WARNING, ERROR = "正常 ok", "注意 warning", "错误 error"
COLOURS = {OK: "green", WARNING: "yellow", ERROR: "red"}
START_WORKERS = "启动 start: doorstep up (python -m worker; python -m worker sweep)"


class Finding(NamedTuple):
    """One line: how it is, what was looked at, what was found, and what to do about it."""

    level: str
    subject: str
    found: str
    advice: str = ""


@click.command()
def doctor() -> None:
    """检查安装 / check this installation; exit code 1 if something must be mended."""
    house = House.open(read_settings(), pool_size=1)
    try:
        findings = []
        for finding in examine(house):
            findings.append(finding)
            click.echo(f"{click.style(finding.level, fg=COLOURS[finding.level])}\t{finding.subject}: {finding.found}")
            if finding.advice:
                click.echo(f"\t→ {finding.advice}")
    finally:
        house.close()
    sys.exit(any(finding.level == ERROR for finding in findings))


def examine(house: House) -> Iterator[Finding]:
    """Every finding, causes before consequences."""
    checks = {check.name: check for check in look(house)}
    yield _contact_keys(house)
    if checks["database"].ok:
        looks: tuple[Callable[[Session, House], Finding], ...] = (
            _durability, _schema, _skew, _calendar, _partitions, _counts, _security_admins, _sealed_officers,
        )  # fmt: skip
        for one in looks:
            yield house.read(lambda session, one=one: one(session, house))  # type: ignore[misc]  # mypy on defaults
        yield _sweepers(checks["sweepers"])
        yield _errands(checks["errands"])
    else:
        yield _database_away(house)
    yield from _bell(house, checks["redis"], checks["workers"])
    yield _storage(house, checks["storage"])
    if checks["database"].ok:
        yield _photos(house, checks["photos"])


def _contact_keys(house: House) -> Finding:
    subject = "电话密钥 contact keys"
    try:
        cipher = ContactCipher(house.settings.contact_keys)
        cipher.open(cipher.seal("13800000000")[0])
    except ContactKeyError as error:
        return Finding(ERROR, subject, str(error), "改正 set DOORSTEP_CONTACT_KEYS")
    return Finding(OK, subject, "可用 usable")


def _database_away(house: House) -> Finding:
    subject = "数据库 database"
    try:
        house.read(lambda session: session.scalar(text("SELECT 1")))
    except DBAPIError as error:
        told = str(error.orig).splitlines()[0]
        return Finding(ERROR, subject, f"不能连接 cannot connect: {told}", "检查 check DOORSTEP_DATABASE_URL")
    return Finding(ERROR, subject, "没有表 tables are missing", "运行 run: doorstep db upgrade")


def _durability(session: Session, _: House) -> Finding:
    subject = "数据库设置 database settings"
    try:
        db.check_durability(session)
    except db.UnsafeDatabaseError as error:
        return Finding(ERROR, subject, str(error), "改 postgresql.conf / change it, or acknowledged work is lost")
    return Finding(OK, subject, "fsync, full_page_writes, synchronous_commit, UTF8, C.UTF-8")


def _schema(session: Session, house: House) -> Finding:
    subject = "数据库结构 schema"
    head = ScriptDirectory.from_config(config(house.settings.database_url)).get_current_head()
    found = MigrationContext.configure(session.connection()).get_current_revision()
    if found != head:
        return Finding(ERROR, subject, f"{found}, 应为 must be {head}", "运行 run: doorstep db upgrade")
    return Finding(OK, subject, str(found))


def _skew(session: Session, house: House) -> Finding:
    subject, skew = "时钟差 clock difference", pulse.skew_s(session)
    if abs(skew) > house.policy.errands.skew_alarm_s:
        return Finding(WARNING, subject, f"{skew:.1f} s", "在两台机器上启用 enable NTP (chrony) on both machines")
    return Finding(OK, subject, f"{skew:.3f} s")


def _calendar(session: Session, house: House) -> Finding:
    subject, end = "工作日历 calendar", pulse.calendar_end(session)
    days = (end - clock.today()).days if end else 0
    if days < house.policy.errands.horizon_alarm_days:
        told = f"到 ends on {end}" if end else "空 empty"
        return Finding(WARNING, subject, told, "导入放假通知 import the next year's holidays: doorstep import --help")
    return Finding(OK, subject, f"到 until {end}")


def _partitions(session: Session, _: House) -> Finding:
    subject, name = "分区 partitions", f"batch_body_p{clock.today() + timedelta(days=1):%Y%m%d}"
    if session.scalar(text("SELECT to_regclass(:name)"), {"name": name}) is None:
        return Finding(WARNING, subject, f"{name} 还没有 is not there yet", START_WORKERS)
    return Finding(OK, subject, name)


def _counts(session: Session, _: House) -> Finding:
    subject, wrong = "地图计数 map counts", counting.differences(session)
    if wrong:
        return Finding(WARNING, subject, f"{wrong} 次走访不符 visits do not agree", "运行 run: doorstep counts mend")
    return Finding(OK, subject, "与走访相符 agree with the visits")


def _security_admins(session: Session, _: House) -> Finding:
    """Who gives roles and ends keys must not be one person alone, whose login may be lost with all that hangs on it."""
    subject = "安全管理员 security administrators"
    acting = session.scalar(queries.acting_in(Role.SECURITY_ADMIN, clock.today())) or 0
    if acting < 2:
        told = "只有一人 one alone" if acting else "没有 nobody"
        return Finding(WARNING, subject, told, "至少两人 name two at least: doorstep user role … security_admin")
    return Finding(OK, subject, str(acting))


def _sealed_officers(session: Session, _: House) -> Finding:
    """Two named officers read each kind of sealed matters (product.md, Restraint): with one alone a lost key loses what
    was sealed to it, and without any phones cannot seal."""
    subject = "密件专办员 sealed officers"
    rows = session.execute(officers.keys_shown(clock.today())).all()
    sets, units = officers.sets_of(rows), {row.unit_id: row.unit for row in rows}
    kinds = {one.kind for one in sets}
    alone = [f"{units[one.unit_id]} {one.kind.zh} {one.kind}: 只有一人 one alone" for one in sets if not one.is_whole]
    missing = [f"{kind.zh} {kind}: 没有 nobody" for kind in SealedKind if kind not in kinds]
    if alone or missing:
        advice = "每类两人 name two for each kind: doorstep user role … sealed_officer, doorstep sealed keygen"
        return Finding(WARNING, subject, "; ".join(alone + missing), advice)
    return Finding(OK, subject, f"每类两人 two for each of {len(kinds)} kinds")


def _sweepers(check: Check) -> Finding:
    subject = "巡检进程 sweepers"
    if not check.ok:
        return Finding(ERROR, subject, "没有 none alive", START_WORKERS)
    return Finding(OK, subject, f"{check.facts['alive']:.0f}, {check.facts['age_s']:.0f} s")


def _errands(check: Check) -> Finding:
    subject, facts = "待办 owed work", check.facts
    told = f"{facts['open']:.0f} open, {facts['failing']:.0f} failing, oldest {facts['oldest_s']:.0f} s"
    if not check.ok:
        return Finding(ERROR, subject, told, "看日志 read the log; doorstep batches list --state received")
    return Finding(WARNING if facts["failing"] else OK, subject, told)


def _bell(house: House, redis: Check, workers: Check) -> Iterator[Finding]:
    if not redis.ok:
        advice = "检查 check DOORSTEP_REDIS_URL; 数据不会丢失 nothing is lost meanwhile, sweepers do the work"
        yield Finding(WARNING, "Redis", "不能连接 cannot connect", advice)
        return
    eviction = queue.eviction(house)
    if eviction != "noeviction":
        yield Finding(WARNING, "Redis", f"maxmemory-policy {eviction}", "设为 set noeviction")
    else:
        yield Finding(OK, "Redis", f"{redis.latency_ms:.1f} ms, {redis.facts['bells']:.0f} bells")
    if workers.ok:
        yield Finding(OK, "工作进程 workers", f"{workers.facts['alive']:.0f}")
    else:
        yield Finding(ERROR, "工作进程 workers", "没有 none alive", START_WORKERS)


def _storage(house: House, check: Check) -> Finding:
    subject, folder = "照片存储 storage", house.settings.blob_dir
    if check.ok:
        return Finding(OK, subject, f"{folder}, {check.facts['free_share']:.0%} free")
    if not check.facts:
        return Finding(ERROR, subject, f"{folder} 不能写 cannot be written", "检查 check DOORSTEP_BLOB_DIR")
    return Finding(
        ERROR, subject, f"{check.facts['free_share']:.1%} free", "腾出空间 free some space, till then phones get 507"
    )


def _photos(house: House, check: Check) -> Finding:
    subject, facts = "照片 photos", check.facts
    if not facts:
        return Finding(ERROR, subject, "不能查看 cannot be looked for", "检查 check DOORSTEP_BLOB_DIR")
    told = f"抽查 of {facts['looked']:.0f} 缺少 missing {facts['missing']:.0f}"
    if check.ok:
        return Finding(OK, subject, told)
    advice = "照片存储未挂载? is it mounted? 未标记丢失 none is marked lost; 确已丢失 if they are gone for good"
    return Finding(ERROR, subject, f"{house.settings.blob_dir} {told}", f"{advice}: [photos] missing_share_max = 1")
