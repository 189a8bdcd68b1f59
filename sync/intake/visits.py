"""Writing the visits of a batch: one COPY a table, however many visits there are."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import db
from sync.intake.drafts import Existing, VisitDraft
from sync.intake.wire import VisitRecord
from sync.models import Trace, Visit, VisitParty, VisitRev, VisitVerdict

_EXISTING = text(
    "SELECT v.id, d.person_id, coalesce(p.merged_into_id, v.place_id) AS door, v.rev, v.started_at,"
    " array_agg(r.sha256) AS hashes FROM visit v JOIN device d ON d.id = v.device_id"
    " JOIN visit_rev r ON r.visit_id = v.id LEFT JOIN place p ON p.id = v.place_id"
    " WHERE v.id = ANY(:ids) GROUP BY v.id, d.person_id, p.merged_into_id"
)
_PEOPLE = text(
    "SELECT v.id, v.unit_id, v.recorder_id, d.person_id AS author_id,"
    " ARRAY(SELECT p.person_id FROM visit_party p WHERE p.visit_id = v.id AND NOT p.is_recorder) AS co_visitors"
    " FROM visit v JOIN device d ON d.id = v.device_id WHERE v.id = ANY(:ids)"
)
_VISIT = (
    "id", "place_id", "unit_id", "town_id", "recorder_id", "device_id", "rev", "outcome", "mode", "recorded",
    "programme_id", "obligation_id", "started_at", "ended_at", "clock_method", "clock_uncertainty_s",
    "received_at", "verdict", "point", "cell", "lent", "spot", "fixes_hash", "answers_hash",
)  # fmt: skip
_REV = ("visit_id", "rev", "device_id", "batch_id", "received_at", "sha256", "content")
_PARTY = ("visit_id", "person_id", "is_recorder", "confirmed_at")
_TRACE = ("received_on", "visit_id", "at", "lon", "lat", "accuracy_m", "provider", "datum", "mock")
_VERDICT = ("visit_id", "n", "at", "verdict", "reasons", "numbers", "policy_version")
_REVISE = text(
    "UPDATE visit v SET rev = r.rev, outcome = r.outcome, mode = r.mode"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:revs AS int[]), CAST(:outcomes AS text[]), CAST(:modes AS text[]))"
    " AS r(id, rev, outcome, mode) WHERE v.id = r.id AND v.rev < r.rev"
)
_CONTENT = (
    "note", "answers", "rating", "policies_explained", "life_events", "commitments", "commitments_kept", "aid",
    "attestations", "phone_wished",
)  # fmt: skip


def existing(session: Session, ids: Sequence[UUID]) -> dict[UUID, Existing]:
    """What is stored under these visit ids: author, door, newest revision, hashes of all revisions."""
    if not ids:
        return {}
    rows = session.execute(_EXISTING, {"ids": db.pg_uuids(ids)})
    return {row.id: Existing(row[1], row.door, row.rev, frozenset(row.hashes), row.started_at) for row in rows}


class People(NamedTuple):
    """Who has to do with a visit."""

    unit_id: UUID
    recorder_id: UUID
    author_id: UUID
    co_visitors: frozenset[UUID]

    @property
    def everybody(self) -> frozenset[UUID]:
        """The recorder, the author of the record, and whoever else took part."""
        return self.co_visitors | {self.recorder_id, self.author_id}


def people_of(session: Session, ids: Collection[UUID]) -> dict[UUID, People]:
    """Who has to do with these visits; those that there are."""
    if not ids:
        return {}
    rows = session.execute(_PEOPLE, {"ids": db.pg_uuids(ids)})
    return {row.id: People(row.unit_id, row.recorder_id, row.author_id, frozenset(row.co_visitors)) for row in rows}


def store(session: Session, drafts: Sequence[VisitDraft], at: datetime, on: date, policy_version: str) -> None:
    """Write new visits (revision 1) with parties, fixes and the first verdict; `on` is the local day of `at`."""
    db.put(session, Visit, _VISIT, [_visit_row(draft, at) for draft in drafts])
    _store_revisions(session, drafts, at)
    db.put(
        session,
        VisitParty,
        _PARTY,
        [
            (draft.record.id, person, person == draft.recorder_id, at if person == draft.recorder_id else None)
            for draft in drafts
            for person in draft.parties
        ],
    )
    db.put(session, Trace, _TRACE, [_trace_row(draft, on) for draft in drafts if draft.record.fixes])
    db.put(
        session,
        VisitVerdict,
        _VERDICT,
        [
            (d.record.id, 1, at, d.verdict.value, d.reasons, d.numbers, d.policy_version or policy_version)
            for d in drafts
        ],
    )


def revise(session: Session, drafts: Sequence[VisitDraft], at: datetime) -> None:
    """Write later revisions: words may change, evidence, place and times stay those of revision 1."""
    if not drafts:
        return
    _store_revisions(session, drafts, at)
    session.execute(
        _REVISE,
        {
            "ids": [draft.record.id for draft in drafts],
            "revs": [draft.rev for draft in drafts],
            "outcomes": [draft.record.outcome.value for draft in drafts],
            "modes": [draft.record.mode.value for draft in drafts],
        },
    )


def _store_revisions(session: Session, drafts: Sequence[VisitDraft], at: datetime) -> None:
    rows = [
        (d.record.id, d.rev, d.origin.device_id, d.origin.batch_id, at, d.sha256, content(d.record)) for d in drafts
    ]
    db.put(session, VisitRev, _REV, rows)


def content(record: VisitRecord) -> str:
    """The words of a visit as JSON; evidence, problems and photos have tables of their own."""
    words = {name: value for name in _CONTENT if (value := getattr(record, name))}
    return msgspec.json.encode(words).decode()


def _visit_row(draft: VisitDraft, received_at: datetime) -> tuple[Any, ...]:
    record = draft.record
    return (
        record.id, record.place, draft.unit_id, draft.town_id, draft.recorder_id, draft.origin.device_id, 1,
        record.outcome.value, record.mode.value, record.recorded.value, record.programme, record.obligation,
        draft.started.at, draft.ended.at, draft.started.method.value, draft.started.uncertainty_s,
        received_at, draft.verdict.value, draft.point, draft.cell, draft.is_lent, draft.spot, draft.fixes_hash,
        draft.answers_hash,
    )  # fmt: skip


def _trace_row(draft: VisitDraft, on: date) -> tuple[Any, ...]:
    at, lon, lat, accuracy_m, *letters = draft.fixes
    numbers = (db.pg_array(column) for column in (at, lon, lat, accuracy_m))
    return (on, draft.record.id, *numbers, *letters)
