"""The context of visits, read for a whole set at once: what else their recorders, coordinates and phones did."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import db
from sync.verify.rules.evidence import Stay
from sync.verify.rules.witness import Told
from sync.words import Setting


class NearStay(NamedTuple):
    """A stored visit with a stay that its place confirms, and how its fixes were read; `of` is the recorder or the
    phone asked for."""

    of: UUID
    visit_id: UUID
    started_at: datetime
    stay: Stay
    told: Told


class Spotted(NamedTuple):
    """A stored visit with the coordinates asked for; position of the place that it was told for, or None."""

    spot: int
    visit_id: UUID
    place_id: UUID
    device_id: UUID
    started_at: datetime
    lon: float | None
    lat: float | None


class Assigned(NamedTuple):
    """The assigned place next to where somebody was."""

    place_id: UUID
    name: str
    metres: float
    radius_m: float | None
    setting: Setting


_NEAR = (
    "SELECT w.id AS of, v.id, v.started_at, v.clock_uncertainty_s, CAST(x.n ->> 'lon' AS float8) AS lon,"
    " CAST(x.n ->> 'lat' AS float8) AS lat, CAST(x.n ->> 'accuracy_m' AS float8) AS accuracy_m,"
    " CAST(x.n ->> 'radius_m' AS float8) AS radius_m, CAST(x.n -> 'here' ->> 0 AS float8) AS since,"
    " CAST(x.n -> 'here' ->> 1 AS float8) AS until, v.device_id, v.unit_id,"
    " coalesce(p.merged_into_id, v.place_id) AS home, x.n ->> 'provider' AS provider, x.n ->> 'datum' AS datum"
    " FROM unnest(CAST(:whose AS uuid[]), CAST(:lows AS timestamptz[]), CAST(:highs AS timestamptz[]))"
    "  AS w(id, low, high) JOIN visit v ON {whose} AND v.started_at BETWEEN w.low AND w.high"
    "  AND v.point IS NOT NULL AND v.verdict <> 'refused' LEFT JOIN place p ON p.id = v.place_id"
    " CROSS JOIN LATERAL (SELECT o.numbers AS n FROM visit_verdict o WHERE o.visit_id = v.id"
    "  ORDER BY o.n DESC LIMIT 1) x"
    " WHERE x.n -> 'here' IS NOT NULL AND v.id <> ALL(:but)"
)
_OF_RECORDERS = text(_NEAR.format(whose="v.recorder_id = w.id"))
_OF_LENT_PHONES = text(_NEAR.format(whose="v.device_id = w.id AND v.lent"))
# A spot that hundreds of visits share is proven by the first of them.
_SPOTTED = text(
    "SELECT s.spot, v.id, r.id AS place_id, v.device_id, v.started_at, ST_X(CAST(r.position AS geometry)) AS lon,"
    " ST_Y(CAST(r.position AS geometry)) AS lat FROM unnest(CAST(:spots AS bigint[])) AS s(spot)"
    " CROSS JOIN LATERAL (SELECT id, place_id, device_id, started_at FROM visit WHERE spot = s.spot"
    "  AND id <> ALL(:but) ORDER BY started_at, id LIMIT 20) v"
    " JOIN place p ON p.id = v.place_id JOIN place r ON r.id = coalesce(p.merged_into_id, p.id)"
)
_OVERRIDDEN = text(
    "SELECT d.id, g.provider, g.datum FROM device d JOIN datum_group g ON g.model = d.about ->> 'model'"
    " AND g.app_version = d.about ->> 'app_version' WHERE d.id = ANY(:devices)"
)
_SHARING = text(
    "SELECT s.device_id, s.person_id FROM device_share s"
    " JOIN unnest(CAST(:devices AS uuid[]), CAST(:people AS uuid[])) AS w(device_id, person_id)"
    " USING (device_id, person_id)"
)
_ASSIGNED = text(
    "SELECT w.n, x.id, x.name, x.m, x.radius_m, x.setting FROM unnest(CAST(:people AS uuid[]),"
    " CAST(:days AS date[]), CAST(:places AS uuid[]), CAST(:lons AS float8[]), CAST(:lats AS float8[]))"
    "  WITH ORDINALITY AS w(person_id, day, place_id, lon, lat, n)"
    " CROSS JOIN LATERAL (SELECT r.id, r.name, r.radius_m, r.setting, ST_Distance(r.position,"
    "   CAST(ST_SetSRID(ST_MakePoint(w.lon, w.lat), 4326) AS geography)) AS m"
    "  FROM link l JOIN place p ON p.id = l.place_id JOIN place r ON r.id = coalesce(p.merged_into_id, p.id)"
    "  WHERE l.cadre_id = w.person_id AND l.valid @> w.day AND r.id <> w.place_id AND r.position IS NOT NULL"
    "  ORDER BY m, r.id LIMIT 1) x"
)


def stays_near(
    session: Session, ranges: Sequence[tuple[UUID, datetime, datetime]], but: Collection[UUID], *, lent: bool = False
) -> list[NearStay]:
    """Stored visits of recorders that began in these ranges of time (both ends inclusive), without some.

    `lent`: the ranges are of phones, and what others than their holders wrote with them is asked for.
    """
    if not ranges:
        return []
    whose, lows, highs = zip(*ranges, strict=True)
    facts = {
        "whose": db.pg_uuids(whose),
        "lows": db.pg_times(lows),
        "highs": db.pg_times(highs),
        "but": db.pg_uuids(but),
    }
    return [
        NearStay(
            r.of,
            r.id,
            r.started_at,
            Stay(r.lon, r.lat, r.accuracy_m, r.radius_m, r.since, r.until, round(r.clock_uncertainty_s, 1)),
            Told(r.device_id, r.unit_id, r.home, r.provider, r.datum),
        )
        for r in session.execute(_OF_LENT_PHONES if lent else _OF_RECORDERS, facts)
    ]


def same_spots(session: Session, spots: Collection[int], but: Collection[UUID]) -> list[Spotted]:
    """Stored visits with one of these exact coordinates, without some."""
    if not spots:
        return []
    rows = session.execute(_SPOTTED, {"spots": db.pg_array(sorted(spots)), "but": db.pg_uuids(but)})
    return [Spotted(*row) for row in rows]


def datum_overrides(session: Session, devices: Collection[UUID]) -> dict[UUID, dict[str, str]]:
    """Of phones whose group is read in another datum than it says: datum letter by provider letter (D6.2)."""
    found: dict[UUID, dict[str, str]] = {}
    for device, provider, datum in session.execute(_OVERRIDDEN, {"devices": db.pg_uuids(devices)}):
        found.setdefault(device, {})[provider] = datum
    return found


def declared_sharing(session: Session, pairs: Collection[tuple[UUID, UUID]]) -> set[tuple[UUID, UUID]]:
    """Which of these (phone, person) are declared: the phone is used by that person as well."""
    if not pairs:
        return set()
    devices, people = zip(*pairs, strict=True)
    rows = session.execute(_SHARING, {"devices": db.pg_uuids(devices), "people": db.pg_uuids(people)})
    return {(row.device_id, row.person_id) for row in rows}


def nearest_assigned(session: Session, asked: Sequence[tuple[UUID, date, UUID, float, float]]) -> dict[int, Assigned]:
    """For each (person, day, place, lon, lat) the nearest other place that was linked to the person, by its index."""
    if not asked:
        return {}
    people, days, places, lons, lats = zip(*asked, strict=True)
    facts: dict[str, Any] = {
        "people": db.pg_uuids(people),
        "days": "{" + ",".join(day.isoformat() for day in days) + "}",
        "places": db.pg_uuids(places),
        "lons": db.pg_array(lons),
        "lats": db.pg_array(lats),
    }
    rows = session.execute(_ASSIGNED, facts)
    return {r.n - 1: Assigned(r.id, r.name, r.m, r.radius_m, Setting(r.setting)) for r in rows}
