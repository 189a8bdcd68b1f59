"""Looking at pictures: those of the shared data, and those that were made to do harm."""

import csv
import struct
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from sync import clock
from sync.photos.picture import Looked, look
from sync.policy import defaults
from sync.words import PictureFault
from tests.factories import pictures

PHOTOS = defaults().photos
OF_XMP = "p056_BlueSquare.jpg"  # its manifest row quotes a date that stands in XMP, not in EXIF


def read(content: bytes) -> Looked:
    looked = look(content, PHOTOS)
    assert isinstance(looked, Looked), looked
    return looked


def opened(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image


def test_every_shared_picture_is_read_or_damaged_as_the_manifest_says(shared_data: Path) -> None:
    folder = shared_data / "photos"
    with (folder / "manifest.csv").open() as file:
        rows = list(csv.DictReader(file))
    damaged = 0
    for row in rows:
        looked = look((folder / row["file"]).read_bytes(), PHOTOS)
        if row["pillow"] != "ok":
            assert isinstance(looked, PictureFault), row["file"]
            damaged += 1
            continue
        assert isinstance(looked, Looked), (row["file"], looked)
        _compare(looked, row)
    assert (damaged, len(rows)) == (27, 74)


def _compare(looked: Looked, row: dict[str, str]) -> None:
    size = int(row["width"]), int(row["height"])
    sideways = row["orientation"] in "5678" and row["orientation"] != ""
    assert (looked.width, looked.height) == (size[::-1] if sideways else size), row["file"]
    assert looked.orientation == (int(row["orientation"]) if row["orientation"] else None), row["file"]
    has_time = row["datetime_original"][:4] > "2000" and row["file"] != OF_XMP
    assert (looked.taken_at is not None) is has_time, row["file"]
    if looked.taken_at and not row["offset"]:
        wall = clock.local(looked.taken_at).strftime("%Y:%m:%d %H:%M:%S")
        assert wall == row["datetime_original"]
    has_position = row["gps_lat"] not in ("", "nan", "0.0")
    assert (looked.lat is not None) is has_position, row["file"]
    if looked.lat is not None and looked.lon is not None:
        assert (round(looked.lat, 4), round(looked.lon, 4)) == (
            round(float(row["gps_lat"]), 4), round(float(row["gps_lon"]), 4)
        )  # fmt: skip


def test_a_time_with_an_offset_is_that_moment_and_one_without_is_of_the_installations_zone() -> None:
    at = "2026:11:24 14:41:16"
    scene = pictures.scene(1)
    assert read(pictures.jpeg(scene, exif=pictures.exif(at))).taken_at == datetime(2026, 11, 24, 6, 41, 16, tzinfo=UTC)
    assert read(pictures.jpeg(scene, exif=pictures.exif(at, "-05:00"))).taken_at == datetime(
        2026, 11, 24, 19, 41, 16, tzinfo=UTC
    )


@pytest.mark.parametrize("orientation", range(1, 9))
def test_thumbnails_stand_upright_and_the_hash_is_that_of_the_upright_picture(orientation: int) -> None:
    upright = pictures.scene(3)
    turns = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # the transposition that each orientation undoes
    stored = upright.transpose(Image.Transpose(turns[orientation])) if orientation > 1 else upright
    looked = read(pictures.jpeg(stored, 95, pictures.exif(orientation=orientation)))
    plain = read(pictures.jpeg(upright, 95))
    assert (looked.width, looked.height, looked.orientation) == (800, 600, orientation)
    assert opened(looked.small).size == (320, 240)
    assert looked.dhash == plain.dhash is not None


def test_thumbnails_are_webp_of_the_two_sizes_without_exif() -> None:
    gps = {1: "N", 2: (37.0, 48.0, 29.52), 3: "E", 4: (120.0, 45.0, 32.76)}
    looked = read(pictures.jpeg(pictures.scene(2, (2000, 1000)), exif=pictures.exif("2026:11:24 14:41:16", gps=gps)))
    assert (looked.lon, looked.lat) == (pytest.approx(120.7591), pytest.approx(37.8082))
    for content, size in ((looked.small, (320, 160)), (looked.large, (1280, 640))):
        thumbnail = opened(content)
        assert (thumbnail.format, thumbnail.size) == ("WEBP", size)
        assert not thumbnail.getexif()
        assert "exif" not in thumbnail.info
        assert b"EXIF" not in content


def test_a_small_picture_is_never_enlarged() -> None:
    looked = read(pictures.jpeg(pictures.scene(4, (100, 60))))
    assert opened(looked.small).size == opened(looked.large).size == (100, 60)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "HEIF", "AVIF"])
def test_kinds_are_told_by_content(kind: str) -> None:
    file = BytesIO()
    pictures.scene(5).save(file, kind)
    looked = read(file.getvalue())
    assert (looked.format, looked.width, looked.height) == (kind.lower(), 800, 600)
    assert looked.dhash is not None


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "CMYK", "1", "I;16"])
def test_pixels_of_every_mode_become_rgb(mode: str) -> None:
    file = BytesIO()
    scene = pictures.scene(6)
    image = Image.new("I;16", scene.size, 40_000) if mode == "I;16" else scene.convert(mode)
    image.save(file, "JPEG" if mode == "CMYK" else "PNG")
    assert opened(read(file.getvalue()).large).mode == "RGB"


def test_what_is_transparent_lies_on_white() -> None:
    file = BytesIO()
    Image.new("RGBA", (50, 50), (0, 0, 0, 0)).save(file, "PNG")
    assert min(opened(read(file.getvalue()).small).getpixel((20, 20))) > 250  # type: ignore[type-var]


@pytest.mark.parametrize("size", [(40_000, 40_000), (10_000, 9_000), (7_100, 7_100)])
def test_a_picture_that_claims_too_many_pixels_is_refused_before_one_is_decoded(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda *_: pytest.fail("decoded"))
    assert look(pictures.png_that_claims(*size), PHOTOS) is PictureFault.TOO_MANY_PIXELS


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", PictureFault.EMPTY),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", PictureFault.NOT_A_PICTURE),
        (b"GIF89a" + bytes(100), PictureFault.NOT_A_PICTURE),
        (pictures.jpeg(pictures.scene(7))[:9_000], PictureFault.TRUNCATED),
        (pictures.png_that_claims(100, 100), PictureFault.TRUNCATED),
    ],
    ids=["empty", "svg", "gif", "cut jpeg", "png with too little"],
)
def test_what_cannot_be_read_says_why(content: bytes, fault: PictureFault) -> None:
    assert look(content, PHOTOS) is fault
    assert fault.zh
    assert fault.en == fault.value.replace("-", " ")


def test_broken_exif_is_nothing_said_and_the_picture_is_read() -> None:
    content = pictures.jpeg(pictures.scene(8), exif=pictures.exif("2026:11:24 14:41:16"))
    at = content.index(b"Exif\0\0") + 6
    looked = read(content[: at + 4] + b"\xff\xff\xff\x7f" + content[at + 8 :])
    assert looked.taken_at is None


def test_exif_that_raises_is_nothing_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def raise_(_: object) -> None:
        raise struct.error

    monkeypatch.setattr(Image.Image, "getexif", raise_)
    with pytest.raises(struct.error):
        Image.new("RGB", (1, 1)).getexif()
    assert read(png_of(Image.new("RGB", (20, 20)))).orientation is None


def png_of(image: Image.Image) -> bytes:
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def test_memory_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_memory(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(Image.Image, "thumbnail", no_memory)
    assert look(pictures.jpeg(pictures.scene(9)), PHOTOS) is PictureFault.TOO_MUCH_MEMORY
