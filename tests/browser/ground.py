"""Beigou on the map: outlines, homes, and a month of visits that walked the whole road of a batch."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, ids
from sync.house import House
from sync.insight import counting
from sync.pipeline import Part, apply_batches
from tests.factories import batches
from tests.factories.batches import this_morning
from tests.factories.village import HOME, Village

HOMES, DAYS, BATCH = 18, 10, 30
STEP = 0.0016  # degrees between homes
SPREAD = 7919  # a step that scatters what is counted one after the other
_HOME = text(
    "INSERT INTO place (id, kind, unit_id, town_id, name, position, state)"
    " VALUES (:i, 'household', :u, :t, :n, CAST(:p AS geography), 'active')"
)
_AREA = text(
    "INSERT INTO area (unit_id, shape, source, at) VALUES (:u, ST_Multi(ST_GeomFromText(:w, 4326)), :s, :now)"
    " ON CONFLICT DO NOTHING"
)


def draw(house: House, village: Village) -> None:
    """Outlines of town (imported) and village (sketched), homes, visits, and their counts folded."""
    homes = house.write(lambda session: _homes(session, village))
    visits = [_visit(village, home, i, day) for day in range(DAYS) for i, home in enumerate(homes)]
    for start in range(0, len(visits), BATCH):
        batch, body = batches.body(visits[start : start + BATCH])
        house.write(lambda session, b=batch, j=body: batches.receive(session, village.phone_li, b, j))
        part = Part(village.phone_li, batch)
        house.write(lambda session, p=part: apply_batches(session, house.policy, [p]))
    house.write(lambda session: counting.fold(session, 1_000_000))


def outline(session: Session, village: Village) -> None:
    """Outlines of the town and the village around where the homes are."""
    for unit, size, source in ((village.town, 0.024, "imported"), (village.village, 0.009, "sketched")):
        (x, y), s = HOME, size
        corners = ((x - s, y - s * 0.7), (x + s, y - s * 0.8), (x + s * 0.9, y + s * 0.7), (x - s * 1.1, y + s * 0.75))
        ring = ", ".join(f"{lon} {lat}" for lon, lat in (*corners, corners[0]))
        session.execute(_AREA, {"u": unit, "w": f"POLYGON(({ring}))", "s": source, "now": clock.now()})


def _homes(session: Session, village: Village) -> list[tuple[UUID, float, float]]:
    outline(session, village)
    homes = []
    for i in range(HOMES):
        lon, lat = HOME[0] + STEP * (i % 6 - 3), HOME[1] + STEP * (i // 6 - 1)
        facts = {"i": ids.uuid7(), "u": village.village, "t": village.town, "n": f"北沟村{i + 11}号"}
        session.execute(_HOME, facts | {"p": f"SRID=4326;POINT({lon} {lat})"})
        homes.append((facts["i"], lon, lat))
    return homes


def _visit(village: Village, home: tuple[UUID, float, float], i: int, day: int) -> dict[str, Any]:
    """Most at the door, each seventh far from it, each fifth with fixes too vague to tell; one after the other."""
    place, lon, lat = home
    at = this_morning() - timedelta(days=1 + 2 * day) + timedelta(minutes=12 * i)
    dice = (day * HOMES + i) * SPREAD % 1000
    east = -0.007 if dice % 7 == 0 else 2e-5 * (dice % 9)
    accuracy = 900.0 if dice % 5 == 0 and dice % 7 else 12.0
    fixes = [
        {
            "lon": lon + east + 1e-5 * n + 3e-6 * day, "lat": lat + 2e-5 * (dice % 7), "accuracy_m": accuracy,
            "at": at + timedelta(minutes=2 * n), "provider": "gps",
        }
        for n in range(4)
    ]  # fmt: skip
    return batches.visit(village, at, place=place, fixes=fixes)
