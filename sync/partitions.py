"""Partitions by day and month: made ahead, dropped when their retention ends (D2.1, D6.5)."""

from datetime import date, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

DAYS_AHEAD = 7
BY_DAY = "batch_body"
BY_MONTH = "trace"


def keep(session: Session, today: date, keep_days: int) -> list[str]:
    """Make the partitions that the next days need and drop those older than `keep_days`; names that changed."""
    changed = []
    for offset in range(-1, DAYS_AHEAD + 1):
        day = today + timedelta(days=offset)
        changed += _make(session, BY_DAY, f"{day:%Y%m%d}", day, day + timedelta(days=1))
    first = today.replace(day=1)
    for _ in range(2):
        following = (first + timedelta(days=32)).replace(day=1)
        changed += _make(session, BY_MONTH, f"{first:%Y%m}", first, following)
        first = following
    limit = today - timedelta(days=keep_days)
    for table in (BY_DAY, BY_MONTH):
        session.execute(text(f"DELETE FROM {table}_default WHERE received_on < :limit"), {"limit": limit})
    return changed + _drop_old(session, limit)


def _make(session: Session, table: str, suffix: str, start: date, end: date) -> list[str]:
    name = f"{table}_p{suffix}"
    if session.scalar(text("SELECT to_regclass(:name)"), {"name": name}) is not None:
        return []
    early = text(f"SELECT EXISTS (SELECT FROM {table}_default WHERE received_on >= :start AND received_on < :end)")
    if session.scalar(early, {"start": start, "end": end}):
        return []  # Rows that came before their partition stay in the default one, which then is their home.
    session.execute(
        text(f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF {table} FOR VALUES FROM ('{start}') TO ('{end}')")
    )
    return [name]


def _drop_old(session: Session, limit: date) -> list[str]:
    names = session.scalars(
        text(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent IN (CAST(:d AS regclass), CAST(:m AS regclass)) AND c.relname ~ '_p[0-9]+$'"
        ),
        {"d": BY_DAY, "m": BY_MONTH},
    ).all()
    old = [name for name in names if _end(name) <= limit]
    for name in old:
        session.execute(text(f"DROP TABLE {name}"))
    return old


def _end(name: str) -> date:
    digits = name.rsplit("_p", 1)[1]
    start = date(int(digits[:4]), int(digits[4:6]), int(digits[6:8] or 1))
    if len(digits) > len("yyyymm"):
        return start + timedelta(days=1)
    return (start + timedelta(days=32)).replace(day=1)
