"""Who took part: from the records of co-visitors to credit given, taken, or confirmed by silence."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from sync import changes, clock
from sync.intake import company, visits
from sync.intake.company import CoVisitor
from sync.intake.origin import Item
from sync.intake.parents import Parents
from sync.intake.results import Answer
from sync.intake.rules import correct
from sync.intake.wire import CoVisitRecord
from sync.pipeline.refusing import answer, hold_or_keep, known_already
from sync.pipeline.walk import Walk
from sync.policy import Policy
from sync.words import FeedKind, RecordState


def take_co_visits(walk: Walk, _: Parents, items: Sequence[Item]) -> list[Answer]:
    """Confirmations and denials of those who are named as visitors; the recorder vouches for himself already."""
    records = [(item, item.record) for item in items if isinstance(item.record, CoVisitRecord)]
    authors = company.authors(walk.session, [record.id for _, record in records])
    people = visits.people_of(walk.session, {record.visit for _, record in records})
    denied = company.spoken(walk.session, people)
    answers: list[Answer] = []
    told: list[CoVisitor] = []
    for item, record in records:
        person = item.origin.person_id
        if record.id in authors:
            answers.append(known_already(item, authors[record.id]))
        elif record.visit not in people:
            answers.append(hold_or_keep(walk, item, record.visit))
        elif person not in people[record.visit].co_visitors and (record.visit, person) not in denied:
            answers.append(answer(item, RecordState.UNPERMITTED, reason="not-named-as-visitor"))
        else:
            authors[record.id] = person
            told.append(_told(walk, item, record, people[record.visit].unit_id))
            answers.append(answer(item, RecordState.APPLIED))
    company.settle(walk.session, told, walk.now)
    changes.touched(walk.session, FeedKind.VISIT, {one.visit_id for one in told})
    return answers


def _told(walk: Walk, item: Item, record: CoVisitRecord, unit: UUID) -> CoVisitor:
    moment, origin = record.said, item.origin
    at = correct(moment.wall, moment.elapsed_ms, moment.boot_id, origin.sent, walk.policy.push).at
    return CoVisitor(
        record.id, record.visit, unit, origin.person_id, record.took_part, origin.device_id, origin.batch_id, at
    )


def confirm_silent(session: Session, policy: Policy) -> None:
    """Co-visitors who said nothing for the policy's days have confirmed."""
    found = company.confirm_silent(session, clock.now(), policy.dedup.confirm_days)
    changes.touched(session, FeedKind.VISIT, found)
