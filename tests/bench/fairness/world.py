"""The made-up part: villages, cadres, phones, homes, and what phones hand in on which evening."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from sqlalchemy.orm import Session

from sync import clock, db, ids
from sync.models import Device, DeviceShare, Link, Person, PersonRole, Place, Programme, Unit, UnitAbove
from tests.bench.fairness.sources import Half, Series
from tests.factories.real import METRES_A_DEGREE

DAYS = 32  # evenings on which phones hand in
WEST, SOUTH, STEP = 120.0, 37.3, 0.03  # villages stand on a grid, 2.6 km apart or more, around the real district
ROW = 60
EVENING_H = 20.5
UP_SINCE = timedelta(days=60)  # the phones were last started so long before the first day
_numbers = count()


class Point(NamedTuple):
    """Degrees of WGS 84."""

    lon: float
    lat: float

    def moved(self, east_m: float, north_m: float) -> "Point":
        """The point so many metres away."""
        lat = self.lat + north_m / METRES_A_DEGREE
        return Point(self.lon + east_m / METRES_A_DEGREE / float(np.cos(np.radians(self.lat))), lat)


class Village(NamedTuple):
    """A unit and its middle."""

    unit: UUID
    town: UUID
    middle: Point


class Cadre(NamedTuple):
    """Somebody with a phone; the model is what the phone says of itself."""

    person: UUID
    device: UUID
    village: Village


class Home(NamedTuple):
    """A household where it really stands."""

    place: UUID
    at: Point
    village: Village


class Label(NamedTuple):
    """What a visit was made as; `true_at`: when it really began."""

    kind: str
    half: Half
    seed: int
    true_at: datetime


class Letter(NamedTuple):
    """What one phone hands in at once; `off`: how far its clock is wrong then."""

    device: UUID
    at: datetime
    records: list[dict[str, Any]]
    off: timedelta = timedelta(0)
    boot: str = "1"


@dataclass
class World:
    """Rows and letters of one seed of one half, until they are written and sent."""

    half: Half
    seed: int
    random: Random
    first: datetime  # midnight of the first day
    labels: dict[UUID, Label] = field(default_factory=dict)
    letters: list[Letter] = field(default_factory=list)
    uploads: list[tuple[datetime, UUID, bytes]] = field(default_factory=list)
    rows: dict[type, list[tuple[Any, ...]]] = field(default_factory=lambda: defaultdict(list))
    _evenings: dict[tuple[UUID, int], Letter] = field(default_factory=dict)

    def at(self, day: float, hour: float) -> datetime:
        """A moment of the simulated weeks."""
        return self.first + timedelta(days=day, hours=hour)

    def village(self, middle: Point | None = None) -> Village:
        """A new village; where it stands is the next place of the grid unless told."""
        n = next(_numbers)
        town, unit = ids.uuid7(), ids.uuid7()
        middle = middle or Point(WEST + n % ROW * STEP, SOUTH + n // ROW * STEP)
        self.rows[Unit] += [(town, None, "town", f"镇{n}", str(n)), (unit, town, "village", f"村{n}", str(n))]
        self.rows[UnitAbove] += [(town, town, 0), (unit, unit, 0), (unit, town, 1)]
        return Village(unit, town, middle)

    def cadre(self, village: Village, model: str = "") -> Cadre:
        """A new cadre of the village with a phone; without a model one of four common ones."""
        n, person = next(_numbers), ids.uuid7()
        self.rows[Person].append((person, f"F{n}", f"干部{n}"))
        self.rows[PersonRole].append((ids.uuid7(), person, village.unit, "cadre"))
        return self.another_phone(Cadre(person, person, village), model)

    def another_phone(self, cadre: Cadre, model: str = "") -> Cadre:
        """The same cadre with a new phone."""
        device, key, end = ids.uuid7(), ids.key(), self.first + timedelta(days=400)
        model = model or f"model {self.random.randrange(4)}"
        self.rows[Device].append((
            device, cadre.person, "active", self.first, ids.digest(str(device)), end, end, key, self.first,
            f'{{"model": "{model}", "app_version": "1.0.0"}}',
        ))  # fmt: skip
        return cadre._replace(device=device)

    def home(
        self, village: Village, at: Point | None = None, listed: Point | None = None, *, known: bool = True
    ) -> Home:
        """A new household: within 300 m of the village's middle unless told; `listed` is where the list has it, which is
        where it stands unless told, or nowhere if it is not `known`."""
        n = next(_numbers)
        at = at or village.middle.moved(self.random.uniform(-300, 300), self.random.uniform(-300, 300))
        there = listed or at
        ewkt = f"SRID=4326;POINT({there.lon} {there.lat})" if known else None
        place = ids.uuid7()
        self.rows[Place].append((
            place, f"F{n}", "household", village.unit, village.town, f"户{n}", ewkt, "village", "active",
        ))  # fmt: skip
        return Home(place, at, village)

    def link(self, cadre: Cadre, home: Home) -> None:
        """Let a home be this cadre's."""
        self.rows[Link].append((ids.uuid7(), self.programme, "ordinary", cadre.person, home.place, "[2020-01-01,)"))

    @property
    def programme(self) -> UUID:
        """The one programme of this world."""
        if not self.rows[Programme]:
            self.rows[Programme].append((ids.uuid7(), f"F{next(_numbers)}", "结对"))
        return UUID(str(self.rows[Programme][0][0]))

    def share(self, cadre: Cadre, other: Cadre) -> None:
        """Declare that the cadre's phone is used by the other as well."""
        self.rows[DeviceShare].append((cadre.device, other.person, cadre.person, self.first))

    def post(self, cadre: Cadre, record: dict[str, Any], at: datetime) -> None:
        """Hand a record in that evening, with the other records of the phone and day."""
        day = (at - self.first).days
        key = (cadre.device, day)
        if key not in self._evenings:
            self._evenings[key] = Letter(cadre.device, self.at(day, EVENING_H), [])
            self.letters.append(self._evenings[key])
        self._evenings[key].records.append(record)

    def write(self, session: Session) -> None:
        """Write the rows, parents first."""
        for model, columns in COLUMNS.items():
            db.put(session, model, columns, self.rows[model])


COLUMNS: dict[type, tuple[str, ...]] = {
    Unit: ("id", "parent_id", "kind", "name", "sort_code"),
    UnitAbove: ("unit_id", "above_id", "depth"),
    Person: ("id", "staff_no", "name"),
    PersonRole: ("id", "person_id", "unit_id", "role"),
    Device: (
        "id", "person_id", "state", "state_at", "token_hash", "token_expires_at", "token_ends_at", "receipt_key",
        "enrolled_at", "about",
    ),
    DeviceShare: ("device_id", "person_id", "by", "at"),
    Place: ("id", "code", "kind", "unit_id", "town_id", "name", "position", "setting", "state"),
    Programme: ("id", "code", "name"),
    Link: ("id", "programme_id", "category", "cadre_id", "place_id", "valid"),
}  # fmt: skip


def first_day() -> datetime:
    """Midnight of the first simulated day: the last evening is yesterday's."""
    return clock.local(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS + 1)


def elapsed_ms(first: datetime, at: datetime) -> int:
    """What the clock that never jumps says at a moment."""
    return int((at - first + UP_SINCE).total_seconds() * 1000)


def fixes(
    series: Series, home: Point, first: datetime, start: datetime, end: datetime, **told: Any
) -> list[dict[str, Any]]:
    """A series of errors as fixes at a home; `told` is said of each (datum, mock, provider)."""
    made = []
    for when, east, north, accuracy in zip(*series[:4], strict=True):
        at = start + (end - start) * float(when)
        lon, lat = home.moved(float(east), float(north))
        made.append({
            "lon": round(lon, 7), "lat": round(lat, 7), "at": at, "elapsed_ms": elapsed_ms(first, at),
            "accuracy_m": round(float(accuracy), 3), "provider": series.provider, **told,
        })  # fmt: skip
    return made
