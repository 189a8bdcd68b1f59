"""One kind of visits within a world: who goes where when, and how the record of a visit is told."""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sync import ids
from tests.bench.fairness.sources import Series, indoors, logged, satellite
from tests.bench.fairness.world import Cadre, Home, Label, Letter, Point, World, elapsed_ms, fixes

HOMES, A_DAY = 6, 3  # a cadre of a scene has so many homes and visits so many a day
HOURS = (8.7, 10.6, 14.3, 16.2)
NONE = timedelta(0)
LOGGED = 0.5  # share of the stops whose fixes are a logger's


class Stop(NamedTuple):
    """A visit that is due: whose, where, from when to when."""

    cadre: Cadre
    home: Home
    start: datetime
    end: datetime


@dataclass
class Scene:
    """A world, and the name of the kind that is being made."""

    world: World
    kind: str
    cases: int

    def stops(
        self, *, share: int = 1, homes: int = HOMES, a_day: int = A_DAY, minutes: tuple[float, float] = (10, 30),
        model: str = "",
    ) -> Iterator[Stop]:  # fmt: skip
        """As many stops as there are cases (or a `share` of them): new cadres in villages of their own, home after
        home, day after day."""
        left = self.cases // share
        while left > 0:
            village = self.world.village()
            who = self.world.cadre(village, model)
            own = [self.world.home(village) for _ in range(min(homes, left))]
            left -= len(own)
            yield from self.rounds(who, own, a_day=a_day, minutes=minutes)

    def revisits(self, days: int) -> Iterator[list[Stop]]:
        """One home of one cadre on so many days, again and again until there are as many stops as cases."""
        for _ in range(self.cases // days):
            village = self.world.village()
            home = self.world.home(village)
            yield list(self.rounds(self.world.cadre(village), [home] * days, a_day=1))

    def away(self, point: Point, metres: float) -> Point:
        """A point so far away in some direction."""
        angle = self.world.random.uniform(0, 2 * math.pi)
        return point.moved(metres * math.cos(angle), metres * math.sin(angle))

    def rounds(
        self, who: Cadre, homes: list[Home], *, a_day: int = A_DAY, minutes: tuple[float, float] = (10, 30),
        day: int | None = None,
    ) -> Iterator[Stop]:  # fmt: skip
        """One visit to each of these homes by one cadre, so many a day, on days that follow each other."""
        random = self.world.random
        day = random.randrange(20) if day is None else day
        for home in dict.fromkeys(homes):
            self.world.link(who, home)
        for n, home in enumerate(homes):
            start = self.world.at(day + n // a_day, HOURS[n % a_day] + random.uniform(0, 0.7))
            yield Stop(who, home, start, start + timedelta(minutes=random.uniform(*minutes)))

    def satellite(self, stop: Stop, at: Point | None = None, **told: Any) -> list[dict[str, Any]]:
        """Satellite fixes of a stop, 3 to 8, at the home unless told: by turns with the errors of the drive and of a
        logger's other day, whose moments are stretched to the length of the stop."""
        random = self.world.random
        if random.random() > LOGGED:
            return self.phone(stop, at, **told)
        return self.placed(stop, logged(self.world.half, random, random.randint(3, 8))[1], at, **told)

    def phone(self, stop: Stop, at: Point | None = None, **told: Any) -> list[dict[str, Any]]:
        """Satellite fixes without gaps, with the errors of the drive: what good phones give, and what apps make up."""
        seconds = (stop.end - stop.start).total_seconds()
        series = satellite(self.world.half, self.world.random, seconds, self.world.random.randint(3, 8))
        return self.placed(stop, series, at, **told)

    def network(self, stop: Stop, at: Point | None = None, **told: Any) -> list[dict[str, Any]]:
        """Network fixes of a stop."""
        series = indoors(self.world.half, self.world.random, self.world.random.randint(3, 8))
        return self.placed(stop, series, at, **told)

    def placed(self, stop: Stop, series: Series, at: Point | None = None, **told: Any) -> list[dict[str, Any]]:
        """These errors as fixes of a stop."""
        return fixes(series, at or stop.home.at, self.world.first, stop.start, stop.end, **told)

    def record(
        self, stop: Stop, told: list[dict[str, Any]], *, off: timedelta = NONE, off_end: timedelta | None = None,
        boot: str = "1", judged: bool = True, label: str = "", **more: Any,
    ) -> dict[str, Any]:  # fmt: skip
        """The record of a stop; `off` is how far the phone's clock was wrong (`off_end`: at the end), while satellite
        fixes carry the satellites' time. A visit that is `judged` counts in the table, as the scene's kind or the
        `label`."""
        made = ids.uuid7()
        if judged:
            self.world.labels[made] = Label(label or self.kind, self.world.half, self.world.seed, stop.start)
        return {
            "kind": "visit", "id": made, "place": stop.home.place, "outcome": "met",
            "started": self._moment(stop.start, off, boot),
            "ended": self._moment(stop.end, off if off_end is None else off_end, boot),
            "fixes": [fix | {"at": fix["at"] + (NONE if fix["provider"] == "gps" else off)} for fix in told], "note": "到家看了看,聊了聊近况。",
        } | more  # fmt: skip

    def _moment(self, at: datetime, off: timedelta, boot: str) -> dict[str, Any]:
        return {"wall": at + off, "elapsed_ms": elapsed_ms(self.world.first, at), "boot_id": boot}

    def tell(self, stop: Stop, told: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
        """Record a stop and hand it in that evening."""
        record = self.record(stop, told, **more)
        self.world.post(stop.cadre, record, stop.start)
        return record

    def send(self, cadre: Cadre, records: list[dict[str, Any]], at: datetime, **how: Any) -> None:
        """Hand records in as a batch of their own."""
        self.world.letters.append(Letter(cadre.device, at, records, **how))

    def photo(self, stop: Stop, content: bytes, **more: Any) -> dict[str, Any]:
        """How a record cites a photo, whose bytes the phone hands in that evening."""
        day = (stop.start - self.world.first).days
        self.world.uploads.append((self.world.at(day, 20), stop.cadre.device, content))
        sha256 = hashlib.sha256(content).hexdigest()
        return {"id": ids.uuid7(), "sha256": sha256, "size": len(content), "taken_at": stop.start} | more
