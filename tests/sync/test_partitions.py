"""Partitions: made ahead, dropped after their retention, and never a reason to stop."""

from datetime import date, timedelta
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import partitions

TODAY = date(2026, 11, 24)


def _body(session: Session, on: date) -> None:
    session.execute(
        text("INSERT INTO batch_body VALUES (:on, :device, :batch, 'identity', 'x')"),
        {"on": on, "device": uuid4(), "batch": uuid4()},
    )


def _homes(session: Session) -> list[tuple[date, str]]:
    rows = session.execute(text("SELECT received_on, tableoid::regclass::text FROM batch_body ORDER BY 1"))
    return [(row[0], row[1]) for row in rows]


def test_the_next_days_and_months_have_their_partitions(session: Session) -> None:
    made = partitions.keep(session, TODAY, 180)
    assert made[0] == "batch_body_p20261123"
    assert made[-3:] == ["batch_body_p20261201", "trace_p202611", "trace_p202612"]
    _body(session, TODAY)
    assert _homes(session) == [(TODAY, "batch_body_p20261124")]


def test_keeping_again_changes_nothing(session: Session) -> None:
    partitions.keep(session, TODAY, 180)
    assert partitions.keep(session, TODAY, 180) == []


def test_rows_that_came_before_their_partition_do_not_stop_the_others(session: Session) -> None:
    _body(session, TODAY)
    made = partitions.keep(session, TODAY, 180)
    assert "batch_body_p20261124" not in made
    assert "batch_body_p20261125" in made
    assert _homes(session) == [(TODAY, "batch_body_default")]


def test_what_is_older_than_its_retention_is_dropped_wherever_it_lies(session: Session) -> None:
    long_ago = TODAY - timedelta(days=181)
    partitions.keep(session, long_ago, 180)
    _body(session, long_ago)
    _body(session, long_ago - timedelta(days=10))
    _body(session, TODAY)
    changed = partitions.keep(session, TODAY, 180)
    assert {"batch_body_p20260526", "batch_body_p20260527"} <= set(changed)
    assert "batch_body_p20260529" not in changed
    assert _homes(session) == [(TODAY, "batch_body_default")]


def test_a_month_is_dropped_only_when_all_its_days_are_over(session: Session) -> None:
    partitions.keep(session, date(2026, 5, 15), 180)
    assert "trace_p202605" not in partitions.keep(session, date(2026, 11, 27), 180)
    assert "trace_p202605" in partitions.keep(session, date(2026, 11, 28), 180)
