"""Obligations against the visits that stand: what is met, paused, lapsed or owed again, worked out anew.

Only obligations near the times that changed are looked at, with every visit in their windows; so it costs the same
whether a batch brings visits, a person refuses one, or two places are found to be one.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import changes, clock, db
from sync.duty.rules.matching import Call, Fate, Window, fates, is_contact
from sync.words import FeedKind, Mode, Outcome

# Obligations whose contact a change at some moment may shift: those that had not lapsed by then, paused ones included,
# and of the same link the next, which begins within the longest period.
BEFORE, AFTER = timedelta(days=40), timedelta(days=400)
_FIRST, _LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
_PLACES = text(
    "SELECT r.id AS root, array_agg(DISTINCT p.id) AS places FROM unnest(CAST(:ids AS uuid[])) AS w(id)"
    " JOIN place a ON a.id = w.id JOIN place r ON r.id = coalesce(a.merged_into_id, a.id)"
    " CROSS JOIN LATERAL (SELECT r.id UNION ALL SELECT m.id FROM place m WHERE m.merged_into_id = r.id) p GROUP BY r.id"
)
_OBLIGATIONS = text(
    "SELECT o.id, o.place_id, coalesce(o.link_id, o.id) AS chain, o.opens_at, o.due_at, o.lapses_at, o.pause_days,"
    " o.state, o.met_visit_id, o.met_at, o.paused_until FROM obligation o WHERE o.place_id = ANY(:places)"
    " AND o.due_at > :since AND o.opens_at < :until AND o.state <> 'excused' ORDER BY o.id FOR NO KEY UPDATE OF o"
)
_CALLS = text(
    "SELECT v.id, v.place_id, v.started_at, v.outcome, v.mode, v.mode = 'phone' AND EXISTS (SELECT FROM visit_rev r"
    "  WHERE r.visit_id = v.id AND r.rev = v.rev AND r.content -> 'phone_wished' = CAST('true' AS jsonb)) AS wished"
    " FROM unnest(CAST(:places AS uuid[]), CAST(:since AS timestamptz[]), CAST(:until AS timestamptz[]))"
    "  AS w(id, since, until) JOIN visit v ON v.place_id = w.id AND v.started_at >= w.since AND v.started_at < w.until"
    " WHERE v.verdict <> 'refused' AND NOT EXISTS (SELECT FROM same_visit s WHERE s.child_id = v.id"
    "  AND s.kind = 'repeat' AND s.undone_at IS NULL)"
)
_TURN = text(
    "UPDATE obligation o SET state = w.state, met_visit_id = w.visit, met_at = w.met_at, paused_until = w.paused_until"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:states AS text[]), CAST(:visits AS uuid[]), CAST(:met AS timestamptz[]),"
    "  CAST(:paused AS timestamptz[])) AS w(id, state, visit, met_at, paused_until) WHERE o.id = w.id"
)
_VISITS = text("SELECT place_id, started_at FROM visit WHERE id = ANY(:ids)")


class Contact(NamedTuple):
    """That something happened at a place, whose visits are stored or changed already: contact or a try."""

    place_id: UUID
    at: datetime


def discharge(session: Session, contacts: Iterable[Contact]) -> list[UUID]:
    """Work out the obligations that these contacts may meet or pause; the ids of those that turned.

    To be called whenever a visit was stored, revised, refused, found to be a repeat, or any of that undone.
    """
    told = list(contacts)
    if not told:
        return []
    times = [one.at for one in told]
    return _settle(session, {one.place_id for one in told}, min(times), max(times))


def discharge_visits(session: Session, visits: Collection[UUID]) -> list[UUID]:
    """The same for stored visits by their ids."""
    if not visits:
        return []
    rows = session.execute(_VISITS, {"ids": db.pg_uuids(visits)})
    return discharge(session, [Contact(row.place_id, row.started_at) for row in rows])


def discharge_places(session: Session, places: Collection[UUID]) -> list[UUID]:
    """The same for all obligations of places: they were merged or parted, or got new obligations."""
    return _settle(session, set(places), _FIRST, _LAST) if places else []


def _settle(session: Session, asked: set[UUID], since: datetime, until: datetime) -> list[UUID]:
    roots: dict[UUID, UUID] = {}
    for root, places in session.execute(_PLACES, {"ids": db.pg_uuids(asked)}):
        roots |= dict.fromkeys(places, root)
    if not roots:
        return []
    span = {"since": max(since, _FIRST + BEFORE) - BEFORE, "until": min(until, _LAST - AFTER) + AFTER}
    rows = session.execute(_OBLIGATIONS, {"places": db.pg_uuids(roots), **span}).all()
    if not rows:
        return []
    homes: dict[UUID, list[Any]] = {}
    for row in rows:
        homes.setdefault(roots[row.place_id], []).append(row)
    calls = _calls(session, roots, homes)
    now = clock.now()
    turned: list[tuple[UUID, Fate]] = []
    for home, owed in homes.items():
        found = fates([_window(row) for row in owed], calls.get(home, ()), now)
        turned += [(row.id, found[row.id]) for row in owed if _kept(row) != _told(found[row.id])]
    _turn(session, turned)
    return [id_ for id_, _ in turned]


def _window(row: Any) -> Window:
    return Window(row.id, row.chain, row.opens_at, row.due_at, row.lapses_at, timedelta(days=row.pause_days))


def _calls(session: Session, roots: dict[UUID, UUID], homes: dict[UUID, list[Any]]) -> dict[UUID, list[Call]]:
    """Every visit in the windows of the obligations, by household."""
    spans = {
        home: (
            min(row.opens_at for row in owed),
            max(row.lapses_at + timedelta(days=row.pause_days) for row in owed),
        )
        for home, owed in homes.items()
    }
    places = [place for place, home in roots.items() if home in spans]
    facts = {
        "places": db.pg_uuids(places),
        "since": db.pg_times(spans[roots[place]][0] for place in places),
        "until": db.pg_times(spans[roots[place]][1] for place in places),
    }
    found: dict[UUID, list[Call]] = {}
    for row in session.execute(_CALLS, facts):
        told = is_contact(Outcome(row.outcome), Mode(row.mode), phone_wished=row.wished)
        call = Call(row.id, row.started_at, clock.local(row.started_at).date(), told)
        found.setdefault(roots[row.place_id], []).append(call)
    return found


def _kept(row: Any) -> tuple[Any, ...]:
    return row.state, row.met_visit_id, row.met_at, row.paused_until


def _told(fate: Fate) -> tuple[Any, ...]:
    by = fate.met_by
    return fate.state.value, by and by.visit_id, by and by.at, fate.paused_until


def _turn(session: Session, turned: Sequence[tuple[UUID, Fate]]) -> None:
    if not turned:
        return
    states, visits, met, paused = zip(*(_told(fate) for _, fate in turned), strict=True)
    ids = [id_ for id_, _ in turned]
    session.execute(
        _TURN,
        {"ids": ids, "states": list(states), "visits": list(visits), "met": list(met), "paused": list(paused)},
    )
    changes.touched(session, FeedKind.OBLIGATION, ids)
