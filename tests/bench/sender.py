"""A lean HTTP client: prebuilt requests over kept connections, one thread each."""

import socket
import threading
import time
from collections.abc import Iterator, Sequence

from tests.bench.load import Ready, token


def request_of(ready: Ready) -> bytes:
    """The bytes of one PUT."""
    head = (
        f"PUT /phone/v1/batches/{ready.id} HTTP/1.1\r\nHost: b\r\nAuthorization: Bearer {token(ready.device)}\r\n"
        f"Content-Encoding: gzip\r\nContent-Type: application/json\r\n"
        f"Doorstep-Body-SHA256: {ready.sha256.hex()}\r\nContent-Length: {len(ready.packed)}\r\n\r\n"
    )
    return head.encode() + ready.packed


def send_all(address: str, requests: Sequence[bytes], connections: int, expect: bytes = b"20") -> list[float]:
    """Send every request over so many connections; seconds of each. Raises RuntimeError for an answer not expected."""
    host, port = address.split(":")
    queue: Iterator[bytes] = iter(requests)
    lock, latencies, wrong = threading.Lock(), [], []

    def run() -> None:
        with socket.create_connection((host, int(port)), 30) as line:
            while True:
                with lock:
                    request = next(queue, None)
                if request is None or wrong:
                    return
                start = time.perf_counter()
                line.sendall(request)
                answer = _read_answer(line)
                latencies.append(time.perf_counter() - start)
                if not answer.split(b" ", 2)[1].startswith(expect):
                    wrong.append(answer[:300])

    threads = [threading.Thread(target=run) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise RuntimeError(wrong[0].decode(errors="replace"))
    return latencies


def _read_answer(line: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = line.recv(65536)
        if not piece:
            raise RuntimeError("connection closed")
        data += piece
    head, _, rest = data.partition(b"\r\n\r\n")
    length = next((int(h.split(b":")[1]) for h in head.split(b"\r\n") if h.lower().startswith(b"content-length")), 0)
    while len(rest) < length:
        rest += line.recv(65536)
    return head
