"""Honest visits: where the cadre was, who came along, how it was written down."""

from datetime import timedelta
from typing import Any

import numpy as np

from tests.bench.fairness.kinds import Expect, kind
from tests.bench.fairness.scene import Scene
from tests.bench.fairness.sources import Series, cells, indoors, logged


@kind("at home, satellite fixes of a phone")
def phone(scene: Scene) -> None:
    """Errors of the drive."""
    for stop in scene.stops():
        scene.tell(stop, scene.phone(stop))


@kind("at home, a logger's fixes of another day")
def logger(scene: Scene) -> None:
    """Home is the middle of the stay of one day, the fixes are those of another day there; gaps as they were."""
    for stop in scene.stops():
        seconds, series = logged(scene.world.half, scene.world.random, scene.world.random.randint(3, 8))
        as_long = stop._replace(end=stop.start + timedelta(seconds=float(seconds)))
        scene.tell(as_long, scene.placed(as_long, series))


@kind("indoors, network fixes")
def network(scene: Scene) -> None:
    """Errors and accuracies of network fixes against a satellite track."""
    for stop in scene.stops():
        scene.tell(stop, scene.network(stop))


@kind("indoors, one cell tower serves the village")
def tower(scene: Scene) -> None:
    """Every fix of every home is the tower's position, with the accuracy of hundreds of metres that it really had."""
    coarse = [pair for pair in cells(scene.world.half).coarse if pair[1] > 300]
    for _ in range(scene.cases // 6):
        village = scene.world.village()
        who = scene.world.cadre(village)
        errors = [scene.world.random.choice(coarse) for _ in range(6)]
        homes = [scene.world.home(village, scene.away(village.middle, off)) for off, _ in errors]
        for stop, (_, accuracy) in zip(scene.rounds(who, homes), errors, strict=True):
            fix = Series(np.linspace(0, 1, 4), np.zeros(4), np.zeros(4), np.full(4, accuracy), "network")
            scene.tell(stop, scene.placed(stop, fix, village.middle))


@kind("indoors, the same cached WLAN position on several days")
def cached(scene: Scene) -> None:
    """One home on six days: every fix is the same position to the last decimal, off by the error of one network fix."""
    for stops in scene.revisits(6):
        still = _still(scene)
        for stop in stops:
            scene.tell(stop, scene.placed(stop, still))


@kind("three neighbours in a row, the same WLAN position in each home")
def neighbours(scene: Scene) -> None:
    """Their houses stand 25 m apart; the network knows one position for all."""
    for _ in range(scene.cases // 3):
        village = scene.world.village()
        homes = [scene.world.home(village, village.middle.moved(25.0 * n, 0)) for n in range(3)]
        still = _still(scene)
        for stop in scene.rounds(scene.world.cadre(village), homes):
            scene.tell(stop, scene.placed(stop, still, village.middle))


def _still(scene: Scene) -> Series:
    """The error of one network fix, four times."""
    _, east, north, accuracy, provider = indoors(scene.world.half, scene.world.random, 1)
    return Series(np.linspace(0, 1, 4), east.repeat(4), north.repeat(4), accuracy.repeat(4), provider)


@kind("brief visit at the door, nobody home")
def door(scene: Scene) -> None:
    """Two to four minutes."""
    for stop in scene.stops(minutes=(2.2, 4)):
        scene.tell(stop, scene.satellite(stop), mode="door", outcome="nobody_home")


@kind("two visitors, one phone")
def pair(scene: Scene) -> None:
    """One record names both."""
    for stop in scene.stops():
        other = scene.world.cadre(stop.home.village)
        scene.tell(stop, scene.satellite(stop), visitors=[stop.cadre.person, other.person])


@kind("two visitors, two phones, both record")
def joint(scene: Scene) -> None:
    """Each phone has an error of its own; they begin within a few minutes."""
    for stop in scene.stops(share=2):
        scene.tell(stop, scene.satellite(stop))
        other, later = scene.world.cadre(stop.home.village), timedelta(minutes=scene.world.random.uniform(0, 4))
        beside = stop._replace(cadre=other, start=stop.start + later)
        scene.tell(beside, scene.satellite(beside))


@kind("notes written in the evening, told as afterwards")
def afterwards(scene: Scene) -> None:
    """补录: no fix is asked."""
    for stop in scene.stops():
        scene.tell(stop, [], recorded="afterwards")


@kind("notes written in the evening at the cadre's own home, told as now by mistake", Expect.ASKED)
def mistaken(scene: Scene) -> None:
    """Looks like a visit written at home; the visit took place. Asking is what such a finding is for."""
    for stop in scene.stops():
        evening = stop.start.replace(hour=19, minute=scene.world.random.randrange(20, 59))
        at_home = stop._replace(start=evening, end=evening + timedelta(minutes=6))
        own = scene.away(stop.home.village.middle, scene.world.random.uniform(2_000, 15_000))
        scene.tell(at_home, scene.satellite(at_home, own))


@kind("a farmer visited at 21:00")
def evening(scene: Scene) -> None:
    """After the work in the fields; it ends before 22:00."""
    for stop in scene.stops(a_day=1):
        late = stop.start.replace(hour=20, minute=scene.world.random.randrange(45, 60))
        after = stop._replace(start=late, end=late + timedelta(minutes=scene.world.random.uniform(12, 30)))
        record = scene.record(after, scene.satellite(after))
        scene.send(after.cadre, [record], after.end + timedelta(minutes=20))


@kind("a declared phone shared by three")
def shared(scene: Scene) -> None:
    """Two others record on the phone of the first, as declared."""
    for stop in scene.stops():
        other = scene.world.cadre(stop.home.village)
        scene.world.share(stop.cadre, other)
        scene.tell(stop, scene.satellite(stop), recorder=other.person)


@kind("a phone borrowed for a day, not declared")
def borrowed(scene: Scene) -> None:
    """The own phone is dead; a colleague's is used for one visit."""
    for stop in scene.stops():
        other = scene.world.cadre(stop.home.village)
        scene.tell(stop, scene.satellite(stop), recorder=other.person)


@kind("a leader's visit written by the secretary")
def secretary(scene: Scene) -> None:
    """代录: the record names the leader as the visitor, the secretary as the recorder."""
    for stop in scene.stops():
        leader = scene.world.cadre(stop.home.village)
        scene.tell(stop, scene.satellite(stop), visitors=[leader.person])


@kind("met in the field, in hospital, at the village office")
def elsewhere(scene: Scene) -> None:
    """Fixes are where they met: up to 20 km away."""
    for stop in scene.stops():
        mode = scene.world.random.choice(["field", "hospital", "village_office"])
        there = scene.away(stop.home.at, scene.world.random.uniform(300, 20_000))
        scene.tell(stop, scene.satellite(stop, there), mode=mode)


@kind("80 km between homes, driven in a hurry")
def far_apart(scene: Scene) -> None:
    """75 to 95 km/h as the crow flies, from door to door."""
    for stop in scene.stops(share=2, a_day=1):
        scene.tell(stop, scene.satellite(stop))
        distance_km = scene.world.random.uniform(40, 80)
        hours = distance_km / scene.world.random.uniform(75, 95)
        there = scene.world.home(stop.home.village, scene.away(stop.home.at, distance_km * 1000))
        scene.world.link(stop.cadre, there)
        start = stop.end + timedelta(hours=hours)
        then = stop._replace(home=there, start=start, end=start + timedelta(minutes=15))
        scene.tell(then, scene.satellite(then))


@kind("offline for three weeks, then one batch")
def offline(scene: Scene) -> None:
    """Twenty homes in twenty days, all handed in on the last evening."""
    kept: dict[Any, list[dict[str, Any]]] = {}
    for stop in scene.stops(homes=20, a_day=1):
        kept.setdefault(stop.cadre, []).append(scene.record(stop, scene.satellite(stop)))
    for cadre, records in kept.items():
        scene.send(cadre, records, scene.world.at(31, 20.9))


@kind("a phone that tells a poor accuracy")
def coarse(scene: Scene) -> None:
    """Errors of network fixes; the phone calls them 300 to 1,500 m."""
    for stop in scene.stops():
        told = scene.network(stop)
        poor = scene.world.random.uniform(300, 1500)
        scene.tell(stop, [fix | {"accuracy_m": poor} for fix in told])


@kind("a phone that tells no accuracy")
def silent(scene: Scene) -> None:
    """Absent or negative: unknown."""
    for stop in scene.stops():
        unknown = scene.world.random.choice([None, -1.0, 0.0])
        scene.tell(stop, [fix | {"accuracy_m": unknown} for fix in scene.satellite(stop)])


@kind("a home that the list has no position for")
def unmapped(scene: Scene) -> None:
    """Three homes of a village, to which four cadres go one after the other."""
    for _ in range(scene.cases // 12):
        village = scene.world.village()
        homes = [scene.world.home(village, known=False) for _ in range(3)]
        for turn in range(4):
            for stop in scene.rounds(scene.world.cadre(village), homes, day=turn * 5):
                scene.tell(stop, scene.satellite(stop))


@kind("handed in twice after the app was installed anew")
def twice(scene: Scene) -> None:
    """The backup has the visit, with its fixes, and gives it another id and another phone."""
    for stop in scene.stops(share=2):
        told = scene.satellite(stop)
        scene.tell(stop, told)
        scene.tell(stop._replace(cadre=scene.world.another_phone(stop.cadre)), told)
