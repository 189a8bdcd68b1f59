"""Pure rules of screens: the light of a deadline, and points on the ground as a drawing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import cos, radians
from statistics import quantiles
from typing import NamedTuple

from sync.words import Light, Mode, Outcome, Verdict

WIDTH, HEIGHT, MARGIN = 800.0, 560.0, 28.0
SPAN_M_MIN = 600.0  # a single place is drawn as a neighbourhood, not as a wall of one dot
METRES_PER_DEGREE = 111_320.0
DRAWN_LAST = (Verdict.VERIFIED, Verdict.UNVERIFIABLE, Verdict.REFUSED, Verdict.DOUBTFUL)
SCALES_M = (100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000)


def light(due_at: datetime | None, closed: bool, now: datetime) -> Light:
    """Green in time, yellow within a day of the deadline, red past it, grey closed or without one."""
    if due_at is None or closed:
        return Light.GREY
    if now >= due_at:
        return Light.RED
    return Light.YELLOW if due_at - now <= timedelta(days=1) else Light.GREEN


def is_met(outcome: Outcome, mode: Mode) -> bool:
    """Whether somebody of the place was met: face to face, wherever that was; a call is enough for who lives away."""
    return outcome is Outcome.LIVES_AWAY or (outcome is Outcome.MET and mode is not Mode.PHONE)


class Spot(NamedTuple):
    """A visit on the ground: degrees, WGS 84."""

    lon: float
    lat: float
    verdict: Verdict
    town: str


class Dot(NamedTuple):
    """A visit on the drawing; `outside` ones lie beyond its edge and stand on it."""

    x: float
    y: float
    verdict: Verdict
    outside: bool


class Label(NamedTuple):
    """A town's name in the middle of its visits."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """North is up; `scale_m` metres are `scale` units wide. Dots stand in drawing order, doubtful ones on top."""

    dots: tuple[Dot, ...]
    labels: tuple[Label, ...]
    scale_m: int
    scale: float
    width: float = WIDTH
    height: float = HEIGHT


def draw(spots: Sequence[Spot]) -> Drawing | None:
    """A drawing of the spots, or None without any.

    The frame holds the middle 96 % in each direction with some air around, so that one stray fix does not shrink the
    county to a dot.
    """
    if not spots:
        return None
    west, east = _middle([spot.lon for spot in spots])
    south, north = _middle([spot.lat for spot in spots])
    lon, lat = (west + east) / 2, (south + north) / 2
    metres_x = METRES_PER_DEGREE * cos(radians(lat))
    span_x = max((east - west) * metres_x, SPAN_M_MIN)
    span_y = max((north - south) * METRES_PER_DEGREE, SPAN_M_MIN)
    per_metre = min((WIDTH - 4 * MARGIN) / span_x, (HEIGHT - 4 * MARGIN) / span_y)

    def place(spot: Spot) -> Dot:
        x = WIDTH / 2 + (spot.lon - lon) * metres_x * per_metre
        y = HEIGHT / 2 - (spot.lat - lat) * METRES_PER_DEGREE * per_metre
        inside_x = min(max(x, MARGIN), WIDTH - MARGIN)
        inside_y = min(max(y, MARGIN), HEIGHT - MARGIN)
        return Dot(round(inside_x, 1), round(inside_y, 1), spot.verdict, (x, y) != (inside_x, inside_y))

    placed = [(spot.town, place(spot)) for spot in spots]
    dots = sorted((dot for _, dot in placed), key=lambda dot: DRAWN_LAST.index(dot.verdict))
    scale_m = max((metres for metres in SCALES_M if metres * per_metre <= WIDTH / 4), default=SCALES_M[0])
    return Drawing(tuple(dots), _labels(placed), scale_m, round(scale_m * per_metre, 1))


def _middle(values: list[float]) -> tuple[float, float]:
    if len(values) < 2:
        return values[0], values[0]
    cuts = quantiles(values, n=50, method="inclusive")
    return cuts[0], cuts[-1]


def _labels(placed: Sequence[tuple[str, Dot]]) -> tuple[Label, ...]:
    towns: dict[str, list[Dot]] = {}
    for town, dot in placed:
        if town and not dot.outside:
            towns.setdefault(town, []).append(dot)
    labels = (
        Label(round(sum(dot.x for dot in dots) / len(dots), 1), round(sum(dot.y for dot in dots) / len(dots), 1), town)
        for town, dots in towns.items()
    )
    return _apart(sorted(labels, key=lambda label: label.y))


def _apart(labels: list[Label]) -> tuple[Label, ...]:
    """Push a label down while it would cover one above it."""
    kept: list[Label] = []
    for label in labels:
        moved = label
        for other in kept:
            if abs(moved.x - other.x) < 80 and moved.y - other.y < 20:
                moved = moved._replace(y=round(other.y + 20, 1))
        kept.append(moved)
    return tuple(kept)
