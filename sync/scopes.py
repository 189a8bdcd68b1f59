"""The scope of each noun: which rows a role shows, by how far it reaches."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, aliased

from sync import clock
from sync.ground import units_below
from sync.models import (
    Absence,
    Aid,
    Batch,
    Commitment,
    Device,
    Finding,
    LifeEventTold,
    Link,
    Needy,
    Obligation,
    Person,
    PersonRole,
    Place,
    Problem,
    Programme,
    ReadAudit,
    ReadOutlier,
    SealKey,
    Task,
    Unit,
    Visit,
    VisitParty,
)
from sync.roles import Noun, Reach

if TYPE_CHECKING:
    from sync.access import Actor

Clauses = list[ColumnElement[bool]]


def _by_unit(column: InstrumentedAttribute[Any], reach: Reach, units: list[UUID], *, seen: bool = False) -> Clauses:
    return [column.in_(units_below(units, own=reach is not Reach.UNDER, seen=seen))]


def _units(_: "Actor", reach: Reach, units: list[UUID]) -> Clauses:
    return _by_unit(Unit.id, reach, units)


def _places(actor: "Actor", reach: Reach, units: list[UUID]) -> Clauses:
    if reach is Reach.UNDER:
        return _by_unit(Place.unit_id, reach, units)
    links = (*_links(actor, reach, units), Link.valid.contains(clock.today()))
    linked = select(Link.place_id).where(*links)
    alias = aliased(Place)
    roots = select(alias.merged_into_id).join(Link, Link.place_id == alias.id).where(*links)
    return [Place.id.in_(union_all(linked, roots.where(alias.merged_into_id.is_not(None))))]


def _links(actor: "Actor", reach: Reach, units: list[UUID]) -> Clauses:
    if reach is Reach.OWN:
        return [Link.cadre_id == actor.person_id]
    return [Link.programme_id.in_(select(Programme.id).where(Programme.office_id.in_(units)))]


def _obligations(actor: "Actor", reach: Reach, units: list[UUID]) -> Clauses:
    """An office sees those of its programmes; and below its unit those without a programme (life events), and those
    that are nobody's: a gap is shown to the town."""
    if reach is Reach.OWN:
        return [Obligation.holder_id == actor.person_id]
    own = Obligation.programme_id.in_(select(Programme.id).where(Programme.office_id.in_(units)))
    nobodys = and_(Obligation.holder_id.is_(None), Obligation.holder_unit_id.is_(None))
    below = and_(or_(Obligation.programme_id.is_(None), nobodys), Obligation.unit_id.in_(units_below(units)))
    return [or_(own, below)]


def _visits(actor: "Actor", reach: Reach, units: list[UUID]) -> Clauses:
    if reach is Reach.OWN:
        recorded = aliased(Visit)
        taken_part = select(VisitParty.visit_id).where(VisitParty.person_id == actor.person_id)
        written = select(recorded.id).where(recorded.recorder_id == actor.person_id)
        return [Visit.id.in_(union_all(taken_part, written))]
    return _by_unit(Visit.unit_id, reach, units)


def _findings(actor: "Actor", reach: Reach, units: list[UUID]) -> Clauses:
    """Findings of units below; of no unit where the actor holds any role, whichever role shows it: nobody judges his
    own unit."""
    own = {held.unit_id for held in actor.roles}
    return [and_(*_by_unit(Finding.unit_id, reach, units, seen=True), Finding.unit_id.not_in(own))]


def _problems(actor: "Actor", reach: Reach, units: list[UUID]) -> Clauses:
    if reach is Reach.OWN:
        return [Problem.reporter_id == actor.person_id]
    if reach is Reach.HELD:
        return [Problem.task_id.in_(select(Task.id).where(*_by_unit(Task.holder_unit_id, reach, units)))]
    return _by_unit(Problem.unit_id, reach, units)


def _sealed(actor: "Actor", reach: Reach, units: list[UUID]) -> Clauses:
    """Matters of units below, of the kinds for which the actor himself is named by a key in use."""
    named = select(SealKey.kind).where(
        SealKey.person_id == actor.person_id, SealKey.ended_at.is_(None), SealKey.unit_id.in_(units)
    )
    return [and_(*_by_unit(Problem.unit_id, reach, units), Problem.sealed_kind.in_(named))]


def _tasks(actor: "Actor", reach: Reach, units: list[UUID]) -> Clauses:
    if reach is Reach.OWN:
        return [Task.id.in_(select(Problem.task_id).where(Problem.reporter_id == actor.person_id))]
    return _by_unit(Task.holder_unit_id if reach is Reach.HELD else Task.unit_id, reach, units)


def _life_events(actor: "Actor", reach: Reach, units: list[UUID]) -> Clauses:
    """Of units below; or told by oneself, or whose contact is owed by oneself."""
    if reach is not Reach.OWN:
        return _by_unit(LifeEventTold.unit_id, reach, units)
    owed = select(Obligation.life_event_id).where(
        Obligation.holder_id == actor.person_id, Obligation.life_event_id.is_not(None)
    )
    return [or_(LifeEventTold.told_by == actor.person_id, LifeEventTold.id.in_(owed))]


def _commitments(actor: "Actor", _: Reach, __: list[UUID]) -> Clauses:
    return [Commitment.cadre_id == actor.person_id]


def _aid(actor: "Actor", reach: Reach, units: list[UUID]) -> Clauses:
    """Given by oneself; or to homes of the office's links, by any id that stands for them."""
    if reach is Reach.OWN:
        return [Aid.cadre_id == actor.person_id]
    links = (*_links(actor, reach, units), Link.valid.contains(clock.today()))
    told, home, other = aliased(Place), aliased(Place), func.coalesce
    linked = select(other(told.merged_into_id, told.id)).join(Link, Link.place_id == told.id).where(*links)
    return [Aid.place_id.in_(select(home.id).where(other(home.merged_into_id, home.id).in_(linked)))]


def _needy(_: "Actor", reach: Reach, units: list[UUID]) -> Clauses:
    return [Needy.place_id.in_(select(Place.id).where(*_by_unit(Place.unit_id, reach, units)))]


def _absences(actor: "Actor", reach: Reach, units: list[UUID]) -> Clauses:
    if reach is Reach.OWN:
        return [or_(Absence.person_id == actor.person_id, Absence.deputy_id == actor.person_id)]
    return [Absence.person_id.in_(_role_holders(reach, units))]


def _people(_: "Actor", reach: Reach, units: list[UUID]) -> Clauses:
    return [Person.id.in_(_role_holders(reach, units))]


def _devices(actor: "Actor", reach: Reach, units: list[UUID]) -> Clauses:
    if reach is Reach.OWN:
        return [Device.person_id == actor.person_id]
    return [Device.person_id.in_(_role_holders(reach, units))]


def _batches(actor: "Actor", reach: Reach, units: list[UUID]) -> Clauses:
    return [Batch.device_id.in_(select(Device.id).where(*_devices(actor, reach, units)))]


def _seal_keys(_: "Actor", reach: Reach, units: list[UUID]) -> Clauses:
    return _by_unit(SealKey.unit_id, reach, units)


def _reads(_: "Actor", reach: Reach, units: list[UUID]) -> Clauses:
    """Reading of homes of units below, and reading by whoever ever held a role there."""
    return [or_(*_by_unit(ReadAudit.unit_id, reach, units), ReadAudit.person_id.in_(_ever_there(reach, units)))]


def _outliers(_: "Actor", reach: Reach, units: list[UUID]) -> Clauses:
    return [ReadOutlier.person_id.in_(_ever_there(reach, units))]


def _reports(_: "Actor", _reach: Reach, units: list[UUID]) -> Clauses:
    """Reports are of the whole cell: for whoever stands at its root."""
    return [select(Unit.id).where(Unit.id.in_(units), Unit.parent_id.is_(None)).exists()]


def _role_holders(reach: Reach, units: list[UUID]) -> Select[UUID]:
    return _ever_there(reach, units).where(PersonRole.valid.contains(clock.today()))


def _ever_there(reach: Reach, units: list[UUID]) -> Select[UUID]:
    return select(PersonRole.person_id).where(*_by_unit(PersonRole.unit_id, reach, units))


SCOPES: dict[Noun, Callable[["Actor", Reach, list[UUID]], Clauses]] = {
    Noun.UNIT: _units,
    Noun.COUNT: _units,
    Noun.PLACE: _places,
    Noun.CONTACT: _places,
    Noun.LINK: _links,
    Noun.OBLIGATION: _obligations,
    Noun.VISIT: _visits,
    Noun.EVIDENCE: _visits,
    Noun.FINDING: _findings,
    Noun.STORY: _visits,
    Noun.PROBLEM: _problems,
    Noun.TASK: _tasks,
    Noun.SEALED: _sealed,
    Noun.BATCH: _batches,
    Noun.ACCOUNT: _people,
    Noun.DEVICE: _devices,
    Noun.SEAL_KEY: _seal_keys,
    Noun.READ: _reads,
    Noun.OUTLIER: _outliers,
    Noun.RETENTION: _reports,
    Noun.LIFE_EVENT: _life_events,
    Noun.COMMITMENT: _commitments,
    Noun.AID: _aid,
    Noun.NEEDY: _needy,
    Noun.ABSENCE: _absences,
}
SEALING: dict[Noun, Clauses] = {
    Noun.PROBLEM: [Problem.sealed_kind.is_(None)],
    Noun.TASK: [Task.sealed.is_(False)],
    Noun.SEALED: [Problem.sealed_kind.is_not(None)],
}
