"""What programmes ask for: their rules as data, read, written and replaced."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import Range, insert
from sqlalchemy.orm import Session

from sync import audit, changes, db, ids
from sync.access import Actor
from sync.duty.rules.rhythms import Term, is_more_often
from sync.errors import refuse
from sync.models import Event, Programme, ProgrammeRule, Unit
from sync.policy import Duty
from sync.words import (
    DueKind,
    FeedKind,
    HolderKind,
    LifeEvent,
    LinkCategory,
    PlaceKind,
    Rhythm,
    Role,
    UnitKind,
)

_NAMES = (
    "category", "event", "holder", "role", "level", "target", "number", "rhythm", "term", "term_kind",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line of a programme, about a category of links or a life event (models.ProgrammeRule)."""

    category: LinkCategory | None = None
    event: LifeEvent | None = None
    holder: HolderKind | None = None
    role: Role | None = None
    level: UnitKind | None = None
    target: PlaceKind | None = None
    number: int | None = None
    rhythm: Rhythm | None = None
    term: int | None = None
    term_kind: DueKind | None = None

    @property
    def deadline(self) -> Term | None:
        """The rule's own deadline, if it has one."""
        return Term(self.term, self.term_kind) if self.term is not None and self.term_kind is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """A programme as its office writes it; `ends` is the last day."""

    name: str
    basis: str
    begins: date | None
    ends: date | None
    rules: Sequence[Rule]


@dataclass(frozen=True, slots=True, kw_only=True)
class Created(Edited):
    """A new programme; `id` is made by whoever creates it."""

    id: UUID
    code: str
    office_id: UUID


def rules_of(session: Session, programmes: Collection[UUID] | None = None) -> dict[UUID, list[Rule]]:
    """The rules of these programmes, or of all, in the order of the words."""
    rows = select(ProgrammeRule)
    if programmes is not None:
        rows = rows.where(ProgrammeRule.programme_id.in_(programmes))
    found: dict[UUID, list[Rule]] = {}
    for row in session.scalars(rows):
        found.setdefault(row.programme_id, []).append(Rule(**{name: getattr(row, name) for name in _NAMES}))
    categories, events = list(LinkCategory), list(LifeEvent)
    for rules in found.values():
        rules.sort(key=lambda r: (r.event is not None, categories.index(r.category) if r.category else -1,
                                  events.index(r.event) if r.event else -1))  # fmt: skip
    return found


def in_force(session: Session, first: date, last: date) -> dict[UUID, Range[date]]:
    """Programmes that hold on a day from first to last, with the days on which they do."""
    days = Range(first, last, bounds="[]")
    rows = select(Programme.id, Programme.valid).where(Programme.valid.overlaps(days)).order_by(Programme.id)
    return {row.id: row.valid for row in session.execute(rows)}


def may_edit(actor: Actor, office_id: UUID | None) -> bool:
    """Whether the actor is of the office in charge of a programme."""
    return any(held.role is Role.PROGRAMME_OFFICE and held.unit_id == office_id for held in actor.roles)


def offices_of(session: Session, actor: Actor) -> Sequence[Any]:
    """The offices (id, name) whose programmes the actor may write, in the order of the codes."""
    held = {role.unit_id for role in actor.roles if may_edit(actor, role.unit_id)}
    return session.execute(select(Unit.id, Unit.name).where(Unit.id.in_(held)).order_by(Unit.sort_code, Unit.id)).all()


def shown() -> Any:
    """All programmes with their office, in the order of their codes."""
    return (
        select(
            Programme.id, Programme.code, Programme.name, Programme.basis, Programme.office_id,
            Unit.name.label("office"), func.lower(Programme.valid).label("begins"),
            func.upper(Programme.valid).label("after"),
        )
        .join(Unit, Unit.id == Programme.office_id, isouter=True)
        .order_by(Programme.code)
    )  # fmt: skip


def create(session: Session, actor: Actor, policy: Duty, wanted: Created) -> None:
    """Write a programme that there was not; the same person's same words under the same id are harmless, whatever
    became of the programme since.

    Raises forbidden for an office of others, programme-code-taken, conflict (the id was used otherwise) and what
    editing raises.
    """
    if not may_edit(actor, wanted.office_id):
        raise refuse("forbidden")
    _check(wanted, policy)
    told = ids.digest(orjson.dumps(wanted).decode()).hex()
    # A request that comes at the same moment waits here for the other's commit, and then finds what it wrote.
    new = insert(Programme).values(
        id=wanted.id, code=wanted.code, name=wanted.name, basis=wanted.basis, office_id=wanted.office_id,
        valid=_days(wanted),
    )  # fmt: skip
    if session.scalar(new.on_conflict_do_nothing().returning(Programme.id)) is None:
        _require_same(session, actor, wanted.id, told)
        return
    _put_rules(session, wanted.id, wanted.rules)
    changes.touched(session, FeedKind.PROGRAMME, [wanted.id])
    audit.record(
        session, "programme.created", wanted.id, actor_id=actor.person_id, unit_id=wanted.office_id, code=wanted.code,
        told=told, after=[_told(rule) for rule in wanted.rules],
    )  # fmt: skip


def _require_same(session: Session, actor: Actor, id_: UUID, told: str) -> None:
    """Raises unless the actor created this programme with these words: the trail keeps their digest, since the
    programme may have been edited meanwhile."""
    if session.get(Programme, id_) is None:
        raise refuse("programme-code-taken", pointer="/code")
    created = select(Event.facts["told"].astext).where(
        Event.subject_id == id_, Event.verb == "programme.created", Event.actor_id == actor.person_id
    )
    if session.scalar(created) != told:
        raise refuse("conflict", pointer="/id")


def edit(session: Session, actor: Actor, policy: Duty, id_: UUID, wanted: Edited) -> None:
    """Write a programme anew. What is owed already stays until the programme ends; what is owed next follows the new
    rules.

    Raises not-found, forbidden for another office's, rhythm-too-often, invalid for two rules of one subject.
    """
    programme = session.get(Programme, id_, with_for_update=True)
    if programme is None:
        raise refuse("not-found")
    if not may_edit(actor, programme.office_id):
        raise refuse("forbidden")
    _check(wanted, policy)
    before = [_told(rule) for rule in rules_of(session, [id_]).get(id_, ())]
    programme.name, programme.basis = wanted.name, wanted.basis
    programme.valid = _days(wanted)
    session.execute(delete(ProgrammeRule).where(ProgrammeRule.programme_id == id_))
    session.flush()
    _put_rules(session, id_, wanted.rules)
    changes.touched(session, FeedKind.PROGRAMME, [id_])
    audit.record(
        session, "programme.edited", id_, actor_id=actor.person_id, unit_id=programme.office_id, before=before,
        after=[_told(rule) for rule in wanted.rules],
    )  # fmt: skip


def _days(wanted: Edited) -> Range[date]:
    return Range(wanted.begins, wanted.ends, bounds="[]")


def _put_rules(session: Session, id_: UUID, rules: Sequence[Rule]) -> None:
    rows = [(ids.uuid7(), id_, *(getattr(rule, name) for name in _NAMES)) for rule in rules]
    db.put(session, ProgrammeRule, ("id", "programme_id", *_NAMES), rows)


def _check(wanted: Edited, policy: Duty) -> None:
    seen = set()
    for n, rule in enumerate(wanted.rules):
        if (rule.category, rule.event) in seen:
            raise refuse("invalid", pointer=f"/rules/{n}", detail="twice")
        seen.add((rule.category, rule.event))
        if is_too_often(rule.category, rule.rhythm, policy):
            raise refuse("rhythm-too-often", pointer=f"/rules/{n}/rhythm")
    if wanted.begins and wanted.ends and wanted.ends < wanted.begins:
        raise refuse("invalid", pointer="/valid_to", detail="before valid_from")


def is_too_often(category: LinkCategory | None, rhythm: Rhythm | None, policy: Duty) -> bool:
    """Whether a rule would visit a petitioner's household more often than others."""
    is_petition = category is LinkCategory.PETITION_MATTER
    return is_petition and rhythm is not None and is_more_often(rhythm, Rhythm(policy.rhythm_ordinary))


def _told(rule: Rule) -> dict[str, Any]:
    return {name: value for name, value in asdict(rule).items() if value is not None}
