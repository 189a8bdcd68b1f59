"""Owing contact: obligations as rows, each once however often it is said, with whoever has to keep them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import changes, clock, db, ids
from sync.duty.discharging import discharge_places
from sync.duty.holders import responsible
from sync.policy import Policy
from sync.words import FeedKind, OwedFor

# Whoever writes visits there holds the place as well: contact that is on its way is either seen here or sees this.
_HOLD = text(
    "SELECT p.id FROM place p WHERE p.id IN (SELECT coalesce(a.merged_into_id, a.id) FROM place a"
    " WHERE a.id = ANY(:ids)) ORDER BY p.id FOR NO KEY UPDATE OF p"
)
_LINKS = text("SELECT id, cadre_id, holder_unit_id FROM link WHERE id = ANY(:ids)")
_OWE = text(
    "INSERT INTO obligation (id, place_id, unit_id, town_id, origin, programme_id, link_id, life_event_id, holder_id,"
    " holder_unit_id, opens_at, due_at, provisional, lapses_at, pause_days, state, policy_version, made_at)"
    " SELECT w.id, w.place_id, r.unit_id, r.town_id, w.origin, w.programme_id, w.link_id, w.life_event_id,"
    "  w.holder_id, w.holder_unit_id, w.opens_at, w.due_at, w.provisional, w.lapses_at, :pause_days, 'owed', :version,"
    "  :now FROM unnest(CAST(:ids AS uuid[]), CAST(:places AS uuid[]), CAST(:origins AS text[]),"
    "   CAST(:programmes AS uuid[]), CAST(:links AS uuid[]), CAST(:events AS uuid[]), CAST(:holders AS uuid[]),"
    "   CAST(:units AS uuid[]), CAST(:opens AS timestamptz[]), CAST(:dues AS timestamptz[]),"
    "   CAST(:provisional AS boolean[]), CAST(:lapses AS timestamptz[])) AS w(id, place_id, origin, programme_id,"
    "   link_id, life_event_id, holder_id, holder_unit_id, opens_at, due_at, provisional, lapses_at)"
    " JOIN place a ON a.id = w.place_id JOIN place r ON r.id = coalesce(a.merged_into_id, a.id)"
    " ORDER BY w.id ON CONFLICT DO NOTHING RETURNING id, place_id"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """Contact that is owed from `opens_at` until `due_at`: under a link, after a life event, or as a callback.

    `provisional`: a day of the term is not announced yet.
    """

    place_id: UUID
    origin: OwedFor
    opens_at: datetime
    due_at: datetime
    programme_id: UUID | None = None
    link_id: UUID | None = None
    life_event_id: UUID | None = None
    provisional: bool = False


def owe_contacts(session: Session, policy: Policy, owed: Sequence[Owed]) -> list[UUID]:
    """Owe these contacts; the ids of the obligations that are new.

    Idempotent: once for each (link, opening), life event, or else (place, origin, opening). Under a link it is the
    link's holder's, else whoever is responsible for the home now. Contact that was made meanwhile meets it at once.
    """
    if not owed:
        return []
    hold_homes(session, [one.place_id for one in owed])
    now = clock.now()
    links = {one.link_id for one in owed if one.link_id}
    by_link = {row.id: row[1:] for row in session.execute(_LINKS, {"ids": db.pg_uuids(links)})} if links else {}
    homes = responsible(session, {one.place_id for one in owed if not one.link_id}, now)
    rows = [_row(one, by_link, homes, policy.duty.lapse_days) for one in owed]
    names = (
        "ids", "places", "origins", "programmes", "links", "events", "holders", "units", "opens", "dues", "provisional",
        "lapses",
    )  # fmt: skip
    facts: dict[str, Any] = {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
    facts |= {"pause_days": policy.duty.attempt_days, "version": policy.version, "now": now}
    return follow_owed(session, session.execute(_OWE, facts).all())


def hold_homes(session: Session, places: Collection[UUID]) -> None:
    """Lock the places until the commit, as those who write visits there do."""
    session.execute(_HOLD, {"ids": db.pg_uuids(set(places))})


def follow_owed(session: Session, made: Sequence[Any]) -> list[UUID]:
    """What follows where obligations (id, place_id) were made: contact that was made before meets them, phones are
    told; their ids."""
    discharge_places(session, {place for _, place in made})
    new = [id_ for id_, _ in made]
    changes.touched(session, FeedKind.OBLIGATION, new)
    return new


def _row(one: Owed, by_link: dict[UUID, Any], homes: dict[UUID, Any], lapse_days: int) -> tuple[Any, ...]:
    cadre, unit = None, None
    if one.link_id in by_link:
        cadre, unit = by_link[one.link_id]
    elif one.place_id in homes:
        cadre = homes[one.place_id].cadre_id
    return (
        ids.uuid7(), one.place_id, one.origin.value, one.programme_id, one.link_id, one.life_event_id, cadre, unit,
        one.opens_at, one.due_at, one.provisional, one.due_at + timedelta(days=lapse_days),
    )  # fmt: skip
