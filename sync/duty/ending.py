"""What is owed ends with what it rests on: the link, its programme, or the home; and comes back when the home does.

Level-triggered and harmless twice. Nobody said these excuses: no row of `excuse_told` stands beside them, and so they
are told apart from what a holder or the office said, which is theirs to take back.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import changes, clock, db
from sync.words import FeedKind

_AT_HOME = "JOIN place a ON a.id = o.place_id JOIN place r ON r.id = coalesce(a.merged_into_id, a.id)"
# A link ends with its programme, if not before; what was due by then stays owed.
# A household that moved away is visited under no link any more. After a life event it is owed contact all the same:
# that is made at a hospital or by phone as well (product.md, row 3).
_IS_OVER = "(r.state = 'gone' OR (r.residence = 'moved_away' AND o.origin = 'programme'))"
_HERE = (
    "o.place_id IN (SELECT m.id FROM place w CROSS JOIN LATERAL (SELECT coalesce(w.merged_into_id, w.id) AS id"
    "  UNION ALL SELECT p.id FROM place p WHERE p.merged_into_id = coalesce(w.merged_into_id, w.id)) m"
    "  WHERE w.id = ANY(:places))"
)
_END = (
    "UPDATE obligation o SET state = 'excused', excuse = e.excuse, paused_until = NULL FROM"
    f" (SELECT o.id, CASE WHEN {_IS_OVER} THEN 'moved_or_gone' ELSE 'link_ended' END AS excuse FROM obligation o"
    f"  {_AT_HOME} LEFT JOIN link l ON l.id = o.link_id LEFT JOIN programme g ON g.id = o.programme_id"
    "  CROSS JOIN LATERAL (SELECT least(upper(l.valid), upper(g.valid)) AS ended) x"
    f"  WHERE o.state = 'owed' AND ({_IS_OVER} OR (x.ended <= CAST(:today AS date)"
    "   AND o.due_at > CAST(x.ended AS timestamptz))) {which}"
    "  FOR NO KEY UPDATE OF o) e WHERE o.id = e.id RETURNING o.id"
)
_END_SOME = text(_END.format(which="ORDER BY o.id LIMIT :most"))
_END_AT = text(_END.format(which=f"AND {_HERE} ORDER BY o.id"))
_BRING_BACK = text(
    f"UPDATE obligation o SET state = 'owed', excuse = NULL FROM (SELECT o.id FROM obligation o {_AT_HOME}"
    f"  WHERE o.place_id = ANY(:places) AND o.state = 'excused' AND o.excuse = 'moved_or_gone' AND NOT {_IS_OVER}"
    "  AND NOT EXISTS (SELECT FROM excuse_told t WHERE t.obligation_id = o.id AND t.undone_at IS NULL)"
    "  ORDER BY o.id FOR NO KEY UPDATE OF o) b WHERE o.id = b.id RETURNING o.id"
)


def end_some(session: Session, most: int) -> list[UUID]:
    """Excuse what rests on a link, a programme or a home that has ended, at most so many; their ids."""
    return list(session.scalars(_END_SOME, {"today": clock.today(), "most": most}))


def follow_homes(session: Session, places: Collection[UUID]) -> None:
    """Excuse what is owed at homes that have gone, and owe again what was excused because they had.

    Call it with homes that left the register, moved away, were merged, or any of that undone; visits meet
    what is owed again when obligations of the homes are worked out after this.
    """
    facts = {"places": db.pg_uuids(places)}
    back = session.scalars(_BRING_BACK, facts).all()
    ended = session.scalars(_END_AT, facts | {"today": clock.today()}).all()
    changes.touched(session, FeedKind.OBLIGATION, {*back, *ended})
