"""The numbers that the map and coverage read, found anew from the visits: what every test may end with."""

from collections import Counter
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock
from sync.geo.tiles import NOWHERE, ZOOM, codes
from sync.insight.counting import FINE

Key = tuple[int, date, UUID, str]
Times = dict[UUID, tuple[datetime | None, datetime | None]]


def counted(session: Session) -> Counter[Key]:
    """What the counts and what is not folded in add up to, by cell, day, unit and verdict."""
    rows = session.execute(
        text(
            "SELECT cell, \"on\", unit_id, verdict, visits FROM visit_count WHERE span = 'd' UNION ALL"
            ' SELECT cell, "on", unit_id, verdict, visits FROM visit_delta'
        )
    )
    sums: Counter[Key] = Counter()
    for cell, on, unit, verdict, visits in rows:
        sums[cell, on, unit, verdict] += visits
    return Counter({key: visits for key, visits in sums.items() if visits})


def counted_by_hand(session: Session) -> Counter[Key]:
    """The same from the visits, one by one, with a cell found anew from the point."""
    rows = session.execute(
        text(
            "SELECT ST_X(CAST(point AS geometry)), ST_Y(CAST(point AS geometry)), started_at, unit_id, verdict"
            " FROM visit WHERE cell IS NOT NULL AND id NOT IN"
            "  (SELECT child_id FROM same_visit WHERE kind = 'repeat' AND undone_at IS NULL)"
        )
    )
    return Counter(
        (
            NOWHERE if lon is None else int(codes(lon, lat)) >> 2 * (ZOOM - FINE),
            clock.local(at).date(),
            unit,
            verdict,
        )
        for lon, lat, at, unit, verdict in rows
    )


def seen(session: Session) -> Times:
    """When each place was last met and tried, as it is kept; places never tried are left out."""
    rows = session.execute(text("SELECT place_id, met_at, tried_at FROM place_seen WHERE tried_at IS NOT NULL"))
    return {place: (met, tried) for place, met, tried in rows}


def seen_by_hand(session: Session) -> Times:
    """The same from the visits of places in service, a merged place's under the one it was merged into."""
    rows = session.execute(
        text(
            "SELECT coalesce(p.merged_into_id, p.id), v.started_at, v.outcome, v.mode FROM visit v"
            " JOIN place p ON p.id = v.place_id WHERE v.cell IS NOT NULL AND v.verdict <> 'refused'"
        )
    )
    times: Times = {}
    for place, at, outcome, mode in rows:
        met, tried = times.get(place, (None, None))
        if outcome == "lives_away" or (outcome == "met" and mode != "phone"):
            met = max(met or at, at)
        times[place] = met, max(tried or at, at)
    return times


def assert_numbers(session: Session) -> None:
    """Counts and last times are what the visits say."""
    assert counted(session) == counted_by_hand(session)
    assert seen(session) == seen_by_hand(session)
