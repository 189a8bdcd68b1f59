"""Obligations on a cadre's phone: where contact is owed, by when, and what became of it."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import db
from sync.feed.payloads.households import told_contact
from sync.feed.payloads.viewer import Viewer
from sync.words import ObligationState

# While contact is owed, what is needed to go there stands in it: a deputy, a grid worker or a duty person has the home
# for this obligation alone. The linked cadre has the family's numbers with the home already.
_OBLIGATIONS = text(
    "SELECT o.id, o.place_id, o.origin, o.programme_id, o.link_id, o.life_event_id, o.opens_at, o.due_at,"
    " o.provisional, o.lapses_at, o.state, o.paused_until, o.met_at, o.met_visit_id, o.excuse,"
    " r.id AS root, r.name, r.address, r.unit_id, u.name AS unit,"
    " ST_X(CAST(r.position AS geometry)) AS lon, ST_Y(CAST(r.position AS geometry)) AS lat, c.contacts"
    " FROM obligation o JOIN place a ON a.id = o.place_id JOIN place r ON r.id = coalesce(a.merged_into_id, a.id)"
    " JOIN unit u ON u.id = r.unit_id LEFT JOIN LATERAL (SELECT json_agg(json_build_array(k.id, k.name,"
    "   convert_from(k.phone_cipher, 'UTF8')) ORDER BY k.id) AS contacts"
    "  FROM contact k JOIN place p ON p.id = k.place_id WHERE (p.id = r.id OR p.merged_into_id = r.id)"
    "  AND o.state = 'owed' AND NOT EXISTS (SELECT FROM link l WHERE l.id = o.link_id AND l.cadre_id = o.holder_id)"
    " ) c ON true"
    " WHERE o.id = ANY(:ids) AND o.holder_id = :person"
)


def obligations(session: Session, viewer: Viewer, ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """The window, the state, and the home as the phone needs it to go there; its category stands on the link."""
    facts = {"ids": db.pg_uuids(ids), "person": viewer.person_id}
    return {row.id: _obligation(viewer, row) for row in session.execute(_OBLIGATIONS, facts).all()}


def _obligation(viewer: Viewer, row: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "place": row.root,
        "origin": row.origin,
        "programme": row.programme_id,
        "link": row.link_id,
        "life_event": row.life_event_id,
        "opens_at": row.opens_at,
        "due_at": row.due_at,
        "provisional": row.provisional,
        "lapses_at": row.lapses_at,
        "state": row.state,
        "paused_until": row.paused_until,
        "met_at": row.met_at,
        "met_visit": row.met_visit_id,
        "excuse": row.excuse,
    }
    if row.state == ObligationState.OWED.value:
        told["home"] = {
            "name": row.name,
            "address": row.address,
            "unit": {"id": row.unit_id, "name": row.unit},
            "position": None if row.lon is None else {"lon": row.lon, "lat": row.lat},
            "contacts": [told_contact(viewer, *one) for one in row.contacts or ()],
        }
    return told
