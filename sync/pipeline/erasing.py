"""Erasing one household with everything that follows: bytes of batches, counts, coverage, phones (D7.1).

Readers of the home's file have left before it begins and others wait (`registry.doors`); what is handed in about it
afterwards is refused. Doing it again is harmless, and finishes what had to stay while a matter was being handled.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import changes, db, errands
from sync.duty import ending
from sync.errors import refuse
from sync.insight import counting, coverage
from sync.models import Contact, SubjectRequest
from sync.policy import Policy
from sync.privacy import bodies, erasing, subjects
from sync.privacy.subjects import Subject
from sync.registry import doors
from sync.words import Asker, FeedKind, Job, SubjectAct

REQUEST = "request"

_LOCK_VISITS = text("SELECT id FROM visit WHERE id = ANY(:visits) ORDER BY id FOR NO KEY UPDATE")
_ON_PHONES = text(
    "SELECT 'c:' || person_id, visit_id FROM visit_party WHERE visit_id = ANY(:visits)"
    " UNION SELECT 'c:' || recorder_id, id FROM visit WHERE id = ANY(:visits)"
)
_LINKS = text("SELECT id FROM link WHERE place_id = ANY(:places)")
_LIFE = {
    FeedKind.OBLIGATION: text("SELECT id FROM obligation WHERE place_id = ANY(:places)"),
    FeedKind.LIFE_EVENT: text("SELECT id FROM life_event WHERE place_id = ANY(:places)"),
    FeedKind.COMMITMENT: text("SELECT id FROM commitment WHERE place_id = ANY(:places)"),
}


def ask_to_erase(
    session: Session,
    asker: Asker,
    basis: str,
    by: UUID,
    *,
    place_id: UUID | None = None,
    contact_id: UUID | None = None,
) -> tuple[UUID, dict[str, Any]]:
    """Write the request of a household or of one person of it down, with what erasing would do: the dry run.

    Nothing else is written. Raises subject-unknown, reason-missing.
    """
    subject = _subject(session, place_id, contact_id)
    root = subject.places[0] if subject.places else None
    foreseen = {
        "goes": erasing.foresee(session, subject),
        "stays": erasing.staying(session, subject),
        "mentions": [str(id_) for id_ in erasing.mentions(session, contact_id)] if contact_id else [],
    }
    made = erasing.ask(session, SubjectAct.ERASE, asker, basis, by, foreseen, place_id=root, contact_id=contact_id)
    return made, foreseen


def erase(session: Session, policy: Policy, request_id: UUID) -> dict[str, Any]:
    """Carry a request out: what went, by table, and what stayed with why. Raises not-found.

    One that was carried out before answers what was done, unless something had stayed that can go by now.
    """
    request = erasing.request_of(session, request_id, SubjectAct.ERASE)
    if request.done is not None and not request.is_open:
        return request.done
    gone, subject = _erase(session, policy, request)
    before = request.done["gone"] if request.done else {}
    whole = {table: before.get(table, 0) + gone.get(table, 0) for table in {**before, **gone}}
    done = {"gone": whole, "stayed": erasing.staying(session, subject)}
    erasing.conclude(session, request, done, is_open=bool(subject.open))
    return done


def finish_erasures(session: Session, policy: Policy) -> None:
    """Try requests again of which something stayed while a matter was being handled."""
    for request_id in erasing.open_requests(session):
        erase(session, policy, request_id)


def _erase(session: Session, policy: Policy, request: SubjectRequest) -> tuple[dict[str, int], Subject]:
    if request.contact_id and session.get(Contact, request.contact_id) is None:
        return {}, Subject()  # that person went already, with the home or by an import
    subject = _subject(session, request.place_id, request.contact_id)
    homes = [found for found in [_home_of(session, request.contact_id)] if found]
    doors.clear(session, [*subject.places, *homes])
    _touch(session, subject, homes)
    facts = {"visits": db.pg_uuids(subject.visits)}
    session.execute(_LOCK_VISITS, facts)
    counting.move(session, [(visit, None) for visit in subject.visits])
    records = erasing.records_of(session, subject)
    gone = erasing.erase_rows(session, subject)
    if subject.places:
        coverage.recount(session, subject.places)
        ending.follow_homes(session, subject.places)
        erasing.refuse_again(session, records)
        keys = bodies.holding(session, records, _unnamed(subject), policy.push)
        if count := bodies.blank(session, keys, records, policy.push, skip_locked=True):
            gone["batch_body"] = count
        owed = f"{REQUEST}/{request.id}"
        errands.owe(session, Job.BLANK_ERASED, owed, dedupe_key=f"blank/{owed}", priority=6)
    return gone, subject


def blank_again(session: Session, policy: Policy, request_id: UUID) -> None:
    """Look through the bytes of batches once more, after the home was let go of: a batch that was being applied while
    it was erased waits for the home, and whoever erased it did not wait for the batch."""
    request = session.get(SubjectRequest, request_id)
    if request is None or request.place_id is None:
        return
    subject = subjects.of_places(session, request.place_id)
    records = erasing.records_of(session, subject)
    keys = bodies.holding(session, records, _unnamed(subject), policy.push)
    bodies.blank(session, keys, records, policy.push)


def _unnamed(subject: Subject) -> set[UUID]:
    """Ids of records whose tables do not name the batch in which they came."""
    return {*subject.problems, *subject.open}


def _touch(session: Session, subject: Subject, homes: list[UUID]) -> None:
    """Phones: the home, its links and visits are told as deleted, its tasks without words."""
    changes.touched(session, FeedKind.PLACE, [*subject.places, *homes])
    changes.touched(session, FeedKind.LINK, session.scalars(_LINKS, {"places": db.pg_uuids(subject.places)}))
    for kind, rows in _LIFE.items():
        changes.touched(session, kind, session.scalars(rows, {"places": db.pg_uuids(subject.places)}))
    changes.touched(session, FeedKind.TASK, subject.tasks)
    pairs = session.execute(_ON_PHONES, {"visits": db.pg_uuids(subject.visits)})
    changes.left(session, FeedKind.VISIT, [(row[0], row[1]) for row in pairs])


def _subject(session: Session, place_id: UUID | None, contact_id: UUID | None) -> Subject:
    if place_id:
        return subjects.household(session, place_id)
    if contact_id:
        return subjects.one_contact(session, contact_id)
    raise refuse("subject-unknown")


def _home_of(session: Session, contact_id: UUID | None) -> UUID | None:
    contact = session.get(Contact, contact_id) if contact_id else None
    return contact.place_id if contact else None
