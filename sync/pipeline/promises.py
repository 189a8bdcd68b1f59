"""Promises and aid: from what visits tell, and what is said of promises since, to where each stands."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from sync import changes, clock
from sync.duty.life import away, helping, promises
from sync.duty.life.helping import Given
from sync.duty.life.promises import Known, Later, Made, Said, Told
from sync.intake import visits
from sync.intake.drafts import VisitDraft
from sync.intake.origin import Item
from sync.intake.parents import Parents
from sync.intake.results import Answer
from sync.intake.rules import correct
from sync.intake.wire_life import CommitmentKeptRecord
from sync.pipeline.refusing import answer, hold_or_keep, known_already
from sync.pipeline.walk import Walk
from sync.policy import Life
from sync.registry import lookup
from sync.words import FeedKind, Outcome, RecordState

MEETING = frozenset({Outcome.MET.value, Outcome.LIVES_AWAY.value})


def note_promises(walk: Walk, drafts: Sequence[VisitDraft]) -> None:
    """Keep what visits promised and gave, and what homes said in them of earlier promises."""
    made = [
        Made(
            one.id, draft.record.id, draft.rev, draft.record.place, draft.unit_id, draft.town_id, draft.recorder_id,
            one.text, one.due_on, draft.started.at,
        )
        for draft in drafts
        for one in draft.record.commitments
    ]  # fmt: skip
    given = [
        Given(
            one.id, draft.record.id, draft.rev, draft.record.place, draft.unit_id, draft.town_id, draft.recorder_id,
            draft.record.programme, one.what, one.source, one.given_on or clock.local(draft.started.at).date(),
        )
        for draft in drafts
        for one in draft.record.aid
    ]  # fmt: skip
    touched = promises.write(walk.session, made)
    helping.write(walk.session, given)
    touched |= _hear_homes(walk, drafts, {one.id for one in made})
    changes.touched(walk.session, FeedKind.COMMITMENT, touched)


def _hear_homes(walk: Walk, drafts: Sequence[VisitDraft], made: Collection[UUID]) -> set[UUID]:
    """What homes said in these visits of promises made to them before, and in earlier visits of promises that come now.

    A promise that nobody knows yet holds no visit: what was said of it stays in the visit's words until the promise
    comes. Both are visits to one home, and whoever applies one holds that home: so either order finds the other, and
    what was said in another home, or before the promise, counts in neither.
    """
    told = [
        Told(one.id, one.commitment, one.kept, draft.record.id, draft.origin.device_id, draft.origin.batch_id)
        for draft in drafts
        for one in draft.record.commitments_kept
    ]
    known = promises.known(walk.session, {*made, *(one.commitment for one in told)})
    told += promises.told_before(walk.session, {id_: one for id_, one in known.items() if id_ in made})
    kept = promises.authors(walk.session, [one.id for one in told])
    later = promises.later(walk.session, {one.visit_id for one in told if one.commitment in known})
    said: dict[UUID, Said] = {}
    for one in told:
        if one.id in kept or one.commitment not in known:
            continue
        promise, there = known[one.commitment], later[one.visit_id]
        if there.door == promise.door and there.started_at >= promise.made_at:
            said[one.id] = Said(
                one.id, promise.root, one.kept, _confirms(promise, one.visit_id, later), "", one.visit_id,
                there.recorder_id, one.device_id, one.batch_id, there.started_at,
            )  # fmt: skip
    return promises.hear(walk.session, said.values())


def take_kept(walk: Walk, _: Parents, items: Sequence[Item]) -> list[Answer]:
    """What is said of promises outside visits, or of a visit afterwards: by who promised, stands in for him or has the
    household now, and by who took part in the visit that is named."""
    records = [(item, item.record) for item in items if isinstance(item.record, CommitmentKeptRecord)]
    about = _About.of(walk, records)
    answers: list[Answer] = []
    heard: list[Said] = []
    for item, record in records:
        known = about.promises.get(record.commitment)
        if record.id in about.authors:
            answers.append(known_already(item, about.authors[record.id]))
        elif known is None:
            answers.append(hold_or_keep(walk, item, record.commitment))
        elif record.visit is not None and record.visit not in about.visits:
            answers.append(hold_or_keep(walk, item, record.visit))
        elif not about.may_speak(item, record, known):
            answers.append(answer(item, RecordState.UNPERMITTED, reason="not-your-promise"))
        else:
            about.authors[record.id] = item.origin.person_id
            heard.append(_said(item, record, known, about))
            answers.append(answer(item, RecordState.APPLIED))
    changes.touched(walk.session, FeedKind.COMMITMENT, promises.hear(walk.session, heard))
    return answers


class _About(NamedTuple):
    """What the words of a set are about: promises, visits with who was there, who has to do with each home."""

    authors: dict[UUID, UUID]
    promises: dict[UUID, Known]
    visits: dict[UUID, Later]
    people: dict[UUID, visits.People]
    times: dict[UUID, datetime]
    linked: set[tuple[UUID, UUID]]
    deputies: dict[UUID, UUID]

    @classmethod
    def of(cls, walk: Walk, records: Sequence[tuple[Item, CommitmentKeptRecord]]) -> "_About":
        session = walk.session
        known = promises.known(session, {record.commitment for _, record in records})
        named = {record.visit for _, record in records if record.visit}
        times = {record.id: _at(walk, item, record) for item, record in records}
        asked = [
            (item.origin.person_id, known[record.commitment].door, times[record.id])
            for item, record in records
            if record.commitment in known
        ]
        linked = lookup.linked(session, asked)
        return cls(
            promises.authors(session, [record.id for _, record in records]),
            known,
            promises.later(session, named),
            visits.people_of(session, named),
            times,
            {asked[n][:2] for n in linked},
            away.deputies(session, {one.cadre_id for one in known.values()}, walk.today),
        )

    def may_speak(self, item: Item, record: CommitmentKeptRecord, known: Known) -> bool:
        """Whether this person may say whether the promise was kept."""
        person = item.origin.person_id
        if record.visit is not None:
            return person in self.people[record.visit].everybody
        stands_in = self.deputies.get(known.cadre_id) == person
        return person == known.cadre_id or stands_in or (person, known.door) in self.linked


def _said(item: Item, record: CommitmentKeptRecord, known: Known, about: _About) -> Said:
    confirms = record.visit is not None and _confirms(known, record.visit, about.visits)
    return Said(
        record.id, known.root, record.kept, confirms, record.text, record.visit, item.origin.person_id,
        item.origin.device_id, item.origin.batch_id, about.times[record.id],
    )  # fmt: skip


def _confirms(known: Known, visit: UUID, later: Mapping[UUID, Later]) -> bool:
    """Whether a visit is one in which that home could say so: another, later, and somebody was met."""
    there = later.get(visit)
    return (
        there is not None
        and visit != known.visit_id
        and there.door == known.door
        and there.started_at > known.made_at
        and there.outcome in MEETING
    )


def _at(walk: Walk, item: Item, record: CommitmentKeptRecord) -> datetime:
    moment = record.said
    return correct(moment.wall, moment.elapsed_ms, moment.boot_id, item.origin.sent, walk.policy.push).at


def remind_of_promises(session: Session, policy: Life) -> bool:
    """Bring promises whose day is near back to the mind of those who have to keep them, each once; whether there may
    be more."""
    found = promises.remind(session, policy, clock.today(), clock.now())
    changes.touched(session, FeedKind.COMMITMENT, found)
    return len(found) == policy.remind_most
