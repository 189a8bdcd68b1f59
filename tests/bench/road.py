"""The whole road, its floor, the acknowledgement."""

import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
from sqlalchemy import text

from api.cli.private import Postgres
from sync.house import House
from tests.bench.ground import WORKER, installation, running, wait_for, web
from tests.bench.load import VISITS, standard_batches
from tests.bench.material import material
from tests.bench.sender import request_of, send_all
from tests.bench.stored import forget_walks, store_visits
from tests.bench.table import Row

BATCHES = 600
WARM = 60
STORED = 200_000


def whole_road() -> list[Row]:
    """PUT to feed with 200,000 visits stored: phones push while two workers apply."""
    with installation() as (house, environment, postgres):
        store_visits(house, STORED)
        twin = _twin(postgres)
        rate, latencies = _walk(house, environment, postgres)
        share, rows_a_visit = _floor(postgres.url(), twin, rate)
        return [
            Row(
                "whole road", rate, "visits/s", 1000, 2500, f"{STORED:,} stored, 2 workers, fsync on, {material().told}"
            ),
            Row("share of the COPY floor", share * 100, "%", 25, 50, f"{rows_a_visit:.1f} rows a visit, 2 connections"),
            Row("p99 acknowledgement, workers busy", _p99(latencies), "ms", 500, 150, "4 connections", less=True),
        ]


def growth() -> list[Row]:
    """The road with 10 million visits stored against the road with 200,000; the big one is filled once and kept.

    Both are walked twice, and the second walk counts: the first one after a start reads the indexes from disk.
    """
    first, second = [], []
    for name, stored, keep in (("bench", STORED, False), ("growth", 10_000_000, True)):
        with installation(name, keep=keep) as (house, environment, postgres):
            store_visits(house, stored)
            for rates in (first, second):
                forget_walks(house)
                rates.append(_walk(house, environment, postgres)[0])
    method = (
        f"{second[0]:,.0f} and {second[1]:,.0f} visits/s; {first[0]:,.0f} and {first[1]:,.0f} in the first minute"
        f" after a start; {material().told}"
    )
    return [Row("10 million stored against 200,000", second[1] / second[0] * 100, "%", 80, 95, method)]


def _walk(house: House, environment: dict[str, str], postgres: Postgres) -> tuple[float, list[float]]:
    """(visits a second from the first byte to the last applied batch, seconds of each acknowledgement)."""
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
    requests = [request_of(ready) for ready in standard_batches(BATCHES)]
    with running(environment, web(environment), WORKER, WORKER):
        wait_for(environment)
        send_all(environment["DOORSTEP_BIND"], requests[:WARM], 4)
        until_done(house)
        start = time.perf_counter()
        latencies = send_all(environment["DOORSTEP_BIND"], requests[WARM:], 4)
        until_done(house)
        seconds = time.perf_counter() - start
    return (BATCHES - WARM) * VISITS / seconds, latencies


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
        size, told = len(requests[0]) // 1024, material().told
        method = f"median {statistics.median(latencies) * 1000:.0f} ms, 8 connections, {size} kB, {told}"
        return [Row("acknowledged batches", 900 / seconds, "batches/s", 300, 800, method)]


def _p99(latencies: list[float]) -> float:
    return sorted(latencies)[int(len(latencies) * 0.99)] * 1000


def until_done(house: House) -> None:
    """Wait until no batch is owed."""
    while house.read(
        lambda s: s.scalar(text("SELECT count(*) FROM errand WHERE done_at IS NULL AND job='apply_batch'"))
    ):
        time.sleep(0.05)


TABLES = {
    "visit": "received_at > now() - interval '1 hour'", "visit_rev": "received_at > now() - interval '1 hour'",
    "visit_party": "visit_id IN (SELECT id FROM visit WHERE received_at > now() - interval '1 hour')",
    "trace": "received_on >= current_date - 1", "visit_verdict": "at > now() - interval '1 hour'",
    "photo": "cited_at > now() - interval '1 hour'", "problem": "received_at > now() - interval '1 hour'",
    "task": "received_at > now() - interval '1 hour'", "event": "at > now() - interval '1 hour'", "batch": "true",
    "batch_body": "true", "visit_delta": "true",
    "errand": "owed_at > now() - interval '1 hour'",
    "feed_item": "id IN (SELECT id FROM visit WHERE received_at > now() - interval '1 hour' UNION ALL SELECT id FROM task"
    " WHERE received_at > now() - interval '1 hour' UNION ALL SELECT id FROM batch)",
}  # fmt: skip
TWIN = "doorstep_twin"


def _twin(postgres: Postgres) -> str:
    """A copy of the database as it was before the road, for the floor."""
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'doorstep'")
        connection.execute(f"CREATE DATABASE {TWIN} TEMPLATE doorstep STRATEGY file_copy")
    return postgres.url(TWIN)


def _floor(url: str, twin: str, rate: float) -> tuple[float, float]:
    """COPY of the same final rows into the same indexed tables as they were before, one connection a core, twenty
    batches a transaction: the road's rate as a share of it, and rows a visit."""
    dumps: dict[str, bytes] = {}
    rows = 0
    with psycopg.connect(url, autocommit=True) as connection:
        for table, new in TABLES.items():
            columns = _columns(connection, table)
            with connection.cursor().copy(f"COPY (SELECT {columns} FROM {table} WHERE {new}) TO STDOUT") as copy:
                dumps[table] = b"".join(bytes(piece) for piece in copy)
            rows += dumps[table].count(b"\n")
    url, visits = twin, dumps["visit"].count(b"\n")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
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
