"""Owed work: a row of the same commit as its cause, claimed with a lease, fenced by its attempt number.

Jobs run at least once and may overlap themselves; what keeps their effects single is `hold`, the first
statement of every transaction that writes them (sync.md rules 4 and 5).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock
from sync.words import Job

_KNOWN = [job.value for job in Job]
_TOGETHER = [Job.APPLY_BATCH.value]


@dataclass(frozen=True, slots=True)
class Claim:
    """An errand that is ours until the lease ends."""

    id: int
    job: Job
    subject: str
    facts: dict[str, Any]
    attempt: int

    @property
    def tries(self) -> int:
        """How often it was begun without a reason that passes by itself; crashes count (D1.6)."""
        return self.attempt - int(self.facts.get("forgiven", 0))


_OWE = text(
    "INSERT INTO errand (job, subject, facts, dedupe_key, priority, owed_at, due_at)"
    " VALUES (:job, :subject, CAST(:facts AS jsonb), :key, :priority, :now, :due)"
    " ON CONFLICT (dedupe_key) WHERE done_at IS NULL"
    " DO UPDATE SET due_at = least(errand.due_at, excluded.due_at), again = errand.lease_until IS NOT NULL"
)
_CLAIM = text(
    "WITH c AS (SELECT id, priority, due_at,"
    "   job = ANY(:together) AND attempt = 0 AND facts = CAST('{}' AS jsonb) AS joins"
    "   FROM errand WHERE done_at IS NULL AND due_at <= clock_timestamp() AND job = ANY(:jobs)"
    "   AND (lease_until IS NULL OR lease_until < clock_timestamp())"
    "   ORDER BY priority, due_at LIMIT :at_most FOR UPDATE SKIP LOCKED),"
    " r AS (SELECT id, joins, row_number() OVER w AS n, first_value(joins) OVER w AS first_joins FROM c"
    "   WINDOW w AS (ORDER BY priority, due_at, id))"
    " UPDATE errand e SET attempt = attempt + 1, again = false,"
    "   lease_until = clock_timestamp() + make_interval(secs => :lease)"
    " FROM r WHERE e.id = r.id AND (r.n = 1 OR r.joins AND r.first_joins)"
    " RETURNING e.id, e.job, e.subject, e.facts, e.attempt"
)
_TAKE_ALONG = text(
    "SELECT id, job, subject, facts, attempt FROM errand WHERE done_at IS NULL AND job = :job AND subject LIKE :like"
    " AND attempt = 0 AND lease_until IS NULL AND due_at <= clock_timestamp()"
    " ORDER BY priority, due_at LIMIT :at_most FOR UPDATE SKIP LOCKED"
)
_HOLD = text(
    "SELECT e.id FROM errand e JOIN unnest(CAST(:ids AS bigint[]), CAST(:attempts AS int[])) AS c(id, attempt)"
    "  USING (id, attempt) WHERE e.done_at IS NULL AND e.lease_until IS NOT NULL ORDER BY e.id FOR UPDATE OF e"
)
_FINISH = text(
    "UPDATE errand SET done_at = CASE WHEN again THEN NULL ELSE clock_timestamp() END,"
    " facts = CASE WHEN again THEN facts || jsonb_build_object('forgiven', attempt) ELSE facts END,"
    " again = false, lease_until = NULL, last_error = NULL WHERE id = ANY(:ids)"
)
_FAIL = text(
    "UPDATE errand SET lease_until = NULL, last_error = :error,"
    " due_at = clock_timestamp() + make_interval(secs => :wait),"
    " facts = CASE WHEN :forgive THEN facts || jsonb_build_object('forgiven',"
    "   coalesce(CAST(facts ->> 'forgiven' AS int), 0) + 1) ELSE facts END"
    " WHERE id = :id AND attempt = :attempt AND done_at IS NULL"
)


def owe(
    session: Session,
    job: Job,
    subject: str,
    *,
    facts: str = "{}",
    dedupe_key: str | None = None,
    due_at: datetime | None = None,
    priority: int = 5,
) -> None:
    """Owe a job in this transaction. An open errand with the same dedupe key is pulled forward instead;
    if it is being run at this moment it will run once more."""
    now = clock.now()
    session.execute(
        _OWE,
        {"job": job.value, "subject": subject, "facts": facts, "key": dedupe_key, "priority": priority,
         "now": now, "due": due_at or now},
    )  # fmt: skip


def owe_many(session: Session, job: Job, subjects: Sequence[str], *, due_at: datetime, priority: int) -> None:
    """Owe one job for many subjects in one round trip; the subject is the dedupe key. Give them sorted, so that two who
    owe the same never wait for each other."""
    if subjects:
        row = {"job": job.value, "facts": "{}", "priority": priority, "now": clock.now(), "due": due_at}
        session.execute(_OWE, [row | {"subject": subject, "key": subject} for subject in subjects])


def take_along(session: Session, job: Job, like: str, at_most: int) -> list[Claim]:
    """Due errands of a job, never tried, whose subject is `like` (a LIKE pattern): locked for this transaction.

    Whoever runs one of them may do the others with it and `finish` them all; a failure gives them back untouched.
    """
    facts = {"job": job.value, "like": like, "at_most": at_most}
    rows = session.execute(_TAKE_ALONG, facts).all()
    return [Claim(row.id, Job(row.job), row.subject, row.facts, row.attempt) for row in rows]


def claim(session: Session, lease_s: float, at_most: int = 1) -> list[Claim]:
    """Take the most urgent errand that is due; with it up to `at_most` of the same kind, if that kind is done together.

    Commit at once, so that a crash counts as an attempt. Only errands never tried before are taken together: one that
    failed or killed its worker is tried alone. Jobs that this version does not know are left to a newer one: during
    an upgrade both run side by side.
    """
    facts = {"lease": lease_s, "jobs": _KNOWN, "together": _TOGETHER, "at_most": at_most}
    rows = session.execute(_CLAIM, facts).all()
    return [Claim(row.id, Job(row.job), row.subject, row.facts, row.attempt) for row in sorted(rows)]


def hold(session: Session, claims: Sequence[Claim]) -> list[Claim]:
    """The fence: lock our errands; those that nobody else has claimed since."""
    facts = {"ids": [claim.id for claim in claims], "attempts": [claim.attempt for claim in claims]}
    held = set(session.scalars(_HOLD, facts))
    return [claim for claim in claims if claim.id in held]


def finish(session: Session, claims: Sequence[Claim]) -> None:
    """Mark errands done in the transaction of their effects."""
    session.execute(_FINISH, {"ids": [claim.id for claim in claims]})


def fail(session: Session, claim: Claim, error: str, wait_s: float, *, forgive: bool = False) -> None:
    """Give the errand back after a failure that was caught; it is due again after `wait_s` seconds.

    A failure that was not the errand's fault (database restarted, lock not had) is forgiven: it does not count
    among its tries. The attempt number itself never goes back, because it is the fence.
    """
    session.execute(
        _FAIL,
        {"id": claim.id, "attempt": claim.attempt, "error": error[:2000], "wait": wait_s, "forgive": forgive},
    )


def forget_done(session: Session, older_than: timedelta) -> int:
    """Delete errands done longer ago than `older_than`; how many."""
    result = session.execute(text("DELETE FROM errand WHERE done_at < :limit"), {"limit": clock.now() - older_than})
    return int(getattr(result, "rowcount", 0))
