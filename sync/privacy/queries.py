"""Trails, lists and reports as the three administrators ask for them: selects within the viewer's scope."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from sync.access import Actor, within
from sync.models import Person, ReadAudit, ReadOutlier, RetentionReport, Unit
from sync.roles import Noun

Rows = Select[*tuple[Any, ...]]


def reads(
    actor: Actor,
    *,
    person: UUID | None = None,
    place: UUID | None = None,
    unit: UUID | None = None,
    since: date | None = None,
    until: date | None = None,
) -> Rows:
    """Lines of the trail of reads: of a reader, a home, a unit, of days (`until` inclusive). Homes by id alone."""
    rows = (
        select(
            ReadAudit.id, ReadAudit.at, ReadAudit.person_id, Person.name.label("person"), ReadAudit.unit_id,
            Unit.name.label("unit"), ReadAudit.place_id, ReadAudit.fields, ReadAudit.duty, ReadAudit.reason,
            ReadAudit.request,
        )
        .join(Person, Person.id == ReadAudit.person_id, isouter=True)
        .join(Unit, Unit.id == ReadAudit.unit_id, isouter=True)
    )  # fmt: skip
    for column, value in ((ReadAudit.person_id, person), (ReadAudit.place_id, place), (ReadAudit.unit_id, unit)):
        rows = rows.where(column == value) if value else rows
    rows = rows.where(ReadAudit.on >= since) if since else rows
    rows = rows.where(ReadAudit.on < until + timedelta(days=1)) if until else rows
    return within(actor, rows, Noun.READ)


def outliers(actor: Actor, week: date | None = None) -> Rows:
    """Lines of the weekly lists, of one week if given."""
    rows = select(
        ReadOutlier.week, ReadOutlier.person_id, Person.name.label("person"), ReadOutlier.opened, ReadOutlier.places,
        ReadOutlier.without_duty, ReadOutlier.at_night, ReadOutlier.usual, ReadOutlier.why,
    ).join(Person, Person.id == ReadOutlier.person_id)  # fmt: skip
    rows = rows.where(ReadOutlier.week == week) if week else rows
    return within(actor, rows, Noun.OUTLIER)


def reports(actor: Actor, newest: int) -> Rows:
    """The newest retention reports."""
    rows = select(
        RetentionReport.id, RetentionReport.began_at, RetentionReport.ended_at, RetentionReport.policy_version,
        RetentionReport.lines,
    )  # fmt: skip
    return within(actor, rows.order_by(RetentionReport.began_at.desc()).limit(newest), Noun.RETENTION)
