"""The whole road, its floor, the acknowledgement."""

import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
from sqlalchemy import text

from sync.house import House
from tests.bench.ground import WORKER, installation, running, wait_for, web
from tests.bench.load import VISITS, standard_batches
from tests.bench.sender import request_of, send_all
from tests.bench.table import Row

BATCHES = 400


def whole_road() -> list[Row]:
    """PUT to feed: phones push while two workers apply; timed from the first byte to the last applied batch."""
    with installation() as (house, environment, postgres):
        requests = [request_of(ready) for ready in standard_batches(BATCHES)]
        with running(environment, web(environment), WORKER, WORKER):
            wait_for(environment)
            send_all(environment["DOORSTEP_BIND"], requests[:40], 4)
            _until_done(house)
            start = time.perf_counter()
            latencies = send_all(environment["DOORSTEP_BIND"], requests[40:], 4)
            _until_done(house)
            seconds = time.perf_counter() - start
        visits = (BATCHES - 40) * VISITS
        rate = visits / seconds
        share, rows_a_visit = _floor(postgres.url(), house, rate)
        return [
            Row("whole road", rate, "visits/s", 1000, 2500, f"{visits} visits, 2 workers, fsync on"),
            Row("share of the COPY floor", share * 100, "%", 25, 50, f"{rows_a_visit:.1f} rows a visit"),
            Row("p99 acknowledgement, workers busy", _p99(latencies), "ms", 500, 150, "4 connections", less=True),
        ]


def acknowledging() -> list[Row]:
    """PUT to 202 alone: no worker runs."""
    with installation() as (_, environment, _postgres):
        requests = [request_of(ready) for ready in standard_batches(1000)]
        with running(environment, web(environment)):
            wait_for(environment)
            send_all(environment["DOORSTEP_BIND"], requests[:100], 8)
            start = time.perf_counter()
            latencies = send_all(environment["DOORSTEP_BIND"], requests[100:], 8)
            seconds = time.perf_counter() - start
        method = f"median {statistics.median(latencies) * 1000:.0f} ms, 8 connections, {len(requests[0]) // 1024} kB"
        return [Row("acknowledged batches", 900 / seconds, "batches/s", 300, 800, method)]


def _p99(latencies: list[float]) -> float:
    return sorted(latencies)[int(len(latencies) * 0.99)] * 1000


def _until_done(house: House) -> None:
    while house.read(
        lambda s: s.scalar(text("SELECT count(*) FROM errand WHERE done_at IS NULL AND job='apply_batch'"))
    ):
        time.sleep(0.05)


TABLES = ("visit", "visit_rev", "visit_party", "trace", "visit_verdict", "photo", "problem", "task", "event", "batch",
          "batch_body", "feed_item")  # fmt: skip


def _floor(url: str, house: House, rate: float) -> tuple[float, float]:
    """COPY of the same rows into the same indexed tables, one connection a core: the road's rate as a share of it."""
    visits = house.read(lambda s: s.scalar(text("SELECT count(*) FROM visit")))
    dumps: dict[str, bytes] = {}
    rows = 0
    with psycopg.connect(url, autocommit=True) as connection:
        for table in TABLES:
            columns = _columns(connection, table)
            with connection.cursor().copy(f"COPY (SELECT {columns} FROM {table}) TO STDOUT") as copy:
                dumps[table] = b"".join(bytes(piece) for piece in copy)
            rows += dumps[table].count(b"\n")
        for table in TABLES:
            connection.execute(f"TRUNCATE {table} CASCADE")
        connection.execute("CHECKPOINT")
    halves = [{table: _half(dump, n) for table, dump in dumps.items()} for n in range(2)]
    barrier = threading.Barrier(3)

    def copy_half(half: dict[str, list[bytes]]) -> None:
        with psycopg.connect(url) as connection:
            barrier.wait()
            for piece in range(PIECES):
                for table in TABLES:
                    with connection.cursor().copy(f"COPY {table} ({_columns(connection, table)}) FROM STDIN") as copy:
                        copy.write(half[table][piece])
                connection.commit()

    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(copy_half, half) for half in halves]
        barrier.wait()
        start = time.perf_counter()
        for one in waiting:
            one.result()
        seconds = time.perf_counter() - start
    floor = visits / seconds
    return rate / floor, rows / visits


PIECES = 100
_known: dict[str, str] = {}


def _columns(connection: "psycopg.Connection[tuple[object, ...]]", table: str) -> str:
    if table not in _known:
        found = connection.execute(
            "SELECT string_agg(quote_ident(attname), ',' ORDER BY attnum) FROM pg_attribute WHERE attrelid = %s::regclass"
            " AND attnum > 0 AND NOT attisdropped AND attidentity = ''",
            [table],
        ).fetchone()
        assert found is not None
        _known[table] = str(found[0])
    return _known[table]


def _half(dump: bytes, n: int) -> list[bytes]:
    lines = dump.splitlines(keepends=True)[n::2]
    size = len(lines) // PIECES + 1
    return [b"".join(lines[i * size : (i + 1) * size]) for i in range(PIECES)]
