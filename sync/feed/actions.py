"""Writing the feed: the last statements before a commit."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import changes, clock, db
from sync.changes import Taken
from sync.feed.kinds import KINDS, OWED_BRINGS, WIDER, Wider
from sync.policy import Feed
from sync.words import FeedKind

# Whoever changes who has what goes alone: links and merged places are the only things that decide over others' scopes.
# A transaction that publishes tasks shares the door with its like, and sees every link that was committed before.
_DOOR = 0x66656564
_ALONE = text(f"SELECT pg_advisory_xact_lock({_DOOR})")
_SHARED = text(f"SELECT pg_advisory_xact_lock_shared({_DOOR})")


def publish(session: Session, policy: Feed) -> None:
    """Write what this transaction touched into the feed, one coalesced row per (scope, entity).

    An entity is put into every scope where it belongs now and leaves every other that holds it, in one statement.
    Heads are locked in the order of their scope, so that writers never deadlock; items take the numbers up to
    the new head. Lossless for readers because a head is locked until its writer commits (sync.md section 4).
    """
    taken = changes.take(session)
    if not taken.touched:
        return
    if FeedKind.OBLIGATION in taken.touched:
        _widen(session, taken, OWED_BRINGS)
    if FeedKind.LINK in taken.touched or FeedKind.PLACE in taken.touched:
        session.execute(_ALONE)
        _widen(session, taken, WIDER)
    elif FeedKind.TASK in taken.touched:
        session.execute(_SHARED)
    session.execute(text(_statement(taken)), _parameters(taken, policy))


def days(policy: Feed) -> dict[str, Any]:
    """The days that decide who has what: today, and how far back visits and closed tasks are kept on phones."""
    today = clock.today()
    return {
        "today": today,
        "visits_since": today - timedelta(days=policy.visit_days),
        "tasks_since": today - timedelta(days=policy.task_days),
    }


def _widen(session: Session, taken: Taken, wider: Wider) -> None:
    """Add what the touched entities bring along."""
    found: list[tuple[FeedKind, UUID]] = []
    for kind in wider.keys() & taken.touched.keys():
        union = " UNION ".join(f"SELECT {more.value}, x.id FROM ({sql}) AS x(id)" for more, sql in wider[kind])
        rows = session.execute(text(union), {kind.name.lower(): db.pg_uuids(taken.touched[kind])})
        found += [(FeedKind(row[0]), row[1]) for row in rows]
    for more, id_ in found:
        taken.touched.setdefault(more, set()).add(id_)


def _parameters(taken: Taken, policy: Feed) -> dict[str, Any]:
    facts = days(policy) | {f"ids{kind.value}": db.pg_uuids(ids) for kind, ids in taken.touched.items()}
    for kind, pairs in taken.left.items():
        scopes, ids = zip(*sorted(pairs), strict=True)
        facts |= {f"scopes{kind.value}": list(scopes), f"left{kind.value}": db.pg_uuids(ids)}
    return facts


def _statement(taken: Taken) -> str:
    puts = " UNION ALL ".join(
        f"SELECT scope, {kind.value}::smallint AS kind, id FROM ({one.by_ids(f'ids{kind.value}')}) AS x(scope, id)"
        for kind in sorted(taken.touched)
        for one in KINDS[kind].memberships
    )
    ends = "".join(
        f" UNION ALL SELECT i.scope, i.kind, i.id, {KINDS[kind].fate} FROM ({_holders(kind)}"
        f"  EXCEPT SELECT scope, kind, id FROM t) i LEFT JOIN {KINDS[kind].table} x ON x.id = i.id"
        for kind in sorted(taken.touched)
        if KINDS[kind].is_held or kind in taken.left
    )
    return (
        f"WITH t AS MATERIALIZED (SELECT DISTINCT scope, kind, id FROM ({puts}) x),"
        f" e AS MATERIALIZED (SELECT scope, kind, id, 'P' AS op FROM t{ends}),"
        " n AS (SELECT scope, count(*) AS n FROM e GROUP BY scope),"
        " h AS (INSERT INTO feed_head AS f (scope, head) SELECT scope, n FROM n ORDER BY scope"
        "  ON CONFLICT (scope) DO UPDATE SET head = f.head + excluded.head RETURNING scope, head)"
        " INSERT INTO feed_item (scope, kind, id, seq, op, aged_on)"
        " SELECT e.scope, e.kind, e.id,"
        "  h.head - n.n + row_number() OVER (PARTITION BY e.scope ORDER BY e.kind, e.id), e.op,"
        f"  CASE WHEN e.op <> 'P' OR e.kind = {FeedKind.BATCH.value} THEN CAST(:today AS date) END"
        " FROM e JOIN h USING (scope) JOIN n USING (scope)"
        " ON CONFLICT (scope, kind, id)"
        " DO UPDATE SET seq = excluded.seq, op = excluded.op, aged_on = excluded.aged_on"
    )


def _holders(kind: FeedKind) -> str:
    """Who holds the touched entities: (scope, kind, id), looked up, or among the pairs that were named."""
    key, held = kind.value, "SELECT scope, kind, id FROM feed_item"
    if KINDS[kind].is_held:
        return f"{held} WHERE kind = {key} AND op = 'P' AND id = ANY(:ids{key})"
    return (
        f"{held} JOIN unnest(CAST(:scopes{key} AS text[]), CAST(:left{key} AS uuid[])) AS w(scope, id)"
        f" USING (scope, id) WHERE kind = {key} AND op = 'P'"
    )
