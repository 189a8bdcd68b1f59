"""/console/v1/places and /merges: finding a place, looking at it, merging doubles and taking merges apart."""

from collections.abc import Sequence
from datetime import UTC
from typing import Any
from uuid import UUID

from flask import request
from sqlalchemy import Row
from sqlalchemy.orm import Session

from api import auth
from api.blueprint import Blueprint
from api.paging import Key, page, uuid, word
from api.schemas.place import (
    DoublesAsked,
    DoublesPage,
    MergeAsked,
    MergedSchema,
    MergePreviewSchema,
    PlacesAsked,
    PlaceSchema,
    PlacesPage,
    PreviewAsked,
)
from api.schemas.reason import ReasonTold
from api.session import house, writing
from sync import audit, clock, pipeline
from sync.access import Actor, above, may
from sync.errors import refuse
from sync.models import Place, PlaceMerge
from sync.privacy import duties
from sync.privacy.duties import Because
from sync.registry import doors, merging, queries
from sync.registry.doubles import Door, doubles
from sync.registry.merging import Merged
from sync.roles import SEES, Noun, Verb

blp = Blueprint("places", __name__, description="走访对象 / places")
UNITS_A_PAGE = 50
VISITORS_SHOWN = 20
KEYS = (Key(Place.name, "name", word), Key(Place.id, "id", uuid))


@blp.get("/places")
@blp.arguments(PlacesAsked, location="query")
@blp.response(200, PlacesPage)
def find_places(asked: dict[str, Any]) -> dict[str, Any]:
    """Places by name or code, for choosing one; names of homes are read, so the trail of reads gets a line."""

    def work(session: Session) -> dict[str, Any]:
        rows = queries.places_found(auth.actor(), asked.get("unit"), asked["q"].strip())
        found = page(session, rows, KEYS, asked)
        if found.rows:
            _note_read(session, None, asked.get("unit"), "name,address")
        return {"items": [_brief(row) for row in found.rows], "next": found.next}

    return writing(work)


@blp.get("/places/doubles")
@blp.arguments(DoublesAsked, location="query")
@blp.response(200, DoublesPage)
def suggest_doubles(asked: dict[str, Any]) -> dict[str, Any]:
    """Places of one unit that may be one: the same name, or like names a few steps apart. A person decides."""

    def work(session: Session) -> dict[str, Any]:
        rows = queries.units_with_places(auth.actor(), asked.get("unit"))
        if "cursor" in asked:
            rows = rows.where(Place.unit_id > asked["cursor"])
        units = list(session.scalars(rows.order_by(Place.unit_id).limit(UNITS_A_PAGE)))
        items = _doubles(session, units)
        if items:
            _note_read(session, None, asked.get("unit"), "name,address")
        return {"items": items, "next": units[-1] if len(units) == UNITS_A_PAGE else None}

    return writing(work)


@blp.get("/places/<uuid:place_id>")
@blp.arguments(ReasonTold, location="headers")
@blp.response(200, PlaceSchema)
@blp.alt_response(404, "NOT_FOUND")
@blp.alt_response(422, "UNPROCESSABLE_ENTITY")
def show_place(told: dict[str, str], place_id: UUID) -> dict[str, Any]:
    """One place: name, address, position with its history, aliases. Opening it is noted, with the viewer's duty.

    Without a link, an open finding or an open task there it takes a reason (reason-missing).
    """
    actor, policy = auth.actor(), house().policy.privacy

    def work(session: Session) -> dict[str, Any]:
        doors.read(session, [place_id])
        row = session.execute(queries.place_shown(actor, place_id)).one_or_none()
        if row is None:
            raise refuse("not-found")
        why = duties.because(session, actor, place_id, told["reason"], policy)
        _note_read(session, place_id, row.unit_id, "name,address,position", why)
        return _brief(row) | {
            "duty": why.duty,
            "merged_into": row.merged_into_id,
            "positions": session.execute(queries.positions_of(place_id)).all(),
            "aliases": session.execute(queries.aliases_of(place_id)).all(),
        }

    return writing(work)


@blp.post("/places/<uuid:place_id>/preview")
@blp.arguments(PreviewAsked)
@blp.response(200, MergePreviewSchema)
def preview_merge(asked: dict[str, Any], place_id: UUID) -> dict[str, Any]:
    """What hangs on the two places, and whose visits a merge would concern. Nothing but the trail is written."""

    def work(session: Session) -> dict[str, Any]:
        _require(session, place_id, asked["into"])
        return {"away": _hanging(session, place_id), "into": _hanging(session, asked["into"])}

    return writing(work)


@blp.post("/places/<uuid:place_id>/merge")
@blp.arguments(MergeAsked)
@blp.response(201, MergedSchema)
def merge_place(asked: dict[str, Any], place_id: UUID) -> dict[str, Any]:
    """Make this place an alias of another: nothing is moved or lost, visits to either are visits to the other."""

    def work(session: Session) -> Merged:
        _require(session, place_id, asked["into"])
        return pipeline.merge_place(session, asked["id"], place_id, asked["into"], auth.actor().person_id)

    return _merged(writing(work))


@blp.post("/merges/<uuid:merge_id>/undo")
@blp.response(200, MergedSchema)
@blp.alt_response(404, "NOT_FOUND")
def undo_merge(merge_id: UUID) -> dict[str, Any]:
    """Make it a place of its own again, just as it was."""

    def work(session: Session) -> Merged:
        merge = session.get(PlaceMerge, merge_id)
        if merge is None:
            raise refuse("not-found")
        _require(session, merge.away_id, merge.into_id)
        return pipeline.undo_merge(session, merge_id, auth.actor().person_id)

    return _merged(writing(work))


def _require(session: Session, *places: UUID) -> None:
    """Raises not-found, or forbidden unless the actor may merge places of the unit of each."""
    rows = session.execute(queries.units_of_places(places)).all()
    if len(rows) < len(set(places)):
        raise refuse("not-found")
    for unit in sorted({row.unit_id for row in rows}):
        if not may(auth.actor(), Verb.MERGE_PLACES, session.scalars(above(unit)).all()):
            raise refuse("forbidden")


def _hanging(session: Session, place_id: UUID) -> dict[str, Any]:
    doors.read(session, [place_id])
    row = session.execute(queries.place_shown(auth.actor(), place_id)).one()
    _note_read(session, place_id, row.unit_id, "name,address")
    found = merging.hanging(session, place_id, clock.today(), VISITORS_SHOWN)
    visitors = [{"id": id_, "name": name, "visits": visits} for id_, name, visits in found.visitors]
    return found._asdict() | {"place": _brief(row), "visitors": visitors}


def _doubles(session: Session, units: Sequence[UUID]) -> list[dict[str, Any]]:
    standing = [Door(*row) for row in session.execute(queries.doors_of(units))]
    apart = frozenset(frozenset(row) for row in session.execute(queries.taken_apart(units)))
    found = doubles(standing, house().policy.dedup.doubles_m, apart)
    named = {id_ for double in found for id_ in (double.one, double.other)}
    rows = queries.places_found(auth.actor(), None, "").where(Place.id.in_(named))
    shown = {row.id: _brief(row) for row in session.execute(rows)} if named else {}
    return [double._asdict() | {"one": shown[double.one], "other": shown[double.other]} for double in found]


def _brief(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    return dict(row._mapping) | {"unit": {"id": row.unit_id, "name": row.unit_name}}


def _merged(merged: Merged) -> dict[str, Any]:
    undone_at = merged.undone_at and merged.undone_at.astimezone(UTC)
    whole = {"away": merged.away_id, "into": merged.into_id, "at": merged.at.astimezone(UTC), "undone_at": undone_at}
    return merged._asdict() | whole


def _note_read(
    session: Session, place_id: UUID | None, unit_id: UUID | None, fields: str, why: Because | None = None
) -> None:
    """Lists and merges are read by a role; a file by a duty towards that home, or for a reason."""
    actor = auth.actor()
    duty, reason = why or Because(_duty(actor))
    audit.read(
        session, actor.person_id, place_id=place_id, unit_id=unit_id, fields=fields, duty=duty, reason=reason,
        request=request.path,
    )  # fmt: skip


def _duty(actor: Actor) -> str:
    """By which role somebody sees places."""
    return next(held.role.value for held in actor.roles if Noun.PLACE in SEES.get(held.role, {}))
