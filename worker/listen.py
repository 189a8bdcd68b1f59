"""Listening for the bell: an RQ worker on the one queue that outlives Redis."""

import os
import signal
import sys
from contextlib import nullcontext, suppress
from types import FrameType
from typing import Any

import structlog
from redis import Redis
from redis.client import Pipeline
from redis.exceptions import RedisError
from rq import Queue, Worker
from rq.exceptions import StopRequested
from rq.job import Job as RqJob
from rq.worker_registration import register

from sync import queue
from sync.house import House
from worker import leaving
from worker.drain import open_house

TTL_S = 30
MAINTENANCE_S = 60
REST_S = 1.0


class Listener(Worker):
    """RQ's worker, with a work horse that finishes the errand in hand when it is asked to end."""

    max_connection_wait_time = 2.0

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Pass the request on to the work horse; RQ alone would wait until everything is drained."""
        leaving.ask()
        if self.horse_pid:
            with suppress(ProcessLookupError):
                os.kill(self.horse_pid, signal.SIGTERM)
        super().request_stop(signum, frame)

    def dequeue_job_and_maintain_ttl(self, timeout: int | None, max_idle_time: int | None = None) -> Any:
        """The next bell, unless asked to leave before RQ listened for signals or where its exception was swallowed."""
        if leaving.is_leaving():
            raise StopRequested
        return super().dequeue_job_and_maintain_ttl(timeout, max_idle_time)

    def main_work_horse(self, job: RqJob, queue: Queue) -> None:
        """A work horse has connections of its own, never those of its parent."""
        open_house().engine.dispose(close=False)
        super().main_work_horse(job, queue)

    def setup_work_horse_signals(self) -> None:
        """In the work horse SIGTERM asks to leave after the current errand."""
        leaving.on(signal.SIGTERM)
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Tell Redis that the worker lives, as if for the first time: RQ forgets whom FLUSHALL made it forget."""
        super().heartbeat(timeout, pipeline)
        with nullcontext(pipeline) if pipeline is not None else self.connection.pipeline() as told:
            register(self, told)
            told.hset(self.key, mapping=self.serialize())
            if pipeline is None:
                told.execute()

    def maintain_heartbeats(self, job: RqJob) -> None:
        """Tell Redis that the work horse lives; without Redis it goes on working."""
        with suppress(RedisError):
            super().maintain_heartbeats(job)


def forever(house: House) -> None:
    """Answer bells until asked to leave. While Redis is away the sweepers do the work.

    RQ ends its loop when Redis fails and leaves a subscriber thread behind, so the process starts itself afresh.
    """
    leaving.on(signal.SIGTERM, signal.SIGINT)
    connection = Redis.from_url(house.settings.redis_url, socket_connect_timeout=2)
    log = structlog.get_logger()
    while not leaving.is_leaving():
        try:
            _listener(house, connection).work(logging_level="WARNING")
        except RedisError as error:
            log.warning("redis is away", error=type(error).__name__)
        if not leaving.rest(REST_S) and _answers(connection):
            os.execv(sys.executable, sys.orig_argv)  # noqa: S606  # this very program


def _answers(connection: Redis) -> bool:
    try:
        return bool(connection.ping())
    except RedisError:
        return False


def _listener(house: House, connection: Redis) -> Listener:
    def ring_again(_job: RqJob, _pid: int, _status: int, _usage: Any) -> None:
        # The bell died with its work horse; what was due behind the culprit is still due.
        queue.ring(house)

    return Listener(
        [Queue(queue.NAME, connection=connection, serializer=queue.SERIALIZER)],
        connection=connection,
        serializer=queue.SERIALIZER,
        worker_ttl=TTL_S,
        maintenance_interval=MAINTENANCE_S,
        log_job_description=False,
        work_horse_killed_handler=ring_again,
    )
