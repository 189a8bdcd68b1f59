"""Purging what must never have been entered (严禁录入涉密信息): the words of one record, everywhere they are kept.

That there was a visit stays, with its place and verdict; note, answers, problems, photos, every revision and the bytes
of every batch that carried them go at once, and the record comes in no more.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import changes, clock, db
from sync.errors import refuse
from sync.policy import Policy
from sync.privacy import bodies, erasing
from sync.privacy.subjects import Subject
from sync.words import Asker, FeedKind, SubjectAct

_SUBJECT = text(
    "SELECT ARRAY(SELECT id FROM visit WHERE id = :id) AS visits,"
    " ARRAY(SELECT id FROM problem WHERE (id = :id OR visit_id = :id) AND sealed_kind IS NULL) AS problems,"
    " ARRAY(SELECT DISTINCT task_id FROM problem WHERE (id = :id OR visit_id = :id) AND task_id IS NOT NULL) AS tasks,"
    " ARRAY(SELECT DISTINCT sha256 FROM photo WHERE visit_id = :id OR problem_id = :id) AS hashes"
)
_COPIES = text(
    "SELECT child_id FROM same_visit WHERE parent_id = :id UNION SELECT parent_id FROM same_visit WHERE child_id = :id"
    " UNION SELECT o.visit_id FROM visit_rev r JOIN visit_rev o ON o.sha256 = r.sha256 AND o.visit_id <> r.visit_id"
    " WHERE r.visit_id = :id"
)
_SINCE = text("SELECT min(received_at) FROM batch WHERE (device_id, id) IN"
              " (SELECT * FROM unnest(CAST(:devices AS uuid[]), CAST(:batches AS uuid[])))")  # fmt: skip
_SAID = text("UPDATE said SET text = '' WHERE id = :id AND text <> ''")
_PHOTOS = text("DELETE FROM photo WHERE visit_id = ANY(:visits) OR problem_id = ANY(:problems)")
# Bytes that nobody else cites wait for no term: the next round of the garbage takes them.
_DOOM = text(
    "UPDATE blob b SET doomed_at = CAST(:now AS timestamptz) - make_interval(days => :days)"
    " WHERE b.sha256 = ANY(:hashes)"
    " AND NOT EXISTS (SELECT FROM photo p WHERE p.sha256 = b.sha256)"
)
_REFUSED = text("INSERT INTO erased_id (id, erased_at, words_only) VALUES (:id, :now, true) ON CONFLICT DO NOTHING")


def ask_to_purge(
    session: Session, policy: Policy, basis: str, by: UUID, record_id: UUID
) -> tuple[UUID, dict[str, Any]]:
    """Write down that a record is to be purged, and what holds it: the dry run. Raises subject-unknown, reason-missing.

    `copies`: visits that may hold the same words and are purged by a request of their own; `since`: backups made from
    then on hold them too.
    """
    subject, keys = _subject(session, policy, record_id)
    keys = bodies.telling_of(session, keys, [record_id], policy.push)
    if not (keys or subject.visits or subject.problems):
        raise refuse("subject-unknown", detail=str(record_id))
    batches = {"devices": db.pg_uuids(one[0] for one in keys), "batches": db.pg_uuids(one[1] for one in keys)}
    since = session.scalar(_SINCE, batches)
    foreseen = {
        "visits": [str(one) for one in subject.visits],
        "problems": [str(one) for one in subject.problems],
        "photos": len(subject.hashes),
        "copies": sorted(str(one) for one in session.scalars(_COPIES, {"id": record_id})),
        "since": since and since.isoformat(),
    }
    made = erasing.ask(session, SubjectAct.PURGE, Asker.OFFICE, basis, by, foreseen, record_id=record_id)
    return made, foreseen


def purge(session: Session, policy: Policy, request_id: UUID) -> dict[str, Any]:
    """Carry it out; how many rows and bodies lost their words. Again: once more, for what came since."""
    request = erasing.request_of(session, request_id, SubjectAct.PURGE)
    assert request.record_id is not None, "a purge is of one record"
    subject, keys = _subject(session, policy, request.record_id)
    records = {request.record_id, *subject.problems}
    count = bodies.blank(session, keys, records, policy.push)
    facts = subject.facts | {
        "id": request.record_id, "now": clock.now(), "days": policy.photos.doomed_days + 1,
    }  # fmt: skip
    rows = erasing.purge_words(session, subject)
    rows += sum(_count(session.execute(one, facts)) for one in (_SAID, _PHOTOS))
    session.execute(_DOOM, facts)
    session.execute(_REFUSED, facts)
    changes.touched(session, FeedKind.VISIT, subject.visits)
    changes.touched(session, FeedKind.TASK, subject.tasks)
    before = request.done or {"rows": 0, "bodies": 0}
    done = {"rows": before["rows"] + rows, "bodies": before["bodies"] + count}
    erasing.conclude(session, request, done)
    return done


def _subject(session: Session, policy: Policy, record_id: UUID) -> tuple[Subject, list[bodies.Key]]:
    row = session.execute(_SUBJECT, {"id": record_id}).one()
    subject = Subject(visits=row.visits, problems=row.problems, tasks=row.tasks, hashes=row.hashes)
    return subject, bodies.holding(session, [record_id, *row.problems], [record_id], policy.push)


def _count(result: Any) -> int:
    return int(getattr(result, "rowcount", 0))
