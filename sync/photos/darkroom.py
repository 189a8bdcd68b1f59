"""Reading pictures in a process of their own: decoders are C libraries fed with bytes from anywhere.

Whatever a picture does to its decoder (endless loops, all the memory, a segmentation fault) ends with that process.
It is forked for each picture, which costs 4 ms of the 100 that a photo takes, and speaks to us through a pipe. It
shares the connections of its parent, uses none of them, and leaves without tidying up.
"""

import os
import resource
import select
import signal
from collections.abc import Callable

import msgspec

from sync import clock
from sync.photos.picture import Looked, look
from sync.policy import Photos
from sync.words import PictureFault

PIECE = 1 << 16
MIB = 1 << 20


class ReadingFailedError(Exception):
    """The process that read a picture died or took too long; another try may fare better."""


def develop(
    content: bytes, policy: Photos, read: Callable[[bytes, Photos], Looked | PictureFault] = look
) -> Looked | PictureFault:
    """Look at a picture under limits of time and memory. Raises ReadingFailedError."""
    our_end, their_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(our_end)
        _read_and_leave(their_end, content, policy, read)
    os.close(their_end)
    try:
        told = _listen(our_end, clock.ticks() + policy.read_s)
    finally:
        os.close(our_end)
        os.kill(child, signal.SIGKILL)  # it may have hung, or left already: only we wait for it
        os.waitpid(child, 0)
    if not told:
        raise ReadingFailedError
    answer: Looked | PictureFault | str = msgspec.msgpack.decode(told, type=Looked | str)
    return PictureFault(answer) if isinstance(answer, str) else answer


def _read_and_leave(
    pipe: int, content: bytes, policy: Photos, read: Callable[[bytes, Photos], Looked | PictureFault]
) -> None:
    """In the child: read under limits, tell, and go without running anything that our parent registered."""
    try:
        _limit(policy)
        told = memoryview(msgspec.msgpack.encode(read(content, policy)))
        while told:
            told = told[os.write(pipe, told) :]
    except MemoryError:
        os.write(pipe, msgspec.msgpack.encode(PictureFault.TOO_MUCH_MEMORY))
    finally:
        os._exit(0)


def _limit(policy: Photos) -> None:
    with open("/proc/self/statm") as file:  # two numbers of the kernel
        used = int(file.read().split()[0]) * resource.getpagesize()
    memory = used + policy.read_memory_mb * MIB
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (policy.read_s, policy.read_s))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _listen(pipe: int, until: float) -> bytes:
    """All that is told until the pipe closes; nothing if that takes too long."""
    pieces: list[bytes] = []
    while select.select([pipe], [], [], max(0.0, until - clock.ticks()))[0]:
        piece = os.read(pipe, PIECE)
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)
    return b""
