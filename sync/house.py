"""What every door opens once: settings, policy and the database, with the kinds of transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self, TypeVar

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from sync import clock, db
from sync.feed.actions import publish
from sync.policy import Policy, load
from sync.settings import Settings
from sync.storage import Blobs, LocalBlobs

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class House:
    """An open installation. `write` is the only place that begins and ends transactions."""

    settings: Settings
    policy: Policy
    engine: Engine
    sessions: sessionmaker[Session]
    blobs: Blobs
    replica: sessionmaker[Session]

    @classmethod
    def open(cls, settings: Settings, pool_size: int = 8) -> Self:
        """Open the installation that the settings describe; connects lazily. Raises PolicyError."""
        clock.set_zone(settings.timezone)
        engine = db.connect(settings.database_url, settings.timezone.key, pool_size)
        sessions, replica = db.sessions(engine), db.sessions(engine)
        if settings.replica_url:
            replica = db.sessions(db.connect(settings.replica_url, settings.timezone.key, pool_size))
        return cls(settings, load(settings.policy_file), engine, sessions, LocalBlobs(settings.blob_dir), replica)

    def read(self, work: Callable[[Session], Result]) -> Result:
        """Run `work`, which only reads; each statement sees what is committed when it begins.

        Without BEGIN and ROLLBACK a request that asks one question makes one round trip instead of three.
        """
        with self.sessions() as session:
            session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
            return work(session)

    def snapshot(self, work: Callable[[Session], Result]) -> Result:
        """Run `work`, which reads several things that must fit together: it sees one moment, on the replica if there
        is one (`replica_url`), which may lie a little behind."""
        with self.replica() as session:
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
            session.connection(execution_options=options)
            return work(session)

    def write(self, work: Callable[[Session], Result]) -> Result:
        """One transaction with its feed rows written last; commits, or raises what `work` raised."""

        def and_publish(session: Session) -> Result:
            result = work(session)
            publish(session, self.policy.feed)
            return result

        return db.transact(self.sessions, and_publish)

    def refuse_unsafe(self) -> None:
        """Raises UnsafeDatabaseError if the database may lose acknowledged work, unless a test said not to look.

        Leaves no connection open, so that it may come before a fork.
        """
        if self.settings.durability_check:
            self.read(db.check_durability)
            self.close()

    def close(self) -> None:
        """Close the connections."""
        self.engine.dispose()
        bound = self.replica.kw["bind"]
        if bound is not self.engine:
            bound.dispose()
