"""Draining: claim what is due, one errand after the other, until nothing is left.

A claim is committed before its errand begins, so that a crash counts as a try; the effects and the mark "done" are
another transaction, whose first statement is the fence and whose last claims the next errand.
"""

from collections.abc import Callable
from functools import cache, partial
from time import sleep

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from sync import clock, errands, ids, logs, queue
from sync.errands import Claim
from sync.errors import Problem
from sync.house import House
from sync.points import reach
from sync.settings import Settings
from worker import poison
from worker.jobs import JOBS
from worker.leaving import is_leaving

POLL_S = 0.02
REST_S = 0.5
PASSING = ("08", "40", "53", "55", "57")
CANCELED = "57014"


@cache
def open_house() -> House:
    """The house of this process; opened before the fork, so that a work horse finds it ready and unconnected."""
    return House.open(Settings.from_env(), pool_size=1)


def drain() -> None:
    """What a bell calls, in RQ's work horse: work for a while, then ring for the next if there may be more."""
    house = open_house()
    if until_empty(house, house.policy.errands.drain_s, house.policy.errands.linger_s, is_leaving):
        queue.ring(house)


def until_empty(house: House, budget_s: float, linger_s: float, leave: Callable[[], bool]) -> bool:
    """Run due errands until none has come for `linger_s`, `budget_s` is over or `leave` says so (between errands).

    True if there may be more to do. A database that is away is waited for within the budget.
    """
    start = last = clock.ticks()
    claim: Claim | None = None

    def may_go_on() -> bool:
        return not leave() and clock.ticks() - start < budget_s

    while claim or may_go_on():
        try:
            claim = claim or house.write(partial(errands.claim, lease_s=house.settings.lease_s))
        except (DBAPIError, Problem) as error:
            structlog.get_logger().warning("claim failed", error=describe(error))
            sleep(REST_S)
            continue
        if claim is not None:
            claim = run(house, claim, may_go_on)
            last = clock.ticks()
        elif clock.ticks() - last >= linger_s:
            return False
        else:
            sleep(POLL_S)
    return True


def run(house: House, claim: Claim, may_go_on: Callable[[], bool] = lambda: False) -> Claim | None:
    """Do one errand; the next one, if there is one and work `may_go_on`.

    What the errand raises is written down and it is given back; nothing is raised.
    """
    reach("claimed")
    effects = poison.split if poison.is_spent(claim, house.policy) else _do

    def effects_and_next(session: Session) -> tuple[bool, Claim | None]:
        held = effects(house, claim, session)
        return held, errands.claim(session, house.settings.lease_s) if may_go_on() else None

    try:
        held, following = house.write(effects_and_next)
    except Exception as error:  # noqa: BLE001  # whatever a job raises, the next errand must be done
        _give_back(house, claim, error)
        return None
    reach("committed")
    if not held:
        structlog.get_logger().warning("lease lost", errand=claim.id, attempt=claim.attempt)
    return following


def _do(house: House, claim: Claim, session: Session) -> bool:
    if not errands.hold(session, claim):
        return False
    reach("held")
    JOBS[claim.job](session, house, claim)
    errands.finish(session, claim)
    reach("finished")
    return True


def _give_back(house: House, claim: Claim, error: Exception) -> None:
    told = describe(error)
    structlog.get_logger().error(
        "errand failed", errand=claim.id, job=claim.job.value, attempt=claim.attempt, error=told, at=logs.frames(error)
    )
    policy, passing = house.policy.errands, is_passing(error)
    wait = policy.passing_s if passing else min(policy.backoff_s * 2 ** min(claim.tries - 1, 30), policy.backoff_s_max)
    spread = wait * (1 + ids.jitter() / 4)
    try:
        house.write(lambda session: errands.fail(session, claim, told, spread, forgive=passing))
    except (DBAPIError, Problem) as lost:  # the lease ends by itself
        structlog.get_logger().warning("errand not given back", errand=claim.id, error=describe(lost))


def describe(error: Exception) -> str:
    """What went wrong without values: messages of drivers and of Python may hold a name or a text."""
    if isinstance(error, DBAPIError):
        return f"{type(error.orig).__name__} {getattr(error.orig, 'sqlstate', None) or ''}".rstrip()
    if isinstance(error, Problem):
        return error.code
    return f"{type(error).__name__} at {logs.frames(error)[-1]}"


def is_passing(error: Exception) -> bool:
    """Whether the failure lies in the database's state and not in the errand: connection, lock, resources, shutdown.

    By SQLSTATE class (PostgreSQL, appendix A); a cancelled statement may be the errand's own slowness and counts.
    """
    if isinstance(error, Problem):
        return error.code == "unavailable"
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    return error.connection_invalidated or state is None or (state.startswith(PASSING) and state != CANCELED)
