"""Photo intake on loopback."""

import hashlib
import random
import time

from tests.bench.ground import installation, running, wait_for, web
from tests.bench.load import token
from tests.bench.sender import send_all
from tests.bench.table import Row

COUNT, SIZE = 400, 300_000


def intake() -> list[Row]:
    """PUT of photos of 300 kB through one gthread server, durable."""
    with installation() as (_, environment, _postgres):
        requests = [_put(random.randbytes(SIZE), n) for n in range(COUNT)]
        with running(environment, web(environment, processes=1)):
            wait_for(environment)
            send_all(environment["DOORSTEP_BIND"], requests[:20], 4)
            start = time.perf_counter()
            send_all(environment["DOORSTEP_BIND"], requests[20:], 8)
            seconds = time.perf_counter() - start
        return [Row("photo intake", (COUNT - 20) * SIZE / 1e6 / seconds, "MB/s", 80, 200, "300 kB each, 8 connections")]


def _put(content: bytes, n: int) -> bytes:
    sha256 = hashlib.sha256(content).hexdigest()
    head = (
        f"PUT /phone/v1/blobs/{sha256} HTTP/1.1\r\nHost: b\r\nAuthorization: Bearer {token(n % 100)}\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content
