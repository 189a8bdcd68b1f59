"""What is left behind after people and their logins have come and gone."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from sync import clock, ids
from sync.db import refusal_of
from sync.errors import Problem
from sync.identity import passwords
from sync.identity.actions import logins, people
from sync.models import Event, LoginFailure, LoginSession, Unit
from sync.policy import defaults
from sync.words import Role, UnitKind

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


def test_system_security_and_audit_administrators_are_three_people(session: Session) -> None:
    unit = Unit(id=ids.uuid7(), kind=UnitKind.COUNTY, name="蓬莱区", sort_code="1")
    other = Unit(id=ids.uuid7(), kind=UnitKind.COUNTY, name="长岛", sort_code="2")
    session.add_all([unit, other])
    session.flush()
    person = people.add_person(session, "S9", "孙")
    today = clock.today()
    people.give_role(session, person, Role.SECURITY_ADMIN, unit.id, since=today, until=today + timedelta(days=9))
    people.give_role(session, person, Role.SECURITY_ADMIN, other.id)
    for role in (Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN):
        with pytest.raises(IntegrityError) as caught, session.begin_nested():
            people.give_role(session, person, role, unit.id, since=today)
        refusal = refusal_of(caught.value)
        assert refusal is not None
        assert refusal.code == "roles-apart"
    people.end_role(session, person, Role.SECURITY_ADMIN, other.id, today)
    people.give_role(session, person, Role.AUDIT_ADMIN, unit.id, since=today + timedelta(days=9))
    people.give_role(session, person, Role.CADRE, unit.id)
