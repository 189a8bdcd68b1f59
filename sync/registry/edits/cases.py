"""Fields that were told differently and homes found at the door, as those who decide about them see them.

A verifier sees facts of places under his unit, never people or numbers; the office in charge of a programme sees people
and numbers of the homes that it links. Both see nothing of a unit where they hold another role.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select
from sqlalchemy.orm import aliased

from sync.access import Actor, narrowed, seen_as, within
from sync.ground import units_below
from sync.models import Contact, EditDecision, EditedField, Person, Place, PlaceEdit, ProposalDecision, Unit, Visit
from sync.registry.edits.rules import OF_CONTACT
from sync.registry.queries import lat_of, lon_of
from sync.roles import Noun
from sync.words import EditField, EditReason, EditState, PlaceState, Role

Rows = Select[*tuple[Any, ...]]
_HUNG = aliased(Place)  # where the field hangs; Place is what that stands for
_BRIEF = (
    Place.id.label("place_id"), Place.code, Place.name, Place.address, Place.kind, Place.state.label("place_state"),
    Place.unit_id, Unit.name.label("unit_name"),
)  # fmt: skip


def _own_units(actor: Actor) -> list[UUID]:
    return [held.unit_id for held in actor.roles if held.role is not Role.VERIFIER]


def _seen(actor: Actor) -> ColumnElement[bool]:
    verifier, office = narrowed(actor, Role.VERIFIER), narrowed(actor, Role.PROGRAMME_OFFICE)
    of_place = and_(seen_as(verifier, Noun.PLACE), Place.unit_id.not_in(_own_units(actor)))
    is_contact = EditedField.field.in_(OF_CONTACT)
    return or_(
        and_(~is_contact, _HUNG.merged_into_id.is_(None), of_place), and_(is_contact, seen_as(office, Noun.CONTACT))
    )


def cases(actor: Actor) -> Rows:
    """The fields that the actor decides about, each with its place and how many tellings wait."""
    waiting = (
        select(func.count())
        .where(PlaceEdit.edited_field_id == EditedField.id, PlaceEdit.in_play, PlaceEdit.state == EditState.OPEN)
        .scalar_subquery()
    )
    return (
        select(
            EditedField.id, EditedField.field, EditedField.contact_id, EditedField.reasons, EditedField.open_since,
            EditedField.changed_at, EditedField.rev, waiting.label("told"), *_BRIEF,
        )
        .join(_HUNG, _HUNG.id == EditedField.place_id)
        .join(Place, Place.id == func.coalesce(_HUNG.merged_into_id, _HUNG.id))
        .join(Unit, Unit.id == Place.unit_id)
        .where(_seen(actor))
    )  # fmt: skip


def narrow(
    rows: Rows, *, is_open: bool, field: EditField | None, reason: EditReason | None, unit_id: UUID | None
) -> Rows:  # fmt: skip
    """Cases that wait or not, of one field, for one reason, of a unit and those under it."""
    rows = rows.where(EditedField.open_since.is_not(None) if is_open else EditedField.open_since.is_(None))
    if field:
        rows = rows.where(EditedField.field == field)
    if reason:
        rows = rows.where(literal(reason.value) == func.any(EditedField.reasons))
    return rows.where(Place.unit_id.in_(units_below([unit_id]))) if unit_id else rows


def tellings(field_id: UUID) -> Rows:
    """Every telling about a field with who said it, the oldest first."""
    return (
        select(PlaceEdit, Person.name.label("person_name"))
        .join(Person, Person.id == PlaceEdit.person_id, isouter=True)
        .where(PlaceEdit.edited_field_id == field_id)
        .order_by(PlaceEdit.said_at, PlaceEdit.id)
    )


def decisions(field_id: UUID) -> Rows:
    """Every decision about a field with who made it, the newest first."""
    return (
        select(EditDecision, Person.name.label("person_name"))
        .join(Person, Person.id == EditDecision.by, isouter=True)
        .where(EditDecision.edited_field_id == field_id)
        .order_by(EditDecision.at.desc(), EditDecision.id.desc())
    )


def contact_named(contact_id: UUID) -> Rows:
    """A person of a home, by name."""
    return select(Contact.id, Contact.name).where(Contact.id == contact_id)


def proposals(actor: Actor) -> Rows:
    """Homes found at the door that the actor decides about, or decided: with who found them and how often visited."""
    visits = select(func.count()).where(Visit.place_id == Place.id).scalar_subquery()
    decision = aliased(ProposalDecision)
    rows = (
        select(
            *_BRIEF, Place.proposed_by, Place.created_at, Person.name.label("finder_name"), visits.label("visits"),
            decision.proposing, lon_of(Place.position).label("lon"), lat_of(Place.position).label("lat"),
            Place.position_datum,
        )
        .join(Unit, Unit.id == Place.unit_id)
        .join(Person, Person.id == Place.proposed_by, isouter=True)
        .join(decision, and_(decision.place_id == Place.id, decision.undone_at.is_(None)), isouter=True)
        .where(or_(Place.state == PlaceState.PROPOSED, decision.id.is_not(None)))
        .where(Place.unit_id.not_in(_own_units(actor)))
    )  # fmt: skip
    return within(narrowed(actor, Role.VERIFIER), rows, Noun.PLACE)


def waiting(rows: Rows, *, is_open: bool, unit_id: UUID | None) -> Rows:
    """Proposals that wait or not, of a unit and those under it."""
    is_proposed = Place.state == PlaceState.PROPOSED
    rows = rows.where(is_proposed if is_open else ~is_proposed)
    return rows.where(Place.unit_id.in_(units_below([unit_id]))) if unit_id else rows


def proposal_decisions(place_id: UUID) -> Rows:
    """Every decision about a home found at the door, the newest first."""
    return (
        select(ProposalDecision, Person.name.label("person_name"))
        .join(Person, Person.id == ProposalDecision.by, isouter=True)
        .where(ProposalDecision.place_id == place_id)
        .order_by(ProposalDecision.at.desc(), ProposalDecision.id.desc())
    )
