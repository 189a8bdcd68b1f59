"""What is written down about pulls: one line on the trail a phone, scope and day (D7.2), and how far each phone is.

Nothing else about a pull is stored, and nothing at all about one that brought nothing new.
"""

from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock
from sync.feed.pull import Page
from sync.identity.rules import KnownDevice
from sync.policy import Feed

_AUDIT = text(
    'INSERT INTO read_audit ("on", at, person_id, fields, duty, request)'
    " SELECT CAST(:on AS date), :at, :person, 'feed', s, 'pull:' || :device || ':' || s || ':' || :on"
    " FROM unnest(CAST(:scopes AS text[])) s"
    " ON CONFLICT (\"on\", request) WHERE fields = 'feed' DO NOTHING"
)
_NOTE = text(
    'INSERT INTO pull AS p (device_id, at, "on", scopes, cursor, is_whole)'
    " VALUES (:device, :at, CAST(:on AS date), :scopes, CAST(:cursor AS jsonb), :is_whole)"
    ' ON CONFLICT (device_id) DO UPDATE SET at = excluded.at, "on" = excluded."on", cursor = excluded.cursor,'
    ' is_whole = excluded.is_whole, scopes = CASE WHEN p."on" = excluded."on"'
    "  THEN ARRAY(SELECT unnest(p.scopes) UNION SELECT unnest(excluded.scopes)) ELSE excluded.scopes END"
)


def is_due(page: Page, now: datetime, policy: Feed) -> bool:
    """Whether the page must be written down before it leaves: a scope's first of the day, or the last note is old."""
    before = page.pulled
    if before is None or now - before.at >= timedelta(seconds=policy.note_s):
        return True
    return bool(page.told - _audited(before, now))


def note(session: Session, device: KnownDevice, page: Page, now: datetime) -> None:
    """Write it down. Twice at once is one line on the trail: its key decides."""
    facts: dict[str, Any] = {
        "device": str(device.id),
        "person": device.person_id,
        "at": now,
        "on": clock.local(now).date().isoformat(),
        "scopes": sorted(page.told),
        "cursor": orjson.dumps({scope: mark.seq for scope, mark in page.cursor.marks.items()}).decode(),
        "is_whole": page.is_whole,
    }
    session.execute(_AUDIT, facts)
    session.execute(_NOTE, facts)


def _audited(before: Any, now: datetime) -> frozenset[str]:
    return frozenset(before.scopes if before.on == clock.local(now).date() else ())
