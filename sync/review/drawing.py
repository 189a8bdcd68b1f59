"""The random back-check: which visits of a day are looked at although nobody doubts them, verified ones too.

A lot is drawn for each town and day of receipt, once (the key of `draw` decides), after the day has ended, so that
nobody knows at the door; a visit that comes late falls into the lot of the day on which it came. A drawn finding has no
lapse and no machine settles it: only a person's verdict closes it.

Eligible is a visit at which somebody was met, in person, however it was written down: whoever writes everything up
afterwards is not out of reach. Not eligible: calls (there is no place), hospitals (nobody is asked about them again),
repeats of another record, visits that a verifier has or had before him, homes with a back-check in the last quarter.
Nobody is telephoned: a back-check looks at what the cadre handed in, and asks the cadre.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, case, func, select, text, true
from sqlalchemy.orm import Session

from sync import audit, clock, db, ids
from sync.access import Actor, units_of
from sync.ground import units_below
from sync.models import Draw, Finding, Unit, Visit
from sync.policy import Review
from sync.review.rules import share_out, wanted
from sync.roles import Noun
from sync.words import Cause, FindingState, Verdict

# Visits of a town, or of a unit that lies in no town, that were received since the last lot that drew something.
_DAYS = text(
    "SELECT DISTINCT CAST(v.received_at AS date) AS day, coalesce(v.town_id, v.unit_id) AS town FROM visit v"
    " WHERE v.received_at >= :since AND v.received_at < :until"
    " EXCEPT SELECT received_on, town_id FROM draw WHERE received_on >= CAST(:since AS date)"
)
_ELIGIBLE = text(
    "SELECT v.id, v.unit_id, v.town_id, coalesce(v.town_id, v.unit_id) AS town,"
    " coalesce(a.merged_into_id, a.id, v.place_id) AS home"
    " FROM visit v LEFT JOIN place a ON a.id = v.place_id"
    " JOIN unnest(CAST(:towns AS uuid[]), CAST(:sinces AS date[])) AS t(town, since)"
    "  ON t.town = coalesce(v.town_id, v.unit_id)"
    " WHERE v.received_at >= t.since AND v.received_at >= :since AND v.received_at < :until"
    " AND v.outcome = 'met' AND v.mode NOT IN ('phone', 'hospital') AND v.erased_at IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM finding f WHERE f.visit_id = v.id AND f.state <> 'settled')"
    " AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.visit_id = v.id)"
    " AND NOT EXISTS (SELECT 1 FROM same_visit s WHERE s.child_id = v.id AND s.kind = 'repeat'"
    "  AND s.undone_at IS NULL)"
    " AND NOT EXISTS (SELECT FROM unnest(CAST(:homes AS uuid[])) AS h(id)"
    "  WHERE h.id = coalesce(a.merged_into_id, a.id, v.place_id))"
)
_HOMES = text(
    "SELECT DISTINCT coalesce(a.merged_into_id, a.id, v.place_id) FROM finding f JOIN visit v ON v.id = f.visit_id"
    " LEFT JOIN place a ON a.id = v.place_id WHERE f.cause = 'drawn' AND f.opened_at >= :since"
)
_LAST = text(
    "SELECT town_id, max(received_on) AS day FROM draw WHERE drawn > 0 AND town_id = ANY(:towns) GROUP BY town_id"
)
_WAITING = text(
    "SELECT coalesce(f.town_id, f.unit_id) AS town, count(*) AS n FROM finding f WHERE f.cause = 'drawn'"
    " AND f.state IN ('open', 'asked', 'answered') GROUP BY 1"
)
_SEERS = text(
    "SELECT DISTINCT t.town, r.person_id FROM unnest(CAST(:towns AS uuid[])) AS t(town)"
    " JOIN unit u ON u.id = t.town JOIN unit_above a ON a.unit_id = t.town"
    " JOIN person_role r ON r.unit_id = a.above_id AND r.role = 'verifier' AND r.valid @> CAST(:today AS date)"
    " WHERE a.depth > 0 OR u.kind = 'town'"
)
_DRAW = text(
    "INSERT INTO draw (received_on, town_id, eligible, drawn, at)"
    " SELECT CAST(:day AS date), d.town, d.eligible, d.drawn, :at FROM unnest(CAST(:towns AS uuid[]),"
    " CAST(:eligible AS int[]), CAST(:drawn AS int[])) AS d(town, eligible, drawn)"
    " ON CONFLICT DO NOTHING RETURNING town_id"
)
_FIND = text(
    "INSERT INTO finding (id, visit_id, unit_id, town_id, cause, cause_key, reasons, state, opened_at)"
    " SELECT f.id, v.id, v.unit_id, v.town_id, 'drawn',"
    "  concat(CAST(:day AS text), '/', coalesce(v.town_id, v.unit_id)), '{}', 'open', :at"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:visits AS uuid[])) AS f(id, visit_id) JOIN visit v ON v.id = f.visit_id"
    " ON CONFLICT DO NOTHING"
)


class Eligible(NamedTuple):
    """A visit in the pot of a town."""

    id: UUID
    home: UUID


def draw_back_checks(session: Session, policy: Review, now: datetime) -> None:
    """Draw the lots of every day of receipt that has ended and was not drawn, the oldest first."""
    ended = clock.local(now - timedelta(seconds=policy.draw_after_s)).date()
    oldest = ended - timedelta(days=policy.draw_back_days)
    owed: dict[date, list[UUID]] = {}
    for row in session.execute(_DAYS, {"since": _midnight(oldest), "until": _midnight(ended)}):
        owed.setdefault(row.day, []).append(row.town)
    for day in sorted(owed):
        _draw_day(session, policy, day, ids.shuffled(sorted(owed[day])), now)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), clock.local(clock.now()).tzinfo)


def _draw_day(session: Session, policy: Review, day: date, towns: Sequence[UUID], now: datetime) -> None:
    """The lots of one day, towns in the order of their luck: it decides who comes first where verifiers are few."""
    pots = _pots(session, policy, day, towns, now)
    sizes = {town: wanted(len(pots[town]), policy.draw_share) for town in towns}
    waiting = {row.town: row.n for row in session.execute(_WAITING)}
    seers = _seers(session, {*towns, *waiting})
    given = share_out(sizes, waiting, seers, policy.draw_a_verifier)
    chosen = {town: _one_a_home(ids.shuffled(pots[town]), given[town]) for town in towns}
    facts = {
        "day": day.isoformat(), "at": now, "towns": db.pg_uuids(towns),
        "eligible": [len(pots[town]) for town in towns], "drawn": [len(chosen[town]) for town in towns],
    }  # fmt: skip
    ours = set(session.scalars(_DRAW, facts))
    visits = [visit for town in towns if town in ours for visit in chosen[town]]
    if visits:
        made = db.pg_uuids(ids.uuid7() for _ in visits)
        session.execute(_FIND, {"ids": made, "visits": db.pg_uuids(visits), "day": day.isoformat(), "at": now})
    for town in ours:
        audit.record(session, "lot.drawn", town, unit_id=town, day=day.isoformat(), drawn=len(chosen[town]))


def _pots(
    session: Session, policy: Review, day: date, towns: Sequence[UUID], now: datetime
) -> dict[UUID, list[Eligible]]:
    """Eligible visits by town: those received that day, and those of days before that were too few for a lot."""
    last = {row.town_id: row.day for row in session.execute(_LAST, {"towns": db.pg_uuids(towns)})}
    oldest = day - timedelta(days=policy.draw_back_days)
    quarter = now - timedelta(days=policy.draw_home_days)
    sinces = [max(oldest, last.get(town, oldest) + timedelta(days=1)) for town in towns]
    facts = {
        "towns": db.pg_uuids(towns), "until": _midnight(day + timedelta(days=1)), "since": _midnight(min(sinces)),
        "sinces": sinces,
        "homes": db.pg_uuids(session.scalars(_HOMES, {"since": quarter})),
    }  # fmt: skip
    pots: dict[UUID, list[Eligible]] = {town: [] for town in towns}
    for row in session.execute(_ELIGIBLE, facts):
        pots[row.town].append(Eligible(row.id, row.home))
    return pots


def _one_a_home(visits: Sequence[Eligible], count: int) -> list[UUID]:
    """The first `count` homes of an order that nobody could predict, each with the first of its visits."""
    homes: dict[UUID, UUID] = {}
    for visit in visits:
        homes.setdefault(visit.home, visit.id)
    return list(homes.values())[:count]


def _seers(session: Session, towns: Sequence[UUID] | set[UUID]) -> dict[UUID, list[UUID]]:
    """The verifiers who may see the findings of each town."""
    facts = {"towns": db.pg_uuids(towns), "today": clock.today()}
    seers: dict[UUID, list[UUID]] = {}
    for row in session.execute(_SEERS, facts):
        seers.setdefault(row.town, []).append(row.person_id)
    return seers


def lots(actor: Actor, first: date | None, last: date | None) -> Select[*tuple[Any, ...]]:
    """Lots of the towns that the actor's units hold: received_on, town_id, name, eligible, drawn, at, and how many of
    the drawn wait, were confirmed, were refused."""
    is_waiting = Finding.state.in_([FindingState.OPEN, FindingState.ASKED, FindingState.ANSWERED])

    def counted(condition: Any) -> Any:
        return func.count(case((condition, 1)))

    became = (
        select(
            counted(is_waiting).label("waiting"),
            counted(~is_waiting & (Visit.verdict != Verdict.REFUSED)).label("confirmed"),
            counted(~is_waiting & (Visit.verdict == Verdict.REFUSED)).label("refused"),
        )
        .select_from(Finding)
        .join(Visit, Visit.id == Finding.visit_id)
        .where(Finding.cause == Cause.DRAWN, Finding.cause_key == func.concat(Draw.received_on, "/", Draw.town_id))
        .lateral("became")
    )
    rows = (
        select(Draw.received_on, Draw.town_id, Unit.name, Draw.eligible, Draw.drawn, Draw.at, became)
        .join(Unit, Unit.id == Draw.town_id)
        .join(became, true())
        .where(Draw.town_id.in_(units_below(units_of(actor, Noun.FINDING))))
    )
    if first:
        rows = rows.where(Draw.received_on >= first)
    return rows.where(Draw.received_on <= last) if last else rows
