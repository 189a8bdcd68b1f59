"""The nightly walk through the retention table: a chunk a transaction, one report a run (D7.1).

A run begins with a row of its own; each step lets go of a chunk, adds to the row and owes the next. Running a step
again is harmless: what is gone is gone, and only what really went is counted.
"""

from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, errands, ids, partitions
from sync.models import RetentionReport
from sync.partitions import Parted
from sync.policy import Policy
from sync.privacy import rumours
from sync.privacy.rules import KEPT, limit
from sync.words import Job, Retained

PRIORITY = 8  # it can wait for everything else
RUMOURS = 200  # events in one transaction: the bytes of their batches are read


class Step(NamedTuple):
    """What a step let go of, what older data stays, and whether there is more to go."""

    gone: int
    stayed: int
    is_more: bool


# Each statement lets go of :chunk rows from before :before and answers how many.
_FIXES = (
    "WITH gone AS (DELETE FROM trace WHERE (received_on, visit_id) IN (SELECT received_on, visit_id FROM trace"
    "  WHERE received_on < :before LIMIT :chunk) RETURNING 1) SELECT count(*) FROM gone",
    "WITH gone AS (UPDATE visit SET spot = NULL WHERE id IN (SELECT id FROM visit WHERE spot IS NOT NULL"
    "  AND received_at < :before LIMIT :chunk) RETURNING 1) SELECT count(*) FROM gone",
    "WITH gone AS (UPDATE photo SET fix = NULL WHERE id IN (SELECT id FROM photo WHERE fix IS NOT NULL"
    "  AND cited_at < :before LIMIT :chunk) RETURNING 1) SELECT count(*) FROM gone",
)
_PHOTOS = (
    "WITH gone AS (DELETE FROM photo WHERE id IN (SELECT id FROM photo WHERE cited_at < :before LIMIT :chunk)"
    "  RETURNING id, sha256),"
    " doomed AS (UPDATE blob b SET doomed_at = :now FROM (SELECT DISTINCT sha256 FROM gone) g WHERE b.sha256 = g.sha256"
    "  AND b.doomed_at IS NULL AND NOT EXISTS (SELECT FROM photo p WHERE p.sha256 = b.sha256"
    "   AND p.id NOT IN (SELECT id FROM gone))) SELECT count(*) FROM gone",
)
_STORIES = (
    "WITH gone AS (UPDATE visit_rev SET content = '{}' WHERE (visit_id, rev) IN (SELECT visit_id, rev FROM visit_rev"
    "  WHERE received_at < :before AND content <> '{}' LIMIT :chunk) RETURNING 1) SELECT count(*) FROM gone",
    *(
        f"WITH gone AS (UPDATE {table} SET {column} = '' WHERE id IN (SELECT id FROM {table} WHERE at < :before"
        f" AND {column} <> '' LIMIT :chunk) RETURNING 1) SELECT count(*) FROM gone"
        for table, column in (("said", "text"), ("question", "text"), ("decision", "reason"))
    ),
)
# A task's last move is its newest event; a matter solved at the door has none.
_LAST_MOVE = "coalesce((SELECT max(e.at) FROM event e WHERE e.subject_id = r.id), r.received_at)"
_CLOSED_TASKS = (
    "WITH old AS (SELECT p.id FROM problem p LEFT JOIN task t ON t.id = p.task_id"
    "  LEFT JOIN task r ON r.id = coalesce(t.merged_into_id, t.id)"
    "  WHERE p.received_at < :before AND num_nonnulls(p.text, p.wish, p.cipher, p.position, p.place_id) > 0"
    f"  AND (t.id IS NULL OR r.ended_at IS NOT NULL AND {_LAST_MOVE} < :before) LIMIT :chunk),"
    " gone AS (UPDATE problem p SET text = NULL, wish = NULL, cipher = NULL, position = NULL, place_id = NULL,"
    "  solved_on_spot = CASE WHEN solved_on_spot IS NOT NULL THEN '' END FROM old WHERE p.id = old.id RETURNING 1)"
    " SELECT count(*) FROM gone",
)
_EVENTS = (
    "WITH gone AS (DELETE FROM event WHERE id IN (SELECT id FROM event WHERE at < :before"
    "  AND verb NOT LIKE 'task.%' LIMIT :chunk) RETURNING 1) SELECT count(*) FROM gone",
)
_CONFLICTS = (
    "WITH gone AS (DELETE FROM batch_conflict WHERE (device_id, batch_id) IN (SELECT device_id, batch_id"
    "  FROM batch_conflict WHERE received_at < :before LIMIT :chunk) RETURNING 1) SELECT count(*) FROM gone",
)
_REQUESTS = (
    "WITH gone AS (DELETE FROM subject_request WHERE id IN (SELECT id FROM subject_request"
    "  WHERE coalesce(done_at, asked_at) < :before AND NOT is_open LIMIT :chunk) RETURNING 1)"
    " SELECT count(*) FROM gone",
)
_STAYED = {
    Retained.CLOSED_TASKS: "SELECT count(*) FROM task WHERE ended_at IS NULL AND received_at < :before",
    Retained.EVENTS: "SELECT count(*) FROM event WHERE at < :before",
    Retained.REQUESTS: "SELECT count(*) FROM subject_request WHERE asked_at < :before AND is_open",
}
_ADD = text(
    "UPDATE retention_report SET lines = jsonb_set(lines, ARRAY[CAST(:what AS text)], coalesce(lines -> :what, '{}')"
    " || jsonb_build_object('before', CAST(:before AS text), 'stayed', CAST(:stayed AS bigint), 'gone',"
    "  coalesce(CAST(lines -> :what ->> 'gone' AS bigint), 0) + CAST(:gone AS bigint))) WHERE id = :report"
)
_END = text("UPDATE retention_report SET ended_at = :now WHERE id = :report AND ended_at IS NULL")


def begin(session: Session, policy: Policy) -> UUID:
    """Begin a run: a report, and the first step owed."""
    report = RetentionReport(id=ids.uuid7(), began_at=clock.now(), policy_version=policy.version, lines={})
    session.add(report)
    session.flush()
    _owe(session, report.id, 0, 0)
    return report.id


def step(session: Session, policy: Policy, subject: str) -> None:
    """Do the step "<report>/<line of the table>/<round>" and owe the one that follows; the last one ends the report."""
    report_, line, round_ = subject.split("/")
    report, n = UUID(report_), int(line)
    kept = KEPT[n]
    before = limit(kept, policy, clock.today())
    done = STEPS[kept.what](session, kept.what, before, policy)
    facts = {"what": kept.what.value, "before": before.isoformat(), "gone": done.gone, "stayed": done.stayed}
    session.execute(_ADD, facts | {"report": report})
    if done.is_more:
        _owe(session, report, n, int(round_) + 1)
    elif n + 1 < len(KEPT):
        _owe(session, report, n + 1, 0)
    else:
        session.execute(_END, {"report": report, "now": clock.now()})


def lines_of(report: Any) -> list[dict[str, Any]]:
    """A report's lines in the order of the table, with why something stayed."""
    told = []
    for kept in KEPT:
        if line := report.lines.get(kept.what.value):
            why = kept.why_stayed if line["stayed"] else None
            told.append({"what": kept.what, "why_stayed": why and why._asdict(), **line})
    return told


def _owe(session: Session, report: UUID, line: int, round_: int) -> None:
    subject = f"{report}/{line}/{round_}"
    errands.owe(session, Job.RETAIN, subject, dedupe_key=f"retain/{subject}", priority=PRIORITY)


Work = Callable[[Session, Retained, date, Policy], Step]


def _chunks(*statements: str) -> Work:
    def step(session: Session, what: Retained, before: date, policy: Policy) -> Step:
        chunk = policy.retention.chunk
        facts = {"before": clock.midnight(before), "chunk": chunk, "now": clock.now()}
        gone = [int(session.scalar(text(one), _asked(one, facts)) or 0) for one in statements]
        stayed = _STAYED.get(what)
        count = int(session.scalar(text(stayed), {"before": facts["before"]}) or 0) if stayed else 0
        return Step(sum(gone), count, chunk in gone)

    return step


def _asked(statement: str, facts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if f":{name}" in statement}


def _parted(parted: Parted, *more: str) -> Work:
    """Whole partitions at once, then what is left of the one that is not over."""
    rest = _chunks(*more)

    def step(session: Session, what: Retained, before: date, policy: Policy) -> Step:
        dropped, left = partitions.drop_old(session, parted, before), rest(session, what, before, policy)
        stayed = 0 if more else dropped.stayed
        return Step(dropped.gone + left.gone, stayed, left.is_more)

    return step


def _rumours(session: Session, _: Retained, before: date, policy: Policy) -> Step:
    tellings = rumours.old(session, clock.midnight(before), min(RUMOURS, policy.retention.chunk))
    if tellings:
        rumours.let_go(session, tellings, policy.push)
    return Step(len(tellings), rumours.staying(session, clock.midnight(before)), bool(tellings))


STEPS: dict[Retained, Work] = {
    Retained.BODIES: _parted(partitions.BODIES),
    Retained.CONFLICTS: _chunks(*_CONFLICTS),
    Retained.FIXES: _parted(partitions.FIXES, *_FIXES),
    Retained.PHOTOS: _chunks(*_PHOTOS),
    Retained.STORIES: _chunks(*_STORIES),
    Retained.CLOSED_TASKS: _chunks(*_CLOSED_TASKS),
    Retained.READS: _parted(partitions.READS),
    Retained.EVENTS: _chunks(*_EVENTS),
    Retained.REQUESTS: _chunks(*_REQUESTS),
    Retained.RUMOURS: _rumours,
}
