"""The visits and problems of a set: what is known already, what tells of the same, where it was, what was asked."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sync import changes
from sync.dedup import actions as dedup
from sync.dedup.looking import Sameness, look, nothing
from sync.dedup.rules import Series, Trait
from sync.intake import visits
from sync.intake.drafts import VisitDraft, draft
from sync.intake.origin import Item, Origin
from sync.intake.parents import Parents
from sync.intake.results import Answer, Result
from sync.intake.wire import PhotoCited, ProblemRecord, VisitRecord
from sync.photos.citing import Cited, cite
from sync.pipeline import onmap, sameness
from sync.pipeline.asked import take_problems
from sync.pipeline.duties import discharge_told
from sync.pipeline.life import note_life_events
from sync.pipeline.owing import owe_visits
from sync.pipeline.promises import note_promises
from sync.pipeline.verdicts import judge, note_fresh, owe_cited
from sync.pipeline.walk import Walk
from sync.points import reach
from sync.review.opening_repeats import open_revisions
from sync.words import FeedKind, RecordState, SameKind


def take_told(walk: Walk, known: Parents, items: Sequence[Item]) -> list[Answer]:
    """Visits, and problems told in them or outside. Raises IntegrityError when a race was lost."""
    answers: list[Answer] = []
    told = [item for item in items if isinstance(item.record, ProblemRecord)]
    new, revised = _level_one(walk, known, items, answers)
    same = _same(walk, known, new)
    doubtful = judge(walk, known, new, same.edges)
    onmap.locate(new)
    reach("judged")
    visits.store(walk.session, new, walk.now, walk.today, walk.policy.version)
    visits.revise(walk.session, revised, walk.now)
    dedup.join(walk.session, same.plan, walk.now)
    sameness.follow(walk.session, same, walk.now, fresh=[one.record.id for one in new])
    note_fresh(walk, doubtful)
    onmap.count(walk, known, new, revised)
    discharge_told(walk, new, revised)
    open_revisions(walk.session, [one.record.id for one in revised if one.review], walk.now)
    changes.touched(walk.session, FeedKind.VISIT, [one.record.id for one in (*new, *revised)])
    reach("stored")
    note_life_events(walk, known, [*new, *revised])
    note_promises(walk, [*new, *revised])
    of_problems = take_problems(walk, known, [*new, *revised], told)
    reach("tasks raised")
    awaited = _cite_photos(walk, [*new, *revised], told)
    owe_visits(walk.session, [one.record.id for one in revised])
    owe_cited(walk, new, awaited)
    answers += [_answer(one, awaited) for one in (*new, *revised)]
    answers += of_problems
    photos: dict[UUID | None, Sequence[PhotoCited]] = {
        item.record.id: item.record.photos for item in told if isinstance(item.record, ProblemRecord)
    }
    for origin, result in of_problems:
        if missing := _missing(origin, photos[result.id], awaited):
            result.facts["photos_missing"] = missing
    return answers


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
                is_elsewhere = before.door != known.root(one.record.place)
                drawn.review = is_elsewhere or moved_s > walk.policy.dedup.repeat_window_s
                revised.append(drawn)
            else:
                new.append(drawn)
    return new, revised


def _same(walk: Walk, known: Parents, new: Sequence[VisitDraft]) -> Sameness:
    """Levels 2 to 4 of dedup: another id, the same visit; the drafts learn what they repeat or whom they were with."""
    if not new:
        return nothing()
    in_order = sorted(new, key=lambda one: (one.origin.received_at, one.ord))
    fixes = {one.record.id: Series(one.fixes.lon, one.fixes.lat, one.fixes.provider) for one in new}
    same = look(walk.session, [_trait(one, known) for one in in_order], known.doors, fixes, walk.policy.dedup)
    by_id = {one.record.id: one for one in new}
    for edge in same.edges:
        if edge.child in by_id and edge.kind is SameKind.REPEAT:
            by_id[edge.child].repeat_of = same.plan.firsts[edge.child]
        elif edge.child in by_id:
            by_id[edge.child].joint_with = edge.parent
    return same


def _trait(one: VisitDraft, known: Parents) -> Trait:
    record = one.record
    return Trait(
        record.id, one.recorder_id, one.origin.device_id, known.root(record.place), one.started.at, one.ended.at,
        record.mode, record.outcome, one.fixes_hash, one.answers_hash,
        frozenset([bytes.fromhex(photo.sha256) for photo in record.photos]),
    )  # fmt: skip


def _cite_photos(walk: Walk, drafts: Sequence[VisitDraft], told: Sequence[Item]) -> set[tuple[UUID, bytes]]:
    def cited(photo: PhotoCited, origin: Origin, visit: UUID | None, problem: UUID | None) -> Cited:
        hash_, device, batch = bytes.fromhex(photo.sha256), origin.device_id, origin.batch_id
        return Cited(photo.id, device, batch, visit, problem, hash_, photo.size, photo.taken_at, photo.fix)

    photos = [cited(photo, one.origin, one.record.id, None) for one in drafts for photo in one.record.photos]
    for one in drafts:
        photos += [cited(photo, one.origin, one.record.id, p.id) for p in one.record.problems for photo in p.photos]
    photos += [
        cited(photo, item.origin, None, item.record.id)
        for item in told
        if isinstance(item.record, ProblemRecord)
        for photo in item.record.photos
    ]
    doubted = walk.again or bool(told) or any(one.rev > 1 for one in drafts)
    return cite(walk.session, photos, walk.now, look=doubted)


def _answer(one: VisitDraft, awaited: set[tuple[UUID, bytes]]) -> Answer:
    facts: dict[str, Any] = {}
    if one.rev > 1:
        facts["rev"] = one.rev
    if one.review:
        facts["review"] = True
    if sealed := [problem.id for problem in one.record.problems if problem.sealed]:
        facts["forget_problems"] = sealed
    photos = [*one.record.photos, *(photo for problem in one.record.problems for photo in problem.photos)]
    if missing := _missing(one.origin, photos, awaited):
        facts["photos_missing"] = missing
    state = RecordState.APPLIED
    if one.repeat_of:
        state, facts = RecordState.DUPLICATE, {"of": one.repeat_of, **facts}
    elif one.joint_with:
        state, facts = RecordState.JOINT, {"with": one.joint_with, **facts}
    return Answer(one.origin, Result(one.ord, "visit", one.record.id, state, facts))


def _missing(origin: Origin, photos: Sequence[PhotoCited], awaited: set[tuple[UUID, bytes]]) -> list[str]:
    """SHA-256 (hex) of a record's photos whose bytes its phone still has to hand in."""
    return sorted({one.sha256 for one in photos if (origin.device_id, bytes.fromhex(one.sha256)) in awaited})
