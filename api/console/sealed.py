"""/console/v1/sealed: cipher text for the officers who are named, and the public keys that phones seal to.

The server never holds a private key: an officer's browser, or `doorstep sealed open`, turns cipher text into words.
"""

import base64
from typing import Any
from uuid import UUID

from flask import request
from marshmallow import Schema, fields, validate
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from api import auth, paging
from api.blueprint import Blueprint
from api.paging import Key, PageAsked, page
from api.schemas.person import NamedPersonSchema
from api.schemas.place import NamedUnitSchema
from api.schemas.words import WordField
from api.session import reading, writing
from sync import audit, clock
from sync.access import above, may, sees, within
from sync.errors import refuse
from sync.identity import officers, sealing
from sync.identity.officers import KeySet
from sync.models import Problem, SealKey, Unit
from sync.roles import Noun, Verb
from sync.words import Role, SealedKind, Urgency

blp = Blueprint("sealed", __name__, description="密件 / sealed matters")
BY_TIME = (Key(Problem.told_at, "told_at", paging.moment), Key(Problem.id, "id", paging.uuid))
CIPHER_MAX = 131_072  # base64 characters


class PublicKey(Schema):
    """A public key as JWK."""

    kid = fields.UUID(dump_only=True)
    kty = fields.String(required=True, validate=validate.OneOf(["EC", "OKP"]))
    crv = fields.String(required=True, validate=validate.OneOf([sealing.P256, sealing.X25519]))
    x = fields.String(required=True, validate=validate.Length(max=64))
    y = fields.String(validate=validate.Length(max=64))


class SealedBrief(Schema):
    """A sealed matter without its words. `for_me`: it was sealed to a key of the viewer."""

    id = fields.UUID(required=True)
    kind = WordField(SealedKind, required=True)
    unit = fields.Nested(NamedUnitSchema, required=True)
    told_at = fields.AwareDateTime(required=True)
    received_at = fields.AwareDateTime(required=True)
    urgency = WordField(Urgency, required=True)
    key_id = fields.String(required=True, allow_none=True)
    for_me = fields.Boolean(required=True)


class SealedMatter(SealedBrief):
    """With its cipher text."""

    cipher = fields.String(required=True, metadata={"description": "base64 of a JWE in its general JSON form"})


class SealedPage(Schema):
    """A page of sealed matters, the newest first."""

    items = fields.List(fields.Nested(SealedBrief), required=True)
    next = fields.String(required=True, allow_none=True)


class SealedAgain(Schema):
    """The same words sealed to the keys in use, in place of those it was sealed to `before`."""

    key_id = fields.String(required=True, validate=validate.Length(max=64))
    before = fields.String(required=True, validate=validate.Length(max=64))
    cipher = fields.String(required=True, validate=validate.Length(max=CIPHER_MAX))


class KeyNamed(Schema):
    """An officer's own public key, for the kinds that he is named for."""

    unit = fields.UUID(required=True)
    kinds = fields.List(
        fields.Enum(SealedKind, by_value=True), required=True, validate=validate.Length(1, len(SealedKind))
    )
    public = fields.Nested(PublicKey, required=True)


class KeyShown(Schema):
    """A key and whose it is."""

    id = fields.UUID(required=True)
    unit = fields.Nested(NamedUnitSchema, required=True)
    kind = WordField(SealedKind, required=True)
    seat = fields.Integer(required=True)
    person = fields.Nested(NamedPersonSchema, required=True)
    public = fields.Nested(PublicKey, required=True)
    made_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)


class SetShown(Schema):
    """The keys that phones seal to now."""

    unit = fields.UUID(required=True, attribute="unit_id")
    kind = WordField(SealedKind, required=True)
    key_id = fields.String(required=True)
    keys = fields.List(fields.Nested(PublicKey), required=True)
    complete = fields.Boolean(required=True, attribute="is_whole", metadata={"description": "Two officers are named"})


class KeysNamed(Schema):
    """The keys that were named now."""

    items = fields.List(fields.Nested(KeyShown), required=True)


class KeysShown(KeysNamed):
    """All keys of the viewer's units, the newest first, and the sets in use."""

    sets = fields.List(fields.Nested(SetShown), required=True)


@blp.get("/sealed")
@blp.arguments(PageAsked, location="query")
@blp.response(200, SealedPage)
@blp.alt_response(403, "FORBIDDEN")
def list_sealed(asked: dict[str, Any]) -> dict[str, Any]:
    """Sealed matters of the kinds for which the officer is named, without their words."""
    _require(Noun.SEALED)

    def work(session: Session) -> dict[str, Any]:
        found = page(session, _matters(), BY_TIME, asked, descending=True)
        mine = _own_keys(session)
        return {"items": [_brief(row, mine) for row in found.rows], "next": found.next}

    return reading(work)


@blp.get("/sealed/<uuid:problem_id>")
@blp.response(200, SealedMatter)
@blp.alt_response(403, "FORBIDDEN")
@blp.alt_response(404, "NOT_FOUND")
def get_sealed(problem_id: UUID) -> dict[str, Any]:
    """The cipher text of one; that it was fetched is noted."""
    _require(Noun.SEALED)

    def work(session: Session) -> dict[str, Any]:
        row = session.execute(_matters().where(Problem.id == problem_id)).one_or_none()
        if row is None:
            raise refuse("not-found")
        audit.read(
            session, auth.actor().person_id, place_id=None, unit_id=row.unit_id, fields="sealed",
            duty=f"{Role.SEALED_OFFICER.value}/{row.id}", request=request.path,
        )  # fmt: skip
        return _brief(row, _own_keys(session)) | {"cipher": base64.b64encode(row.cipher or b"").decode()}

    return writing(work)


@blp.put("/sealed/<uuid:problem_id>/cipher")
@blp.arguments(SealedAgain)
@blp.response(204)
@blp.alt_response(403, "FORBIDDEN")
@blp.alt_response(404, "NOT_FOUND")
@blp.alt_response(409, "CONFLICT")
def seal_again(asked: dict[str, str], problem_id: UUID) -> None:
    """Put the same words, sealed to the keys in use, in the place of the former cipher text: a new officer can read
    then what his predecessor's colleague could."""
    _require(Noun.SEALED)

    def work(session: Session) -> None:
        rows = within(auth.actor(), select(Problem), Noun.SEALED).where(Problem.id == problem_id)
        problem = session.scalars(rows.with_for_update(of=Problem)).one_or_none()
        if problem is None or problem.sealed_kind is None:
            raise refuse("not-found")
        if problem.sealed_key_id != asked["before"]:
            raise refuse("conflict", key_id=problem.sealed_key_id)
        problem.cipher = _checked(session, problem, asked)
        problem.sealed_key_id = asked["key_id"]
        audit.record(
            session, "sealed.again", problem.id, actor_id=auth.actor().person_id, unit_id=problem.unit_id,
            before=asked["before"], after=asked["key_id"],
        )  # fmt: skip

    writing(work)


@blp.get("/sealed/keys")
@blp.response(200, KeysShown)
@blp.alt_response(403, "FORBIDDEN")
def list_keys() -> dict[str, Any]:
    """Whose public keys there are."""
    _require(Noun.SEAL_KEY)

    def work(session: Session) -> dict[str, Any]:
        rows = session.execute(within(auth.actor(), officers.keys_shown(clock.today()), Noun.SEAL_KEY)).all()
        return {"items": [_key(row) for row in rows], "sets": officers.sets_of(rows)}

    return reading(work)


@blp.post("/sealed/keys")
@blp.arguments(KeyNamed)
@blp.response(201, KeysNamed)
@blp.alt_response(403, "FORBIDDEN")
@blp.alt_response(409, "CONFLICT")
def name_key(asked: dict[str, Any]) -> dict[str, Any]:
    """Take a seat with an own public key, or replace the own key that is in use (rotation)."""
    actor = auth.actor()
    if not any(held.role is Role.SEALED_OFFICER and held.unit_id == asked["unit"] for held in actor.roles):
        raise refuse("forbidden")

    def work(session: Session) -> dict[str, Any]:
        named = officers.name_officer(
            session, actor.person_id, asked["unit"], asked["kinds"], asked["public"], clock.now()
        )
        rows = session.execute(officers.keys_shown(clock.today()).where(SealKey.id.in_(named)))
        return {"items": [_key(row) for row in rows]}

    return writing(work)


@blp.post("/sealed/keys/<uuid:key_id>/end")
@blp.response(204)
@blp.alt_response(403, "FORBIDDEN")
@blp.alt_response(404, "NOT_FOUND")
def end_key(key_id: UUID) -> None:
    """Offer a key to phones no more: by its officer, or by the security administrator above."""
    actor = auth.actor()

    def work(session: Session) -> None:
        key = session.get(SealKey, key_id)
        if key is None:
            raise refuse("not-found")
        chain = session.scalars(above(key.unit_id)).all()
        if key.person_id != actor.person_id and not may(actor, Verb.END_SEAL_KEY, chain):
            raise refuse("forbidden")
        officers.end_key(session, key, actor.person_id, clock.now())

    writing(work)


def _matters() -> Select[*tuple[Any, ...]]:
    rows = select(
        Problem.id, Problem.sealed_kind.label("kind"), Problem.unit_id, Unit.name.label("unit"), Problem.told_at,
        Problem.received_at, Problem.urgency, Problem.sealed_key_id.label("key_id"), Problem.cipher,
    ).join(Unit, Unit.id == Problem.unit_id)  # fmt: skip
    return within(auth.actor(), rows, Noun.SEALED)


def _own_keys(session: Session) -> set[str]:
    """Ids of every key that the officer ever had."""
    own = select(SealKey.id).where(SealKey.person_id == auth.actor().person_id)
    return {str(id_) for id_ in session.scalars(own)}


def _checked(session: Session, problem: Problem, asked: dict[str, str]) -> bytes:
    """The new cipher text, if it says that it was sealed to the keys in use. Raises seal-key-unknown."""
    try:
        cipher = base64.b64decode(asked["cipher"], validate=True)
    except ValueError as error:
        raise refuse("invalid", pointer="/cipher") from error
    rows = session.execute(officers.keys_shown(clock.today()).where(SealKey.kind == problem.sealed_kind))
    sets: dict[str, KeySet] = {one.key_id: one for one in officers.sets_of(rows)}
    used = sets.get(asked["key_id"])
    if used is None or {key["kid"] for key in used.keys} != set(sealing.recipients(cipher)):
        raise refuse("seal-key-unknown", pointer="/key_id")
    return cipher


def _brief(row: Any, mine: set[str]) -> dict[str, Any]:
    named = {"unit": {"id": row.unit_id, "name": row.unit}}
    return dict(row._mapping) | named | {"for_me": not mine.isdisjoint(sealing.recipients(row.cipher or b""))}


def _key(row: Any) -> dict[str, Any]:
    return dict(row._mapping) | {
        "unit": {"id": row.unit_id, "name": row.unit},
        "person": {"id": row.person_id, "name": row.person},
    }


def _require(noun: Noun) -> None:
    if not sees(auth.actor(), noun):
        raise refuse("forbidden")
