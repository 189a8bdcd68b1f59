"""The records of a batch as one set: who may, what is known already, what repeats, where it was, what was asked."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from sync import changes, errands
from sync.dedup import actions as dedup
from sync.dedup.queries import near
from sync.dedup.rules import Repeat, Trait, repeats
from sync.intake import visits
from sync.intake.drafts import VisitDraft, draft
from sync.intake.origin import Item, Origin
from sync.intake.parents import Parents, resolve
from sync.intake.results import Answer, Result
from sync.intake.rules import correct
from sync.intake.wire import PhotoCited, ProblemRecord, VisitRecord
from sync.photos.citing import Cited, cite
from sync.pipeline.asked import take_problems
from sync.pipeline.verdicts import judge
from sync.pipeline.walk import Walk
from sync.points import reach
from sync.words import FeedKind, Job, RecordState


def apply_records(walk: Walk, items: Sequence[Item]) -> list[Answer]:
    """Apply understood records in one set; one answer for each. Raises IntegrityError when a race was lost."""
    known = resolve(walk.session, items, walk.now)
    reach("resolved")
    answers: list[Answer] = []
    ready = []
    for item in items:
        refusal = _refusal(walk, item, known)
        if refusal:
            answers.append(Answer(item.origin, refusal))
        else:
            ready.append(item)
    told = [item for item in ready if isinstance(item.record, ProblemRecord)]
    new, revised = _level_one(walk, known, ready, answers)
    edges = _level_two(walk, new)
    judge(walk, known, new)
    reach("judged")
    visits.store(walk.session, new, walk.now, walk.today, walk.policy.version)
    visits.revise(walk.session, revised, walk.now)
    dedup.join_repeats(walk.session, edges, walk.now)
    changes.touched(walk.session, FeedKind.VISIT, [one.record.id for one in (*new, *revised)])
    reach("stored")
    of_problems = take_problems(walk, known, [*new, *revised], told)
    reach("tasks raised")
    awaited = _cite_photos(walk, [*new, *revised], told)
    answers += [_answer(one, awaited) for one in (*new, *revised)]
    answers += of_problems
    photos: dict[UUID | None, Sequence[PhotoCited]] = {item.record.id: item.record.photos for item in told}
    for origin, result in of_problems:
        if missing := _missing(origin, photos[result.id], awaited):
            result.facts["photos_missing"] = missing
    _wake_waiting(walk, known)
    return answers


def _refusal(walk: Walk, one: Item, known: Parents) -> Result | None:
    """Why a record is not applied now, or None."""
    record, origin = one.record, one.origin
    kind = "visit" if isinstance(record, VisitRecord) else "problem"

    def answer(state: RecordState, **facts: Any) -> Result:
        return Result(one.ord, kind, record.id, state, facts)

    if record.id in known.erased:
        return answer(RecordState.REJECTED, reason="erased")
    if not origin.roles or (isinstance(record, VisitRecord) and not origin.may_visit):
        return answer(RecordState.UNPERMITTED, reason="no role that visits")
    missing = known.missing(record)
    if missing is not None and not origin.late:
        until = origin.received_at + timedelta(days=walk.policy.push.held_days)
        return answer(RecordState.HELD, **{"for": missing, "until": until, "reason": "parent-unknown"})
    moment = record.started if isinstance(record, VisitRecord) else record.told
    at = correct(moment.wall, moment.elapsed_ms, moment.boot_id, origin.sent, walk.policy.push).at
    earliest = walk.now - timedelta(days=walk.policy.push.past_days_max)
    if not earliest <= at <= walk.now + timedelta(days=1):
        return answer(RecordState.QUARANTINED, reason="absurd-date", pointer=f"/{_moment_name(record)}/wall")
    return None


def _moment_name(record: VisitRecord | ProblemRecord) -> str:
    return "started" if isinstance(record, VisitRecord) else "told"


def _level_one(
    walk: Walk, known: Parents, ready: Sequence[Item], answers: list[Answer]
) -> tuple[list[VisitDraft], list[VisitDraft]]:
    """Level 1 of dedup: same id and author is a repeat or a revision, another author's id is taken.

    Answers (new, revised); what is settled already goes to `answers`.
    """
    told = sorted((one for one in ready if isinstance(one.record, VisitRecord)), key=lambda one: one.record.id)
    stored = visits.existing(walk.session, [one.record.id for one in told])
    new, revised = [], []
    for one in told:
        assert isinstance(one.record, VisitRecord)
        before = stored.get(one.record.id)
        if before and before.author_id != one.origin.person_id:
            facts = {"reason": "id-taken", "pointer": "/id"}
            answers.append(Answer(one.origin, Result(one.ord, "visit", one.record.id, RecordState.QUARANTINED, facts)))
        elif before and one.sha256 in before.hashes:
            same = Result(one.ord, "visit", one.record.id, RecordState.DUPLICATE, {"of": one.record.id})
            answers.append(Answer(one.origin, same))
        else:
            drawn = draft(one, one.record, known, walk.policy.push)
            if before:
                drawn.rev = before.rev + 1
                moved_s = abs((before.started_at - drawn.started.at).total_seconds())
                drawn.review = before.place_id != one.record.place or moved_s > walk.policy.dedup.repeat_window_s
                revised.append(drawn)
            else:
                new.append(drawn)
    return new, revised


def _level_two(walk: Walk, new: Sequence[VisitDraft]) -> list[Repeat]:
    """Level 2 of dedup: another id, the same visit; the draft learns which one it repeats."""
    if not new:
        return []
    traits = [
        Trait(
            one.record.id, one.recorder_id, one.record.place, one.started.at, one.fixes_hash, one.answers_hash,
            frozenset(bytes.fromhex(photo.sha256) for photo in one.record.photos),
        )
        for one in sorted(new, key=lambda one: (one.origin.received_at, one.ord))
    ]  # fmt: skip
    window = walk.policy.dedup.repeat_window_s
    by_id = {one.record.id: one for one in new}
    edges = repeats(traits, near(walk.session, traits, window), window)
    for edge in edges:
        by_id[edge.child].repeat_of = edge.parent
    return edges


def _cite_photos(walk: Walk, drafts: Sequence[VisitDraft], told: Sequence[Item]) -> set[tuple[UUID, bytes]]:
    def cited(photo: PhotoCited, origin: Origin, visit: UUID | None, problem: UUID | None) -> Cited:
        hash_, device, batch = bytes.fromhex(photo.sha256), origin.device_id, origin.batch_id
        return Cited(photo.id, device, batch, visit, problem, hash_, photo.size, photo.taken_at, photo.fix)

    photos = [cited(photo, one.origin, one.record.id, None) for one in drafts for photo in one.record.photos]
    for one in drafts:
        photos += [cited(photo, one.origin, one.record.id, p.id) for p in one.record.problems for photo in p.photos]
    photos += [cited(photo, item.origin, None, item.record.id) for item in told for photo in item.record.photos]
    doubted = walk.again or bool(told) or any(one.rev > 1 for one in drafts)
    return cite(walk.session, photos, walk.now, look=doubted)


def _answer(one: VisitDraft, awaited: set[tuple[UUID, bytes]]) -> Answer:
    facts: dict[str, Any] = {}
    if one.rev > 1:
        facts["rev"] = one.rev
    if one.review:
        facts["review"] = True
    photos = [*one.record.photos, *(photo for problem in one.record.problems for photo in problem.photos)]
    if missing := _missing(one.origin, photos, awaited):
        facts["photos_missing"] = missing
    if one.repeat_of:
        facts = {"of": one.repeat_of, **facts}
    state = RecordState.DUPLICATE if one.repeat_of else RecordState.APPLIED
    return Answer(one.origin, Result(one.ord, "visit", one.record.id, state, facts))


def _missing(origin: Origin, photos: Sequence[PhotoCited], awaited: set[tuple[UUID, bytes]]) -> list[str]:
    """SHA-256 (hex) of a record's photos whose bytes its phone still has to hand in."""
    return sorted({one.sha256 for one in photos if (origin.device_id, bytes.fromhex(one.sha256)) in awaited})


def _wake_waiting(walk: Walk, known: Parents) -> None:
    """Batches that were held for a place found just now are owed another try."""
    if not known.found:
        return
    rows = walk.session.execute(
        text("SELECT DISTINCT device_id, batch_id FROM waiting_record WHERE waits_for = ANY(:ids)"),
        {"ids": known.found},
    )
    for device_id, batch_id in rows:
        subject = f"{device_id}/{batch_id}"
        errands.owe(walk.session, Job.APPLY_BATCH, subject, dedupe_key=f"again:{subject}")
