"""How visits stand before one verifier; locked for a decision, so that two who press at once follow each other."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, db
from sync.access import Actor, units_of
from sync.policy import Review
from sync.registry.workdays import calendar
from sync.review.rules import Seen, Standing, asked_since, term_end
from sync.roles import Noun
from sync.words import Cause, FindingState, Verdict

# Visits first, by id, then their findings, by id: whoever locks both does it in this order.
_VISITS = (
    "SELECT v.id, v.unit_id, v.place_id, v.verdict,"
    " v.unit_id IN (SELECT a.unit_id FROM unit_above a WHERE a.above_id = ANY(:judged) AND a.depth > 0) AS in_scope,"
    " v.unit_id = ANY(:own) OR EXISTS (SELECT 1 FROM person_role r JOIN unit u ON u.id = r.unit_id"
    "   WHERE r.person_id = v.recorder_id AND r.unit_id = ANY(:own) AND r.valid @> CAST(:today AS date)"
    "   AND u.parent_id IS NOT NULL) AS own_unit,"
    " v.recorder_id = :me OR EXISTS (SELECT 1 FROM visit_party y WHERE y.visit_id = v.id AND y.person_id = :me)"
    "   AS took_part,"
    " (SELECT s.parent_id FROM same_visit s WHERE s.child_id = v.id AND s.kind = 'repeat' AND s.undone_at IS NULL)"
    "   AS repeats,"
    " coalesce((SELECT d.verdict = 'refused' AND d.by = :me FROM decision d WHERE d.visit_id = v.id"
    "   AND d.verdict IS NOT NULL AND d.undone_at IS NULL ORDER BY d.at DESC, d.id DESC LIMIT 1), false) AS refused_it,"
    " EXISTS (SELECT 1 FROM device d WHERE d.id = v.device_id AND d.person_id <> v.recorder_id) AND NOT EXISTS"
    "   (SELECT 1 FROM device_share s WHERE s.device_id = v.device_id AND s.person_id = v.recorder_id) AS is_lent"
    " FROM visit v WHERE v.id = ANY(:ids) ORDER BY v.id"
)
_FINDINGS = (
    "SELECT f.id, f.visit_id, f.cause, f.cause_key, f.state, f.asked_at, f.answered_at, f.opened_at, f.reasons,"
    " f.lease_by <> :me AND f.lease_until > clock_timestamp() AS held, f.lease_by"
    " FROM finding f WHERE f.visit_id = ANY(:ids) AND f.state IN ('open', 'asked', 'answered') ORDER BY f.id"
)
_HORIZON = timedelta(days=60)


class Waiting(NamedTuple):
    """An undecided finding as a row."""

    id: UUID
    cause: Cause
    key: str
    state: FindingState
    asked_at: datetime | None
    answered_at: datetime | None
    opened_at: datetime
    held_by: UUID | None


@dataclass(slots=True)
class Taken:
    """A visit with its undecided findings, as one verifier stands to it."""

    id: UUID
    unit_id: UUID
    place_id: UUID
    verdict: Verdict
    in_scope: bool
    own_unit: bool
    took_part: bool
    repeats: UUID | None
    refused_it: bool
    is_lent: bool
    findings: list[Waiting] = field(default_factory=list)

    @property
    def held_by(self) -> UUID | None:
        """The other verifier who has it on the screen."""
        return next((finding.held_by for finding in self.findings if finding.held_by), None)

    @property
    def standing(self) -> Standing:
        """The same as plain values, for the rules."""
        seen = [Seen(one.cause, one.asked_at, one.answered_at) for one in self.findings]
        return Standing(
            seen, self.own_unit, self.took_part, self.held_by is not None, self.repeats is not None, self.refused_it,
            self.is_lent,
        )  # fmt: skip

    def finding_for(self, causes: Collection[Cause], cause: Cause | None = None) -> Waiting | None:
        """The finding that a decision is about: the first of the causes, and of the named one if there is one."""
        return next((one for one in self.findings if one.cause in causes and cause in (None, one.cause)), None)


def take(session: Session, actor: Actor, ids: Collection[UUID], *, lock: bool) -> list[Taken]:
    """The visits that exist, in the order of their ids. Locked, they and their findings stay as they are until the
    transaction ends; a second verifier waits here and then sees what the first one made of them."""
    facts = {
        "ids": db.pg_uuids(ids), "me": actor.person_id, "today": clock.today(),
        "judged": db.pg_uuids(units_of(actor, Noun.FINDING)),
        "own": db.pg_uuids({held.unit_id for held in actor.roles}),
    }  # fmt: skip
    if lock:
        session.execute(text("SELECT id FROM visit WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE"), facts)
        session.execute(text(_FINDINGS + " FOR UPDATE"), facts)
    visits = {row.id: _taken(row) for row in session.execute(text(_VISITS), facts)}
    for row in session.execute(text(_FINDINGS), facts):
        held_by = row.lease_by if row.held else None
        finding = Waiting(
            row.id, Cause(row.cause), row.cause_key, FindingState(row.state), row.asked_at, row.answered_at,
            row.opened_at, held_by,
        )  # fmt: skip
        visits[row.visit_id].findings.append(finding)
    return list(visits.values())


def _taken(row: Any) -> Taken:
    return Taken(
        row.id, row.unit_id, row.place_id, Verdict(row.verdict), row.in_scope, row.own_unit, row.took_part, row.repeats,
        row.refused_it, row.is_lent,
    )  # fmt: skip


def refuse_from(session: Session, findings: Sequence[Seen], policy: Review) -> datetime | None:
    """From when a visit may be refused although nobody answered; None while nobody was asked."""
    asked_at = asked_since(findings)
    if asked_at is None:
        return None
    day = clock.local(asked_at).date()
    return term_end(asked_at, policy.refuse_working_days, calendar(session, day, day + _HORIZON))
