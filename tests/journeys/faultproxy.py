"""A TCP proxy that misbehaves on demand, in toxiproxy's vocabulary: one thread, steered from the test.

    with FaultProxy(server_port) as proxy, proxy.toxic("latency", seconds=5): ...

Toxics act on one stream, "up" (towards the server) or "down" (towards the client):

| kind | does |
| --- | --- |
| latency | holds each piece back for `seconds` |
| bandwidth | lets `rate` bytes a second through |
| timeout | lets nothing through and closes after `seconds` |
| reset | aborts both sides (RST) when the first data arrives on its stream |
| slicer | cuts data into pieces of `size` bytes, `seconds` apart |
| limit_data | closes after `size` bytes |
| lose_reply | passes on the data that holds `marker`, then resets when the answer to it arrives |
| lose_request | resets instead of passing on the data that holds `marker` |
"""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Self

RST_ON_CLOSE = struct.pack("ii", 1, 0)
PIECE = 65_536


@dataclass(eq=False)
class Toxic:
    """One misbehaviour; `times` limits how many connections it ends."""

    kind: str
    stream: str = "down"
    seconds: float = 0.0
    rate: float = 0.0
    size: int = 0
    marker: bytes = b""
    times: int = 1_000_000_000

    def spend(self) -> bool:
        """Use up one time; False if none was left."""
        self.times -= 1
        return self.times >= 0


class CutError(Exception):
    """The connection ends here; `reset` by RST, else in order."""

    def __init__(self, reset: bool) -> None:
        self.reset = reset


class Link:
    """One proxied connection."""

    def __init__(self, ends: list[asyncio.StreamWriter]) -> None:
        self.ends, self.passed, self.is_doomed = ends, {"up": 0, "down": 0}, False

    def end(self, reset: bool) -> None:
        """Close both sides."""
        for writer in self.ends:
            if reset:
                sock = writer.get_extra_info("socket")
                with contextlib.suppress(OSError):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RST_ON_CLOSE)
                writer.transport.abort()
            else:
                writer.close()


class FaultProxy:
    """A proxy on a free loopback port in front of a loopback port."""

    def __init__(self, upstream_port: int) -> None:
        self.upstream_port, self.port = upstream_port, 0
        self._toxics: list[Toxic] = []
        self._links: set[Link] = set()
        self._is_down = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ready = threading.Event()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._call(self._end_links)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    @contextlib.contextmanager
    def toxic(self, kind: str, stream: str = "down", **attributes: Any) -> Iterator[Toxic]:
        """Misbehave within the block."""
        toxic = Toxic(kind, stream, **attributes)
        self._toxics.append(toxic)
        try:
            yield toxic
        finally:
            self._toxics.remove(toxic)

    @contextlib.contextmanager
    def down(self) -> Iterator[None]:
        """Refuse every connection within the block, and end those that are open."""
        self._is_down = True
        self._call(self._end_links)
        try:
            yield
        finally:
            self._is_down = False

    def cut_all(self) -> None:
        """Reset every open connection."""
        self._call(self._end_links)

    def _call(self, work: Callable[[], None]) -> None:
        done = threading.Event()
        self._loop.call_soon_threadsafe(lambda: (work(), done.set()))
        assert done.wait(10)

    def _end_links(self) -> None:
        for link in list(self._links):
            link.end(reset=True)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._accept, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_down:
            Link([writer]).end(reset=True)
            return
        try:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.upstream_port)
        except OSError:
            Link([writer]).end(reset=True)
            return
        link = Link([writer, up_writer])
        self._links.add(link)
        try:
            await asyncio.gather(self._pump("up", reader, up_writer, link), self._pump("down", up_reader, writer, link))
        except (CutError, OSError) as error:
            link.end(reset=not isinstance(error, CutError) or error.reset)
        finally:
            self._links.discard(link)
            link.end(reset=False)

    async def _pump(self, stream: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, link: Link) -> None:
        while data := await reader.read(PIECE):
            for toxic in [one for one in self._toxics if one.stream == stream]:
                data = await self._suffer(toxic, data, writer, link)
            if stream == "down" and link.is_doomed:
                raise CutError(reset=True)
            writer.write(data)
            await writer.drain()
            link.passed[stream] += len(data)
        if writer.can_write_eof():
            writer.write_eof()

    async def _suffer(self, toxic: Toxic, data: bytes, writer: asyncio.StreamWriter, link: Link) -> bytes:
        match toxic.kind:
            case "latency":
                await asyncio.sleep(toxic.seconds)
            case "bandwidth":
                await asyncio.sleep(len(data) / toxic.rate)
            case "timeout":
                await asyncio.sleep(toxic.seconds)
                raise CutError(reset=False)
            case "reset" if toxic.spend():
                raise CutError(reset=True)
            case "slicer":
                for start in range(0, len(data) - toxic.size, toxic.size):
                    writer.write(data[start : start + toxic.size])
                    await writer.drain()
                    await asyncio.sleep(toxic.seconds)
                return data[(len(data) - 1) // toxic.size * toxic.size :]
            case "limit_data" if len(data) >= toxic.size - link.passed[toxic.stream]:
                writer.write(data[: toxic.size - link.passed[toxic.stream]])
                await writer.drain()
                raise CutError(reset=False)
            case "lose_reply" if toxic.marker in data and toxic.spend():
                link.is_doomed = True
            case "lose_request" if toxic.marker in data and toxic.spend():
                raise CutError(reset=True)
        return data
