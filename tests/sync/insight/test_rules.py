"""Lights and drawings."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from sync.insight.rules import HEIGHT, MARGIN, WIDTH, Spot, draw, light
from sync.words import Light, Verdict

NOON = datetime(2026, 3, 5, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("due_at", "closed", "shown"),
    [
        (NOON + 25 * HOUR, False, Light.GREEN),
        (NOON + 24 * HOUR, False, Light.YELLOW),
        (NOON + HOUR, False, Light.YELLOW),
        (NOON, False, Light.RED),
        (NOON - HOUR, False, Light.RED),
        (NOON - HOUR, True, Light.GREY),
        (None, False, Light.GREY),
    ],
)
def test_a_deadline_has_a_light(due_at: datetime | None, closed: bool, shown: Light) -> None:
    assert light(due_at, closed, NOON) is shown


def spot(lon: float, lat: float, verdict: Verdict = Verdict.VERIFIED, town: str = "北沟镇") -> Spot:
    return Spot(lon, lat, verdict, town)


def test_without_visits_there_is_no_drawing() -> None:
    assert draw([]) is None


def test_a_single_visit_stands_in_the_middle_of_its_neighbourhood() -> None:
    drawing = draw([spot(120.75, 37.8)])
    assert drawing is not None
    [dot] = drawing.dots
    assert (dot.x, dot.y, dot.outside) == (WIDTH / 2, HEIGHT / 2, False)
    assert drawing.scale_m == 200


def test_north_is_up_and_east_is_right() -> None:
    drawing = draw([spot(120.70, 37.70), spot(120.80, 37.80)])
    assert drawing is not None
    south_west, north_east = drawing.dots
    assert north_east.x > south_west.x
    assert north_east.y < south_west.y


def test_a_kilometre_is_as_long_to_the_east_as_to_the_north() -> None:
    drawing = draw([spot(120.70, 37.80), spot(120.70 + 1 / 111.32 / 0.790155, 37.80), spot(120.70, 37.80 + 1 / 111.32)])
    assert drawing is not None
    origin, east, north = drawing.dots
    assert abs((east.x - origin.x) - (origin.y - north.y)) < 1


def test_a_stray_fix_stands_at_the_edge_and_does_not_shrink_the_county() -> None:
    village = [spot(120.75 + n / 10_000, 37.8 + n / 10_000) for n in range(100)]
    alone = draw(village)
    strayed = draw([*village, spot(0.1, 0.1, Verdict.DOUBTFUL)])
    assert alone is not None
    assert strayed is not None
    outside = [dot for dot in strayed.dots if dot.outside and dot.verdict is Verdict.DOUBTFUL]
    assert [(dot.x, dot.y) for dot in outside] == [(MARGIN, HEIGHT - MARGIN)]
    assert strayed.scale_m == alone.scale_m


def test_doubtful_visits_are_drawn_last() -> None:
    drawing = draw([spot(120.7, 37.7, verdict) for verdict in (Verdict.DOUBTFUL, *Verdict)])
    assert drawing is not None
    assert [dot.verdict for dot in drawing.dots][-2:] == [Verdict.DOUBTFUL, Verdict.DOUBTFUL]


def test_labels_of_towns_do_not_cover_each_other() -> None:
    towns = [spot(120.75, 37.8, town=name) for name in ("登州街道", "北沟镇", "")] + [
        spot(120.75, 37.8, town="南王街道")
    ]
    drawing = draw(towns)
    assert drawing is not None
    assert [label.text for label in drawing.labels] == ["登州街道", "北沟镇", "南王街道"]
    heights = [label.y for label in drawing.labels]
    assert [b - a for a, b in itertools.pairwise(heights)] == [20, 20]
