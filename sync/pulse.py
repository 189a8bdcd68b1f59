"""The pulse of the house: heartbeats of sweepers and the age of owed work, by the database's clock."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock

SWEEPER = "sweeper:"

_BEAT = text(
    "INSERT INTO heartbeat (name, at) VALUES (:name, clock_timestamp())"
    " ON CONFLICT (name) DO UPDATE SET at = excluded.at"
)
_TURN = text(
    "INSERT INTO heartbeat AS h (name, at) VALUES (:name, clock_timestamp()) ON CONFLICT (name)"
    " DO UPDATE SET at = excluded.at WHERE h.at <= excluded.at - make_interval(secs => :every) RETURNING name"
)
_LATE = text(
    "SELECT EXISTS (SELECT FROM errand WHERE done_at IS NULL AND ("
    " (lease_until IS NULL AND due_at < clock_timestamp() - make_interval(secs => :late))"
    " OR lease_until < clock_timestamp()))"
)
_OWED = text(
    "SELECT count(*) AS open, count(*) FILTER (WHERE lease_until >= clock_timestamp()) AS running,"
    " count(*) FILTER (WHERE last_error IS NOT NULL) AS failing, coalesce(extract(epoch FROM"
    "  clock_timestamp() - min(due_at) FILTER (WHERE due_at <= clock_timestamp())), 0)::float8 AS oldest_s"
    " FROM errand WHERE done_at IS NULL"
)
_SWEEPERS = text(
    "SELECT count(*) AS alive, extract(epoch FROM clock_timestamp() - max(at))::float8 AS age_s FROM heartbeat"
    " WHERE starts_with(name, :prefix) AND at > clock_timestamp() - make_interval(secs => :alarm)"
)
_BATCHES = text("SELECT state, count(*) FROM batch WHERE state <> 'done' GROUP BY state")
_WAITING = text("SELECT state, count(*) FROM waiting_record GROUP BY state")
_DAMAGED = text("SELECT fault, count(*) FROM picture WHERE state = 'damaged' GROUP BY fault")
_PHOTOS = text(
    "SELECT (SELECT count(*) FROM errand WHERE done_at IS NULL AND job = 'read_photo') AS unread,"
    " (SELECT count(*) FROM blob WHERE lost_at IS NOT NULL) AS lost,"
    " (SELECT count(*) FROM blob WHERE doomed_at IS NOT NULL) AS doomed"
)
_FORGET = text(
    "DELETE FROM heartbeat WHERE starts_with(name, :prefix) AND at < clock_timestamp() - CAST(:age AS interval)"
)


@dataclass(frozen=True, slots=True)
class Owed:
    """Open errands: how many, how many of them run or have failed before, seconds since the oldest was due."""

    open: int
    running: int
    failing: int
    oldest_s: float


@dataclass(frozen=True, slots=True)
class Sweepers:
    """Sweepers whose heartbeat is younger than the alarm, and the age of the newest; None if there is none."""

    alive: int
    age_s: float | None


@dataclass(frozen=True, slots=True)
class PhotoTroubles:
    """Damaged pictures by fault; photos unread, lost and doomed. Each count is as long as its trouble is large."""

    damaged: dict[str, int]
    states: dict[str, int]


def beat(session: Session, name: str) -> None:
    """Write that the process `name` lives."""
    session.execute(_BEAT, {"name": name})


def is_turn(session: Session, name: str, every_s: float) -> bool:
    """True for one caller every `every_s` seconds, however many ask; the mark is written in this transaction."""
    return session.scalar(_TURN, {"name": f"turn:{name}", "every": every_s}) is not None


def is_late(session: Session, late_s: float) -> bool:
    """Whether an errand has been due for `late_s` seconds unclaimed, or lost its worker."""
    return bool(session.scalar(_LATE, {"late": late_s}))


def owed(session: Session) -> Owed:
    """The backlog."""
    return Owed(*session.execute(_OWED).one())


def sweepers(session: Session, alarm_s: float) -> Sweepers:
    """Sweepers that live."""
    return Sweepers(*session.execute(_SWEEPERS, {"prefix": SWEEPER, "alarm": alarm_s}).one())


def open_batches(session: Session) -> dict[str, int]:
    """How many batches stand in each state but `done`; an index holds just these."""
    return {row[0]: row[1] for row in session.execute(_BATCHES)}


def waiting_records(session: Session) -> dict[str, int]:
    """How many records are held, parked, quarantined or not permitted."""
    return {row[0]: row[1] for row in session.execute(_WAITING)}


def photo_troubles(session: Session) -> PhotoTroubles:
    """Photos that are not as they should be; indexes hold just these, however many are well."""
    damaged = {row[0]: row[1] for row in session.execute(_DAMAGED)}
    return PhotoTroubles(damaged, dict(session.execute(_PHOTOS).one()._mapping))


def skew_s(session: Session) -> float:
    """How far the database's clock is ahead of this machine's, in seconds; the way there is halved out."""
    before = clock.now()
    theirs: datetime = session.scalars(text("SELECT clock_timestamp()")).one()
    return (theirs - before).total_seconds() - (clock.now() - before).total_seconds() / 2


def calendar_end(session: Session) -> date | None:
    """The last day of the calendar that was decided, not assumed; None for an empty calendar."""
    last: date | None = session.scalar(text("SELECT max(day) FROM workday WHERE NOT provisional"))
    return last


def forget(session: Session, older_than: timedelta) -> None:
    """Delete heartbeats of processes that are gone."""
    session.execute(_FORGET, {"age": older_than, "prefix": SWEEPER})
