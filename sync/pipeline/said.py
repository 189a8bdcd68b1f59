"""What cadres say about visits afterwards: from records to the hearing, and what follows from it."""

from collections.abc import Sequence
from uuid import UUID

from sync import changes
from sync.intake import visits
from sync.intake.origin import Item
from sync.intake.parents import Parents
from sync.intake.results import Answer
from sync.intake.rules import correct
from sync.intake.wire import AnswerRecord, AttestationRecord
from sync.pipeline.owing import owe_visits
from sync.pipeline.refusing import answer, hold_or_keep, known_already
from sync.pipeline.walk import Walk
from sync.review import hearing
from sync.review.hearing import Heard
from sync.words import FeedKind, RecordState, Statement


def take_statements(walk: Walk, _: Parents, items: Sequence[Item]) -> list[Answer]:
    """Answers to questions, statements and appeals: whoever wrote a visit down or took part in it is heard.

    What is said is evidence, so the visit is owed another judgement.
    """
    authors = hearing.authors(walk.session, [item.record.id for item in items])
    questions = {item.record.question for item in items if isinstance(item.record, AnswerRecord)}
    about = hearing.visits_asked(walk.session, questions)
    told = {item.record.visit for item in items if isinstance(item.record, AttestationRecord)}
    people = visits.people_of(walk.session, told | set(about.values()))
    answers: list[Answer] = []
    heard: list[Heard] = []
    for item in items:
        visit, parent = _visit(item, about)
        if item.record.id in authors:
            answers.append(known_already(item, authors[item.record.id]))
        elif visit not in people:
            answers.append(hold_or_keep(walk, item, parent))
        elif item.origin.person_id not in people[visit].everybody:
            answers.append(answer(item, RecordState.UNPERMITTED, reason="not-your-visit"))
        else:
            authors[item.record.id] = item.origin.person_id
            heard.append(_heard(walk, item, visit))
            answers.append(answer(item, RecordState.APPLIED))
    hearing.hear(walk.session, heard, walk.now)
    touched = {one.visit_id for one in heard}
    changes.touched(walk.session, FeedKind.VISIT, touched)
    owe_visits(walk.session, touched)
    return answers


def _visit(item: Item, about: dict[UUID, UUID]) -> tuple[UUID | None, UUID]:
    """The visit it is about, if known, and the parent it names."""
    record = item.record
    if isinstance(record, AnswerRecord):
        return about.get(record.question), record.question
    assert isinstance(record, AttestationRecord)
    return record.visit, record.visit


def _heard(walk: Walk, item: Item, visit: UUID) -> Heard:
    record, origin = item.record, item.origin
    assert isinstance(record, AnswerRecord | AttestationRecord)
    moment = record.said
    at = correct(moment.wall, moment.elapsed_ms, moment.boot_id, origin.sent, walk.policy.push).at
    question, kind = None, Statement.ATTESTATION
    if isinstance(record, AnswerRecord):
        question, kind = record.question, Statement.ANSWER
    elif record.appeal:
        kind = Statement.APPEAL
    return Heard(
        record.id, visit, question, kind, tuple(record.codes), record.text, origin.person_id, origin.device_id,
        origin.batch_id, at,
    )  # fmt: skip
