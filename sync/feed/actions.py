"""Writing the feed: the last statement before a commit."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import changes, db
from sync.words import FeedKind

# Which scopes an entity concerns, as a select over :ids. Attribution of visits never moves with the household.
_SCOPES = {
    FeedKind.VISIT: "SELECT 'c:' || person_id AS scope, visit_id AS id FROM visit_party WHERE visit_id = ANY(:ids)",
    FeedKind.TASK: "SELECT 'c:' || reporter_id, task_id FROM problem WHERE task_id = ANY(:ids)"
    " UNION ALL SELECT 'u:' || holder_unit_id, id FROM task WHERE id = ANY(:ids) AND holder_unit_id IS NOT NULL"
    " AND NOT sealed",
    FeedKind.PLACE: "SELECT 'c:' || cadre_id, place_id FROM link WHERE place_id = ANY(:ids)"
    " AND cadre_id IS NOT NULL AND valid @> CURRENT_DATE",
    FeedKind.LINK: "SELECT 'c:' || cadre_id, id FROM link WHERE id = ANY(:ids) AND cadre_id IS NOT NULL"
    " AND valid @> CURRENT_DATE",
    FeedKind.BATCH: "SELECT 'c:' || d.person_id, b.id FROM batch b JOIN device d ON d.id = b.device_id"
    " WHERE b.id = ANY(:ids)",
}


def publish(session: Session) -> None:
    """Write what this transaction touched into the feed, one coalesced row per (scope, entity).

    Heads are locked in the order of their scope, so that writers never deadlock; items take the numbers up to
    the new head. Lossless for readers because a head is locked until its writer commits (sync.md section 4).
    """
    taken = changes.take(session)
    entities = [
        f"SELECT scope, {kind.value}::smallint AS kind, id FROM ({_SCOPES[kind].replace(':ids', f':ids{kind.value}')})"
        f" AS k{kind.value}(scope, id)"
        for kind in sorted(taken)
    ]
    if not entities:
        return
    session.execute(
        text(
            f"WITH e AS MATERIALIZED (SELECT DISTINCT scope, kind, id FROM ({' UNION ALL '.join(entities)}) x),"
            " n AS (SELECT scope, count(*) AS n FROM e GROUP BY scope),"
            " h AS (INSERT INTO feed_head AS f (scope, head) SELECT scope, n FROM n ORDER BY scope"
            "  ON CONFLICT (scope) DO UPDATE SET head = f.head + excluded.head RETURNING scope, head)"
            " INSERT INTO feed_item (scope, kind, id, seq, op)"
            " SELECT e.scope, e.kind, e.id,"
            "  h.head - n.n + row_number() OVER (PARTITION BY e.scope ORDER BY e.kind, e.id), 'P'"
            " FROM e JOIN h USING (scope) JOIN n USING (scope)"
            " ON CONFLICT (scope, kind, id) DO UPDATE SET seq = excluded.seq, op = excluded.op"
        ),
        {f"ids{kind.value}": db.pg_uuids(taken[kind]) for kind in taken},
    )
