"""Partitions by day and month: made ahead, dropped when their retention ends (D2.1, D6.5, D7.2)."""

from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

DAYS_AHEAD = 7


class Parted(NamedTuple):
    """A partitioned table: its day column, whether a partition is a day (else a month), and which old rows stay."""

    table: str
    column: str
    by_day: bool
    spared: str = "false"


# Bytes of a batch with a record that still waits for something or somebody stay until that is settled (rule 6).
BODIES = Parted(
    "batch_body",
    "received_on",
    True,
    "EXISTS (SELECT FROM waiting_record w WHERE w.device_id = x.device_id AND w.batch_id = x.batch_id)",
)
FIXES = Parted("trace", "received_on", False)
READS = Parted("read_audit", '"on"', False)
ALL = (BODIES, FIXES, READS)


class Dropped(NamedTuple):
    """Rows that went, and old ones that stayed."""

    gone: int
    stayed: int


def make(session: Session, today: date) -> list[str]:
    """Make the partitions that the next days need; their names."""
    made = []
    for offset in range(-1, DAYS_AHEAD + 1):
        day = today + timedelta(days=offset)
        for parted in (one for one in ALL if one.by_day):
            made += _make(session, parted, f"{day:%Y%m%d}", day, day + timedelta(days=1))
    first = today.replace(day=1)
    for _ in range(2):
        following = _next_month(first)
        for parted in (one for one in ALL if not one.by_day):
            made += _make(session, parted, f"{first:%Y%m}", first, following)
        first = following
    return made


def drop_old(session: Session, parted: Parted, limit: date) -> Dropped:
    """Drop the partitions of a table whose days all lie before `limit`, and old rows of the default one.

    What is spared is moved aside first, so that it outlives its partition. Rows of a month that is not over as a whole
    are the caller's to delete, where a table lets rows go at all.
    """
    gone = stayed = 0
    for name in _old(session, parted, limit):
        total = int(session.scalar(text(f"SELECT count(*) FROM {name}")) or 0)
        kept = _move_aside(session, parted, name)
        gone, stayed = gone + total - kept, stayed + kept
    where = f"{parted.column} < :limit"
    if parted is READS:
        gone += _renew_default(session, parted, limit)
    else:
        gone += _count(session, f"DELETE FROM {parted.table}_default x WHERE {where} AND NOT ({parted.spared})", limit)
        stayed = _count(session, f"SELECT FROM {parted.table}_default x WHERE {where}", limit)
    return Dropped(gone, stayed)


def _renew_default(session: Session, parted: Parted, limit: date) -> int:
    """Put another default partition in the place of one that holds old rows, without deleting a row of a trail."""
    name = f"{parted.table}_default"
    old = _count(session, f"SELECT FROM {name} WHERE {parted.column} < :limit", limit)
    if old:
        session.execute(text(f"ALTER TABLE {parted.table} DETACH PARTITION {name}"))
        session.execute(text(f"ALTER TABLE {name} RENAME TO {parted.table}_aged"))
        session.execute(text(f"CREATE TABLE {name} PARTITION OF {parted.table} DEFAULT"))
        session.execute(
            text(
                f"INSERT INTO {parted.table} OVERRIDING SYSTEM VALUE"
                f" SELECT * FROM {parted.table}_aged WHERE {parted.column} >= :limit"
            ),
            {"limit": limit},
        )
        session.execute(text(f"DROP TABLE {parted.table}_aged"))
    return old


def _move_aside(session: Session, parted: Parted, name: str) -> int:
    """Take a partition out and give what it spares to the default one; how many rows."""
    session.execute(text(f"ALTER TABLE {parted.table} DETACH PARTITION {name}"))
    moved = 0
    if parted.spared != "false":
        moved = _count(session, f"INSERT INTO {parted.table} SELECT * FROM {name} x WHERE {parted.spared}")
    session.execute(text(f"DROP TABLE {name}"))
    return moved


def _count(session: Session, statement: str, limit: date | None = None) -> int:
    result = session.execute(text(statement), {"limit": limit} if limit else {})
    return int(getattr(result, "rowcount", 0))


def _make(session: Session, parted: Parted, suffix: str, start: date, end: date) -> list[str]:
    name, column = f"{parted.table}_p{suffix}", parted.column
    if session.scalar(text("SELECT to_regclass(:name)"), {"name": name}) is not None:
        return []
    early = text(f"SELECT EXISTS (SELECT FROM {parted.table}_default WHERE {column} >= :start AND {column} < :end)")
    if session.scalar(early, {"start": start, "end": end}):
        return []  # Rows that came before their partition stay in the default one, which then is their home.
    session.execute(
        text(f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF {parted.table} FOR VALUES FROM ('{start}') TO ('{end}')")
    )
    return [name]


def _old(session: Session, parted: Parted, limit: date) -> list[str]:
    names = session.scalars(
        text(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = CAST(:table AS regclass) AND c.relname ~ '_p[0-9]+$' ORDER BY 1"
        ),
        {"table": parted.table},
    )
    return [name for name in names if _end(name) <= limit]


def _end(name: str) -> date:
    digits = name.rsplit("_p", 1)[1]
    start = date(int(digits[:4]), int(digits[4:6]), int(digits[6:8] or 1))
    return start + timedelta(days=1) if len(digits) > len("yyyymm") else _next_month(start)


def _next_month(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)
