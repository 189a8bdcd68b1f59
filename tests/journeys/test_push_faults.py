"""Faults 1 to 5, between the phone and its acknowledgement."""

import hashlib
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import pytest
from sqlalchemy import text

from sync import clock, ids
from tests.journeys.checker import check, digest_of
from tests.journeys.client import ACK, Kept, Phone
from tests.journeys.conftest import Visits
from tests.journeys.town import Town

pytestmark = pytest.mark.journey

MIB = 1 << 20
DEPTH = 400_000


def _is_stored(town: Town, batch: UUID) -> bool:
    query = text("SELECT EXISTS (SELECT FROM batch WHERE id = :id)")
    return bool(town.house.read(lambda session: session.scalar(query, {"id": batch})))


# Fault 1


@pytest.mark.parametrize("lost", [1, 5, 20])
def test_a_batch_whose_acknowledgement_is_lost_many_times_counts_once(
    town: Town, phone: Phone, visits: Visits, lost: int
) -> None:
    kept = phone.keep(visits(3))
    with town.to_web.toxic("reset", times=lost):
        assert [phone.put(kept).outcome for _ in range(lost)] == ["unknown"] * lost
    phone.deliver(kept)
    results = phone.settle(kept)
    assert [result["state"] for result in results] == ["applied"] * 3
    again = phone.deliver(kept)
    assert again.status == 201
    assert again.reply is not None
    assert digest_of(again.reply["results"]) == digest_of(results)
    check(phone)


# Fault 2


def test_eight_identical_requests_at_once_are_one_batch_with_one_receipt(
    town: Town, phone: Phone, visits: Visits
) -> None:
    for _ in range(5):
        kept = phone.keep(visits(2))
        barrier = threading.Barrier(8)

        def put_together(kept: Kept = kept, barrier: threading.Barrier = barrier) -> Any:
            barrier.wait()
            return phone.put(kept)

        with ThreadPoolExecutor(8) as pool:
            replies = [call.result() for call in [pool.submit(put_together) for _ in range(8)]]
        assert {reply.outcome for reply in replies} == {"ok"}
        assert len({(reply.reply["receipt"], reply.reply["received_at"]) for reply in replies}) == 1
    check(phone)


# Fault 3


def test_the_same_id_with_one_byte_changed_is_refused_and_the_first_bytes_stay(
    town: Town, phone: Phone, visits: Visits
) -> None:
    kept = phone.keep(visits(1))
    phone.deliver(kept)
    changed = Kept(kept.id, kept.body.replace("水管漏水".encode(), "水管不漏".encode()), kept.records)
    for _ in range(2):
        refusal = phone.put(changed)
        assert refusal.status == 409
        assert refusal.reply is not None
        assert (refusal.reply["code"], refusal.reply["retry"]) == ("batch-conflict", "never")
        assert refusal.reply["sha256"] == kept.sha256
    query = text("SELECT sha256 FROM batch_conflict WHERE device_id = :device")
    aside = town.house.read(lambda session: session.scalars(query, {"device": phone.device}).all())
    assert [bytes(sha256).hex() for sha256 in aside] == [changed.sha256]
    check(phone)


# Fault 4


def _cut(town: Town, phone: Phone, kept: Kept, share: int, chunked: bool) -> bytes:
    """Send head and share/16 of the body, then close our half of the connection; what the server answers."""
    wire, headers = kept.wire, phone.headers(kept)
    piece = wire[: len(wire) * share // 16]
    if chunked:
        headers["Transfer-Encoding"] = "chunked"
        piece = b"%x\r\n%s\r\n" % (len(piece), piece) if piece else b""
    else:
        headers["Content-Length"] = str(len(wire))
    lines = [f"PUT /phone/v1/batches/{kept.id} HTTP/1.1", "Host: town", *(f"{k}: {v}" for k, v in headers.items())]
    with socket.create_connection(("127.0.0.1", town.web_port), 10) as connection:
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + piece)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(MIB), b""))


@pytest.mark.parametrize("chunked", [False, True], ids=["content-length", "chunked"])
def test_a_body_that_is_cut_anywhere_leaves_nothing_and_is_sent_again(
    town: Town, phone: Phone, visits: Visits, chunked: bool
) -> None:
    kept = phone.keep(visits(10))
    for share in range(16):
        answer = _cut(town, phone, kept, share, chunked)
        assert not answer or b" 400 " in answer.splitlines()[0], answer
        assert not answer or b'"retry":"same"' in answer or b"application/problem+json" not in answer, answer
    assert not _is_stored(town, kept.id)
    phone.deliver(kept)
    assert {result["state"] for result in phone.settle(kept)} == {"applied"}
    check(phone)


def test_a_body_whose_connection_is_reset_half_way_leaves_nothing(town: Town, phone: Phone, visits: Visits) -> None:
    kept = phone.keep(visits(40))
    for share in (1, 8, 15):
        with town.to_web.toxic("limit_data", "up", size=len(kept.wire) * share // 16 + 300):
            assert phone.put(kept).outcome != "ok"
    assert not _is_stored(town, kept.id)
    phone.deliver(kept)
    check(phone)


# Fault 5


def _forget_peaks(processes: list[psutil.Process]) -> int:
    for process in processes:
        Path(f"/proc/{process.pid}/clear_refs").write_text("5")
    return max(process.memory_info().rss for process in processes)


def _peak(processes: list[psutil.Process]) -> int:
    found = []
    for process in processes:
        status = dict(line.split(":", 1) for line in Path(f"/proc/{process.pid}/status").read_text().splitlines())
        found.append(int(status["VmHWM"].split()[0]) * 1024)
    return max(found)


@contextmanager
def _growth_of_horses(town: Town) -> Iterator[list[int]]:
    """Watch by how many bytes work horses outgrow their parents within the block; the list fills meanwhile."""
    growth, over = [0], threading.Event()

    def watch() -> None:
        while not over.wait(0.005):
            for worker in town.workers:
                horse = town.horse_of(worker)
                with suppress(psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError, KeyError):
                    if horse:
                        growth.append(_peak([horse]) - psutil.Process(worker.pid).memory_info().rss)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield growth
    finally:
        over.set()
        thread.join()


def _gzip_bomb(batch: UUID) -> bytes:
    return b" " * (200 * MIB)


def _million_fixes(batch: UUID) -> bytes:
    return _with_record(batch, b'{"kind":"visit","id":"%s","fixes":[%s]}' % (_id(), b",".join([b"{}"] * 1_000_000)))


def _with_record(batch: UUID, record: bytes) -> bytes:
    at = clock.now().isoformat()
    head = f'{{"schema":1,"batch":"{batch}","device_seq":1,"sent":{{"at":"{at}"}},"records":['
    return head.encode() + record + b"]}"


def _id() -> bytes:
    return str(ids.uuid7()).encode()


def _nested(batch: UUID) -> bytes:
    deep = b'{"a":' * DEPTH + b"1" + b"}" * DEPTH
    return _with_record(batch, b'{"kind":"visit","id":"%s","answers":%s}' % (_id(), deep))


def _nested_lists(batch: UUID) -> bytes:
    return b"[" * (4 * MIB)


def _many_fixes(batch: UUID) -> bytes:
    fix = b'{"lon":120.7,"lat":37.8,"at":"2026-11-24T08:00:00+08:00"}'
    return _with_record(batch, b'{"kind":"visit","id":"%s","fixes":[%s]}' % (_id(), b",".join([fix] * 120_000)))


def _odd_text(escaped: bytes) -> Callable[[UUID], bytes]:
    def make(batch: UUID) -> bytes:
        record = (
            b'{"kind":"problem","id":"%s","told":{"wall":"2026-11-20T08:00:00+08:00"},"unit":"%s","text":"%s"}'
        ) % (_id(), _id(), escaped)
        return _with_record(batch, record)

    return make


def _not_a_number(batch: UUID) -> bytes:
    return _with_record(batch, b'{"kind":"visit","id":"%s","rating":NaN}' % _id())


BOMBS: dict[str, tuple[Callable[[UUID], bytes], tuple[int, ...]]] = {
    "a gzip body of 200 MiB of blanks": (_gzip_bomb, (413,)),
    "a million fixes": (_million_fixes, ACK),
    "as many whole fixes as a body may hold": (_many_fixes, ACK),
    "answers nested 400,000 deep": (_nested, ACK),
    "four million open brackets": (_nested_lists, ACK),
    "a NUL character": (_odd_text(b"\\u0000"), ACK),
    "a lone surrogate": (_odd_text(b"\\ud800"), ACK),
    "NaN": (_not_a_number, ACK),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_costs_little_memory_and_harms_no_neighbour(town: Town, phone: Phone, visits: Visits, bomb: str) -> None:
    make, statuses = BOMBS[bomb]
    batch = ids.uuid7()
    body = make(batch)
    processes = town.web_processes()
    before = _forget_peaks(processes)
    kept = Kept(batch, body, [])
    assert len(kept.wire) <= MIB
    with _growth_of_horses(town) as growth:
        for _ in range(4):
            assert phone.put(kept).status in statuses
        if statuses == ACK:
            phone.settle(kept)
    assert max(growth) < 64 * MIB
    assert _peak(processes) - before < 64 * MIB
    if statuses == ACK:
        phone.batches[batch] = kept
        assert {result["state"] for result in phone.settle(kept)} <= {"quarantined"}
        reply = phone.get(kept).reply
        assert reply is not None
        assert reply["state"] in ("quarantined", "done")
    neighbour = phone.keep(visits(1))
    phone.deliver(neighbour)
    assert [result["state"] for result in phone.settle(neighbour)] == ["applied"]
    check(phone)


def test_a_bad_record_between_good_ones_stands_aside_alone(phone: Phone, visits: Visits) -> None:
    good = visits(4)
    bad = {"kind": "visit", "id": ids.uuid7(), "place": "nowhere"}
    kept = phone.keep([*good[:2], bad, *good[2:]])
    phone.deliver(kept)
    assert [result["state"] for result in phone.settle(kept)] == ["applied"] * 2 + ["quarantined"] + ["applied"] * 2
    check(phone, quarantined=[bad["id"]])  # type: ignore[list-item]


def test_a_body_with_another_hash_than_declared_is_not_stored(town: Town, phone: Phone, visits: Visits) -> None:
    kept = phone.keep(visits(1))
    wrong = {"Doorstep-Body-SHA256": hashlib.sha256(b"other").hexdigest()}
    refusal = phone.put(kept, **wrong)
    assert refusal.status == 400
    assert refusal.reply is not None
    assert refusal.reply["retry"] == "same"
    assert not _is_stored(town, kept.id)
