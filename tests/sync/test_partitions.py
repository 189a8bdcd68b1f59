"""Partitions: made ahead, dropped after their retention, and never a reason to stop."""

from datetime import date, timedelta
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from sync import partitions
from sync.partitions import BODIES, FIXES, READS, Dropped, drop_old

TODAY = date(2026, 11, 24)
LIMIT = TODAY - timedelta(days=180)


def _body(session: Session, on: date, *, waits: bool = False) -> None:
    facts = {"on": on, "device": uuid4(), "batch": uuid4(), "person": uuid4()}
    session.execute(text("INSERT INTO batch_body VALUES (:on, :device, :batch, 'identity', 'x')"), facts)
    if not waits:
        return
    for statement in (
        "INSERT INTO person (id, staff_no, name) VALUES (:person, CAST(:person AS text), '李')",
        "INSERT INTO device (id, person_id, state, state_at, token_hash, token_expires_at, token_ends_at, receipt_key,"
        " enrolled_at) VALUES (:device, :person, 'active', now(), uuid_send(:device), now(), now(), 'k', now())",
        "INSERT INTO batch (device_id, id, sha256, size, received_at, received_on, state)"
        " VALUES (:device, :batch, 'h', 1, now(), :on, 'done')",
        "INSERT INTO waiting_record (device_id, batch_id, ord, state, kind, since, reason)"
        " VALUES (:device, :batch, 0, 'quarantined', 'visit', now(), 'absurd-date')",
    ):
        session.execute(text(statement), facts)


def _read(session: Session, on: date) -> None:
    session.execute(
        text(
            'INSERT INTO read_audit ("on", at, person_id, fields, duty, request)'
            " VALUES (:on, :on, :person, 'name', 'reason', '/')"
        ),
        {"on": on, "person": uuid4()},
    )


def _homes(session: Session, table: str = "batch_body", column: str = "received_on") -> list[tuple[date, str]]:
    rows = session.execute(text(f'SELECT "{column}", tableoid::regclass::text FROM {table} ORDER BY 1'))
    return [(row[0], row[1]) for row in rows]


def test_the_next_days_and_months_have_their_partitions(session: Session) -> None:
    made = partitions.make(session, TODAY)
    assert made[0] == "batch_body_p20261123"
    assert made[-5:] == [
        "batch_body_p20261201", "trace_p202611", "read_audit_p202611", "trace_p202612", "read_audit_p202612",
    ]  # fmt: skip
    _body(session, TODAY)
    assert _homes(session) == [(TODAY, "batch_body_p20261124")]


def test_making_them_again_changes_nothing(session: Session) -> None:
    partitions.make(session, TODAY)
    assert partitions.make(session, TODAY) == []


def test_rows_that_came_before_their_partition_do_not_stop_the_others(session: Session) -> None:
    _body(session, TODAY)
    made = partitions.make(session, TODAY)
    assert "batch_body_p20261124" not in made
    assert "batch_body_p20261125" in made
    assert _homes(session) == [(TODAY, "batch_body_default")]


def test_what_is_older_than_its_retention_is_dropped_wherever_it_lies(session: Session) -> None:
    long_ago = TODAY - timedelta(days=181)
    partitions.make(session, long_ago)
    for on in (long_ago, long_ago - timedelta(days=10), TODAY):
        _body(session, on)
    assert drop_old(session, BODIES, LIMIT) == Dropped(2, 0)
    assert _homes(session) == [(TODAY, "batch_body_default")]
    assert drop_old(session, BODIES, LIMIT) == Dropped(0, 0)


def test_the_bytes_of_what_still_waits_for_a_person_outlive_their_partition(session: Session) -> None:
    long_ago = TODAY - timedelta(days=181)
    partitions.make(session, long_ago)
    _body(session, long_ago)
    _body(session, long_ago, waits=True)
    assert drop_old(session, BODIES, LIMIT) == Dropped(1, 1)
    assert _homes(session) == [(long_ago, "batch_body_default")]
    assert drop_old(session, BODIES, LIMIT) == Dropped(0, 1)
    session.execute(text("DELETE FROM waiting_record"))
    assert drop_old(session, BODIES, LIMIT) == Dropped(1, 0)


def test_a_month_is_dropped_only_when_all_its_days_are_over(session: Session) -> None:
    partitions.make(session, date(2026, 5, 15))
    there = text("SELECT to_regclass('trace_p202605') IS NOT NULL")
    drop_old(session, FIXES, date(2026, 5, 31))
    assert session.scalar(there)
    drop_old(session, FIXES, date(2026, 6, 1))
    assert not session.scalar(there)


@pytest.mark.parametrize("act", ["UPDATE read_audit SET reason = ''", "DELETE FROM read_audit"])
@pytest.mark.parametrize("is_made", [True, False])
def test_a_trail_is_never_changed_wherever_it_lies(session: Session, act: str, is_made: bool) -> None:
    if is_made:
        partitions.make(session, TODAY)
    _read(session, TODAY)
    with pytest.raises(DBAPIError, match="append-only") as refused, session.begin_nested():
        session.execute(text(act))
    assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)


def test_old_lines_of_a_trail_go_with_their_month_and_young_ones_stay(session: Session) -> None:
    old = date(2023, 10, 5)
    _read(session, date(2023, 9, 5))  # came before its partition
    partitions.make(session, old)
    for on in (old, TODAY):
        _read(session, on)
    assert drop_old(session, READS, date(2023, 11, 25)) == Dropped(2, 0)
    assert _homes(session, "read_audit", "on") == [(TODAY, "read_audit_default")]
    _read(session, TODAY)
    assert len(_homes(session, "read_audit", "on")) == 2
