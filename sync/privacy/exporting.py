"""What is kept about a household or a colleague, as sections that a person can read and take along (个人信息查阅复制).

Sealed matters are never in it, nor whether there are any; of a cadre's fixes only that they are kept for so long.
"""

from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import audit, clock, words
from sync.policy import Policy
from sync.privacy import erasing, subjects
from sync.privacy.columns import HELD, Held
from sync.privacy.rules import KEPT, Both
from sync.privacy.subjects import Subject, parameters
from sync.words import Asker, SubjectAct, Word

FIELDS = "export"
DUTY = "subject_request"
ENUMS = {
    "outcome": words.Outcome, "mode": words.Mode, "recorded": words.Recorded, "category": words.Category,
    "state": words.TaskState, "method": words.PositionMethod, "role": words.Role, "act": words.SubjectAct,
    "asker": words.Asker, "kind": words.PlaceKind,
}  # fmt: skip
OTHER_ENUMS = {
    ("link", "category"): words.LinkCategory, ("place", "state"): words.PlaceState,
    ("device", "state"): words.DeviceState, ("seal_key", "kind"): words.SealedKind,
}  # fmt: skip


class Section(NamedTuple):
    """One table of the file: its heading, the names of its columns, its rows as texts."""

    what: Both
    columns: list[str]
    rows: list[list[str]]


class Exported(NamedTuple):
    """The whole file: when, under which request, the sections, and how long what is kept."""

    request: UUID
    at: datetime
    sections: list[Section]
    terms: list[tuple[Both, int]]
    photos: list[bytes]


def export(
    session: Session,
    policy: Policy,
    asker: Asker,
    basis: str,
    by: UUID,
    open_number: Callable[[bytes], str],
    *,
    place_id: UUID | None = None,
    person_id: UUID | None = None,
) -> Exported:
    """Gather everything about a home or a colleague; the request and the reading are written in this transaction.

    The home is held until the commit, so that it is neither merged nor erased halfway. `photos` are hashes of files
    that are here. Raises subject-unknown, reason-missing.
    """
    subject = _whose(session, place_id, person_id)
    root = subject.places[0] if subject.places else None
    counts = {held.table: _count(session, held, subject) for held in HELD if _condition(held, subject)}
    foreseen = {"shows": {table: count for table, count in counts.items() if count}}
    made = erasing.ask(session, SubjectAct.EXPORT, asker, basis, by, foreseen, place_id=root, person_id=person_id)
    request = erasing.request_of(session, made, SubjectAct.EXPORT)
    erasing.conclude(session, request, foreseen)
    audit.read(
        session,
        by,
        place_id=root,
        unit_id=None,
        fields=FIELDS,
        duty=f"{DUTY}/{made}",
        request="doorstep subject export",
    )
    shown = [held for held in HELD if counts.get(held.table) and held.shown]
    sections = [_section(session, held, subject, open_number) for held in shown]
    terms = [(Both(kept.what.zh, kept.what.en), kept.days(policy)) for kept in KEPT]
    return Exported(made, clock.now(), sections, terms, subject.hashes)


def _whose(session: Session, place_id: UUID | None, person_id: UUID | None) -> Subject:
    if place_id:
        return subjects.whole(subjects.household(session, place_id))
    assert person_id is not None, "of a home or of a colleague"
    return subjects.colleague(session, person_id)


def _condition(held: Held, subject: Subject) -> str:
    return held.staff if subject.person else held.rows


def _count(session: Session, held: Held, subject: Subject) -> int:
    statement = f"SELECT count(*) FROM {held.table} x WHERE {_condition(held, subject)}"
    return int(session.scalar(text(statement), parameters(statement, subject.facts)) or 0)


def _section(session: Session, held: Held, subject: Subject, open_number: Callable[[bytes], str]) -> Section:
    statement = f"SELECT {held.shown} FROM {held.table} x WHERE {_condition(held, subject)} ORDER BY 1"
    found = session.execute(text(statement), parameters(statement, subject.facts))
    names = list(found.keys())
    rows = [
        [_told(held.table, name, value, open_number) for name, value in zip(names, row, strict=True)] for row in found
    ]
    return Section(held.what, names, rows)


def _told(table: str, name: str, value: Any, open_number: Callable[[bytes], str]) -> str:
    """A value as a resident reads it."""
    if value is None or value == "":
        return "—"
    if name == "phone":
        return open_number(bytes(value))
    if isinstance(value, datetime):
        return f"{clock.local(value):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    known = OTHER_ENUMS.get((table, name), ENUMS.get(name))
    return _word(known, value) if known and isinstance(value, str) else plain(value)


def _word(known: type[Word], value: str) -> str:
    return known(value).zh if value in set(known) else value


def plain(value: Any) -> str:
    """JSON as lines `name: value`."""
    if isinstance(value, dict):
        return "\n".join(f"{name}: {plain(one)}" for name, one in value.items())
    if isinstance(value, Collection) and not isinstance(value, str):
        return "; ".join(plain(one) for one in value)
    return str(value)
