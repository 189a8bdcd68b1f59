"""Datums of Chinese maps: WGS 84, GCJ-02 (shifted by 49 to 670 m) and BD-09 (shifted once more), as arrays.

Degrees in, degrees out; any shape that numpy broadcasts. The forward formulas are the ones that the open libraries
gcoord and eviltransform share; the official ones are not published. Outside the box that those libraries call China,
and for values that are not finite, every conversion is the identity.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sync.words import Datum

Floats = NDArray[np.float64]
LonLat = tuple[Floats, Floats]
Conversion = Callable[[Floats, Floats], LonLat]

SEMI_MAJOR_M = 6_378_245.0  # Krasovsky 1940, which GCJ-02 uses
ECCENTRICITY_2 = 0.00669342162296594323
WEST, EAST, SOUTH, NORTH = 72.004, 137.8347, 0.8293, 55.8271
BD_WAVE = np.pi * 3000.0 / 180.0
STEPS = 5  # each step of the inverse shrinks the error at least fifty-fold, from 0.01 degrees


def in_china(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.bool_]:
    """Whether a point lies in the box inside which the datums differ."""
    x, y = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    return np.asarray((x >= WEST) & (x <= EAST) & (y >= SOUTH) & (y <= NORTH))


def gcj02_from_wgs84(lon: ArrayLike, lat: ArrayLike) -> LonLat:
    """WGS 84 to GCJ-02."""
    return _inside(lon, lat, _to_gcj02)


def wgs84_from_gcj02(lon: ArrayLike, lat: ArrayLike) -> LonLat:
    """GCJ-02 to WGS 84: the exact inverse of the forward formula, to less than 1e-9 degrees."""
    return _inside(lon, lat, lambda x, y: _solve(_to_gcj02, x, y))


def bd09_from_gcj02(lon: ArrayLike, lat: ArrayLike) -> LonLat:
    """GCJ-02 to BD-09."""
    return _inside(lon, lat, _to_bd09)


def gcj02_from_bd09(lon: ArrayLike, lat: ArrayLike) -> LonLat:
    """BD-09 to GCJ-02: the exact inverse, better than the closed formula in use (which is off by 0.5 m)."""
    return _inside(lon, lat, lambda x, y: _solve(_to_bd09, x, y))


def to_wgs84(lon: ArrayLike, lat: ArrayLike, datum: Datum) -> LonLat:
    """From the named datum to WGS 84."""
    if datum is Datum.GCJ02:
        return wgs84_from_gcj02(lon, lat)
    if datum is Datum.BD09:
        return _inside(lon, lat, lambda x, y: _solve(_to_gcj02, *_solve(_to_bd09, x, y)))
    return np.array(lon, np.float64), np.array(lat, np.float64)


def from_wgs84(lon: ArrayLike, lat: ArrayLike, datum: Datum) -> LonLat:
    """From WGS 84 to the named datum."""
    if datum is Datum.GCJ02:
        return gcj02_from_wgs84(lon, lat)
    if datum is Datum.BD09:
        return _inside(lon, lat, lambda x, y: _to_bd09(*_to_gcj02(x, y)))
    return np.array(lon, np.float64), np.array(lat, np.float64)


def _inside(lon: ArrayLike, lat: ArrayLike, convert: Conversion) -> LonLat:
    """Convert what lies in China and leave the rest as it is; always fresh arrays."""
    x, y = np.broadcast_arrays(np.asarray(lon, np.float64), np.asarray(lat, np.float64))
    x, y = x.copy(), y.copy()
    here = in_china(x, y)
    if here.any():
        x[here], y[here] = convert(x[here], y[here])
    return x, y


def _to_gcj02(lon: Floats, lat: Floats) -> LonLat:
    x, y = lon - 105.0, lat - 35.0
    xp, yp = x * np.pi, y * np.pi
    root, product = np.sqrt(np.abs(x)), 0.1 * x * y
    ripple = 20.0 * (np.sin(6.0 * xp) + np.sin(2.0 * xp))
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + product + 0.1 * root + (2.0 / 3.0) * (
        ripple
        + 20.0 * np.sin(xp) + 40.0 * np.sin(xp / 3.0)
        + 150.0 * np.sin(xp / 12.0) + 300.0 * np.sin(xp / 30.0)
    )  # fmt: skip
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + product + 0.2 * root + (2.0 / 3.0) * (
        ripple
        + 20.0 * np.sin(yp) + 40.0 * np.sin(yp / 3.0)
        + 160.0 * np.sin(yp / 12.0) + 320.0 * np.sin(yp / 30.0)
    )  # fmt: skip
    phi = np.radians(lat)
    magic = 1.0 - ECCENTRICITY_2 * np.sin(phi) ** 2
    root_magic = np.sqrt(magic)
    meridian_m = SEMI_MAJOR_M * (1.0 - ECCENTRICITY_2) / (magic * root_magic)
    parallel_m = SEMI_MAJOR_M / root_magic * np.cos(phi)
    return lon + np.degrees(east_m / parallel_m), lat + np.degrees(north_m / meridian_m)


def _to_bd09(lon: Floats, lat: Floats) -> LonLat:
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * BD_WAVE)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * BD_WAVE)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _solve(forward: Conversion, lon: Floats, lat: Floats) -> LonLat:
    """The point whose forward image is (lon, lat), by fixed-point iteration: the shift changes slowly."""
    x, y = lon, lat
    for _ in range(STEPS):
        u, v = forward(x, y)
        x, y = x + (lon - u), y + (lat - v)
    return x, y
