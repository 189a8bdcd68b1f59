"""Honest visits of phones that tell another datum than they say, and to homes that the register has elsewhere."""

from collections.abc import Callable

from sync.words import Reason
from tests.bench.fairness.kinds import Expect, kind
from tests.bench.fairness.scene import Scene
from tests.bench.fairness.sources import Pair, boundary, cities
from tests.bench.fairness.world import Point

Told = Callable[[Pair], tuple[float, float]]


@kind("the phone tells GCJ-02 and calls it WGS 84", Expect.FAIR, Reason.LOC_DATUM_GCJ02)
def gcj02(scene: Scene) -> None:
    """Homes and fixes are the same real points as two maps of the district have them; the error comes on top."""
    _around(scene, lambda pair: pair.gcj02, boundary(scene.world.half), "gcj02")


@kind("the phone tells GCJ-02, all over the country", Expect.FAIR, Reason.LOC_DATUM_GCJ02)
def gcj02_far(scene: Scene) -> None:
    """The shift differs from city to city."""
    _scattered(scene, lambda pair: pair.gcj02, "gcj02 far")


@kind("the phone tells BD-09, all over the country", Expect.FAIR, Reason.LOC_DATUM_BD09)
def bd09(scene: Scene) -> None:
    """Shifted once more, to about a kilometre."""
    _scattered(scene, lambda pair: pair.bd09 or pair.wgs84, "bd09")


def _around(scene: Scene, told: Told, pairs: list[Pair], model: str) -> None:
    """Cadres with phones of one model, each with a village along a stretch of the boundary."""
    for n in range(scene.cases // 6):
        low = n * 6 % (len(pairs) - 6)
        own = pairs[low : low + 6]
        village = scene.world.village(Point(*own[0].wgs84))
        homes = [scene.world.home(village, Point(*pair.wgs84)) for pair in own]
        who = scene.world.cadre(village, f"{model} {scene.world.seed}")
        for stop, pair in zip(scene.rounds(who, homes), own, strict=True):
            scene.tell(stop, scene.satellite(stop, Point(*told(pair))))


def _scattered(scene: Scene, told: Told, model: str) -> None:
    """A cadre in each city, three visits to one home."""
    pairs = cities(scene.world.half)
    for n in range(scene.cases // 3):
        pair = pairs[n % len(pairs)]
        village = scene.world.village(Point(*pair.wgs84))
        home = scene.world.home(village, Point(*pair.wgs84))
        for stop in scene.rounds(scene.world.cadre(village, f"{model} {scene.world.seed}"), [home] * 3, a_day=1):
            scene.tell(stop, scene.satellite(stop, Point(*told(pair))))


@kind("the village was imported in GCJ-02 as WGS 84", Expect.REGISTER)
def shifted(scene: Scene) -> None:
    """Six homes stand where one map has them and are listed where the other has them; three cadres with phones of
    different makes visit them."""
    pairs = boundary(scene.world.half)
    for n in range(scene.cases // 18):
        own = pairs[n * 6 % (len(pairs) - 6) :][:6]
        village = scene.world.village(Point(*own[0].wgs84))
        homes = [scene.world.home(village, Point(*pair.wgs84), Point(*pair.gcj02)) for pair in own]
        for turn in range(3):
            for stop in scene.rounds(scene.world.cadre(village, f"model {turn}"), homes, day=turn * 6):
                scene.tell(stop, scene.satellite(stop))


@kind("one address is wrong by 300 to 600 m", Expect.REGISTER, Reason.LOC_OUTSIDE)
def moved(scene: Scene) -> None:
    """One home in six is listed elsewhere; only visits to it count here. It is visited on three days."""
    for _ in range(scene.cases // 3):
        village = scene.world.village()
        right = [scene.world.home(village) for _ in range(5)]
        at = village.middle.moved(scene.world.random.uniform(-300, 300), scene.world.random.uniform(-300, 300))
        wrong = scene.world.home(village, at, scene.away(at, scene.world.random.uniform(300, 600)))
        for stop in scene.rounds(scene.world.cadre(village), [wrong, *right[:2], *right[2:4], wrong, right[4], wrong]):
            scene.tell(stop, scene.satellite(stop), judged=stop.home is wrong)


@kind("the other homes of a village where one address is wrong")
def beside(scene: Scene) -> None:
    """They must not suffer from the wrong one."""
    for _ in range(scene.cases // 5):
        village = scene.world.village()
        right = [scene.world.home(village) for _ in range(5)]
        at = village.middle
        wrong = scene.world.home(village, at, scene.away(at, scene.world.random.uniform(300, 600)))
        for stop in scene.rounds(scene.world.cadre(village), [*right, wrong]):
            scene.tell(stop, scene.satellite(stop), judged=stop.home is not wrong)
