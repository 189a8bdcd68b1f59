"""Owed work: claimed by one, fenced by the attempt, given back after a failure."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, errands
from sync.errands import Claim
from sync.house import House
from sync.words import Job

LEASE_S = 60.0


def _owe(session: Session, subject: str = "one", **more: Any) -> None:
    errands.owe(session, Job.FORGET_DONE, subject, **more)


def _claim(session: Session) -> Claim:
    [claim] = errands.claim(session, LEASE_S)
    return claim


def _lose_lease(session: Session) -> None:
    session.execute(text("UPDATE errand SET lease_until = clock_timestamp() - interval '1 s' WHERE done_at IS NULL"))


def test_the_most_urgent_errand_that_is_due_comes_first(session: Session) -> None:
    later = clock.now() + timedelta(hours=1)
    _owe(session, "ordinary")
    _owe(session, "tomorrow", priority=1, due_at=later)
    _owe(session, "urgent", priority=2)
    assert [_claim(session).subject, _claim(session).subject] == ["urgent", "ordinary"]
    assert errands.claim(session, LEASE_S) == []


def test_an_errand_carries_its_facts_to_whoever_claims_it(session: Session) -> None:
    _owe(session, facts='{"span": [0, 5]}')
    assert _claim(session).facts == {"span": [0, 5]}


def test_a_job_that_only_a_newer_version_knows_is_left_to_it(session: Session) -> None:
    _owe(session)
    session.execute(text("UPDATE errand SET job = 'of_next_year'"))
    assert errands.claim(session, LEASE_S) == []


def test_a_claimed_errand_is_not_claimed_again_before_its_lease_ends(session: Session) -> None:
    _owe(session)
    first = _claim(session)
    assert errands.claim(session, LEASE_S) == []
    _lose_lease(session)
    assert _claim(session).attempt == first.attempt + 1


def test_the_fence_refuses_whoever_lost_the_errand(session: Session) -> None:
    _owe(session)
    zombie = _claim(session)
    assert errands.hold(session, [zombie])
    _lose_lease(session)
    heir = _claim(session)
    assert not errands.hold(session, [zombie])
    assert errands.hold(session, [heir])
    errands.finish(session, [heir])
    assert not errands.hold(session, [heir])


def test_two_workers_never_claim_the_same_errand(house: House) -> None:
    house.write(_owe)
    with house.sessions() as first, house.sessions() as second:
        assert len(errands.claim(first, LEASE_S)) == 1
        assert errands.claim(second, LEASE_S) == []


def test_what_is_owed_twice_under_one_key_is_one_errand_due_at_the_earlier_time(session: Session) -> None:
    later, sooner = datetime(2030, 1, 2, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
    _owe(session, dedupe_key="k", due_at=later)
    _owe(session, dedupe_key="k", due_at=sooner)
    _owe(session, dedupe_key="k", due_at=later)
    assert session.execute(text("SELECT due_at, again FROM errand")).all() == [(sooner, False)]


def test_what_is_owed_while_it_runs_runs_once_more_with_fresh_tries(session: Session) -> None:
    _owe(session, dedupe_key="k")
    first = _claim(session)
    _owe(session, dedupe_key="k")
    errands.finish(session, [first])
    second = _claim(session)
    assert (second.id, second.attempt, second.tries) == (first.id, 2, 1)
    errands.finish(session, [second])
    assert errands.claim(session, LEASE_S) == []


def test_a_failed_errand_is_due_again_after_the_wait_and_the_try_counts(session: Session) -> None:
    _owe(session)
    errands.fail(session, _claim(session), "ValueError", 3600)
    assert errands.claim(session, LEASE_S) == []
    session.execute(text("UPDATE errand SET due_at = clock_timestamp()"))
    assert _claim(session).tries == 2


def test_a_forgiven_failure_does_not_count_but_moves_the_fence(session: Session) -> None:
    _owe(session)
    for _ in range(3):
        errands.fail(session, _claim(session), "AdminShutdown", 0, forgive=True)
    claim = _claim(session)
    assert (claim.attempt, claim.tries) == (4, 1)


def test_a_zombie_cannot_give_back_what_is_no_longer_its_own(session: Session) -> None:
    _owe(session)
    zombie = _claim(session)
    _lose_lease(session)
    heir = _claim(session)
    errands.fail(session, zombie, "late", 0)
    assert errands.hold(session, [heir])


def test_only_errands_done_long_ago_are_forgotten(session: Session) -> None:
    for age in ("1 day", "9 days"):
        _owe(session)
        errands.finish(session, [_claim(session)])
        session.execute(
            text("UPDATE errand SET done_at = done_at - CAST(:age AS interval) WHERE done_at > now() - interval '1 h'"),
            {"age": age},
        )
    _owe(session)
    assert errands.forget_done(session, timedelta(days=7)) == 1
    assert session.scalar(text("SELECT count(*) FROM errand")) == 2
