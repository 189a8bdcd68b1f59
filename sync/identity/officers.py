"""The two officers named for each kind of sealed matters, and their public keys as phones get them.

A key counts while it is in use and its officer holds the role at that unit. A set is the keys of one unit and kind; its
name says to whom a matter was sealed. The nearest unit above a phone's person that has a set gets its reports.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, select, text
from sqlalchemy.orm import Session

from sync import audit, db, ids
from sync.errors import refuse
from sync.identity import sealing
from sync.models import Person, PersonRole, SealKey, Unit
from sync.words import Role, SealedKind

SEATS = (1, 2)


class KeySet(NamedTuple):
    """The keys of one unit and kind. `is_whole`: both officers are named."""

    unit_id: UUID
    kind: SealedKind
    key_id: str
    keys: list[dict[str, Any]]

    @property
    def is_whole(self) -> bool:
        """Whether nobody is missing: with one officer alone a lost key loses what was sealed."""
        return len(self.keys) == len(SEATS)


_NEAREST = text(
    "SELECT a.unit_id, a.above_id, a.depth FROM unit_above a WHERE a.unit_id = ANY(:units)"
    " AND a.above_id IN (SELECT unit_id FROM seal_key WHERE ended_at IS NULL) ORDER BY a.depth, a.above_id"
)


def keys_shown(on: date) -> Select[*tuple[Any, ...]]:
    """Every key with its officer and unit, the newest first; `is_used`: phones seal to it on that day."""
    holds = (
        select(PersonRole.id)
        .where(
            PersonRole.person_id == SealKey.person_id, PersonRole.unit_id == SealKey.unit_id,
            PersonRole.role == Role.SEALED_OFFICER, PersonRole.valid.contains(on),
        )
        .exists()
    )  # fmt: skip
    return (
        select(
            SealKey.id, SealKey.unit_id, Unit.name.label("unit"), SealKey.kind, SealKey.seat, SealKey.person_id,
            Person.name.label("person"), SealKey.public, SealKey.made_at, SealKey.ended_at,
            (SealKey.ended_at.is_(None) & holds).label("is_used"),
        )
        .join(Unit, Unit.id == SealKey.unit_id)
        .join(Person, Person.id == SealKey.person_id)
        .order_by(SealKey.made_at.desc(), SealKey.id)
    )  # fmt: skip


def sets_of(rows: Iterable[Any]) -> list[KeySet]:
    """The sets in use among rows of `keys_shown`, by unit and kind."""
    found: dict[tuple[UUID, SealedKind], list[Any]] = {}
    for row in rows:
        if row.is_used:
            found.setdefault((row.unit_id, row.kind), []).append(row)
    return [
        KeySet(
            unit,
            kind,
            sealing.key_id([str(row.id) for row in keys]),
            [{"kid": str(row.id), **row.public} for row in sorted(keys, key=lambda one: one.seat)],
        )
        for (unit, kind), keys in sorted(found.items())
    ]


def sets_for(session: Session, units: Collection[UUID], on: date) -> dict[SealedKind, KeySet]:
    """The set of each kind for somebody with roles at these units: that of the nearest unit above which has one."""
    near = session.execute(_NEAREST, {"units": db.pg_uuids(units)}).all()
    if not near:
        return {}
    rows = session.execute(keys_shown(on).where(SealKey.unit_id.in_({row.above_id for row in near})))
    sets = {(one.unit_id, one.kind): one for one in sets_of(rows)}
    found: dict[SealedKind, KeySet] = {}
    for row in near:
        for kind in SealedKind:
            if kind not in found and (row.above_id, kind) in sets:
                found[kind] = sets[row.above_id, kind]
    return found


def name_officer(
    session: Session, person_id: UUID, unit_id: UUID, kinds: Collection[SealedKind], public: dict[str, Any],
    now: datetime,
) -> list[UUID]:  # fmt: skip
    """Let phones seal matters of these kinds to this key of an officer, from now on; ids of the new keys.

    An own key in use for the kind ends: that is rotation, and the old private key still opens what was sealed to it.
    Raises seats-taken if two others are named, seal-key-invalid.
    """
    try:
        jwk = sealing.public_of(public)
    except sealing.SealError as error:
        raise refuse("seal-key-invalid", detail=str(error), pointer="/public") from error
    session.execute(select(Unit.id).where(Unit.id == unit_id).with_for_update())  # one after the other
    named = []
    for kind in sorted(set(kinds)):
        used = {row.person_id: row for row in session.scalars(_in_use(unit_id, kind))}
        mine = used.get(person_id)
        if mine:
            mine.ended_at, mine.ended_by = now, person_id
            session.flush()
        free = [seat for seat in SEATS if seat not in {one.seat for one in used.values() if one is not mine}]
        if not free:
            raise refuse("seats-taken", kind=kind.value)
        seat = mine.seat if mine else free[0]
        key = SealKey(
            id=ids.uuid7(), unit_id=unit_id, kind=kind, seat=seat, person_id=person_id, public=jwk, made_at=now
        )
        session.add(key)
        session.flush()
        audit.record(session, "seal_key.named", key.id, actor_id=person_id, unit_id=unit_id, kind=kind.value)
        named.append(key.id)
    return named


def end_key(session: Session, key: SealKey, by: UUID, now: datetime) -> None:
    """Offer a key to phones no more. What was sealed to it stays readable with its private key. Twice is harmless."""
    if key.ended_at is None:
        key.ended_at, key.ended_by = now, by
        audit.record(session, "seal_key.ended", key.id, actor_id=by, unit_id=key.unit_id, kind=key.kind.value)


def fingerprint(session: Session, on: date) -> str:
    """What all sets come to on a day: another text, another feed."""
    used = [str(row.id) for row in session.execute(keys_shown(on)) if row.is_used]
    return sealing.key_id(used) if used else ""


def _in_use(unit_id: UUID, kind: SealedKind) -> Select[SealKey]:
    return select(SealKey).where(SealKey.unit_id == unit_id, SealKey.kind == kind, SealKey.ended_at.is_(None))
