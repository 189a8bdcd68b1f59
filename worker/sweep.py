"""The sweeper (sync.md D2.4): finds owed work that nobody was told about. Copies of it are harmless."""

import os
import signal
import socket
from functools import partial

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from sync import ids, pulse, queue
from sync.errors import Problem
from sync.house import House
from worker import cron, leaving
from worker.drain import describe, until_empty


def forever(house: House) -> None:
    """Sweep until asked to leave."""
    leaving.on(signal.SIGTERM, signal.SIGINT)
    name = f"{pulse.SWEEPER}{socket.gethostname()}:{os.getpid()}"
    while not leaving.is_leaving():
        try:
            sweep(house, name)
        except (DBAPIError, Problem) as error:
            structlog.get_logger().warning("sweep failed", error=describe(error))
        leaving.rest(house.settings.sweep_s * (0.9 + ids.jitter() / 5))


def sweep(house: House, name: str) -> None:
    """One round: heartbeat, periodic errands, a bell for what is late; nobody hears it: do the work here."""
    house.write(partial(_look_around, house, name))
    late_s = min(house.policy.errands.late_s, house.settings.sweep_s)
    if house.read(lambda session: pulse.is_late(session, late_s)) and not _somebody_hears(house):
        until_empty(house, house.settings.sweep_s, 0, leaving.is_leaving)


def _look_around(house: House, name: str, session: Session) -> None:
    pulse.beat(session, name)
    cron.owe_due(session, house.policy)


def _somebody_hears(house: House) -> bool:
    if not queue.ring(house):
        return False
    bells = queue.state(house)
    return bells is not None and bells.workers > 0
