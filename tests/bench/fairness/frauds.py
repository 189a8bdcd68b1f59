"""Visits that did not take place, with evidence handed in for them.

Fixes that were really measured, somewhere else, have the gaps of real ones; what an app makes up has none.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sync.words import Reason
from tests.bench.fairness.kinds import Expect, kind
from tests.bench.fairness.scene import HOURS, Scene, Stop
from tests.bench.fairness.world import Cadre, Home, Point

Told = list[dict[str, Any]]


@kind("written at the cadre's home or office, 1 to 15 km away", Expect.FRAUD, Reason.LOC_OUTSIDE)
def office(scene: Scene) -> None:
    """Real satellite fixes; all visits of a cadre at one spot."""
    for stop, there in _from_offices(scene):
        scene.tell(stop, scene.satellite(stop, there))


@kind("written indoors at the office, 1 to 15 km away", Expect.FRAUD, Reason.LOC_OUTSIDE)
def office_indoors(scene: Scene) -> None:
    """The same with network fixes."""
    for stop, there in _from_offices(scene):
        scene.tell(stop, scene.network(stop, there))


def _from_offices(scene: Scene) -> Iterator[tuple[Stop, Point]]:
    """Stops, each with where the cadre's office is."""
    offices: dict[Cadre, Point] = {}
    for stop in scene.stops():
        if stop.cadre not in offices:
            offices[stop.cadre] = scene.away(stop.home.village.middle, scene.world.random.uniform(1_500, 15_000))
        yield stop, offices[stop.cadre]


@kind("written at the office of the same village, 250 to 600 m away", Expect.BLIND, Reason.LOC_OUTSIDE)
def village_office(scene: Scene) -> None:
    """Just beyond the radius of 200 m: the error of the fixes reaches it."""
    for stop in scene.stops():
        there = scene.away(stop.home.at, scene.world.random.uniform(250, 600))
        scene.tell(stop, scene.satellite(stop, there))


@kind("written at 3 in the morning, at the cadre's home", Expect.FRAUD, Reason.LOC_OUTSIDE, Reason.TIME_ODD_HOURS)
def night(scene: Scene) -> None:
    """Real fixes there; declared as now."""
    for stop in scene.stops(a_day=1):
        scene.tell(_at_three(stop), scene.satellite(_at_three(stop), scene.away(stop.home.at, 3_000)))


@kind("at the home itself, at 3 in the morning", Expect.BLIND, Reason.TIME_ODD_HOURS)
def night_there(scene: Scene) -> None:
    """Odd, and the phone was there: told as a fact."""
    for stop in scene.stops(a_day=1):
        scene.tell(_at_three(stop), scene.satellite(_at_three(stop)))


def _at_three(stop: Stop) -> Stop:
    start = stop.start.replace(hour=3)
    return stop._replace(start=start, end=start + (stop.end - stop.start))


@kind("mock location app, flagged by the platform", Expect.FRAUD, Reason.LOC_MOCK)
def mock(scene: Scene) -> None:
    """At the home to the metre."""
    for stop in scene.stops():
        scene.tell(stop, scene.phone(stop, mock=True))


@kind("mock app without a flag: one position for neighbouring homes", Expect.FRAUD, Reason.LOC_FROZEN)
def frozen(scene: Scene) -> None:
    """Six homes within 120 m; every fix of every visit is the same position."""
    for _ in range(scene.cases // 6):
        village = scene.world.village()
        homes = [
            scene.world.home(village, scene.away(village.middle, scene.world.random.uniform(10, 60))) for _ in range(6)
        ]
        for stop in scene.rounds(scene.world.cadre(village), homes):
            scene.tell(stop, _still(scene, stop, village.middle))


@kind("mock app without a flag: the registered position, on several days", Expect.FRAUD, Reason.LOC_FROZEN)
def frozen_days(scene: Scene) -> None:
    """One home on four days, always the same position."""
    for stops in scene.revisits(4):
        for stop in stops:
            scene.tell(stop, _still(scene, stop, stop.home.at))


def _still(scene: Scene, stop: Stop, at: Point) -> Told:
    """Fixes that do not move."""
    return [fix | {"lon": round(at.lon, 7), "lat": round(at.lat, 7)} for fix in scene.phone(stop)]


@kind("the fixes of another visit, moved to the home", Expect.BLIND)
def shifted_copy(scene: Scene) -> None:
    """The shape of a real visit at another place of the declared hours: no rule compares shapes."""
    _copies(scene, 0.0)


@kind("the fixes of another visit, moved to the home, with jitter", Expect.BLIND)
def jittered_copy(scene: Scene) -> None:
    """Every fix moved by another metre or two: this is what a real visit looks like."""
    _copies(scene, 1.5)


def _copies(scene: Scene, jitter_m: float) -> None:
    first: dict[Cadre, tuple[Home, Told]] = {}
    gauss = scene.world.random.gauss
    for stop in scene.stops():
        told = scene.phone(stop)
        if stop.cadre not in first:
            first[stop.cadre] = (stop.home, told)
            scene.tell(stop, told, judged=False)
            continue
        home, source = first[stop.cadre]
        east, north = stop.home.at.lon - home.at.lon, stop.home.at.lat - home.at.lat
        copied = [
            new | {"lon": round(old["lon"] + east + gauss(0, jitter_m) * 1.1e-5, 7),
                   "lat": round(old["lat"] + north + gauss(0, jitter_m) * 9e-6, 7), "accuracy_m": old["accuracy_m"]}
            for new, old in zip(_again(scene, stop, len(source)), source, strict=True)
        ]  # fmt: skip
        scene.tell(stop, copied)


def _again(scene: Scene, stop: Stop, count: int) -> Told:
    """Fixes at the times of this stop, so many."""
    [first, *_] = scene.phone(stop)
    step = (stop.end - stop.start) / max(count - 1, 1)
    step_ms = int(step.total_seconds() * 1000)
    return [
        first | {"at": stop.start + step * n, "elapsed_ms": first["elapsed_ms"] + step_ms * n} for n in range(count)
    ]


@kind("teleport: homes 30 km apart, minutes between", Expect.FRAUD, Reason.LOC_TELEPORT)
def teleport(scene: Scene) -> None:
    """Each has its fixes at its home; four to ten minutes from door to door."""
    for stop in scene.stops(share=2):
        there = scene.world.home(stop.home.village, scene.away(stop.home.at, 30_000))
        scene.world.link(stop.cadre, there)
        start = stop.end + timedelta(minutes=scene.world.random.uniform(4, 10))
        _both(scene, stop, stop._replace(home=there, start=start, end=start + timedelta(minutes=12)))


@kind("at two places at once", Expect.FRAUD, Reason.OVERLAP_SELF)
def overlap(scene: Scene) -> None:
    """Homes 0.8 to 5 km apart, in the same minutes."""
    for stop in scene.stops(share=2):
        there = scene.world.home(stop.home.village, scene.away(stop.home.at, scene.world.random.uniform(800, 5_000)))
        scene.world.link(stop.cadre, there)
        start = stop.start + (stop.end - stop.start) * scene.world.random.uniform(0.1, 0.6)
        _both(scene, stop, stop._replace(home=there, start=start, end=start + timedelta(minutes=15)))


def _both(scene: Scene, stop: Stop, other: Stop) -> None:
    scene.tell(stop, scene.phone(stop))
    scene.tell(other, scene.phone(other))


@kind("a colleague's copy of the fixes, told as a joint visit", Expect.FRAUD, Reason.JOINT_SHARED_EVIDENCE)
def copied(scene: Scene) -> None:
    """Another phone, the same series to the last decimal; the honest one counts apart."""
    for stop in scene.stops():
        told = scene.satellite(stop)
        scene.tell(stop, told, label="the honest visit whose fixes a colleague copied")
        beside = stop._replace(cadre=scene.world.cadre(stop.home.village))
        scene.tell(beside, told)


@kind("the honest visit whose fixes a colleague copied", Expect.ASKED, Reason.JOINT_SHARED_EVIDENCE)
def victim(scene: Scene) -> None:
    """Made by the kind above."""


@kind("one phone for thirty cadres", Expect.FRAUD, Reason.DEVICE_SHARED)
def thirty(scene: Scene) -> None:
    """Undeclared; in the same hours in villages kilometres apart, each visit with fixes at its home."""
    for n in range(scene.cases // 30):
        phone = scene.world.cadre(scene.world.village())
        for turn in range(30):
            village = scene.world.village()
            other, home = scene.world.cadre(village), scene.world.home(village)
            scene.world.link(other, home)
            start = scene.world.at(3 + n % 20, HOURS[turn % 3] + scene.world.random.uniform(0, 0.7))
            stop = Stop(phone, home, start, start + timedelta(minutes=15))
            scene.tell(stop, scene.phone(stop), recorder=other.person)
