"""Draining: claim what is due, errand after errand or a few batches together, until nothing is left.

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
PASSING_CODES = frozenset({"unavailable", "store-missing"})  # refusals that will be over some day


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
    claims: list[Claim] = []

    def may_go_on() -> bool:
        return not leave() and clock.ticks() - start < budget_s

    while claims or may_go_on():
        try:
            claims = claims or house.write(partial(_next, house))
        except (DBAPIError, Problem) as error:
            structlog.get_logger().warning("claim failed", error=describe(error))
            sleep(REST_S)
            continue
        if claims:
            claims = run(house, claims, may_go_on)
            last = clock.ticks()
        elif clock.ticks() - last >= linger_s:
            return False
        else:
            sleep(POLL_S)
    return True


def run(house: House, claims: list[Claim], may_go_on: Callable[[], bool] = lambda: False) -> list[Claim]:
    """Do errands that were claimed together; the next ones, if there are any and work `may_go_on`.

    If they fail together each is done alone. What one of them raises is written down and it is given back; nothing
    is raised.
    """
    reach("claimed")

    def effects_and_next(session: Session) -> tuple[bool, list[Claim]]:
        whole = _do(house, claims, session)
        return whole, _next(house, session) if may_go_on() else []

    try:
        whole, following = house.write(effects_and_next)
    except Exception as error:  # noqa: BLE001  # whatever a job raises, the next errand must be done
        if len(claims) > 1:
            for claim in claims:
                run(house, [claim])
        else:
            _give_back(house, claims[0], error)
        return []
    reach("committed")
    if not whole:
        structlog.get_logger().warning("lease lost", errands=[claim.id for claim in claims])
    return following


def _next(house: House, session: Session) -> list[Claim]:
    return errands.claim(session, house.settings.lease_s, house.policy.errands.together)


def _do(house: House, claims: list[Claim], session: Session) -> bool:
    if poison.is_spent(claims[0], house.policy):
        return poison.give_up(house, claims[0], session)
    held = errands.hold(session, claims)
    if held:
        reach("held")
        JOBS[held[0].job](session, house, held)
        errands.finish(session, held)
        reach("finished")
    return len(held) == len(claims)


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
        return error.code in PASSING_CODES
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    return error.connection_invalidated or state is None or (state.startswith(PASSING) and state != CANCELED)
