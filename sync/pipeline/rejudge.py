"""Judging stored visits again: a photo arrived, a position or a policy changed, the cadre said something, a neighbour
came to light. The same evidence writes nothing; a person's decision stands, only the history grows beneath it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, db, errands
from sync.errands import Claim
from sync.models import VisitVerdict
from sync.pipeline import noting, stored
from sync.pipeline.effects import Turned, points_moved, verdicts_turned
from sync.pipeline.judging import Case, Outcome, judge_cases, mutual
from sync.pipeline.owing import PRIORITY, owe_visits
from sync.pipeline.stored import Kept
from sync.policy import Policy
from sync.verify.rules.judge import Judgement
from sync.verify.rules.judge import stored as judgement_of
from sync.words import Job, Verdict

FIRST = UUID(int=0)
_HISTORY = ("visit_id", "n", "at", "verdict", "reasons", "numbers", "policy_version")
_SET = text(
    "UPDATE visit v SET verdict = w.verdict, spot = w.spot"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:verdicts AS text[]), CAST(:spots AS bigint[]))"
    "  AS w(id, verdict, spot) WHERE v.id = w.id"
)
_PHOTO = text(
    "SELECT DISTINCT visit_id FROM photo WHERE sha256 = decode(:key, 'hex') AND visit_id IS NOT NULL"
    " AND problem_id IS NULL"
    " AND visit_id > :after ORDER BY visit_id LIMIT :chunk"
)
_PLACE = text(
    "SELECT v.id FROM visit v WHERE v.place_id IN (SELECT id FROM place WHERE id = CAST(:key AS uuid)"
    "  OR merged_into_id = CAST(:key AS uuid)) AND v.id > :after ORDER BY v.id LIMIT :chunk"
)
_UNIT = text(
    "SELECT v.id FROM visit v WHERE v.place_id IN (SELECT p.id FROM unit_above a JOIN place p ON p.unit_id = a.unit_id"
    "  WHERE a.above_id = CAST(:key AS uuid)) AND v.started_at >= CAST(:since AS timestamptz)"
    " AND v.id > :after ORDER BY v.id LIMIT :chunk"
)
_GROUP = text(
    "SELECT v.id FROM device d JOIN visit v ON v.recorder_id = d.person_id AND v.device_id = d.id"
    " WHERE d.about ->> 'model' = split_part(:key, '|', 1) AND d.about ->> 'app_version' = split_part(:key, '|', 2)"
    " AND v.started_at >= CAST(:since AS timestamptz) AND v.id > :after ORDER BY v.id LIMIT :chunk"
)
_DEVICE = text(
    "SELECT v.id FROM visit v WHERE v.device_id = CAST(:key AS uuid) AND v.lent"
    " AND v.started_at >= CAST(:since AS timestamptz) AND v.id > :after ORDER BY v.id LIMIT :chunk"
)
SUBJECTS: dict[str, Any] = {"photo": _PHOTO, "place": _PLACE, "unit": _UNIT, "group": _GROUP, "device": _DEVICE}


def rejudge(session: Session, policy: Policy, claims: Sequence[Claim]) -> None:
    """Do owed judgements: a chunk of a subject's visits, the rest owed as another errand; single visits together."""
    for claim in claims:
        kind, _, key = claim.subject.partition("/")
        if kind == "visit":
            _visits(session, policy, claim, UUID(key))
        elif kind in SUBJECTS:
            _chunk(session, policy, claim, kind, key)


def judge_again(session: Session, policy: Policy, visits: Sequence[UUID]) -> None:
    """Judge stored visits again as one set, and write what changed."""
    loaded = stored.load(session, policy, visits)
    outcomes = judge_cases(session, loaded.cases)
    rows = [Row(*row) for row in zip(loaded.cases, loaded.kept, outcomes, strict=True)]
    changed = [row for row in rows if row.is_changed]
    same = {row.case.visit_id for row in rows} - {row.case.visit_id for row in changed}
    _write(session, changed)
    _show(session, [*changed, *(row for row in rows if row.case.visit_id in same and row.is_elsewhere)])
    turned = [
        Turned(row.case.visit_id, row.kept.shown, row.verdict) for row in changed if row.kept.shown is not row.verdict
    ]
    verdicts_turned(session, turned)
    _note(session, policy, [row for row in rows if not row.kept.is_decided])
    others = {other for row in changed for other in row.others} | loaded.later
    owe_visits(session, others - set(visits))


class Row(NamedTuple):
    """A visit judged again beside what is kept of it."""

    case: Case
    kept: Kept
    outcome: Outcome

    @property
    def is_changed(self) -> bool:
        """Whether verdict, reasons or numbers are others now."""
        judgement, kept = self.outcome.judgement, self.kept
        told = orjson.loads(orjson.dumps([judgement.reasons, judgement.numbers]))
        return judgement.verdict is not kept.verdict or told != [kept.reasons, kept.numbers]

    @property
    def is_elsewhere(self) -> bool:
        """Whether its exact coordinates are kept differently."""
        return self.kept.spot != self.outcome.spot

    @property
    def verdict(self) -> Verdict:
        """What the visit shows: a person's decision, else the machine's judgement."""
        return self.kept.shown if self.kept.is_decided else self.outcome.judgement.verdict

    @property
    def before(self) -> Judgement:
        """The newest judgement so far."""
        return judgement_of(self.kept.verdict, self.kept.reasons, self.kept.numbers)

    @property
    def others(self) -> set[UUID]:
        """The visits that findings of this one are, or were, about."""
        return mutual(self.before.reasons) | self.outcome.others


def _visits(session: Session, policy: Policy, claim: Claim, visit: UUID) -> None:
    """One visit, with others that are owed the same; a visit whose judging failed before stands alone."""
    along: list[Claim] = []
    if claim.attempt == 1:
        along = errands.take_along(session, Job.REJUDGE, "visit/%", policy.verify.rejudge_chunk - 1)
    visits = {visit} | {UUID(one.subject.partition("/")[2]) for one in along}
    judge_again(session, policy, sorted(visits))
    if along:
        errands.finish(session, along)


def _chunk(session: Session, policy: Policy, claim: Claim, kind: str, key: str) -> None:
    """The next visits of a subject; what is left is owed as an errand of its own, so that no transaction grows."""
    chunk = policy.verify.rejudge_chunk
    oldest = clock.now() - timedelta(days=policy.push.body_days)
    since = str(claim.facts.get("since", oldest.isoformat()))
    facts = {"key": key, "after": claim.facts.get("after", str(FIRST)), "since": since, "chunk": chunk}
    visits = session.scalars(SUBJECTS[kind], facts).all()
    judge_again(session, policy, visits)
    if len(visits) == chunk:
        rest = {"after": str(visits[-1]), "since": since}
        dedupe_key = f"{claim.subject}@{visits[-1]}"
        errands.owe(
            session, Job.REJUDGE, claim.subject, facts=orjson.dumps(rest).decode(), dedupe_key=dedupe_key,
            priority=PRIORITY,
        )  # fmt: skip


def _write(session: Session, changed: Sequence[Row]) -> None:
    """The next line of each visit's history."""
    now = clock.now()
    history = [
        (row.case.visit_id, row.kept.n + 1, now, row.outcome.judgement.verdict.value,
         orjson.dumps(row.outcome.judgement.reasons).decode(), orjson.dumps(row.outcome.judgement.numbers).decode(),
         row.case.policy.version)
        for row in changed
    ]  # fmt: skip
    db.put(session, VisitVerdict, _HISTORY, history)


def _show(session: Session, rows: Sequence[Row]) -> None:
    """What stands at the visit itself; its point first, where it is another one now."""
    if not rows:
        return
    points_moved(session, [(row.case.visit_id, row.outcome.judgement.point) for row in rows])
    facts = {
        "ids": db.pg_uuids(row.case.visit_id for row in rows),
        "verdicts": [row.verdict.value for row in rows],
        "spots": db.pg_array(row.outcome.spot for row in rows),
    }
    session.execute(_SET, facts)


def _note(session: Session, policy: Policy, rows: Sequence[Row]) -> None:
    judgements = [row.outcome.judgement for row in rows]
    where = [(row.kept.unit_id, row.kept.town_id) for row in rows]
    judged = noting.judged_of(session, [row.case for row in rows], judgements, where)
    noting.note(session, judged, policy.verify, clock.now())
