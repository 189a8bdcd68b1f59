"""Phones whose clocks are wrong: by neglect, and by purpose."""

from datetime import datetime, timedelta

from sync.words import Reason
from tests.bench.fairness.kinds import Expect, kind
from tests.bench.fairness.scene import NONE, Scene, Stop
from tests.bench.fairness.world import EVENING_H

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@kind("the clock is an hour off")
def hour(scene: Scene) -> None:
    """Ahead or behind, from the visit to the sending."""
    for stop in scene.stops():
        _wrong(scene, stop, scene.world.random.choice([-HOUR, HOUR]))


@kind("the clock is a year off")
def year(scene: Scene) -> None:
    """The battery was empty, or the year was set by hand."""
    for stop in scene.stops():
        _wrong(scene, stop, scene.world.random.choice([-365 * DAY, 365 * DAY]))


@kind("the clock is a year off, and the phone was started anew before the sending")
def restarted(scene: Scene) -> None:
    """The monotonic clock begins again: only the offset at the sending is left."""
    for stop in scene.stops():
        off = scene.world.random.choice([-365 * DAY, 365 * DAY])
        record = scene.record(stop, scene.satellite(stop), off=off)
        scene.send(stop.cadre, [record], _evening(scene, stop), off=off, boot="2")


@kind("the clock jumps in the middle of the visit")
def jump(scene: Scene) -> None:
    """The network sets it right, by hours or by months."""
    for stop in scene.stops():
        off = scene.world.random.choice([-5 * HOUR, 8 * HOUR, 200 * DAY, -90 * DAY])
        scene.send(
            stop.cadre, [scene.record(stop, scene.satellite(stop), off=off, off_end=NONE)], _evening(scene, stop)
        )


def _wrong(scene: Scene, stop: Stop, off: timedelta) -> None:
    record = scene.record(stop, scene.satellite(stop), off=off)
    scene.send(stop.cadre, [record], _evening(scene, stop), off=off)


def _evening(scene: Scene, stop: Stop) -> datetime:
    """The evening of the visit's day."""
    return scene.world.at((stop.start - scene.world.first).days, EVENING_H)


@kind("clock set back for the visit, set right before the sending", Expect.FRAUD, Reason.TIME_JUMP, time_counts=True)
def backdated(scene: Scene) -> None:
    """The home is visited today and claimed for three to ten days ago; the phone stays on."""
    for stop in scene.stops():
        off = -scene.world.random.randint(3, 10) * DAY
        scene.send(stop.cadre, [scene.record(stop, scene.satellite(stop), off=off)], _evening(scene, stop))


@kind(
    "clock set back for the visit, phone started anew before the sending",
    Expect.FRAUD,
    Reason.TIME_SKEW,
    time_counts=True,
)
def backdated_restarted(scene: Scene) -> None:
    """The monotonic clock began anew; what is left are the satellites' own times, which the fixes carry."""
    for stop in scene.stops():
        off = -scene.world.random.randint(3, 10) * DAY
        record = scene.record(stop, scene.satellite(stop), off=off)
        scene.send(stop.cadre, [record], _evening(scene, stop), boot="2")
