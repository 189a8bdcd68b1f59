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
from sync.intake.parents import Parents, resolve
from sync.intake.parse import Parsed
from sync.intake.results import Result
from sync.intake.rules import correct
from sync.intake.wire import PhotoCited, ProblemRecord, VisitRecord
from sync.photos.citing import Cited, cite
from sync.pipeline.asked import take_problems
from sync.pipeline.verdicts import judge
from sync.pipeline.walk import Walk
from sync.points import reach
from sync.words import FeedKind, Job, RecordState


def apply_records(walk: Walk, parsed: Sequence[Parsed]) -> list[Result]:
    """Apply understood records in one set; one answer for each. Raises IntegrityError when a race was lost."""
    batch = walk.batch
    known = resolve(walk.session, [one.record for one in parsed], batch.person_id, batch.roles, walk.now)
    reach("resolved")
    refused = {one.ord: _refusal(walk, one, known) for one in parsed}
    answers = [answer for answer in refused.values() if answer]
    ready = [one for one in parsed if refused[one.ord] is None]
    told = [(one.ord, one.record) for one in ready if isinstance(one.record, ProblemRecord)]
    new, revised = _level_one(walk, known, ready, answers)
    edges = _level_two(walk, new)
    judge(walk, known, new)
    reach("judged")
    received = (walk.now, walk.today)
    visits.store(walk.session, new, batch.device_id, batch.id, received, walk.policy.version)
    visits.revise(walk.session, revised, batch.device_id, batch.id, walk.now)
    dedup.join_repeats(walk.session, edges, walk.now)
    changes.touched(walk.session, FeedKind.VISIT, [one.record.id for one in (*new, *revised)])
    reach("stored")
    answers += take_problems(walk, known, [*new, *revised], told)
    reach("tasks raised")
    awaited = _cite_photos(walk, [*new, *revised], [record for _, record in told])
    answers += [_answer(one, awaited) for one in (*new, *revised)]
    _wake_waiting(walk, known)
    return answers


def _refusal(walk: Walk, one: Parsed, known: Parents) -> Result | None:
    """Why a record is not applied now, or None."""
    record = one.record
    kind = "visit" if isinstance(record, VisitRecord) else "problem"

    def answer(state: RecordState, **facts: Any) -> Result:
        return Result(one.ord, kind, record.id, state, facts)

    if record.id in known.erased:
        return answer(RecordState.REJECTED, reason="erased")
    if not known.roles or (isinstance(record, VisitRecord) and not known.may_visit):
        return answer(RecordState.UNPERMITTED, reason="no role that visits")
    missing = known.missing(record)
    if missing is not None and not walk.late:
        until = walk.batch.received_at + timedelta(days=walk.policy.push.held_days)
        return answer(RecordState.HELD, **{"for": missing, "until": until, "reason": "parent-unknown"})
    moment = record.started if isinstance(record, VisitRecord) else record.told
    at = correct(moment.wall, moment.elapsed_ms, moment.boot_id, walk.sent, walk.policy.push).at
    earliest = walk.now - timedelta(days=walk.policy.push.past_days_max)
    if not earliest <= at <= walk.now + timedelta(days=1):
        return answer(RecordState.QUARANTINED, reason="absurd-date", pointer=f"/{_moment_name(record)}/wall")
    return None


def _moment_name(record: VisitRecord | ProblemRecord) -> str:
    return "started" if isinstance(record, VisitRecord) else "told"


def _level_one(
    walk: Walk, known: Parents, ready: Sequence[Parsed], answers: list[Result]
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
        if before and before.author_id != walk.batch.person_id:
            answers.append(
                Result(
                    one.ord, "visit", one.record.id, RecordState.QUARANTINED, {"reason": "id-taken", "pointer": "/id"}
                )
            )
        elif before and one.sha256 in before.hashes:
            answers.append(Result(one.ord, "visit", one.record.id, RecordState.DUPLICATE, {"of": one.record.id}))
        else:
            holder, push = walk.batch.person_id, walk.policy.push
            drawn = draft(one.ord, one.record, one.sha256, known, walk.sent, holder, push)
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
        for one in sorted(new, key=lambda one: one.ord)
    ]  # fmt: skip
    window = walk.policy.dedup.repeat_window_s
    by_id = {one.record.id: one for one in new}
    edges = repeats(traits, near(walk.session, traits, window), window)
    for edge in edges:
        by_id[edge.child].repeat_of = edge.parent
    return edges


def _cite_photos(walk: Walk, drafts: Sequence[VisitDraft], told: Sequence[ProblemRecord]) -> set[bytes]:
    def cited(photo: PhotoCited, visit: UUID | None, problem: UUID | None) -> Cited:
        hash_ = bytes.fromhex(photo.sha256)
        return Cited(photo.id, visit, problem, hash_, photo.size, photo.taken_at, photo.fix)

    photos = [cited(photo, one.record.id, None) for one in drafts for photo in one.record.photos]
    for one in drafts:
        photos += [cited(photo, one.record.id, p.id) for p in one.record.problems for photo in p.photos]
    photos += [cited(photo, None, record.id) for record in told for photo in record.photos]
    doubted = walk.again or bool(told) or any(one.rev > 1 for one in drafts)
    return cite(walk.session, photos, walk.batch.device_id, walk.batch.id, walk.now, look=doubted)


def _answer(one: VisitDraft, awaited: set[bytes]) -> Result:
    facts: dict[str, Any] = {}
    if one.rev > 1:
        facts["rev"] = one.rev
    if one.review:
        facts["review"] = True
    if missing := missing_photos(one.record, awaited):
        facts["photos_missing"] = missing
    if one.repeat_of:
        return Result(one.ord, "visit", one.record.id, RecordState.DUPLICATE, {"of": one.repeat_of, **facts})
    return Result(one.ord, "visit", one.record.id, RecordState.APPLIED, facts)


def missing_photos(record: VisitRecord | ProblemRecord, awaited: set[bytes]) -> list[str]:
    """SHA-256 (hex) of the record's photos whose bytes this phone still has to hand in."""
    if not awaited:
        return []
    photos = list(record.photos)
    if isinstance(record, VisitRecord):
        photos += [photo for problem in record.problems for photo in problem.photos]
    return sorted({photo.sha256 for photo in photos if bytes.fromhex(photo.sha256) in awaited})


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
