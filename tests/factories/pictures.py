"""Pictures as phones take them, drawn here: seeded, small, of things and not of people."""

import struct
import zlib
from io import BytesIO
from random import Random
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

SIZE = (800, 600)


def scene(seed: int, size: tuple[int, int] = SIZE) -> Image.Image:
    """A yard with walls, doors, windows and trees, another one for each seed."""
    random = Random(seed)
    image = Image.new("RGB", size, _colour(random))
    draw = ImageDraw.Draw(image)
    for _ in range(40):
        x, y = random.randrange(-100, size[0]), random.randrange(-100, size[1])
        box = (x, y, x + random.randrange(60, 300), y + random.randrange(60, 300))
        (draw.rectangle if random.random() < 0.7 else draw.ellipse)(box, fill=_colour(random))
    return image


def dark(seed: int) -> Image.Image:
    """A room without light: noise of the sensor, a little brighter in the middle as every lens has it."""
    x, y = np.meshgrid(np.linspace(-1, 1, SIZE[0]), np.linspace(-1, 1, SIZE[1]))
    noise = np.random.default_rng(seed).normal(0, 7, x.shape)
    return _grey(9 - 5 * (x * x + y * y) + noise)


def wall(seed: int) -> Image.Image:
    """A white wall: light from one side, darker corners, noise."""
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(np.linspace(-1, 1, SIZE[0]), np.linspace(-1, 1, SIZE[1]))
    shade = 190 + rng.uniform(-25, 25) * x + rng.uniform(-25, 25) * y - rng.uniform(10, 35) * (x * x + y * y)
    return _grey(shade + rng.normal(0, 4, x.shape))


def lamp(seed: int) -> Image.Image:
    """A dark room with one lamp somewhere."""
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(np.linspace(-1, 1, SIZE[0]), np.linspace(-1, 1, SIZE[1]))
    u, v = rng.uniform(-0.9, 0.9, 2)
    light = 240 * np.exp(-((x - u) ** 2 + (y - v) ** 2) / rng.uniform(0.005, 0.02))
    return _grey(8 + light + rng.normal(0, 6, x.shape))


def sky(seed: int) -> Image.Image:
    """The sky above a dark field."""
    rng = np.random.default_rng(seed)
    y = np.linspace(0, 1, SIZE[1])[:, None] * np.ones(SIZE[0])
    return _grey(np.where(y < rng.uniform(0.4, 0.7), 220 - 30 * y, 90) + rng.normal(0, 6, y.shape))


def jpeg(image: Image.Image, quality: int = 80, exif: Image.Exif | None = None, **more: Any) -> bytes:
    """The bytes of a JPEG file."""
    file = BytesIO()
    image.save(file, "JPEG", quality=quality, **({"exif": exif} if exif else {}), **more)
    return file.getvalue()


def exif(
    at: str | None = None, offset: str | None = None, gps: dict[int, Any] | None = None, orientation: int | None = None
) -> Image.Exif:
    """EXIF as a camera writes it; `gps` by tag."""
    told = Image.Exif()
    if orientation:
        told[0x0112] = orientation
    camera = {0x9003: at, 0x9011: offset}
    told[0x8769] = {tag: value for tag, value in camera.items() if value is not None}
    told[0x8825] = gps or {}
    return told


def _grey(levels: "np.ndarray[Any, Any]") -> Image.Image:
    return Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8)).convert("RGB")


def _colour(random: Random) -> tuple[int, int, int]:
    return random.randrange(256), random.randrange(256), random.randrange(256)


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG whose header tells of so many pixels and that holds next to none."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )
