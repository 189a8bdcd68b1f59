"""Owing a second look: whoever changes what verdicts rest on says so here, in the transaction of the change."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, db, errands
from sync.words import Job

_NEIGHBOURS = text(
    "SELECT DISTINCT jsonb_array_elements_text(r.one -> 'facts' -> 'visits')"
    " FROM unnest(CAST(:visits AS uuid[])) AS w(id) CROSS JOIN LATERAL (SELECT o.reasons FROM visit_verdict o"
    "  WHERE o.visit_id = w.id ORDER BY o.n DESC LIMIT 1) v"
    " CROSS JOIN LATERAL jsonb_array_elements(v.reasons) AS r(one)"
    " WHERE r.one ->> 'code' IN ('LOC_TELEPORT', 'OVERLAP_SELF')"
)
PRIORITY = 7  # after the batches that phones wait for


def owe_rejudge(session: Session, cause: str, *, wait_s: float = 0.0, facts: str = "{}") -> None:
    """Owe the visits of a cause another judgement, once however often it is said.

    `cause`: `visit/<id>`, `photo/<sha256 hex>`, `place/<id>`, `unit/<id>` (its policy changed),
    `group/<model>|<app version>|<provider letter>`, `device/<id>` (what others than its holder wrote with it). `facts`
    narrow it (`since`): owed beside what is owed without them.
    """
    errands.owe(
        session,
        Job.REJUDGE,
        cause,
        facts=facts,
        dedupe_key=cause if facts == "{}" else f"{cause}?{facts}",
        due_at=clock.now() + timedelta(seconds=wait_s),
        priority=PRIORITY,
    )


def owe_neighbours(session: Session, visits: Iterable[UUID]) -> None:
    """Owe another judgement to the visits that travel findings of these name: a refused visit tells nothing of where
    its cadre was, and taints no other any more."""
    found = session.scalars(_NEIGHBOURS, {"visits": db.pg_uuids(visits)})
    owe_visits(session, map(UUID, found))


def owe_visits(session: Session, visits: Iterable[UUID], *, wait_s: float = 0.0) -> None:
    """Owe many visits another judgement, in one round trip."""
    subjects = [f"visit/{visit}" for visit in sorted(set(visits))]
    due_at = clock.now() + timedelta(seconds=wait_s)
    errands.owe_many(session, Job.REJUDGE, subjects, due_at=due_at, priority=PRIORITY)
