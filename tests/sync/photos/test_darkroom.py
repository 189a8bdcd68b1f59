"""A picture may kill, hang or fill the process that reads it, and no other."""

import ctypes
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from time import sleep

import psutil
import pytest

from sync.photos.darkroom import ReadingFailedError, develop
from sync.photos.picture import Looked
from sync.policy import Photos, defaults
from sync.words import PictureFault
from tests.factories import pictures

PHOTOS = replace(defaults().photos, read_s=1)


def test_a_picture_comes_back_whole() -> None:
    content = pictures.jpeg(pictures.scene(1), exif=pictures.exif("2026:11:24 14:41:16", orientation=6))
    looked = develop(content, defaults().photos)
    assert isinstance(looked, Looked)
    assert (looked.width, looked.height, looked.orientation) == (600, 800, 6)
    assert looked.taken_at is not None
    assert looked.taken_at.tzinfo is not None
    assert looked.large.startswith(b"RIFF")


def test_a_fault_comes_back_as_what_it_is() -> None:
    assert develop(b"nothing", PHOTOS) is PictureFault.NOT_A_PICTURE


def segfault(*_: object) -> PictureFault:
    signal.signal(signal.SIGSEGV, signal.SIG_DFL)
    ctypes.string_at(0)
    return PictureFault.BROKEN


def hang(*_: object) -> PictureFault:
    sleep(60)
    return PictureFault.BROKEN


def spin(*_: object) -> PictureFault:
    while True:
        pass


def leave(*_: object) -> PictureFault:
    os._exit(3)


def raise_(*_: object) -> PictureFault:
    raise ZeroDivisionError


def _pipes() -> set[str]:
    """The pipes of this process; its sockets come and go with the servers of other tests."""
    found = set()
    for fd in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):
            found.add(os.readlink(f"/proc/self/fd/{fd}"))
    return {name for name in found if name.startswith("pipe:")}


@pytest.mark.parametrize("reader", [segfault, hang, spin, leave, raise_])
def test_a_reader_that_dies_or_hangs_leaves_us_alive(reader: Callable[[bytes, Photos], PictureFault]) -> None:
    ours = psutil.Process().children()
    open_before = _pipes()
    with pytest.raises(ReadingFailedError):
        develop(b"", PHOTOS, reader)
    assert _pipes() <= open_before
    assert psutil.Process().children() == ours


def test_a_reader_that_needs_too_much_memory_is_told() -> None:
    def hoard(*_: object) -> PictureFault:
        return PictureFault(str(len(bytearray(2_000_000_000))))

    assert develop(b"", defaults().photos, hoard) is PictureFault.TOO_MUCH_MEMORY
