"""The console's map with a million visits stored: tiles of all zooms, coverage, the time slider."""

import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from random import Random
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from api.app import create_app
from sync import clock, ids
from sync.geo.tiles import Tile, codes, column_and_row
from sync.house import House
from sync.identity.actions import logins, people
from sync.settings import Settings
from sync.words import Role
from tests.bench.ground import installation
from tests.bench.load import HOUSEHOLDS, spot
from tests.bench.stored import store_visits
from tests.bench.table import Row

STORED = 1_000_000
PLACES = 150_000
ASKED = 400  # tiles; each zoom from 6 to 18 as often as another
FIRST, LAST = date(2024, 1, 1), date(2025, 11, 30)


def drawn(stored: int = STORED) -> list[Row]:
    """Slowest twentieth of what a verifier of the county, of a town, and a village filter ask for, through the app."""
    with installation("tiles") as (house, environment, _):
        store_visits(house, stored)
        _more_places(house)
        with house.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))
        app = create_app(Settings.from_env(environment))
        county, town = _units(house, "kind = 'county'")[0], _units(house, "kind = 'town'")[0]
        viewers = [_viewer(house, app, unit) for unit in (county, town)]
        filters = list(_filters(_units(house, f"parent_id = '{town}'")[0]))
        tiles = [partial(_tile, Random(n), viewers, filters) for n in range(ASKED)]
        covered = [partial(_coverage, Random(n), viewers) for n in range(40)]
        days = [partial(_days, Random(n), viewers) for n in range(40)]
        method = f"{stored:,} visits, scope and filters, one request at a time, p95"
        rows = [
            Row("map tile, zooms 6 to 18", _p95(tiles), "ms", 150, 50, method, less=True),
            Row("coverage", _p95(covered), "ms", 200, 80, f"{PLACES:,} places; {method}", less=True),
            Row("time slider", _p95(days), "ms", 200, 80, method, less=True),
        ]
        app.extensions["doorstep"].close()
        return rows


def _more_places(house: House) -> None:
    house.write(
        lambda session: session.execute(
            text(
                "INSERT INTO place (id, kind, unit_id, town_id, name, position, setting, state) SELECT gen_random_uuid(), kind,"
                " unit_id, town_id, name, position, setting, state FROM place ORDER BY id LIMIT :more"
            ),
            {"more": PLACES - HOUSEHOLDS},
        )
    )


def _units(house: House, which: str) -> list[UUID]:
    return house.read(lambda session: list(session.scalars(text(f"SELECT id FROM unit WHERE {which} ORDER BY id"))))


def _viewer(house: House, app: Flask, unit: UUID) -> FlaskClient:
    """The browser of a verifier of this unit."""

    def begin(session) -> str:  # type: ignore[no-untyped-def]
        name = f"v{ids.digits(9)}"
        person = people.add_person(session, name, "核验")
        people.set_login(session, person, name, "open the door please", clock.now(), house.policy.logins)
        people.give_role(session, person, Role.VERIFIER, unit)
        return logins.open_session(session, person, name, None, clock.now(), house.policy.logins).token

    client = app.test_client()
    client.set_cookie("doorstep_session", house.write(begin))
    return client


def _filters(village: UUID) -> Iterator[str]:
    """What is asked beside the tile: half the time a month, else all, a quarter, odd days, a verdict, a village."""
    last = LAST.isoformat()
    month = (LAST - timedelta(days=30)).isoformat()
    yield from [f"from={month}&until={last}"] * 4
    yield ""
    yield f"from={(LAST - timedelta(days=92)).isoformat()}&until={last}"
    yield "from=2024-01-17&until=2025-10-13"
    yield f"from={month}&verdict=doubtful"
    yield "verdict=doubtful"
    yield f"unit={village}"


def _tile(random: Random, viewers: list[FlaskClient], filters: list[str]) -> tuple[FlaskClient, str]:
    zoom = random.randint(6, 18)
    lon, lat = spot(random.randrange(HOUSEHOLDS))
    x, y = (int(n) for n in column_and_row(codes(lon, lat, zoom)))
    at = Tile(zoom, x, y)
    return random.choice(viewers), f"/console/v1/map/tiles/visits/{at.z}/{at.x}/{at.y}.mvt?{random.choice(filters)}"


def _coverage(random: Random, viewers: list[FlaskClient]) -> tuple[FlaskClient, str]:
    first = FIRST + timedelta(days=random.randrange(700))
    return random.choice(viewers), f"/console/v1/map/coverage?from={first.isoformat()}"


def _days(random: Random, viewers: list[FlaskClient]) -> tuple[FlaskClient, str]:
    first = LAST - timedelta(days=random.choice([30, 90, 365, 690]))
    return random.choice(viewers), f"/console/v1/map/days?from={first.isoformat()}&until={LAST.isoformat()}"


def _p95(questions: list[Callable[[], tuple[FlaskClient, str]]]) -> float:
    """Milliseconds; each question is asked once before it counts, as a map that is in use has its pages in memory."""
    taken = []
    for question in questions:
        client, address = question()
        for counts in (False, True):
            start = time.perf_counter()
            answer = client.get(address, headers={"Accept-Encoding": "gzip"})
            if counts:
                taken.append((time.perf_counter() - start) * 1000)
            assert answer.status_code in (200, 204), answer.json
    return sorted(taken)[int(len(taken) * 0.95)]
