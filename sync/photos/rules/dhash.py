"""The difference hash of a picture: 64 bits, one for each step to the right in a grid of 9 by 8 mean luminances.

Two copies of one picture differ in few bits however they were scaled, brightened or compressed; unrelated pictures in
22 and more (sync.md D6.1). A picture that shows nothing (a wall, the sky, a dark room) has no hash: its bits would be
noise, or the shading that every such picture of one lens has in common, and honest photos would accuse each other.
Found on 47 real photos and on drawn ones (tests/sync/photos/test_dhash.py): real scenes have 41 steps and more and a
relief of 10 and more.

Somebody who cuts off the margins of a picture moves every step of the grid. So the middle of each picture has a hash of
its own: of 440 copies of 24 real photos, cropped by 1 to 4 % at each side, the whole is within six bits of the
original in 65 to 75 of 100, the whole or the middle in 95; a photo taken again from the next step (8 to 20 % aside)
never.
"""

import numpy as np
from numpy.typing import NDArray

COLUMNS, ROWS = 9, 8
STEP = 3.0  # levels of 255 from one cell to the next that are more than noise and rounding
STEPS_MIN = 32  # so many of the 64 bits must be steps: fewer, and chance alone brings pictures within six bits
MARGIN = 0.025  # what the hash of the middle leaves out at each side
RELIEF_MIN = 4.0  # levels (standard deviation) that remain when smooth shading is taken off


def _shading() -> NDArray[np.float64]:
    """The projection of a grid onto what no smooth surface of the second degree (light, vignette) explains."""
    y, x = np.mgrid[0:ROWS, 0:COLUMNS].reshape(2, -1) / ROWS - 0.5
    surface = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)
    projection: NDArray[np.float64] = np.eye(ROWS * COLUMNS) - surface @ np.linalg.pinv(surface)
    return projection


_RELIEF = _shading()


def dhash(luminance: NDArray[np.float64]) -> int | None:
    """The hash of a grid (8 rows, 9 columns, levels 0 to 255) as a signed 64-bit number; None for a flat picture."""
    steps = np.diff(luminance, axis=1)
    relief = float((_RELIEF @ luminance.ravel()).std())
    if np.count_nonzero(np.abs(steps) >= STEP) < STEPS_MIN or relief < RELIEF_MIN:
        return None
    return int.from_bytes(np.packbits(steps > 0).tobytes(), "big", signed=True)


def distance(one: int, other: int) -> int:
    """In how many bits two hashes differ, 0 to 64."""
    return ((one ^ other) & (1 << 64) - 1).bit_count()
