"""Heartbeats, turns and the age of the backlog."""

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import errands, pulse
from sync.words import Job


def _age(session: Session, name: str, seconds: int) -> None:
    session.execute(
        text("UPDATE heartbeat SET at = at - make_interval(secs => :s) WHERE name = :name"),
        {"s": seconds, "name": name},
    )


def test_a_sweeper_that_beats_is_alive_until_it_is_silent_too_long(session: Session) -> None:
    assert pulse.sweepers(session, 60) == pulse.Sweepers(0, None)
    pulse.beat(session, f"{pulse.SWEEPER}a:1")
    pulse.beat(session, f"{pulse.SWEEPER}b:1")
    _age(session, f"{pulse.SWEEPER}a:1", 61)
    found = pulse.sweepers(session, 60)
    assert found.alive == 1
    assert found.age_s is not None
    assert 0 <= found.age_s < 60


def test_beating_again_moves_the_same_row(session: Session) -> None:
    for _ in range(2):
        pulse.beat(session, f"{pulse.SWEEPER}a:1")
    assert session.scalar(text("SELECT count(*) FROM heartbeat")) == 1


def test_a_turn_comes_once_in_its_period_however_many_ask(session: Session) -> None:
    assert [pulse.is_turn(session, "job", 60) for _ in range(3)] == [True, False, False]
    _age(session, "turn:job", 60)
    assert pulse.is_turn(session, "job", 60)


def test_late_is_what_was_due_for_a_while_or_lost_its_worker(session: Session) -> None:
    assert not pulse.is_late(session, 0)
    errands.owe(session, Job.FORGET_DONE, "x")
    assert not pulse.is_late(session, 10)
    session.execute(text("UPDATE errand SET due_at = due_at - interval '11 s'"))
    assert pulse.is_late(session, 10)
    assert len(errands.claim(session, 60)) == 1
    assert not pulse.is_late(session, 10)
    session.execute(text("UPDATE errand SET lease_until = clock_timestamp() - interval '1 s'"))
    assert pulse.is_late(session, 10)


def test_the_backlog_tells_open_running_failing_and_the_oldest(session: Session) -> None:
    assert pulse.owed(session) == pulse.Owed(0, 0, 0, 0.0)
    for subject in "abc":
        errands.owe(session, Job.FORGET_DONE, subject)
    session.execute(text("UPDATE errand SET due_at = due_at - interval '100 s' WHERE subject = 'c'"))
    [_running], [failing] = errands.claim(session, 60), errands.claim(session, 60)
    errands.fail(session, failing, "ValueError", 60)
    found = pulse.owed(session)
    assert (found.open, found.running, found.failing) == (3, 1, 1)
    assert 100 <= found.oldest_s < 200


def test_heartbeats_of_dead_sweepers_are_forgotten_and_turns_are_kept(session: Session) -> None:
    pulse.beat(session, f"{pulse.SWEEPER}a:1")
    pulse.is_turn(session, "job", 60)
    session.execute(text("UPDATE heartbeat SET at = at - interval '8 days'"))
    pulse.beat(session, f"{pulse.SWEEPER}b:1")
    pulse.forget(session, timedelta(days=7))
    assert set(session.scalars(text("SELECT name FROM heartbeat"))) == {"turn:job", f"{pulse.SWEEPER}b:1"}
