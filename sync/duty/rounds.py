"""Going through the links: obligations appear before their period opens, and end with what they rested on.

Level-triggered and harmless twice: whatever is missing is owed, whichever round finds it. A round begins with what has
ended or changed hands, then goes through the links in chunks by their ids; each chunk is an errand of its own.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import changes, clock, errands
from sync.duty.ending import end_some
from sync.duty.holders import responsible
from sync.duty.owing import Owed, owe_contacts
from sync.duty.programmes import Rule, in_force, rules_of
from sync.duty.rules.rhythms import Opening, Period, opening, owes, periods, rhythm_of
from sync.policy import Policy
from sync.registry.workdays import calendar
from sync.words import FeedKind, Job, LinkCategory, OwedFor, Rhythm

FIRST = UUID(int=0)
_CHUNK = text("SELECT id FROM link WHERE id > :after ORDER BY id LIMIT :most")
# What an earlier link of the same list owed in the period counts, whatever became of it; only what ended with that link
# unmet is owed anew.
_MISSING = text(
    "WITH l AS MATERIALIZED (SELECT * FROM link WHERE id > :after AND id <= :last)"
    " SELECT l.id, l.place_id, l.programme_id, w.n, lower(l.valid) AS since, upper(l.valid) AS until FROM l"
    " JOIN unnest(CAST(:ns AS int[]), CAST(:programmes AS uuid[]), CAST(:categories AS text[]),"
    "  CAST(:opens AS timestamptz[])) AS w(n, programme_id, category, opens_at)"
    "  ON w.programme_id = l.programme_id AND w.category = l.category"
    " JOIN place a ON a.id = l.place_id JOIN place r ON r.id = coalesce(a.merged_into_id, a.id) AND r.state <> 'gone'"
    "  AND r.residence <> 'moved_away' WHERE NOT isempty(l.valid)"
    "  AND NOT EXISTS (SELECT FROM obligation o WHERE o.link_id = l.id AND o.opens_at = w.opens_at)"
    "  AND NOT EXISTS (SELECT FROM link k JOIN obligation o ON o.link_id = k.id AND o.opens_at = w.opens_at"
    "   WHERE k.place_id = l.place_id AND k.programme_id = l.programme_id AND k.category = l.category"
    "   AND upper(k.valid) <= lower(l.valid) AND o.excuse IS DISTINCT FROM 'link_ended') ORDER BY l.id, w.n"
)
# A hand-over that was ordered for a later day: what was open then goes to the new holder on that day, whoever had it,
# the former holder or who stood in for him.
_TAKEN_OVER = text(
    "UPDATE obligation o SET holder_id = l.cadre_id, holder_unit_id = l.holder_unit_id FROM hand_over h"
    " CROSS JOIN LATERAL jsonb_array_elements(h.done -> 'moved') AS m"
    " JOIN link l ON l.id = CAST(m ->> 'goes_on_as' AS uuid)"
    " WHERE h.starts_on BETWEEN CAST(:today AS date) - 7 AND CAST(:today AS date) AND o.link_id = l.id"
    " AND o.state = 'owed' AND coalesce(o.holder_id, o.holder_unit_id) <> coalesce(l.cadre_id, l.holder_unit_id)"
    " AND NOT EXISTS (SELECT FROM absence b WHERE b.person_id = l.cadre_id AND b.deputy_id = o.holder_id"
    "  AND b.cancelled_at IS NULL AND b.valid @> CAST(:today AS date))"
    " AND (l.cadre_id IS NULL OR EXISTS (SELECT FROM person_role r WHERE r.person_id = l.cadre_id"
    "  AND r.valid @> CAST(:today AS date))) RETURNING o.id"
)


# What is nobody's, or of somebody who has left: perhaps there is somebody by now.
_ORPHANS = text(
    "SELECT o.id, o.place_id, o.holder_id FROM obligation o WHERE o.state = 'owed' AND o.holder_unit_id IS NULL"
    " AND NOT EXISTS (SELECT FROM person_role r WHERE r.person_id = o.holder_id AND r.valid @> CAST(:today AS date))"
    " ORDER BY o.made_at DESC, o.id LIMIT :most FOR NO KEY UPDATE OF o"
)
_ADOPT = text(
    "UPDATE obligation o SET holder_id = w.holder FROM unnest(CAST(:ids AS uuid[]), CAST(:holders AS uuid[]))"
    " AS w(id, holder) WHERE o.id = w.id"
)


class Due(NamedTuple):
    """Contact that every link of a programme's category owes in a period."""

    programme_id: UUID
    category: LinkCategory
    period: Period
    opening: Opening


def owe_visits(session: Session, policy: Policy, after: UUID | None = None) -> UUID | None:
    """Begin a round (`after` None), or go on after a link: owe what is missing; the link to go on after, or None.

    The errand of the next chunk is owed as well, so that a caller need not.
    """
    if after is None:
        _settle(session, policy)
        after = FIRST
    chunk = session.scalars(_CHUNK, {"after": after, "most": policy.duty.owe_chunk}).all()
    if not chunk:
        return None
    last: UUID = chunk[-1]
    if dues := _dues(session, policy):
        owe_contacts(session, policy, _missing(session, policy, dues, after, last))
    if len(chunk) < policy.duty.owe_chunk:
        return None
    subject = f"{Job.OWE_VISITS.value}/{last}"
    errands.owe(session, Job.OWE_VISITS, subject, dedupe_key=subject, priority=8)
    return last


def _settle(session: Session, policy: Policy) -> None:
    """What ended with its link, programme or home is excused; what changed hands today, or has nobody, finds its
    holder."""
    facts = {"today": clock.today(), "most": policy.duty.lapse_chunk}
    turned = [*end_some(session, policy.duty.lapse_chunk), *session.scalars(_TAKEN_OVER, {"today": facts["today"]})]
    orphans = session.execute(_ORPHANS, facts).all()
    found = responsible(session, {one.place_id for one in orphans}, clock.now())
    moved = [(one.id, holder) for one in orphans if (holder := found[one.place_id].cadre_id) != one.holder_id]
    if moved:
        ids, holders = zip(*moved, strict=True)
        session.execute(_ADOPT, {"ids": list(ids), "holders": list(holders)})
        turned += ids
    changes.touched(session, FeedKind.OBLIGATION, turned)


def _dues(session: Session, policy: Policy) -> list[Due]:
    """The periods in which a programme holds, open now or within the horizon, by programme and category."""
    today, short = clock.today(), timedelta(days=policy.duty.short_days)
    last = today + timedelta(days=policy.duty.horizon_days)
    table = calendar(session, today - timedelta(days=400), last + timedelta(days=400))
    rules = rules_of(session)
    found = []
    for programme, days in in_force(session, today, last).items():
        told = {rule.category: rule for rule in rules.get(programme, ()) if rule.category}
        for category in LinkCategory:
            rule = told.get(category, Rule(category=category))
            rhythm = rhythm_of(category, rule.rhythm, policy.duty)
            if rhythm is not Rhythm.NONE:
                found += [
                    Due(programme, category, one, opening(one, rule.deadline, table))
                    for one in periods(rhythm, today, last)
                    if owes(one, days.lower, days.upper, today, short)
                ]
    return found


def _missing(session: Session, policy: Policy, dues: Sequence[Due], after: UUID, last: UUID) -> list[Owed]:
    facts: dict[str, Any] = {
        "after": after,
        "last": last,
        "ns": list(range(len(dues))),
        "programmes": [due.programme_id for due in dues],
        "categories": [due.category.value for due in dues],
        "opens": [due.opening.opens_at for due in dues],
    }
    today, short = clock.today(), timedelta(days=policy.duty.short_days)
    return [
        Owed(
            place_id=row.place_id,
            origin=OwedFor.PROGRAMME,
            opens_at=dues[row.n].opening.opens_at,
            due_at=dues[row.n].opening.due_at,
            programme_id=row.programme_id,
            link_id=row.id,
            provisional=dues[row.n].opening.provisional,
        )
        for row in session.execute(_MISSING, facts)
        if owes(dues[row.n].period, row.since, row.until, today, short)
    ]
