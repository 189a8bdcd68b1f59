"""Looking at the bytes of a photo: what kind it is by its content, its size, what EXIF says, and small copies of it.

Pure but for the libraries' own state; it may raise nothing, but it may kill or hang its process: `darkroom` calls it
where that does no harm.
"""

import warnings
from datetime import datetime
from io import BytesIO
from typing import Any

import msgspec
import numpy as np
import pillow_heif
from PIL import ExifTags, Image, UnidentifiedImageError

from sync import clock
from sync.photos.rules import dhash, exif
from sync.policy import Photos
from sync.words import PictureFault

KINDS = ("JPEG", "PNG", "WEBP", "HEIF", "AVIF")
QUALITY, EFFORT = 75, 2  # WebP; effort 4 takes three times as long for 5 % fewer bytes
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # fmt: skip
SIDEWAYS = 5  # from this orientation on the width is the height of the picture as it is looked at

pillow_heif.register_heif_opener(thumbnails=False)
Image.init()  # here and not in each process that reads one picture: it takes 30 ms


class Looked(msgspec.Struct, frozen=True):
    """What a picture shows. Sizes are those as it is to be looked at; `small` and `large` are WebP without EXIF."""

    format: str
    width: int
    height: int
    orientation: int | None
    taken_at: datetime | None
    lon: float | None
    lat: float | None
    dhash: int | None
    inner_dhash: int | None
    small: bytes
    large: bytes


def look(content: bytes, policy: Photos) -> Looked | PictureFault:
    """Read a picture, or say why it cannot be read. Its size is known and bounded before a pixel is decoded."""
    if not content:
        return PictureFault.EMPTY
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # EXIF and PNG oddities are not our concern
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(BytesIO(content), formats=KINDS) as image:
                if image.width * image.height > policy.pixels_max:
                    return PictureFault.TOO_MANY_PIXELS
                return _develop(image, policy)
        except (Image.DecompressionBombWarning, Image.DecompressionBombError):
            return PictureFault.TOO_MANY_PIXELS
        except UnidentifiedImageError:
            return PictureFault.NOT_A_PICTURE
        except MemoryError:
            return PictureFault.TOO_MUCH_MEMORY
        except Exception as error:  # noqa: BLE001  # decoders raise whatever they like
            is_cut = isinstance(error, EOFError) or "truncated" in str(error).lower()
            return PictureFault.TRUNCATED if is_cut else PictureFault.BROKEN


def _develop(image: Image.Image, policy: Photos) -> Looked:
    kind, (width, height) = str(image.format), image.size
    large: Image.Image = image
    # For JPEG this decodes no finer than is needed; it also takes the pixels from `image`, whose size is known by now.
    large.thumbnail((policy.large_px, policy.large_px), Image.Resampling.BILINEAR, reducing_gap=2.0)
    tags = _tags(image)
    orientation = tags.get("orientation")
    if orientation in TURNS and kind != "HEIF":  # libheif has turned it already
        large = large.transpose(TURNS[orientation])
        if orientation >= SIDEWAYS:
            width, height = height, width
    large = _plain(large)
    small = large.copy()
    small.thumbnail((policy.small_px, policy.small_px), reducing_gap=2.0)
    at = exif.taken_at(tags.get("original"), tags.get("offset"))
    lon, lat = exif.position(tags.get("gps") or {}) or (None, None)
    return Looked(
        format="jpeg" if kind == "MPO" else kind.lower(),
        width=width,
        height=height,
        orientation=orientation if orientation == 1 or orientation in TURNS else None,
        taken_at=clock.of_wall(at) if at and at.tzinfo is None else at,
        lon=lon,
        lat=lat,
        dhash=dhash.dhash(_luminance(small)),
        inner_dhash=dhash.dhash(_luminance(small, dhash.MARGIN)),
        small=_webp(small),
        large=_webp(large),
    )


def _tags(image: Image.Image) -> dict[str, Any]:
    """What EXIF says; what cannot be read is nothing said."""
    try:
        told = image.getexif()
        camera, gps = told.get_ifd(ExifTags.IFD.Exif), told.get_ifd(ExifTags.IFD.GPSInfo)
    except Exception:  # noqa: BLE001  # a broken directory raises whatever its first odd byte leads to
        return {}
    return {
        "orientation": image.info.get("original_orientation") or told.get(ExifTags.Base.Orientation),
        "original": camera.get(ExifTags.Base.DateTimeOriginal),
        "offset": camera.get(ExifTags.Base.OffsetTimeOriginal),
        "gps": gps,
    }


def _plain(image: Image.Image) -> Image.Image:
    """RGB pixels alone: what is transparent lies on white, nothing but pixels is kept."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image)
        image = white
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):  # 16 bits a level
        image = image.convert("I").point(lambda level: level / 256).convert("L")
    plain = Image.new("RGB", image.size)
    plain.paste(image.convert("RGB"))
    return plain


def _luminance(image: Image.Image, margin: float = 0.0) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    """Mean luminances in the grid of a hash, a share `margin` left out at each side."""
    left, top = image.width * margin, image.height * margin
    box = (left, top, image.width - left, image.height - top)
    grid = image.convert("F").resize((dhash.COLUMNS, dhash.ROWS), Image.Resampling.BOX, box=box)
    return np.asarray(grid, np.float64).reshape(dhash.ROWS, dhash.COLUMNS)


def _webp(image: Image.Image) -> bytes:
    file = BytesIO()
    image.save(file, "WEBP", quality=QUALITY, method=EFFORT)
    return file.getvalue()
