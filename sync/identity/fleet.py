"""Selects over all phones: how each is doing, which of them somebody should look after, and how many."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Select, and_, cast, func, literal_column, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from sync import clock, db
from sync.ground import units_below
from sync.identity.queries import Rows
from sync.identity.rules import RELEASE, release
from sync.models import Batch, Device, DeviceHealth, Person, PersonRole, Pull, WaitingRecord
from sync.policy import Devices
from sync.words import DeviceState

_VERSION = func.coalesce(DeviceHealth.app_version, Device.about["app_version"].astext)
_RELEASE = cast(func.string_to_array(func.substring(_VERSION, RELEASE), "."), ARRAY(BigInteger))
_IN_USE = Device.state == DeviceState.ACTIVE
_ALARMED = and_(_IN_USE, Device.alarm.is_not(None))
# The state of a batch as a literal, so that the index over open batches serves, however many are done.
_QUARANTINED = or_(
    Device.id.in_(select(WaitingRecord.device_id).where(literal_column("waiting_record.state = 'quarantined'"))),
    Device.id.in_(select(Batch.device_id).where(literal_column("batch.state = 'quarantined'"))),
)
_BACKLOG = text(
    "WITH w AS (SELECT device_id, count(*) FILTER (WHERE state = 'quarantined') AS quarantined,"
    "  count(*) FILTER (WHERE state <> 'quarantined') AS waiting"
    "  FROM waiting_record WHERE device_id = ANY(:devices) GROUP BY device_id),"
    " b AS (SELECT device_id, count(*) AS quarantined"
    "  FROM batch WHERE state = 'quarantined' AND device_id = ANY(:devices) GROUP BY device_id),"
    " p AS (SELECT p.device_id, sum(greatest(h.head - CAST(c.value AS bigint), 0)) AS behind"
    "  FROM pull p CROSS JOIN jsonb_each_text(p.cursor) c JOIN feed_head h ON h.scope = c.key"
    "  WHERE p.device_id = ANY(:devices) GROUP BY p.device_id)"
    " SELECT d.id, coalesce(w.quarantined, 0) + coalesce(b.quarantined, 0) AS quarantined,"
    "  coalesce(w.waiting, 0) AS waiting, coalesce(p.behind, 0) AS behind"
    " FROM unnest(CAST(:devices AS uuid[])) AS d(id) LEFT JOIN w ON w.device_id = d.id"
    " LEFT JOIN b ON b.device_id = d.id LEFT JOIN p ON p.device_id = d.id"
)


class Backlog(NamedTuple):
    """What the server holds back of a phone's records, and what the phone has not pulled yet."""

    quarantined: int
    waiting: int
    behind: int


@dataclass(frozen=True, slots=True)
class Asked:
    """Which phones; what is None or False is not asked. Those that name a trouble show phones in use."""

    state: DeviceState | None = None
    silent_days: int | None = None
    version_below: str | None = None
    old_version: bool = False
    wrong_clock: bool = False
    quarantined: bool = False
    unsent: bool = False
    alarmed: bool = False
    person_id: UUID | None = None
    unit_id: UUID | None = None


def phones(asked: Asked, now: datetime, policy: Devices) -> Rows:
    """Phones with their people, what they told and what they pulled last, in the order of their ids."""
    rows = (
        select(
            *(Device.id, Device.state, Device.state_at, Device.about, Device.enrolled_at, Device.seen_at),
            *(Device.token_expires_at, Device.alarm, Device.alarm_at),
            *(Device.person_id, Person.staff_no, Person.name),
            *(DeviceHealth.at.label("told_at"), DeviceHealth.unsent, DeviceHealth.oldest_unsent_at),
            *(DeviceHealth.clock_offset_s, _VERSION.label("app_version")),
            *(Pull.at.label("pulled_at"), Pull.is_whole),
        )
        .join(Person, Person.id == Device.person_id)
        .outerjoin(DeviceHealth, DeviceHealth.device_id == Device.id)
        .outerjoin(Pull, Pull.device_id == Device.id)
        .order_by(Device.id)
    )
    return rows.where(*_clauses(asked, now, policy))


def summary(unit_id: UUID | None, now: datetime, policy: Devices) -> Select[*tuple[int, ...]]:
    """How many phones there are, and of those in use how many are silent, old, wrong in time, held back …"""

    def number(*clauses: ColumnElement[bool]) -> ColumnElement[int]:
        return func.count().filter(*clauses)

    rows = (
        select(
            number(_IN_USE).label("active"),
            number(Device.state == DeviceState.RETIRED).label("retired"),
            number(Device.state == DeviceState.LOST).label("lost"),
            number(*_silent(policy.silent_days, now)).label("silent"),
            number(*_below(policy.app_version_min)).label("old_version"),
            number(*_wrong_clock(policy)).label("wrong_clock"),
            number(_IN_USE, _QUARANTINED).label("quarantined"),
            number(*_unsent(policy, now)).label("unsent"),
            number(_ALARMED).label("alarmed"),
        )
        .select_from(Device)
        .outerjoin(DeviceHealth, DeviceHealth.device_id == Device.id)
    )
    return rows.where(*_clauses(Asked(unit_id=unit_id), now, policy))


def backlogs(session: Session, devices: Collection[UUID]) -> dict[UUID, Backlog]:
    """What is held back of each of these phones, and how far each is behind."""
    rows: list[Any] = list(session.execute(_BACKLOG, {"devices": db.pg_uuids(devices)}))
    return {row.id: Backlog(row.quarantined, row.waiting, int(row.behind)) for row in rows}


def _clauses(asked: Asked, now: datetime, policy: Devices) -> list[ColumnElement[bool]]:
    clauses: list[ColumnElement[bool]] = []
    if asked.state is not None:
        clauses.append(Device.state == asked.state)
    if asked.silent_days is not None:
        clauses += _silent(asked.silent_days, now)
    if asked.version_below is not None:
        clauses += _below(asked.version_below)
    if asked.old_version:
        clauses += _below(policy.app_version_min)
    if asked.wrong_clock:
        clauses += _wrong_clock(policy)
    if asked.quarantined:
        clauses += [_IN_USE, _QUARANTINED]
    if asked.unsent:
        clauses += _unsent(policy, now)
    if asked.alarmed:
        clauses.append(_ALARMED)
    if asked.person_id is not None:
        clauses.append(Device.person_id == asked.person_id)
    if asked.unit_id is not None:
        clauses.append(Device.person_id.in_(_people_of(asked.unit_id, now)))
    return clauses


def _silent(days: int, now: datetime) -> list[ColumnElement[bool]]:
    return [_IN_USE, func.coalesce(Device.seen_at, Device.enrolled_at) <= now - timedelta(days=days)]


def _below(version: str) -> list[ColumnElement[bool]]:
    return [_IN_USE, cast(list(release(version)), ARRAY(BigInteger)) > _RELEASE]


def _unsent(policy: Devices, now: datetime) -> list[ColumnElement[bool]]:
    return [_IN_USE, DeviceHealth.oldest_unsent_at < now - timedelta(days=policy.silent_days)]


def _wrong_clock(policy: Devices) -> list[ColumnElement[bool]]:
    return [_IN_USE, func.abs(DeviceHealth.clock_offset_s) > policy.clock_wrong_s]


def _people_of(unit_id: UUID, now: datetime) -> Select[UUID]:
    """Who holds a role at the unit or below it that day."""
    held = PersonRole.valid.contains(clock.local(now).date())
    return select(PersonRole.person_id).where(PersonRole.unit_id.in_(units_below([unit_id])), held)
