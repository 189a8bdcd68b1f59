"""Comparing the feed with the registry, level-triggered: whatever made a difference, it is found and told.

Days pass without a transaction that touches anything: a dated link begins or ends at midnight, a visit grows too old
for a phone. Once a day every phone's scope is compared with what it should hold; so is what an upgrade changed
(labels, numbers). Every step is harmless twice.
"""

import hashlib
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import changes, clock, db, errands
from sync.feed.actions import days
from sync.feed.kinds import KINDS
from sync.feed.payloads.documents import DOCUMENTS, document_id
from sync.policy import Feed, Policy
from sync.words import FeedKind, Job

PEOPLE = 40  # compared in one transaction
CHANGES = 500  # told in it at most, so that no head is held long
ROUNDS = 100
OF_PEOPLE = [
    kind for kind, known in KINDS.items() if any(one.owners not in ("false", "'{}'") for one in known.memberships)
]
_PEOPLE = text("SELECT id FROM person WHERE id > :after ORDER BY id LIMIT :most")
_BEGUN = text(
    "INSERT INTO installation AS i (key, value) VALUES ('feed_settled', jsonb_build_object('on', CAST(:on AS text)))"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE i.value <> excluded.value RETURNING key"
)
_OTHER_PROGRAMMES = text(
    "SELECT g.id FROM programme g LEFT JOIN feed_item i ON i.scope = 'g' AND i.kind = :kind"
    " AND i.id = g.id AND i.op = 'P'"
    " WHERE (g.valid @> CAST(:today AS date)) <> (i.id IS NOT NULL)"
)
_DOCUMENTS = text(
    "INSERT INTO installation AS i (key, value) VALUES ('feed_documents', CAST(:now AS jsonb))"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE i.value <> excluded.value"
    " RETURNING (SELECT value FROM installation WHERE key = 'feed_documents') AS before"
)


def begin(session: Session, policy: Policy) -> None:
    """If documents changed, tell so; if a new day has begun, owe the walk through all phones' scopes."""
    _settle_documents(session, policy)
    facts = {"kind": FeedKind.PROGRAMME.value, "today": clock.today()}
    changes.touched(session, FeedKind.PROGRAMME, session.scalars(_OTHER_PROGRAMMES, facts))
    if session.scalar(_BEGUN, {"on": clock.today().isoformat()}):
        restart(session)


def restart(session: Session) -> None:
    """Owe the walk through all phones' scopes from its beginning."""
    _go_on(session, UUID(int=0), 0)


def step(session: Session, policy: Feed, subject: str) -> None:
    """Compare the scopes of some people with the registry and owe the step that follows.

    `subject` is "<after>/<round>": people whose ids come after. If there is much to tell,
    the same people come again, a limited number of times.
    """
    last, _, round_ = subject.partition("/")
    after = UUID(last)
    people = session.scalars(_PEOPLE, {"after": after, "most": PEOPLE}).all()
    if not people:
        return
    found = differences(session, policy, people, CHANGES)
    for scope, kind, id_, is_held in found:
        changes.touched(session, kind, [id_])
        if is_held and not KINDS[kind].is_held:
            changes.left(session, kind, [(scope, id_)])
    if len(found) < CHANGES or int(round_) >= ROUNDS:
        _go_on(session, people[-1], 0)
    else:
        _go_on(session, after, int(round_) + 1)


def _go_on(session: Session, after: UUID, round_: int) -> None:
    subject = f"{after}/{round_}"
    errands.owe(session, Job.SETTLE_FEED, subject, dedupe_key=f"settle_feed/{subject}", priority=7)


def differences(session: Session, policy: Feed, people: Any, most: int) -> list[tuple[str, FeedKind, UUID, bool]]:
    """Where the feed of these people differs: (scope, kind, id, whether the scope holds what it should not)."""
    desired = " UNION ".join(
        f"SELECT scope, {kind.value}::smallint, id FROM ({one.by_owners('owners')}) AS x(scope, id)"
        for kind in OF_PEOPLE
        for one in KINDS[kind].memberships
    )
    rows = session.execute(
        text(
            f"WITH d AS MATERIALIZED (SELECT * FROM ({desired}) AS x(scope, kind, id)"
            "  WHERE scope = ANY(:scopes)),"
            " h AS MATERIALIZED (SELECT scope, kind, id FROM feed_item"
            "  WHERE scope = ANY(:scopes) AND op = 'P' AND kind = ANY(:kinds))"
            " SELECT coalesce(d.scope, h.scope), coalesce(d.kind, h.kind), coalesce(d.id, h.id), d.id IS NULL"
            " FROM d FULL JOIN h ON h.scope = d.scope AND h.kind = d.kind AND h.id = d.id"
            " WHERE d.id IS NULL OR h.id IS NULL LIMIT :most"
        ),
        days(policy)
        | {
            "owners": db.pg_uuids(people),
            "scopes": [f"c:{person}" for person in people],
            "kinds": [kind.value for kind in OF_PEOPLE],
            "most": most,
        },
    )
    return [(scope, FeedKind(kind), id_, is_held) for scope, kind, id_, is_held in rows]


def _settle_documents(session: Session, policy: Policy) -> None:
    """Touch the documents whose content is another than the feed last told."""
    now = {
        kind.name: hashlib.sha256(orjson.dumps(make(session, policy))).hexdigest() for kind, make in DOCUMENTS.items()
    }
    row = session.execute(_DOCUMENTS, {"now": orjson.dumps(now).decode()}).one_or_none()
    if row is None:
        return
    before = row.before or {}
    for kind in DOCUMENTS:
        if before.get(kind.name) != now[kind.name]:
            changes.touched(session, kind, [document_id(kind)])
