"""Photos for the demo, drawn: houses, doors, windows, trees, wells. Things, not people (拍事不拍人)."""

from datetime import datetime
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw

SIZE = (640, 480)
QUALITY = 70
Colour = tuple[int, int, int]


def draw(random: Random, at: datetime, near: tuple[float, float] | None) -> bytes:
    """A JPEG of a few tens of kB with EXIF time and, if given, the position (lon, lat)."""
    image = Image.new("RGB", SIZE, _colour(random, 150, 255))
    pen = ImageDraw.Draw(image)
    horizon = random.randrange(SIZE[1] // 4, SIZE[1] * 2 // 3)
    pen.rectangle((0, horizon, *SIZE), fill=_colour(random, 60, 170))
    for _ in range(random.randint(6, 10)):
        _thing(pen, random, horizon)
    for _ in range(random.randint(12, 20)):  # stones, jars, baskets, corn laid out to dry
        x, y, r = random.randrange(SIZE[0]), random.randrange(horizon, SIZE[1]), random.randrange(8, 60)
        pen.ellipse((x - r, y - r, x + r, y + r), fill=_colour(random, 20, 240))
    return _file(image, at, near)


def copied(content: bytes, at: datetime) -> bytes:
    """The same picture saved once more, as a chat program does: other bytes, EXIF of today."""
    with Image.open(BytesIO(content)) as image:
        smaller = image.resize((SIZE[0] * 3 // 4, SIZE[1] * 3 // 4))
    return _file(smaller, at, None)


def _thing(pen: ImageDraw.ImageDraw, random: Random, horizon: int) -> None:
    """A house with door and windows, a tree or a pole, standing somewhere about the horizon."""
    x, foot = random.randrange(-60, SIZE[0]), horizon + random.randrange(-40, 160)
    wide, high = random.randrange(70, 260), random.randrange(60, 240)
    if random.random() < 0.6:
        pen.rectangle((x, foot - high, x + wide, foot), fill=_colour(random, 60, 250))
        roof = [(x - 15, foot - high), (x + wide + 15, foot - high), (x + wide // 2, foot - high - high // 3)]
        pen.polygon(roof, fill=_colour(random, 20, 160))
        for n in range(random.randint(1, 3)):
            left = x + 10 + n * wide // 3
            pen.rectangle(
                (left, foot - high * 2 // 3, left + wide // 5, foot - high // 4), fill=_colour(random, 0, 255)
            )
    else:
        pen.rectangle((x, foot - high, x + 14, foot), fill=_colour(random, 20, 110))
        crown = (x - wide // 3, foot - high - wide // 3, x + wide // 3, foot - high + wide // 4)
        pen.ellipse(crown, fill=_colour(random, 20, 200))


def _colour(random: Random, low: int, high: int) -> Colour:
    return random.randint(low, high), random.randint(low, high), random.randint(low, high)


def _file(image: Image.Image, at: datetime, near: tuple[float, float] | None) -> bytes:
    exif = Image.Exif()
    offset = at.strftime("%z")
    exif[0x8769] = {0x9003: at.strftime("%Y:%m:%d %H:%M:%S"), 0x9011: f"{offset[:3]}:{offset[3:]}"}
    if near:
        exif[0x8825] = {1: "N", 2: _degrees(near[1]), 3: "E", 4: _degrees(near[0])}
    file = BytesIO()
    image.save(file, "JPEG", quality=QUALITY, exif=exif)
    return file.getvalue()


def _degrees(angle: float) -> tuple[float, float, float]:
    minutes = angle % 1 * 60
    return float(int(angle)), float(int(minutes)), round(minutes % 1 * 60, 3)
