"""No column that may hold personal data is forgotten: each says what it is, and what erasing does to it."""

from collections import Counter

import pytest
import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import DATERANGE
from sqlalchemy.orm import Session

from sync.models import Base
from sync.privacy.columns import HELD, PLAIN
from sync.privacy.subjects import parameters

SAY_NOTHING = (sa.Uuid, sa.DateTime, sa.Date, sa.Boolean, sa.Integer, DATERANGE)
LISTED = Counter(
    [(held.table, column) for held in HELD for column in held.columns.split()]
    + [(table, column) for table, columns in PLAIN.items() for column in columns.split()]
)


def columns() -> set[tuple[str, str]]:
    """(table, column) of all that can hold more than an id, a time or a count."""
    return {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if not isinstance(column.type, SAY_NOTHING)
    }


def test_every_column_says_whether_it_holds_personal_data() -> None:
    assert columns() - LISTED.keys() == set(), "name them in sync/privacy/columns.py: HELD, or PLAIN"


def test_every_column_that_is_listed_is_there_once() -> None:
    every = {(table.name, column.name) for table in Base.metadata.tables.values() for column in table.columns}
    assert LISTED.keys() - every == set()
    assert {column: count for column, count in LISTED.items() if count > 1} == {}


def test_what_stays_says_why() -> None:
    silent = [held.table for held in HELD if (held.rows or held.staff) and held.sets is None and held.why is None]
    assert silent == []
    assert [held.table for held in HELD if held.sets is not None and not held.rows] == []


@pytest.mark.parametrize("held", HELD, ids=lambda held: held.table)
def test_the_database_understands_each_line(session: Session, held: object) -> None:
    assert held in HELD
    for condition in filter(None, (held.rows, held.staff)):  # type: ignore[attr-defined]
        shown = held.shown or "1"  # type: ignore[attr-defined]
        statement = f"SELECT {shown} FROM {held.table} x WHERE {condition}"  # type: ignore[attr-defined]
        assert session.execute(text(statement), parameters(statement, {})).all() == []
