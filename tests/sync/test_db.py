"""One transaction: what is tried again, and what the sender must find out by repeating."""

import psycopg
import pytest
from psycopg.errors import DeadlockDetected, SerializationFailure
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from sync import db
from sync.errors import Problem
from sync.house import House


def failing(error: psycopg.Error) -> DBAPIError:
    return DBAPIError("SELECT 1", None, error)


@pytest.mark.parametrize("error", [DeadlockDetected(), SerializationFailure()])
def test_a_transaction_that_was_in_the_way_is_tried_again(house: House, error: psycopg.Error) -> None:
    tries = []

    def work(session: Session) -> int:
        tries.append(session)
        if len(tries) < db.ATTEMPTS:
            raise failing(error)
        return len(tries)

    assert house.write(work) == db.ATTEMPTS


def test_it_is_not_tried_for_ever(house: House) -> None:
    def work(_: Session) -> None:
        raise failing(DeadlockDetected())

    with pytest.raises(DBAPIError):
        house.write(work)


def test_another_failure_is_not_tried_again(house: House) -> None:
    tries = []

    def work(session: Session) -> None:
        tries.append(session)
        session.execute(text("SELECT 1/0"))

    with pytest.raises(DBAPIError):
        house.write(work)
    assert len(tries) == 1


def test_a_commit_whose_outcome_is_unknown_says_come_again(house: House) -> None:
    def work(session: Session) -> None:
        pid = session.scalar(text("SELECT pg_backend_pid()"))
        with house.engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})

    with pytest.raises(Problem) as caught:
        house.write(work)
    assert caught.value.code == "unavailable"
    assert caught.value.headers["Retry-After"]


def test_a_commit_that_the_database_refuses_is_its_own_error(house: House) -> None:
    def work(session: Session) -> None:
        session.execute(text("CREATE TABLE one (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)"))
        session.execute(text("INSERT INTO one VALUES (1), (1)"))

    with pytest.raises(IntegrityError) as caught:
        house.write(work)
    assert db.refusal_of(caught.value) is None


def test_a_constraint_that_has_a_name_in_the_list_is_a_refusal(house: House) -> None:
    def work(session: Session) -> None:
        insert = "INSERT INTO person (id, staff_no, name) VALUES (gen_random_uuid(), 'S1', 'x')"
        session.execute(text(insert))
        session.execute(text(insert))

    with pytest.raises(IntegrityError) as caught:
        house.write(work)
    refusal = db.refusal_of(caught.value)
    assert refusal is not None
    assert refusal.code == "staff-no-taken"
    assert db.refusal_of(failing(DeadlockDetected())) is None


def test_a_single_question_leaves_the_connection_as_it_was(house: House) -> None:
    assert db.ask(house.engine, "SELECT CAST(%(n)s AS int) + 1", {"n": 1}) == (2,)
    assert db.ask(house.engine, "SELECT 1 WHERE false", {}) is None
    with house.engine.connect() as connection:
        assert not connection.connection.driver_connection.autocommit  # type: ignore[union-attr]  # it is psycopg's


def test_a_single_question_that_fails_is_told_and_its_connection_closed(house: House) -> None:
    with pytest.raises(DBAPIError) as raised:
        db.ask(house.engine, "SELECT 1 / 0", {})
    assert not raised.value.connection_invalidated
    assert db.ask(house.engine, "SELECT 1", {}) == (1,)
    pid = db.ask(house.engine, "SELECT pg_backend_pid()", {})
    assert pid is not None
    with psycopg.connect(house.settings.database_url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", pid)
    with pytest.raises(DBAPIError) as raised:
        db.ask(house.engine, "SELECT 1", {})
    assert raised.value.connection_invalidated
    assert db.ask(house.engine, "SELECT 1", {}) == (1,)
