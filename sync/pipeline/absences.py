"""Being away: from records and the console to who stands in, and what moves to the deputy and back."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from sync import audit, changes, clock
from sync.duty.life import away, moving
from sync.duty.life.away import Asked, Outcome
from sync.duty.life.rules import is_plausible
from sync.intake.origin import Item
from sync.intake.parents import Parents
from sync.intake.results import Answer
from sync.intake.rules import correct
from sync.intake.wire_life import AbsenceRecord
from sync.pipeline.refusing import answer, hold_or_keep
from sync.pipeline.walk import Walk
from sync.words import FeedKind, RecordState


def take_absences(walk: Walk, known: Parents, items: Sequence[Item]) -> list[Answer]:
    """What cadres say of their own absences, in the order in which they said it."""
    answers: list[Answer] = []
    asked: list[tuple[Item, Asked]] = []
    records = [(item, item.record) for item in items if isinstance(item.record, AbsenceRecord)]
    earlier = away.kept(walk.session, {record.absence for _, record in records if record.absence})
    new = {record.id for _, record in records}
    for item, record in records:
        if record.deputy not in known.people:
            answers.append(hold_or_keep(walk, item, record.deputy))
        elif record.absence is not None and record.absence not in earlier and record.absence not in new:
            answers.append(hold_or_keep(walk, item, record.absence))
        elif not is_plausible(record.first_on, record.last_on, walk.today, walk.policy.life.absence_days_max):
            answers.append(answer(item, RecordState.REJECTED, reason="absurd-date", pointer="/last_on"))
        else:
            asked.append((item, _asked(walk, item, record)))
    asked.sort(key=lambda pair: (pair[1].told_at, pair[0].record.id))
    outcomes = tell(walk.session, [one for _, one in asked])
    return answers + [_answer(item, one, outcome) for (item, one), outcome in zip(asked, outcomes, strict=True)]


def tell(session: Session, asked: Sequence[Asked]) -> list[Outcome]:
    """Let words about absences stand (away.tell), and let everything follow that hangs on who is away."""
    if not asked:
        return []
    before = away.kept(session, {one.id for one in asked})
    outcomes = away.tell(session, asked, clock.now())
    stands = [one for one, outcome in zip(asked, outcomes, strict=True) if not outcome.code]
    for one in stands:
        verb = "absence.cancelled" if one.is_cancelled else "absence.told"
        audit.record(
            session, verb, one.id, actor_id=one.told_by, person=str(one.person_id), deputy=str(one.deputy_id),
            first_on=one.first_on.isoformat(), last_on=one.last_on.isoformat(),
        )  # fmt: skip
    people = {one.person_id for one in stands}
    were = {kept.deputy_id for id_, kept in before.items() if id_ in {one.id for one in stands}}
    follow(session, people, were)
    return outcomes


def follow(session: Session, people: Collection[UUID], were: Collection[UUID] = ()) -> None:
    """Let obligations of these people be held by who has to keep them today; tell phones what they gain and lose.

    `were`: who stood in before.
    """
    found = moving.follow(session, people, were, clock.today(), clock.now())
    changes.touched(session, FeedKind.OBLIGATION, found.obligations)
    changes.touched(session, FeedKind.PLACE, found.places)
    changes.touched(session, FeedKind.COMMITMENT, found.commitments)


def settle_absences(session: Session) -> None:
    """Look at everybody who is away today or came back in the last days: days pass without anybody's word."""
    people = away.to_settle(session, clock.today())
    found = moving.follow(session, people, (), clock.today(), clock.now())
    changes.touched(session, FeedKind.OBLIGATION, found.obligations)
    changes.touched(session, FeedKind.PLACE, found.moved_places)


def _asked(walk: Walk, item: Item, record: AbsenceRecord) -> Asked:
    moment, origin = record.said, item.origin
    at = correct(moment.wall, moment.elapsed_ms, moment.boot_id, origin.sent, walk.policy.push).at
    return Asked(
        record.absence or record.id, origin.person_id, record.deputy, record.first_on, record.last_on, record.reason,
        origin.person_id, at, record.cancelled,
    )  # fmt: skip


def _answer(item: Item, one: Asked, outcome: Outcome) -> Answer:
    if not outcome.code:
        return answer(item, RecordState.APPLIED)
    if outcome.code == "told-before":
        return answer(item, RecordState.DUPLICATE, of=one.id)
    if outcome.code == "not-yours":
        return answer(item, RecordState.QUARANTINED, reason="id-taken", pointer="/absence")
    if outcome.code == "deputy-unfit":
        return answer(item, RecordState.REJECTED, reason=outcome.code, pointer="/deputy")
    return answer(item, RecordState.CONFLICT, **{"reason": outcome.code, "with": outcome.other})
