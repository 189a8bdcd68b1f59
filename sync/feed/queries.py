"""What a pull asks of the database. Everything after the first look is asked in one snapshot."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Engine, literal_column, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.orm import Session

from sync import db
from sync.access import Actor
from sync.errors import refuse
from sync.feed.cursor import Mark
from sync.feed.rules import Head, Item, etag
from sync.feed.scopes import scopes_of
from sync.identity.actions import devices
from sync.identity.queries import DEVICE_BY_TOKEN
from sync.identity.rules import KnownDevice
from sync.policy import Devices
from sync.words import DeviceState, FeedKind, FeedOp

# Token, roles, heads and epoch in one statement: what "nothing changed" costs.
KNOCK = DEVICE_BY_TOKEN.add_columns(
    literal_column(
        "(SELECT json_object_agg(h.scope, h.head) FROM feed_head h WHERE h.scope = ANY(ARRAY['g',"
        " 'c:' || device.person_id] || ARRAY(SELECT 'u:' || r.unit_id FROM person_role r"
        " WHERE r.person_id = device.person_id)))"
    ).label("heads"),
    literal_column("(SELECT CAST(value ->> 'epoch' AS int) FROM installation WHERE key = 'feed')").label("epoch"),
)
_KNOCK = str(KNOCK.compile(dialect=PGDialect_psycopg()))  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
_HEADS = text("SELECT scope, head, floor FROM feed_head WHERE scope = ANY(:scopes)")
_EPOCH = text("SELECT CAST(value ->> 'epoch' AS int) FROM installation WHERE key = 'feed'")
_ITEMS = text(
    "SELECT i.scope, i.kind, i.id, i.seq, i.op FROM unnest(CAST(:scopes AS text[]), CAST(:seqs AS bigint[]),"
    "  CAST(:untils AS bigint[]), CAST(:kinds AS bigint[])) WITH ORDINALITY AS c(scope, seq, until, kinds, n)"
    " CROSS JOIN LATERAL (SELECT * FROM feed_item i WHERE i.scope = c.scope AND i.seq > c.seq"
    "  AND (i.op = 'P' OR i.seq > c.until) AND (c.kinds >> i.kind) & 1 = 1"
    f"  AND (i.kind <> {FeedKind.BATCH.value} OR EXISTS"
    "   (SELECT FROM batch b WHERE b.device_id = :device AND b.id = i.id)) ORDER BY i.seq LIMIT :most) i"
    " ORDER BY c.n, i.seq LIMIT :most"
)
_CHECKSUMS = text(
    "SELECT c.scope, count(i.id), coalesce(bit_xor(CAST(CAST('x' || encode(substr(sha256(convert_to("
    "   i.id || ':' || i.seq, 'UTF8')), 1, 8), 'hex') AS bit(64)) AS bigint)), 0)"
    " FROM unnest(CAST(:scopes AS text[]), CAST(:kinds AS bigint[])) AS c(scope, kinds)"
    " LEFT JOIN feed_item i ON i.scope = c.scope AND i.op = 'P' AND (c.kinds >> i.kind) & 1 = 1"
    f"  AND i.kind <> {FeedKind.BATCH.value} GROUP BY c.scope"
)
_PULLED = text('SELECT at, "on", scopes FROM pull WHERE device_id = :device')
ALL = (1 << 64) - 1


class Knock(NamedTuple):
    """A phone at the feed's door: who it is, what it may read, and the tag of how far that has gone."""

    device: KnownDevice
    actor: Actor
    scopes: dict[str, int]
    epoch: int
    tag: str


class Checksum(NamedTuple):
    """What a phone must hold of a scope: how many entities, and the rules.checksum over them."""

    entities: int
    xor: str


def knock(engine: Engine, token_hash: bytes, now: datetime, policy: Devices) -> Knock:
    """Recognise a phone and read its heads, in one statement and a round trip. Raises as `recognise_device` does."""
    row = db.ask(engine, _KNOCK, devices.token_facts(token_hash, now))
    if row is None:
        raise refuse("token-unknown")
    id_, person, state, *rest, heads, epoch = row
    device, actor = devices.admit((id_, person, DeviceState(state), *rest), now, policy, pushing=False)
    scopes, epoch = scopes_of(actor), epoch or 1
    return Knock(device, actor, scopes, epoch, etag(epoch, scopes, heads or {}))


def heads(session: Session, scopes: Mapping[str, int]) -> dict[str, Head]:
    """Counters of these scopes; one that was never written to is missing."""
    rows = session.execute(_HEADS, {"scopes": list(scopes)})
    return {row.scope: Head(row.head, row.floor) for row in rows}


def epoch(session: Session) -> int:
    """The epoch of the feed: it rises when commits may have been lost (D2.7)."""
    return session.scalar(_EPOCH) or 1


def items(session: Session, starts: Mapping[str, Mark], device_id: UUID, most: int) -> list[Item]:
    """The next rows of these scopes, scope by scope, in order. Results of other phones' batches are left out."""
    marks = starts.values()
    rows = session.execute(
        _ITEMS,
        {
            "scopes": list(starts),
            "seqs": [mark.seq for mark in marks],
            "untils": [mark.until for mark in marks],
            "kinds": [mark.kinds for mark in marks],
            "device": device_id,
            "most": most,
        },
    )
    return [Item(scope, FeedKind(kind), id_, seq, FeedOp(op)) for scope, kind, id_, seq, op in rows.all()]


def checksums(session: Session, scopes: Mapping[str, int]) -> dict[str, Checksum]:
    """Of each scope (with its kinds as bits); batches are no state and do not count."""
    rows = session.execute(_CHECKSUMS, {"scopes": list(scopes), "kinds": list(scopes.values())})
    return {scope: Checksum(count, f"{total & ALL:016x}") for scope, count, total in rows}


def pulled(session: Session, device_id: UUID) -> Any:
    """When this phone's pull was last written down, for which day and scopes; None: never."""
    return session.execute(_PULLED, {"device": device_id}).one_or_none()
