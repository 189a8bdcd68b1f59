"""What cameras write beside a picture, and what of it is believed."""

from datetime import UTC, datetime, timedelta, timezone
from math import nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.photos.rules.exif import position, taken_at

EIGHT = timezone(timedelta(hours=8))
HOME = {1: "N", 2: (37.0, 48.0, 29.52), 3: "E", 4: (120.0, 45.0, 32.76)}


@pytest.mark.parametrize(
    ("original", "offset", "found"),
    [
        ("2026:11:24 14:41:16", None, datetime(2026, 11, 24, 14, 41, 16)),
        ("2026:11:24 14:41:16\0", "+08:00", datetime(2026, 11, 24, 14, 41, 16, tzinfo=EIGHT)),
        (b"2026:11:24 14:41:16", "-05:30", datetime(2026, 11, 24, 20, 11, 16, tzinfo=UTC)),
        ("2026:11:24 14:41:16", "+99:00", datetime(2026, 11, 24, 14, 41, 16)),
        ("2026:11:24 14:41:16", "   :  ", datetime(2026, 11, 24, 14, 41, 16)),
        ("2026-11-24T14:41:16", None, datetime(2026, 11, 24, 14, 41, 16)),
        ("0000:00:00 00:00:00", None, None),
        ("    :  :     :  :  ", None, None),
        ("0000:01:01 10:00:00", "+08:00", None),
        ("1970:01:01 08:00:00", None, None),
        ("2026:02:30 10:00:00", None, None),
        ("2026:11:24 24:00:00", None, None),
        ("yesterday", None, None),
        ("", None, None),
        (None, None, None),
        (20261124, None, None),
    ],
)
def test_a_time_is_believed_where_it_can_be_one(original: Any, offset: Any, found: datetime | None) -> None:
    told = taken_at(original, offset)
    assert told == found
    assert told is None or (told.tzinfo is None) is (found is not None and found.tzinfo is None)


@pytest.mark.parametrize(
    "changed",
    [
        {2: (37.0, 48.0, nan)},
        {4: (120.0, float("inf"), 0.0)},
        {1: None},
        {3: ""},
        {1: "X"},
        {1: "NS"},
        {2: (91.0, 0.0, 0.0)},
        {4: (180.0, 0.0, 1.0)},
        {2: (37.0, 61.0, 0.0)},
        {2: (-37.0, 48.0, 0.0)},
        {2: (37.0, 48.0)},
        {2: None},
        {4: "120.75"},
        {2: (0.0, 0.0, 0.0), 4: (0.0, 0.0, 0.0)},
        {2: (0.0, 0.0, 0.1), 4: (0.0, 0.0, 0.0)},
    ],
    ids=str,
)
def test_a_position_that_cannot_be_one_is_none(changed: dict[int, Any]) -> None:
    assert position(HOME | changed) is None


def test_positions_in_all_hemispheres() -> None:
    lon, lat = position(HOME) or (nan, nan)
    assert (round(lon, 4), round(lat, 4)) == (120.7591, 37.8082)
    assert position(HOME | {1: "S\0", 3: b"W"}) == (-lon, -lat)
    assert position({}) is None


@given(st.dictionaries(st.integers(0, 6), st.one_of(st.none(), st.text(), st.binary(), st.tuples(*[st.floats()] * 3))))
def test_whatever_is_told_a_position_is_in_range(gps: dict[int, Any]) -> None:
    found = position(gps)
    assert found is None or (-180 <= found[0] <= 180 and -90 <= found[1] <= 90)
