"""The proxy itself: each toxic does what it is called."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest

from tests.journeys.faultproxy import FaultProxy

pytestmark = pytest.mark.journey


@pytest.fixture
def proxy() -> Iterator[FaultProxy]:
    """A proxy in front of a server that answers each line with `got: ` and the line."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as stream:
                try:
                    for line in stream:
                        stream.write(b"got: " + line)
                        stream.flush()
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with FaultProxy(listener.getsockname()[1]) as proxy:
        yield proxy
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


def _ask(proxy: FaultProxy, line: bytes = b"hello\n") -> bytes:
    with closing(socket.create_connection(("127.0.0.1", proxy.port), 5)) as client:
        client.sendall(line)
        with suppress(OSError):  # a reset that came already is told by the reading
            client.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: client.recv(100), b""))


def test_without_toxics_everything_passes(proxy: FaultProxy) -> None:
    assert _ask(proxy) == b"got: hello\n"


@pytest.mark.parametrize(("kind", "stream"), [("reset", "up"), ("reset", "down")])
def test_a_reset_ends_the_connection_hard_as_often_as_it_says(proxy: FaultProxy, kind: str, stream: str) -> None:
    with proxy.toxic(kind, stream, times=1):
        with pytest.raises(ConnectionResetError):
            _ask(proxy)
        assert _ask(proxy) == b"got: hello\n"


def test_a_limit_cuts_after_so_many_bytes(proxy: FaultProxy) -> None:
    with proxy.toxic("limit_data", size=7):
        assert _ask(proxy) == b"got: he"


def test_slices_arrive_whole(proxy: FaultProxy) -> None:
    with proxy.toxic("slicer", "up", size=2), proxy.toxic("slicer", size=3):
        assert _ask(proxy, b"a longer line\n") == b"got: a longer line\n"


@pytest.mark.parametrize("attributes", [{"kind": "latency", "seconds": 0.2}, {"kind": "bandwidth", "rate": 55.0}])
def test_slow_links_deliver_late(proxy: FaultProxy, attributes: dict[str, object]) -> None:
    begin = time.monotonic()
    with proxy.toxic(**attributes):  # type: ignore[arg-type]
        assert _ask(proxy) == b"got: hello\n"
    assert time.monotonic() - begin >= 0.2


def test_a_timeout_delivers_nothing(proxy: FaultProxy) -> None:
    with proxy.toxic("timeout", seconds=0.1):
        assert _ask(proxy) == b""


def test_what_is_down_refuses_and_comes_back(proxy: FaultProxy) -> None:
    with proxy.down(), pytest.raises(OSError, match=r"reset|aborted|Broken pipe"):
        _ask(proxy)
    assert _ask(proxy) == b"got: hello\n"


def test_a_marked_request_is_lost_or_loses_its_reply(proxy: FaultProxy) -> None:
    for kind in ("lose_reply", "lose_request"):
        with proxy.toxic(kind, "up", marker=b"COMMIT", times=1):
            assert _ask(proxy, b"BEGIN\n") == b"got: BEGIN\n"
            with pytest.raises(ConnectionResetError):
                _ask(proxy, b"COMMIT\n")
            assert _ask(proxy, b"COMMIT\n") == b"got: COMMIT\n"
