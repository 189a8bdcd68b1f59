"""Visits with photos: honest ones, and photos that were used before or taken elsewhere."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random

from PIL.Image import Image

from sync import ids
from sync.words import Reason
from tests.bench.fairness.kinds import Expect, kind
from tests.bench.fairness.pictures import bases, cropped, dark, next_step, recompressed, same_door, taken, watermarked
from tests.bench.fairness.scene import Scene, Stop
from tests.bench.fairness.world import EVENING_H

Disguise = Callable[[Image, Random], Image]


def _pictured(scene: Scene, share: int = 1) -> Iterator[tuple[Stop, Image]]:
    """Stops, each with a picture that no other stop of its village has."""
    pictures = bases(scene.world.half)
    for n, stop in enumerate(scene.stops(share=share)):
        yield stop, pictures[n % len(pictures)]


@kind("a photo of its own, EXIF time and place right", few=True)
def own_photo(scene: Scene) -> None:
    """Every visit another real photo."""
    for stop, image in _pictured(scene):
        content = taken(image, scene.world.random, at=stop.start, lonlat=stop.home.at)
        scene.tell(stop, scene.satellite(stop), photos=[scene.photo(stop, content)])


@kind("a dark photo", few=True)
def dark_photo(scene: Scene) -> None:
    """Almost black: little is left to tell pictures apart."""
    for stop, image in _pictured(scene):
        content = taken(dark(image, scene.world.random), scene.world.random, at=stop.start)
        scene.tell(stop, scene.satellite(stop), photos=[scene.photo(stop, content)])


@kind("the same street photographed in two visits", few=True)
def street(scene: Scene) -> None:
    """Neighbouring homes, a few steps apart, other light."""
    for stop, image in _pictured(scene, 2):
        random = scene.world.random
        content = taken(image, random, at=stop.start)
        scene.tell(stop, scene.satellite(stop), photos=[scene.photo(stop, content)])
        there = scene.world.home(stop.home.village, scene.away(stop.home.at, 40))
        scene.world.link(stop.cadre, there)
        start = stop.end + timedelta(minutes=5)
        then = stop._replace(home=there, start=start, end=start + timedelta(minutes=12))
        content = taken(next_step(image, random), random, at=then.start)
        scene.tell(then, scene.satellite(then), photos=[scene.photo(then, content)])


@kind("the same door photographed on every visit", few=True)
def door(scene: Scene) -> None:
    """One home on four days, from nearly the same spot."""
    pictures, random = bases(scene.world.half), scene.world.random
    for n, stops in enumerate(scene.revisits(4)):
        for stop in stops:
            content = taken(same_door(pictures[n % len(pictures)], random), random, at=stop.start)
            scene.tell(stop, scene.satellite(stop), photos=[scene.photo(stop, content)])


@kind("one photo for the visit and for the problem told in it", few=True)
def of_problem(scene: Scene) -> None:
    """The same bytes twice in one record."""
    for stop, image in _pictured(scene):
        photo = scene.photo(stop, taken(image, scene.world.random))
        again = [photo | {"id": ids.uuid7()}]
        problem = {"id": ids.uuid7(), "category": "traffic", "text": "门前的路坏了", "read_back": True, "photos": again}
        scene.tell(stop, scene.satellite(stop), photos=[photo], problems=[problem])


@kind("a photo shared in the group chat by both joint visitors", few=True)
def group_chat(scene: Scene) -> None:
    """Two records from two phones, the same bytes; the chat has taken the EXIF out."""
    for stop, image in _pictured(scene, 2):
        content = taken(image, scene.world.random)
        scene.tell(stop, scene.satellite(stop), photos=[scene.photo(stop, content)])
        other, later = scene.world.cadre(stop.home.village), timedelta(minutes=scene.world.random.uniform(0, 4))
        beside = stop._replace(cadre=other, start=stop.start + later)
        scene.tell(beside, scene.satellite(beside), photos=[scene.photo(beside, content)])


@kind("the clock is a year off, and so is the photo's EXIF time", few=True)
def wrong_year(scene: Scene) -> None:
    """One fault, told by two witnesses."""
    for stop, image in _pictured(scene):
        off = scene.world.random.choice([-1, 1]) * timedelta(days=365)
        content = taken(image, scene.world.random, at=stop.start + off, lonlat=stop.home.at)
        record = scene.record(stop, scene.satellite(stop), off=off, photos=[scene.photo(stop, content)])
        scene.send(stop.cadre, [record], scene.world.at((stop.start - scene.world.first).days, EVENING_H), off=off)


def _reused(scene: Scene, disguise: Disguise | None) -> None:
    """A cadre's first photo once more in the visits to the other homes; the first visit does not count."""
    first: dict[object, tuple[Image, bytes]] = {}
    random = scene.world.random
    for stop, image in _pictured(scene):
        is_first = stop.cadre not in first
        source, content = first.setdefault(stop.cadre, (image, taken(image, random)))
        if not is_first and disguise:
            content = taken(disguise(source, random), random)
        scene.tell(stop, scene.satellite(stop), photos=[scene.photo(stop, content)], judged=not is_first)


@kind("a photo used before, the same bytes", Expect.FRAUD, Reason.PHOTO_REUSED_EXACT, few=True)
def reused(scene: Scene) -> None:
    """Fixes are right in all of these."""
    _reused(scene, None)


@kind("a photo used before, recompressed", Expect.FRAUD, Reason.PHOTO_REUSED_SIMILAR, few=True)
def reused_chat(scene: Scene) -> None:
    """As it comes out of a chat."""
    _reused(scene, recompressed)


@kind("a photo used before, cropped by 1 to 4 %", Expect.FRAUD, Reason.PHOTO_REUSED_SIMILAR, few=True)
def reused_crop(scene: Scene) -> None:
    """Each side by itself."""
    _reused(scene, cropped)


@kind("a photo used before, with a watermark bar", Expect.FRAUD, Reason.PHOTO_REUSED_SIMILAR, few=True)
def reused_mark(scene: Scene) -> None:
    """Over 6 to 12 % of the height."""
    _reused(scene, watermarked)


@kind("a photo taken elsewhere at another time", Expect.FRAUD, Reason.PHOTO_EXIF_TIME, Reason.PHOTO_EXIF_GPS, few=True)
def foreign(scene: Scene) -> None:
    """EXIF tells of days before and kilometres away."""
    for stop, image in _pictured(scene):
        random = scene.world.random
        there = scene.away(stop.home.at, random.uniform(2_000, 20_000))
        content = taken(image, random, at=stop.start - timedelta(days=random.randint(1, 60)), lonlat=there)
        scene.tell(stop, scene.satellite(stop), photos=[scene.photo(stop, content)])
