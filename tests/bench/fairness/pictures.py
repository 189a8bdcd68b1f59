"""Real photos as the bytes of phones: taken anew, darkened, taken again from the next step, copied and disguised."""

import io
import warnings
from datetime import datetime
from functools import cache
from random import Random

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageOps
from pillow_heif import register_heif_opener

from tests.bench.fairness.sources import Half
from tests.factories.real import photos

LONGER_PX, SHORTER_MIN_PX = 1024, 200
SAME = 0.95  # correlation of two pictures in 32 x 32 greys beyond which they are one picture
EXIF_IFD, GPS_IFD, DATE_TIME_ORIGINAL = 0x8769, 0x8825, 0x9003


@cache
def bases(half: Half) -> list[Image.Image]:
    """Different real photos, upright, at most 1,024 px: every second one. One picture that the data holds in several
    orientations or with several EXIF blocks is taken once."""
    register_heif_opener()
    found: list[Image.Image] = []
    greys: list[np.ndarray[tuple[int], np.dtype[np.float64]]] = []
    for content in photos():
        with warnings.catch_warnings(
            action="ignore"
        ):  # some of the EXIF blocks are broken, which is why they are there
            image = ImageOps.exif_transpose(Image.open(io.BytesIO(content))).convert("RGB")
        if min(image.size) < SHORTER_MIN_PX:
            continue
        grey = np.asarray(image.convert("L").resize((32, 32)), np.float64).ravel()
        if grey.std() < 1 or any(np.corrcoef(grey, other)[0, 1] > SAME for other in greys):
            continue
        image.thumbnail((LONGER_PX, LONGER_PX))
        found.append(image)
        greys.append(grey)
    return found[half is Half.KEPT :: 2]


def taken(
    image: Image.Image, random: Random, *, at: datetime | None = None, lonlat: tuple[float, float] | None = None
) -> bytes:
    """A photo as a camera writes it: quality of its own, a pixel less at a side, so that no two have the same bytes."""
    width, height = image.size
    trimmed = image.crop((random.randrange(3), random.randrange(3), width - random.randrange(3), height))
    quality = random.randint(82, 93)
    out = io.BytesIO()
    trimmed.save(out, "JPEG", quality=quality, exif=_exif(at, lonlat), comment=random.randbytes(8).hex())
    return out.getvalue()


def _exif(at: datetime | None, lonlat: tuple[float, float] | None) -> Image.Exif:
    exif = Image.Exif()
    if at is not None:
        exif.get_ifd(EXIF_IFD)[DATE_TIME_ORIGINAL] = at.strftime("%Y:%m:%d %H:%M:%S")
    if lonlat is not None:
        gps = exif.get_ifd(GPS_IFD)
        gps[1], gps[2], gps[3], gps[4] = "N", _dms(lonlat[1]), "E", _dms(lonlat[0])
    return exif


def _dms(degrees: float) -> tuple[float, float, float]:
    minutes = degrees % 1 * 60
    return float(int(degrees)), float(int(minutes)), round(minutes % 1 * 60, 3)


def dark(image: Image.Image, random: Random) -> Image.Image:
    """In a room without light: almost black, with the noise of the sensor."""
    values = np.asarray(image, np.float64) * random.uniform(0.02, 0.15)
    noise = np.random.default_rng(random.randrange(2**32)).normal(6, 4, values.shape)
    return Image.fromarray(np.clip(values + noise, 0, 255).astype(np.uint8))


def next_step(image: Image.Image, random: Random) -> Image.Image:
    """The same street taken again: a few steps on, other light."""
    width, height = image.size
    across, down = (random.choice([-1, 1]) * random.uniform(0.08, 0.2) for _ in range(2))
    left, top = int(max(0, across) * width), int(max(0, down) * height)
    again = image.crop((left, top, left + int((1 - abs(across)) * width), top + int((1 - abs(down)) * height)))
    return ImageEnhance.Brightness(again).enhance(random.uniform(0.7, 1.3))


def same_door(image: Image.Image, random: Random) -> Image.Image:
    """Taken again from nearly the same spot on another day: turned a little, a little nearer, in other light."""
    turned = image.rotate(random.uniform(-3, 3), Image.Resampling.BICUBIC)
    width, height = turned.size
    left, top, right, bottom = (random.uniform(0.03, 0.09) for _ in range(4))
    nearer = turned.crop((int(left * width), int(top * height), int((1 - right) * width), int((1 - bottom) * height)))
    return ImageEnhance.Brightness(nearer).enhance(random.uniform(0.7, 1.3))


def recompressed(image: Image.Image, random: Random) -> Image.Image:
    """Sent through a chat: smaller and coarser."""
    share = random.uniform(0.5, 0.9)
    small = image.resize((int(image.width * share), int(image.height * share)))
    out = io.BytesIO()
    small.save(out, "JPEG", quality=random.randint(35, 65))
    return Image.open(io.BytesIO(out.getvalue())).convert("RGB")


def cropped(image: Image.Image, random: Random) -> Image.Image:
    """1 to 4 % off each side."""
    left, top, right, bottom = (random.uniform(0.01, 0.04) for _ in range(4))
    width, height = image.size
    return image.crop((int(left * width), int(top * height), int((1 - right) * width), int((1 - bottom) * height)))


def watermarked(image: Image.Image, random: Random) -> Image.Image:
    """A bar with place and date along the bottom, as attendance apps put it."""
    marked = image.copy()
    draw = ImageDraw.Draw(marked)
    top = int(marked.height * random.uniform(0.88, 0.94))
    draw.rectangle((0, top, marked.width, marked.height), fill=(20, 20, 20))
    draw.text((10, top + 4), f"2026-{random.randrange(1, 13):02d}-{random.randrange(1, 29):02d}", fill=(255, 255, 255))
    return marked
