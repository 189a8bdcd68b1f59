"""Erasing by the table of columns: what would go, what goes, what stays and why. Requests are rows with their outcome.

Nothing here knows the other stages: points of visits, coverage and the feed follow in `pipeline.erasing`.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from sync import audit, clock, db, ids
from sync.errors import refuse
from sync.models import SubjectRequest
from sync.privacy.columns import HELD, Held
from sync.privacy.subjects import Subject, parameters
from sync.words import Asker, SubjectAct

OF_PEOPLE = frozenset({"contact", "place_edit", "edited_field", "edit_decision"})
_ERASED = text(
    "INSERT INTO erased_id (id, erased_at) SELECT id, :now FROM unnest(CAST(:ids AS uuid[])) AS e(id)"
    " ON CONFLICT DO NOTHING"
)
_DOOM = text(
    "UPDATE blob b SET doomed_at = :now WHERE b.sha256 = ANY(:hashes) AND b.doomed_at IS NULL"
    " AND NOT EXISTS (SELECT FROM photo p WHERE p.sha256 = b.sha256)"
)
_SETTLE = text(
    "UPDATE finding SET state = 'settled', closed_at = :now WHERE visit_id = ANY(:visits)"
    " AND state IN ('open', 'asked', 'answered')"
)
# Words of the home that name somebody: a machine cannot tell what to take out of them.
_MENTIONS = text(
    "WITH d AS (SELECT g.id FROM contact k JOIN place p ON p.id = k.place_id JOIN place g"
    "  ON coalesce(g.merged_into_id, g.id) = coalesce(p.merged_into_id, p.id) WHERE k.id = :contact),"
    " n AS (SELECT name FROM contact WHERE id = :contact AND name <> '')"
    " SELECT v.id FROM visit v JOIN visit_rev r ON r.visit_id = v.id"
    "  JOIN n ON strpos(CAST(r.content AS text), n.name) > 0 WHERE v.place_id IN (SELECT id FROM d)"
    " UNION SELECT p.id FROM problem p JOIN n ON strpos(concat_ws(' ', p.text, p.wish), n.name) > 0"
    "  WHERE p.place_id IN (SELECT id FROM d) AND p.sealed_kind IS NULL ORDER BY 1"
)
_RECORDS = text(
    "SELECT id FROM said WHERE visit_id = ANY(:visits) UNION SELECT id FROM co_visit WHERE visit_id = ANY(:visits)"
    " UNION SELECT id FROM life_event WHERE place_id = ANY(:places) OR visit_id = ANY(:visits)"
    " UNION SELECT id FROM place_edit WHERE place_id = ANY(:places)"
    " UNION SELECT id FROM commitment WHERE place_id = ANY(:places) OR visit_id = ANY(:visits)"
)


def ask(
    session: Session,
    act: SubjectAct,
    asker: Asker,
    basis: str,
    by: UUID,
    foreseen: dict[str, Any],
    *,
    place_id: UUID | None = None,
    contact_id: UUID | None = None,
    record_id: UUID | None = None,
    person_id: UUID | None = None,
) -> UUID:
    """Write a request down with what its dry run found; its id. Raises reason-missing without a basis."""
    if not basis.strip():
        raise refuse("reason-missing", detail="--basis")
    request = SubjectRequest(
        id=ids.uuid7(), act=act, asker=asker, basis=basis.strip(), by=by, asked_at=clock.now(), foreseen=foreseen,
        place_id=place_id, contact_id=contact_id, record_id=record_id, person_id=person_id,
    )  # fmt: skip
    session.add(request)
    session.flush()
    audit.record(session, f"subject.{act.value}_asked", request.id, actor_id=by, asker=asker.value)
    return request.id


def request_of(session: Session, request_id: UUID, act: SubjectAct) -> SubjectRequest:
    """A request, locked. Raises not-found."""
    rows = select(SubjectRequest).where(SubjectRequest.id == request_id, SubjectRequest.act == act)
    request = session.scalars(rows.with_for_update()).one_or_none()
    if request is None:
        raise refuse("not-found", detail=str(request_id))
    return request


def conclude(session: Session, request: SubjectRequest, done: dict[str, Any], *, is_open: bool = False) -> None:
    """Write what was done; the time stays that of the first doing."""
    request.done_at = request.done_at or clock.now()
    request.is_open, request.done = is_open, done
    verb = f"subject.{request.act.value}"
    audit.record(session, verb, request.id, actor_id=request.by, asker=request.asker.value, is_open=is_open)


def foresee(session: Session, subject: Subject) -> dict[str, int]:
    """How many rows of each table erasing would delete or blank; tables without any are left out."""
    found = {}
    for held in _going(subject):
        statement = f"SELECT count(*) FROM {held.table} x WHERE {held.rows}"
        if count := int(session.scalar(text(statement), parameters(statement, subject.facts)) or 0):
            found[held.table] = count
    return found


def erase_rows(session: Session, subject: Subject) -> dict[str, int]:
    """Delete or blank what the table of columns names; how many rows of each table."""
    gone = {}
    for held in _going(subject):
        head = f"UPDATE {held.table} x SET {held.sets}" if held.sets else f"DELETE FROM {held.table} x"
        statement = f"{head} WHERE {held.rows}"
        result = session.execute(text(statement), parameters(statement, subject.facts))
        if count := int(getattr(result, "rowcount", 0)):
            gone[held.table] = count
    now = {"now": clock.now()}
    session.execute(_DOOM, now | {"hashes": db.pg_hashes(subject.hashes)})
    session.execute(_SETTLE, now | {"visits": db.pg_uuids(subject.visits)})
    return gone


def purge_words(session: Session, subject: Subject) -> int:
    """Take the words out of what was told in the subject's records, and nothing else; how many rows."""
    count = 0
    for held in HELD:
        if held.words:
            statement = f"UPDATE {held.table} x SET {held.words} WHERE {held.rows}"
            result = session.execute(text(statement), parameters(statement, subject.facts))
            count += int(getattr(result, "rowcount", 0))
    return count


def staying(session: Session, subject: Subject) -> list[dict[str, Any]]:
    """What stays of the subject and why: rows that are only blanked, trails, matters that are being handled."""
    told = [
        {"what": held.what._asdict(), "why": held.why._asdict(), "rows": count}
        for held in HELD
        if held.why and held.rows and (count := _count(session, held, subject))
    ]
    if subject.open:
        told.append({
            "what": {"zh": "在办诉求", "en": "matters being handled"},
            "why": {"zh": "办结后自动删除", "en": "erased by itself once they are closed"},
            "rows": len(subject.open),
        })  # fmt: skip
    return told


def mentions(session: Session, contact_id: UUID) -> list[UUID]:
    """Records about the home whose words name that person: a person decides whether they are purged."""
    return list(session.scalars(_MENTIONS, {"contact": contact_id}))


def refuse_again(session: Session, erased: Collection[UUID]) -> None:
    """Never take these ids in again (D1.11)."""
    session.execute(_ERASED, {"now": clock.now(), "ids": db.pg_uuids(erased)})


def records_of(session: Session, subject: Subject) -> set[UUID]:
    """Every id under which something of the subject was handed in, or could come again."""
    told = session.scalars(
        _RECORDS, {"visits": db.pg_uuids(subject.visits), "places": db.pg_uuids(subject.places)}
    ).all()
    return {*subject.places, *subject.visits, *subject.problems, *subject.open, *told}


def open_requests(session: Session) -> list[UUID]:
    """Requests carried out of which something stayed only because it was being handled."""
    rows = select(SubjectRequest.id).where(
        SubjectRequest.done_at.is_not(None), SubjectRequest.is_open, SubjectRequest.act == SubjectAct.ERASE
    )
    return list(session.scalars(rows.order_by(SubjectRequest.asked_at)))


def _going(subject: Subject) -> list[Held]:
    """The lines that erasing writes for this subject; of one person of a home only those about people."""
    lines = [held for held in HELD if held.rows and held.sets is not None]
    return lines if subject.places else [held for held in lines if held.table in OF_PEOPLE]


def _count(session: Session, held: Held, subject: Subject) -> int:
    if not subject.places and held.table not in OF_PEOPLE:
        return 0
    statement = f"SELECT count(*) FROM {held.table} x WHERE {held.rows}"
    return int(session.scalar(text(statement), parameters(statement, subject.facts)) or 0)
