"""Tiles of Web Mercator (OGC WebMercatorQuad, EPSG:3857) and their Morton codes, as arrays.

A tile of zoom z is named by z, x (from 180 degrees west) and y (from the north). Its Morton code interleaves the bits
of x and y, so that the code of the tile above it is `code >> 2`, and all tiles of a finer zoom inside one tile have
neighbouring codes: what lies in a tile is one range of a b-tree, which is cheaper to keep than a spatial index.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Codes = NDArray[np.int64]

# A cell of zoom 20 is 30 m wide at 38 degrees north. The kept point of a visit is rounded to 4 decimals (about 10 m):
# finer cells would tell nothing more. No tile beyond this zoom is served, so every tile is one whole range of codes.
ZOOM = 20
NOWHERE = -1  # instead of a code where there is no position
LAT_MAX = 85.0511287798066  # where the square of Web Mercator ends


class Box(NamedTuple):
    """A box of degrees; west <= east, south <= north."""

    west: float
    south: float
    east: float
    north: float


class Tile(NamedTuple):
    """One tile."""

    z: int
    x: int
    y: int

    @property
    def exists(self) -> bool:
        """Whether it lies inside the square, at a zoom that codes know."""
        return 0 <= self.z <= ZOOM and 0 <= self.x < 1 << self.z and 0 <= self.y < 1 << self.z

    def codes(self, zoom: int = ZOOM) -> tuple[int, int]:
        """First and last code of zoom `zoom` inside it; of the one that holds it where `zoom` is coarser."""
        code = int(interleaved(self.x, self.y))
        if zoom < self.z:
            code >>= 2 * (self.z - zoom)
            return code, code
        shift = 2 * (zoom - self.z)
        return code << shift, (code + 1 << shift) - 1


def codes(lon: ArrayLike, lat: ArrayLike, zoom: int = ZOOM) -> Codes:
    """Codes of the tiles of `zoom` that hold the points (degrees, WGS 84); NOWHERE where a coordinate is not finite.

    Beyond the poles' edge a point counts to the outermost row.
    """
    x, y = fractions(lon, lat)
    known = np.isfinite(x) & np.isfinite(np.asarray(lat, np.float64))
    side = float(1 << zoom)
    column = np.clip(np.floor(np.where(known, x, 0.0) * side), 0, side - 1).astype(np.int64)
    row = np.clip(np.floor(np.where(known, y, 0.0) * side), 0, side - 1).astype(np.int64)
    return np.where(known, interleaved(column, row), NOWHERE)


def fractions(lon: ArrayLike, lat: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where points (degrees) lie in the square: from 0 at its west edge to 1, from 0 at its north edge to 1."""
    phi = np.radians(np.clip(np.asarray(lat, np.float64), -LAT_MAX, LAT_MAX))
    x = (np.asarray(lon, np.float64) + 180.0) / 360.0
    return x, (1.0 - np.arcsinh(np.tan(phi)) / np.pi) / 2.0


def interleaved(x: ArrayLike, y: ArrayLike) -> Codes:
    """Morton codes of columns and rows (each below 2**31): bits of x at the even places, of y at the odd ones."""
    return _spread(np.asarray(x, np.int64)) | _spread(np.asarray(y, np.int64)) << 1


def column_and_row(code: ArrayLike) -> tuple[Codes, Codes]:
    """(x, y) of codes: the inverse of `interleaved`."""
    codes_ = np.asarray(code, np.int64)
    return _gathered(codes_), _gathered(codes_ >> 1)


def cover(box: Box, zoom: int = ZOOM) -> list[tuple[int, int]]:
    """Ranges (first and last code of `zoom`) that together hold every point of the box, and little else.

    At most nine, in order, neighbours joined: the box is covered by tiles of the finest zoom of which it touches at
    most three in each direction.
    """
    west, north = (float(value) for value in fractions(box.west, box.north))
    east, south = (float(value) for value in fractions(box.east, box.south))
    for z in range(zoom, -1, -1):
        side = 1 << z
        low_x, high_x = (min(max(int(value * side), 0), side - 1) for value in (west, east))
        low_y, high_y = (min(max(int(value * side), 0), side - 1) for value in (north, south))
        if high_x - low_x < 3 and high_y - low_y < 3:
            break
    found = sorted(
        Tile(z, x, y).codes(zoom) for x in range(low_x, high_x + 1) for y in range(low_y, high_y + 1)
    )  # fmt: skip
    joined = [found[0]]
    for low, high in found[1:]:
        if low == joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], high)
        else:
            joined.append((low, high))
    return joined


_MASKS = (
    (16, 0x0000FFFF0000FFFF), (8, 0x00FF00FF00FF00FF), (4, 0x0F0F0F0F0F0F0F0F), (2, 0x3333333333333333),
    (1, 0x5555555555555555),
)  # fmt: skip


def _spread(value: Codes) -> Codes:
    """Put a zero behind each of the low 31 bits."""
    for shift, mask in _MASKS:
        value = (value | value << shift) & mask
    return value


def _gathered(value: Codes) -> Codes:
    """Take every second bit, from the lowest on."""
    value = value & _MASKS[-1][1]
    for (shift, _), (_, mask) in zip(reversed(_MASKS), (*reversed(_MASKS[:-1]), (32, 0x00000000FFFFFFFF)), strict=True):
        value = (value | value >> shift) & mask
    return value
