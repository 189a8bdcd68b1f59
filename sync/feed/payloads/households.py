"""Homes and other places on a cadre's phone, and the links that put them there."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import db
from sync.feed.kinds import AWAY, NEEDED
from sync.feed.payloads.viewer import Viewer
from sync.identity.contact_cipher import ContactKeyError
from sync.words import Setting

# The link is asked for once more: a home is read by whoever is linked to it today, or stands in for him, whatever the
# feed's rows say.
_PLACES = text(
    "SELECT r.id, r.code, r.kind, r.name, r.address, r.unit_id, u.name AS unit, r.setting, r.radius_m, r.state,"
    " r.residence,"
    " ST_X(CAST(r.position AS geometry)) AS lon, ST_Y(CAST(r.position AS geometry)) AS lat,"
    " g.aliases, c.contacts, q.quiet_until, CASE WHEN NOT e.linked THEN d.deputy_for END AS deputy_for"
    " FROM place r JOIN unit u ON u.id = r.unit_id"
    " CROSS JOIN LATERAL (SELECT array_agg(a.id ORDER BY a.id) FILTER (WHERE a.id <> r.id) AS aliases,"
    "  array_agg(a.id) AS every FROM place a WHERE a.id = r.id OR a.merged_into_id = r.id) g"
    " LEFT JOIN LATERAL (SELECT json_agg(json_build_array(k.id, k.name, convert_from(k.phone_cipher, 'UTF8'))"
    "  ORDER BY k.id) AS contacts FROM contact k WHERE k.place_id = ANY(g.every)) c ON true"
    " CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM link l WHERE l.place_id = ANY(g.every) AND l.cadre_id = :person"
    "  AND l.valid @> CAST(:today AS date)) AS linked) e"
    " LEFT JOIN LATERAL (SELECT max(h.quiet_until) AS quiet_until FROM life_event h WHERE h.place_id = ANY(g.every)) q"
    "  ON true"
    " LEFT JOIN LATERAL (SELECT json_build_object('id', n.id, 'name', n.name, 'until', upper(b.valid) - 1)"
    "  AS deputy_for FROM unnest(g.every) AS a(id) JOIN link l ON l.place_id = a.id AND l.valid @> CAST(:today AS date)"
    f"  JOIN absence b ON b.person_id = l.cadre_id AND b.deputy_id = :person AND {AWAY} AND {NEEDED}"
    "  JOIN person n ON n.id = b.person_id ORDER BY l.id LIMIT 1) d ON true"
    " WHERE r.id = ANY(:ids) AND (e.linked OR d.deputy_for IS NOT NULL)"
)
_LINKS = text(
    "SELECT l.id, l.place_id, l.programme_id, l.category, lower(l.valid) AS since, upper(l.valid) AS ends"
    " FROM link l WHERE l.id = ANY(:ids) AND l.cadre_id = :person"
)


def places(session: Session, viewer: Viewer, ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """Name, address, position (WGS 84) with its radius in metres, people with their numbers, merged-away ids.

    `quiet_until`: until that day nothing is asked of this home; `deputy_for`: whose home it is while he is away."""
    facts = {"ids": db.pg_uuids(ids), "person": viewer.person_id, "today": viewer.today}
    found = {}
    for row in session.execute(_PLACES, facts).all():
        told = {
            "code": row.code,
            "kind": row.kind,
            "name": row.name,
            "address": row.address,
            "unit": {"id": row.unit_id, "name": row.unit},
            "state": row.state,
            "residence": row.residence,
            "radius_m": row.radius_m or viewer.policy.verify.radius_m(Setting(row.setting)),
            "position": None if row.lon is None else {"lon": row.lon, "lat": row.lat},
            "quiet_until": row.quiet_until,
            "contacts": [told_contact(viewer, *one) for one in row.contacts or ()],
        }
        if row.deputy_for:
            told["deputy_for"] = row.deputy_for
        found[row.id] = told | ({"aliases": row.aliases} if row.aliases else {})
    return found


def told_contact(viewer: Viewer, id_: str, name: str, cipher: str | None) -> dict[str, Any]:
    """A person of the home. A number that no key opens is missing: the rest of the phone's page is not held up."""
    try:
        phone = viewer.open_number(cipher.encode()) if cipher else None
    except ContactKeyError:
        phone = None
    return {"id": id_, "name": name, "phone": phone}


def links(session: Session, viewer: Viewer, ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """The own link with its category; `place` is the id it was made with, which may be among a place's aliases."""
    rows = session.execute(_LINKS, {"ids": db.pg_uuids(ids), "person": viewer.person_id}).all()
    return {
        row.id: {
            "place": row.place_id,
            "programme": row.programme_id,
            "category": row.category,
            "since": row.since,
            "ends": row.ends,
        }
        for row in rows
    }
