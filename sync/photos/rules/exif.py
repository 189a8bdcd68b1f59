"""Time and place that a camera wrote beside a picture: believed only where they can be true, never guessed.

A camera that does not know writes zeros, blanks or fractions over zero; all of them are "nothing told". The GPS date
is not used: receivers keep an old one for hours, and EXIF's own time is that of the wall clock.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from math import isfinite
from typing import Any

_TIME = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)")
_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)")
EARLIEST_YEAR = 2000  # before it no phone took photos: a clock that was never set
LATITUDE_REF, LATITUDE, LONGITUDE_REF, LONGITUDE = 1, 2, 3, 4  # tags of the GPS directory
NOWHERE_DEG = 1e-4  # (0, 0) to within a few metres: a receiver without a fix


def taken_at(original: Any, offset: Any) -> datetime | None:
    """The moment that DateTimeOriginal tells: aware if OffsetTimeOriginal is told as well, else naive wall time."""
    match = _TIME.fullmatch(_text(original))
    if not match or int(match[1]) < EARLIEST_YEAR:
        return None
    try:
        wall = datetime(*map(int, match.groups()))  # type: ignore[arg-type]  # noqa: DTZ001  # six numbers; naive as told
    except ValueError:
        return None
    zone = _OFFSET.fullmatch(_text(offset))
    if not zone or int(zone[2]) > 14 or int(zone[3]) > 59:  # the farthest zone is +14:00
        return wall
    ahead = timedelta(hours=int(zone[2]), minutes=int(zone[3]))
    return wall.replace(tzinfo=timezone(-ahead if zone[1] == "-" else ahead))


def position(gps: Mapping[int, Any]) -> tuple[float, float] | None:
    """(longitude, latitude) in degrees, or None unless both are whole, in range and have their hemisphere."""
    lat = _degrees(gps.get(LATITUDE), gps.get(LATITUDE_REF), "NS", 90)
    lon = _degrees(gps.get(LONGITUDE), gps.get(LONGITUDE_REF), "EW", 180)
    if lon is None or lat is None or (abs(lon) < NOWHERE_DEG and abs(lat) < NOWHERE_DEG):
        return None
    return lon, lat


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace")
    return value.strip(" \0") if isinstance(value, str) else ""


def _degrees(value: Any, reference: Any, hemispheres: str, limit: float) -> float | None:
    letter = _text(reference).upper()
    if len(letter) != 1 or letter not in hemispheres:
        return None
    try:
        degrees, minutes, seconds = (float(part) for part in value)
    except (TypeError, ValueError, ArithmeticError):
        return None
    parts = (degrees, minutes, seconds)
    if not all(isfinite(part) and part >= 0 for part in parts) or minutes > 60 or seconds > 60:
        return None
    angle = degrees + minutes / 60 + seconds / 3600
    if angle > limit:
        return None
    return -angle if letter == hemispheres[1] else angle
