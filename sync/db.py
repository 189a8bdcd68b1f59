"""Engine, transactions and set-wise writes. The core gets a session as first argument and never commits."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from time import sleep
from types import MappingProxyType
from typing import Any, TypeVar
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.errors import DeadlockDetected, SerializationFailure
from sqlalchemy import Engine, create_engine, event, func, select, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from sync import clock, ids
from sync.errors import BY_CONSTRAINT, Problem, refuse

Result = TypeVar("Result")

ATTEMPTS = 3
IDLE_S = 1.0
SESSION_OPTIONS = (
    "-c lock_timeout=3s -c statement_timeout=30s -c idle_in_transaction_session_timeout=10s -c timezone={zone}"
)


def connect(url: str, zone: str = "Asia/Shanghai", pool_size: int = 8) -> Engine:
    """An engine with the session limits of sync.md D2.6; a day is a day in `zone`. Nothing is opened yet."""
    engine = create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1),
        pool_size=pool_size,
        max_overflow=2,
        hide_parameters=True,
        connect_args={
            "options": SESSION_OPTIONS.format(zone=zone),
            "connect_timeout": 5,
            "tcp_user_timeout": 15_000,
            "prepare_threshold": 3,
        },
    )
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", _ping_if_idle)
    event.listen(engine, "do_execute", _plan_if_asked)
    return engine


AFRESH: Mapping[str, bool] = MappingProxyType({"plan_afresh": True})
"""Execution options of a statement whose best plan hangs on its values (wide or narrow ranges): it is never prepared,
because after a few executions PostgreSQL would settle for one plan for all of them."""


def _plan_if_asked(cursor: Any, statement: str, parameters: Any, context: Any) -> bool:
    if context is None or not context.execution_options.get("plan_afresh"):
        return False
    cursor.execute(statement, parameters, prepare=False)
    return True


def _note_use(_: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    record.info["used"] = clock.ticks()


def _ping_if_idle(connection: Any, record: ConnectionPoolEntry, _: PoolProxiedConnection) -> None:
    """Find out that a server has gone while a connection lay idle, for one round trip then and not each time; a
    connection lost in use shows by itself, and the pool forgets the others with it."""
    if clock.ticks() - record.info.get("used", clock.ticks()) > IDLE_S:
        try:
            connection.execute("SELECT 1")
            connection.rollback()
        except psycopg.Error as error:
            raise DisconnectionError("the server has gone") from error


def sessions(engine: Engine) -> sessionmaker[Session]:
    """Factory of sessions; rows stay readable after the commit."""
    return sessionmaker(engine, expire_on_commit=False)


def transact(make: Callable[[], Session], work: Callable[[Session], Result]) -> Result:
    """Run `work` in one transaction and commit; a deadlock or serialization failure is tried again with jitter.

    Raises whatever `work` raises, after a rollback. A commit whose outcome is unknown becomes `unavailable`:
    the sender repeats and the unique key settles it (D2.2).
    """
    for attempt in range(ATTEMPTS):
        try:
            with make() as session:
                result = work(session)
                try:
                    session.commit()
                except DBAPIError as error:
                    if error.connection_invalidated:
                        raise refuse("unavailable", headers={"Retry-After": "2"}) from error
                    raise
                return result
        except DBAPIError as error:
            if attempt + 1 == ATTEMPTS or not isinstance(error.orig, DeadlockDetected | SerializationFailure):
                raise
            sleep(0.02 * (attempt + 1) * (1 + ids.jitter()))
    raise AssertionError("unreachable")


def refusal_of(error: DBAPIError) -> Problem | None:
    """The refusal that a violated constraint means, if the list knows its name: the database is the last judge."""
    if not isinstance(error.orig, psycopg.IntegrityError):
        return None
    code = BY_CONSTRAINT.get(error.orig.diag.constraint_name or "")
    return refuse(code) if code else None


class UnsafeDatabaseError(Exception):
    """The database may lose what it has acknowledged; the text says which setting to change."""


SAFE_SETTINGS = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "remote_apply"),
    "server_encoding": ("UTF8",),
}
SAFE_LOCALE = "C.UTF-8"


def check_durability(session: Session) -> None:
    """Refuse a database that may lose acknowledged work or keeps another encoding or order of text (D2.2).

    Raises UnsafeDatabaseError that names every setting at fault.
    """
    found = {name: session.scalar(select(func.current_setting(name))) for name in SAFE_SETTINGS}
    wrong = [
        f"{name} = {found[name]}, must be {' or '.join(values)}"
        for name, values in SAFE_SETTINGS.items()
        if found[name] not in values
    ]
    locale = session.scalar(text("SELECT datcollate FROM pg_database WHERE datname = current_database()"))
    if str(locale).lower().replace("-", "") != SAFE_LOCALE.lower().replace("-", ""):
        wrong.append(f"locale = {locale}, must be {SAFE_LOCALE}")
    if wrong:
        raise UnsafeDatabaseError("; ".join(wrong))


def put(session: Session, model: type[DeclarativeBase], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """COPY rows into a table: one statement however many; JSON values as text, arrays by `pg_array`.

    A key that is there already raises IntegrityError like any insert: the unique key decides (D1.2).
    """
    if not rows:
        return
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(model.__tablename__), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    cursor = session.connection().connection.cursor()
    try:
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.Error as error:
        raise DBAPIError.instance(str(statement), None, error, psycopg.Error) from error


def ask(engine: Engine, query: str, facts: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """The first row of one question, prepared and asked by the driver alone, for what is asked thousands of times a
    second: a session and its mapping cost more than the question. Sees what is committed; raises DBAPIError."""
    pooled = engine.raw_connection()
    try:
        driver: Any = pooled.driver_connection
        driver.autocommit = True
        row: tuple[Any, ...] | None = driver.execute(query, facts, prepare=True).fetchone()
        driver.autocommit = False
        return row
    except psycopg.Error as error:
        pooled.invalidate()
        gone = isinstance(error, psycopg.OperationalError)
        raise DBAPIError.instance(query, None, error, psycopg.Error, connection_invalidated=gone) from error
    finally:
        pooled.close()


def pg_array(values: Iterable[float | None]) -> str:
    """The text form of a PostgreSQL array of numbers, for COPY.

    Arrays travel as text because psycopg adapts their items one by one, each with two regular expressions.
    """
    return "{" + ",".join(["NULL" if value is None else repr(value) for value in values]) + "}"


def pg_uuids(ids: Iterable[UUID]) -> str:
    """The text form of a uuid[], as a parameter: `= ANY(:ids)` and casts know what it is."""
    return "{" + ",".join([id_.hex for id_ in ids]) + "}"


def pg_times(times: Iterable[datetime]) -> str:
    """The text form of a timestamptz[]."""
    return "{" + ",".join([time.isoformat() for time in times]) + "}"


def pg_hashes(hashes: Iterable[bytes]) -> str:
    """The text form of a bytea[]."""
    return "{" + ",".join(['"\\\\x' + hash_.hex() + '"' for hash_ in hashes]) + "}"
