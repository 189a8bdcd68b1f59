"""Copies of a picture are near each other, other pictures are far, and pictures that show nothing have no hash."""

from collections.abc import Callable
from io import BytesIO
from itertools import combinations, pairwise

import numpy as np
import pytest
from PIL import Image, ImageDraw

from sync.photos.picture import Looked, look
from sync.photos.rules.dhash import dhash, distance
from sync.policy import defaults
from tests.factories import pictures

PHOTOS = defaults().photos


def hash_of(image: Image.Image, quality: int = 85) -> int | None:
    looked = look(pictures.jpeg(image, quality), PHOTOS)
    assert isinstance(looked, Looked)
    return looked.dhash


def barred(image: Image.Image) -> Image.Image:
    copy = image.copy()
    ImageDraw.Draw(copy).rectangle((0, 560, 800, 600), fill="black")
    return copy


@pytest.mark.parametrize(
    "copied",
    [
        lambda image: image.resize((400, 300)),
        lambda image: image.resize((1600, 1200)),
        lambda image: image.point(lambda level: min(255, int(level * 1.15 + 8))),
        lambda image: Image.open(BytesIO(pictures.jpeg(image, 30))),
        barred,
    ],
    ids=["smaller", "larger", "brighter", "compressed", "with a bar"],
)
def test_a_copy_is_within_six_bits(copied: Callable[[Image.Image], Image.Image]) -> None:
    for seed in range(5):
        original = pictures.scene(seed)
        one, other = hash_of(original), hash_of(copied(original))
        assert one is not None
        assert other is not None
        assert distance(one, other) <= PHOTOS.similar_bits


def test_a_copy_without_its_margins_is_near_to_the_whole_or_to_the_middle() -> None:
    found = whole = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        original = pictures.scene(seed)
        width, height = original.size
        left, top, right, bottom = rng.uniform(0.01, 0.04, 4)
        box = (int(left * width), int(top * height), int((1 - right) * width), int((1 - bottom) * height))
        one, copy = look(pictures.jpeg(original, 85), PHOTOS), look(pictures.jpeg(original.crop(box), 85), PHOTOS)
        assert isinstance(one, Looked)
        assert isinstance(copy, Looked)
        assert None not in (one.dhash, one.inner_dhash, copy.dhash, copy.inner_dhash)
        pairs = ((one.dhash, copy.dhash), (one.inner_dhash, copy.dhash), (one.dhash, copy.inner_dhash))
        bits = [distance(mine or 0, its or 0) for mine, its in pairs]
        whole += bits[0] <= PHOTOS.similar_bits
        found += min(bits) <= PHOTOS.similar_bits
    assert found >= 36
    assert whole < found


def test_other_scenes_are_far_away() -> None:
    hashes = [hash_of(pictures.scene(seed)) for seed in range(40)]
    known = [one for one in hashes if one is not None]
    assert len(known) == 40
    assert min(distance(one, other) for one, other in combinations(known, 2)) > 2 * PHOTOS.similar_bits


@pytest.mark.parametrize("kind", [pictures.dark, pictures.wall, pictures.lamp, pictures.sky])
def test_honest_pictures_that_show_nothing_have_no_hash_and_accuse_nobody(kind: Callable[[int], Image.Image]) -> None:
    assert [hash_of(kind(seed), quality) for seed in range(8) for quality in (60, 90)] == [None] * 16


def test_a_hash_is_a_signed_number_of_64_bits_with_one_bit_a_step() -> None:
    rng = np.random.default_rng(1)
    grid = rng.uniform(0, 255, (8, 9))
    found = dhash(grid)
    assert found is not None
    bits = f"{found & (1 << 64) - 1:064b}"
    assert bits == "".join("1" if right > left else "0" for row in grid for left, right in pairwise(row))
    assert -(1 << 63) <= found < 1 << 63
    assert distance(found, ~found) == 64


def test_steps_without_relief_are_shading() -> None:
    y, x = np.mgrid[0:8, 0:9].astype(np.float64)
    assert dhash(10 * x + y * y) is None
