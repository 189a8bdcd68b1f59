"""Real inputs that are no part of the product: where they lie, and what benchmarks and tests take from them.

`shared/data` beside the checkout, or where DOORSTEP_SHARED_DATA says. SOURCES.md there names each file's origin.
"""

import csv
import os
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sync.words import Category

BESIDE = Path(__file__).parents[3] / "shared" / "data"
NOTE_MIN, NOTE_MAX = 80, 400  # characters of a note of the standard load
METRES_A_DEGREE = 111_320.0


def folder() -> Path | None:
    """The folder with real inputs, or None where there is none."""
    path = Path(os.environ.get("DOORSTEP_SHARED_DATA", BESIDE))
    return path if path.is_dir() else None


def table(name: str) -> Iterator[dict[str, str]]:
    """The rows of one CSV file; FileNotFoundError without the folder."""
    root = folder()
    if root is None:
        raise FileNotFoundError("no folder with real inputs beside the checkout")
    with (root / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def unix(stamp: str) -> float:
    """Unix seconds of an RFC 3339 time."""
    return datetime.fromisoformat(stamp).timestamp()


class Errors(NamedTuple):
    """Errors of real fixes in their order: Unix seconds, metres east and north of the truth, reported accuracy."""

    at: NDArray[np.float64]
    east_m: NDArray[np.float64]
    north_m: NDArray[np.float64]
    accuracy_m: NDArray[np.float64]


@cache
def drive(phone: str) -> Errors:
    """A phone in a car with a survey-grade truth beside it: satellite fixes, one a second."""
    rows = [row for row in table("gps/phone_drive_accuracy.csv") if row["phone"] == phone]
    at, lon, lat, true_lon, true_lat, accuracy = (
        np.array([read(row[name]) for row in rows])
        for name, read in (
            ("t_utc", unix), ("lon", float), ("lat", float), ("truth_lon", float), ("truth_lat", float),
            ("accuracy_m", float),
        )
    )  # fmt: skip
    return Errors(at, *offsets_m(lon, lat, true_lon, true_lat), accuracy)


@cache
def network() -> Errors:
    """Network fixes of a phone against its own satellite track at the same second (accuracy 3.5 m).

    The file calls the phone still; its satellite and fused fixes agree that it was carried round a block.
    """
    rows = list(table("gps/phone_static_fixes.csv"))
    sky, net = ([row for row in rows if row["provider"] == name] for name in ("GPS", "NLP"))
    at_sky, at = (np.array([unix(row["t_utc"]) for row in some]) for some in (sky, net))
    lon, lat = (np.interp(at, at_sky, [float(row[name]) for row in sky]) for name in ("lon", "lat"))
    told_lon, told_lat, accuracy = (np.array([float(row[n]) for row in net]) for n in ("lon", "lat", "accuracy_m"))
    return Errors(at, *offsets_m(told_lon, told_lat, lon, lat), accuracy)


def offsets_m(
    lon: NDArray[np.float64], lat: NDArray[np.float64], from_lon: NDArray[np.float64], from_lat: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Metres east and north of one point from another, on the plane: good to a few per mille within kilometres."""
    east = (lon - from_lon) * METRES_A_DEGREE * np.cos(np.radians(from_lat))
    return east, (lat - from_lat) * METRES_A_DEGREE


@cache
def phone_errors() -> list[tuple[float, float, float]]:
    """(metres east, metres north, accuracy): half of them satellite fixes of the drive, half network fixes."""
    sky, net = drive("Pixel4XLModded"), network()
    rows = [zip(*one[1:], strict=True) for one in (sky, Errors(*(np.resize(column, len(sky.at)) for column in net)))]
    return [(float(east), float(north), float(accuracy)) for some in rows for east, north, accuracy in some]


@cache
def complaints() -> list[tuple[str, str]]:
    """(category, text) of real complaints, cut to the length of a note; short ones are left out."""
    by_label = {category.zh: category.value for category in Category}
    told = [
        (by_label.get(row.get("label_l1", ""), Category.OTHER.value), "".join(row["text"].split())[:NOTE_MAX])
        for name in ("complaints/labelled.csv", "complaints/messages.csv")
        for row in table(name)
    ]
    return [one for one in told if len(one[1]) >= NOTE_MIN]


@cache
def photos() -> list[bytes]:
    """The bytes of real photos that decode, largest first."""
    root = folder()
    assert root is not None
    names = [row["file"] for row in table("photos/manifest.csv") if row["pillow"] == "ok"]
    return sorted(((root / "photos" / name).read_bytes() for name in names), key=len, reverse=True)
