"""What is left behind after people and their logins have come and gone."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sync import clock, ids
from sync.errors import Problem
from sync.identity import passwords
from sync.identity.actions import logins, people
from sync.models import Event, LoginFailure, LoginSession
from sync.policy import defaults

POLICY = defaults().logins
NOON = datetime(2026, 3, 5, 4, tzinfo=UTC)


def count(session: Session, table: type[LoginFailure] | type[LoginSession]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def test_old_failures_and_ended_sessions_are_forgotten(session: Session) -> None:
    person = people.add_person(session, "S1", "某人")
    logins.admit_try(session, "somebody", "10.0.0.1", NOON, POLICY)
    logins.open_session(session, person, "other", None, NOON, POLICY)
    session.flush()
    people.forget_ended(session, NOON + timedelta(hours=11), POLICY)
    assert (count(session, LoginFailure), count(session, LoginSession)) == (2, 1)
    people.forget_ended(session, NOON + timedelta(days=4), POLICY)
    assert (count(session, LoginFailure), count(session, LoginSession)) == (0, 0)


def test_every_act_leaves_an_event_without_a_name(session: Session) -> None:
    with clock.frozen(NOON):
        person = people.add_person(session, "S2", "王芳")
        people.set_login(session, person, "wang.fang", "a good password", NOON, POLICY)
        people.disable_login(session, person, NOON, by=person)
    session.flush()
    events = session.scalars(select(Event).where(Event.subject_id == person).order_by(Event.id)).all()
    assert [event.verb for event in events] == ["person.added", "login.set", "login.disabled"]
    assert all(event.at == NOON for event in events)
    assert "王芳" not in str([event.facts for event in events])


def test_nobody_without_a_login_is_disabled(session: Session) -> None:
    with pytest.raises(Problem) as caught:
        people.disable_login(session, ids.uuid7(), NOON)
    assert caught.value.code == "not-found"


def test_the_stand_in_of_an_unknown_user_opens_nothing() -> None:
    assert not passwords.check(None, "nobody has this password", POLICY).right


@pytest.mark.parametrize("password", ["short", "x" * 129, "my name is Wang.Fang"])
def test_weak_passwords_are_refused(password: str) -> None:
    with pytest.raises(Problem) as caught:
        passwords.require_strength(password, "wang.fang", POLICY)
    assert caught.value.code == "password-weak"
