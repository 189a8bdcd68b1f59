"""Faults 6, 21 and 26: what stands between phone and server, the phone's clock, and the phone's version."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import text

from api.demo.phone import Phone as DemoPhone
from sync import clock, ids
from sync.identity.actions.devices import issue_code
from sync.intake import parse
from tests.factories.batches import visit
from tests.journeys.checker import check, drained
from tests.journeys.client import Kept, Phone
from tests.journeys.conftest import Visits
from tests.journeys.town import Town, wait_for

pytestmark = pytest.mark.journey

# Fault 6

LOGIN = "<html><title>欢迎使用免费WiFi</title></html>".encode()
PORTAL: dict[str, tuple[int, dict[str, str], bytes]] = {
    "a page with 200": (200, {"Content-Type": "text/html"}, LOGIN),
    "a page with 201": (201, {"Content-Type": "text/html"}, LOGIN),
    "JSON of its own with 202": (202, {"Content-Type": "application/json"}, b'{"status":"ok"}'),
    "JSON that is no object": (201, {"Content-Type": "application/json"}, b"[1]"),
    "broken JSON": (201, {"Content-Type": "application/json"}, b"{"),
    "a redirection": (302, {"Location": "http://portal.invalid/login"}, b""),
    "511": (511, {"Content-Type": "text/html"}, LOGIN),
}


@contextmanager
def _portal(status: int, headers: dict[str, str], body: bytes) -> Iterator[int]:
    """The port of a captive portal that answers everything alike."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def demo_phone(whole_town: Town) -> DemoPhone:
    """The phone of the demo, enrolled as anybody is."""
    phone = DemoPhone(f"http://127.0.0.1:{whole_town.to_web.port}", [], 1)
    village = whole_town.village
    code, _ = whole_town.house.write(
        lambda session: issue_code(session, village.chen, clock.now(), timedelta(minutes=10))
    )
    phone.enrol("陈", code)
    return phone


@pytest.mark.parametrize("answer", PORTAL)
def test_what_a_captive_portal_says_is_not_an_acknowledgement(town: Town, demo_phone: DemoPhone, answer: str) -> None:
    at = clock.now() - timedelta(days=60)  # far from the visits of others, with which it would be joint
    record = orjson.loads(orjson.dumps(visit(town.village, at)))
    record["photos"] = [photo := demo_phone.new_photo(clock.now(), None)]
    kept = demo_phone.keep([record], clock.now().isoformat())
    server = demo_phone.url
    with _portal(*PORTAL[answer]) as port:
        demo_phone.url = server._replace(netloc=f"127.0.0.1:{port}")
        demo_phone.put(kept)
        demo_phone.put_photo(photo["sha256"])
        demo_phone.url = server
    assert not kept.acknowledged
    assert photo["sha256"] not in demo_phone.present
    demo_phone.push(kept)
    demo_phone.hand_in_photo(photo["sha256"])
    assert demo_phone.ask(kept) in ("received", "done")


# Fault 21

DAY = timedelta(days=1)
LATE = timedelta(hours=5)  # between the visit and its push
UPTIME_MS = 40 * 3_600_000
CLOCKS: dict[str, tuple[timedelta, timedelta, bool]] = {
    "right": (timedelta(0), timedelta(0), True),
    "a year ahead": (365 * DAY, 365 * DAY, True),
    "a year behind": (-365 * DAY, -365 * DAY, True),
    "in another zone": (timedelta(hours=-8), timedelta(hours=-8), True),
    "set right after the visit": (300 * DAY, timedelta(0), True),
    "a year ahead, restarted before the push": (365 * DAY, 365 * DAY, False),
    "a year behind, restarted before the push": (-365 * DAY, -365 * DAY, False),
}


def _moment(at: datetime, elapsed_ms: int | None, boot: str, key: str = "wall") -> dict[str, Any]:
    return {key: at, "elapsed_ms": elapsed_ms, "boot_id": boot}


@pytest.mark.parametrize("name", CLOCKS)
def test_a_phone_whose_clock_is_wrong_is_believed_about_when(town: Town, phone: Phone, name: str) -> None:
    at_visit, at_push, same_boot = CLOCKS[name]
    now = clock.now()
    started, ended = now - LATE, now - LATE + timedelta(minutes=10)
    before_ms = UPTIME_MS - int(LATE.total_seconds() * 1000)
    record = visit(
        town.village, now - LATE + at_visit,
        started=_moment(started + at_visit, before_ms, "one"),
        ended=_moment(ended + at_visit, before_ms + 600_000, "one"),
    )  # fmt: skip
    boot = "one" if same_boot else "two"
    kept = phone.keep([record], sent=_moment(now + at_push, UPTIME_MS if same_boot else 60_000, boot, "at"))
    fresh = f"at={(clock.now() + at_push).isoformat()};elapsed_ms={UPTIME_MS if same_boot else 60_000};boot_id={boot}"
    assert phone.put(kept, **{"Doorstep-Clock": fresh}).outcome == "ok"
    assert [result["state"] for result in phone.settle(kept)] == ["applied"]
    row = _stored(town, record["id"])
    assert abs((row.started_at - started).total_seconds()) <= max(row.clock_uncertainty_s, 5)
    assert abs((row.ended_at - row.started_at).total_seconds() - 600) < 2
    assert row.clock_uncertainty_s < 600
    check(phone)


def test_a_clock_that_jumps_in_the_middle_of_a_visit_is_told_and_not_refused(town: Town, phone: Phone) -> None:
    now = clock.now()
    before_ms = UPTIME_MS - int(LATE.total_seconds() * 1000)
    record = visit(
        town.village, now - LATE,
        started=_moment(now - LATE + 200 * DAY, before_ms, "one"),
        ended=_moment(now - LATE + timedelta(minutes=10), before_ms + 600_000, "one"),
    )  # fmt: skip
    kept = phone.keep([record], sent=_moment(now, UPTIME_MS, "one", "at"))
    clocks = {"Doorstep-Clock": f"at={clock.now().isoformat()};elapsed_ms={UPTIME_MS};boot_id=one"}
    assert phone.put(kept, **clocks).outcome == "ok"
    assert [result["state"] for result in phone.settle(kept)] == ["applied"]
    row = _stored(town, record["id"])
    assert abs((row.started_at - (now - LATE)).total_seconds()) < 5
    assert abs((row.ended_at - row.started_at).total_seconds() - 600) < 2
    check(phone)


def _stored(town: Town, visit_id: Any) -> Any:
    query = text("SELECT started_at, ended_at, clock_uncertainty_s FROM visit WHERE id = :id")
    return town.house.read(lambda session: session.execute(query, {"id": visit_id}).one())


# Fault 26


def _complaint(town: Town) -> dict[str, Any]:
    at = clock.now() - timedelta(hours=2)
    return {
        "kind": "complaint", "id": ids.uuid7(), "told": {"wall": at}, "unit": town.village.village,
        "category": "environment", "text": "路灯坏了三盏", "read_back": True, "mood": "急",
    }  # fmt: skip


def _states(phone: Phone, kept: Kept) -> list[str]:
    reply = phone.get(kept).reply
    assert reply is not None
    return [result["state"] for result in reply.get("results", [])]


def test_a_newer_schema_and_an_unknown_kind_wait_for_the_upgrade_and_are_applied_by_it(
    town: Town, phone: Phone, second_phone: Phone, visits: Visits
) -> None:
    newer = phone.keep(visits(2), schema=2)
    mixed = second_phone.keep([*visits(1, mood="calm"), complaint := _complaint(town)])
    for one, kept in ((phone, newer), (second_phone, mixed)):
        one.deliver(kept)
        drained(one)
    reply = phone.get(newer).reply
    assert reply is not None
    assert reply["state"] == "parked"
    assert _states(second_phone, mixed) == ["applied", "parked"]
    with town.crew("tests.journeys.newer", sweepers="tests.journeys.newer"):
        for one, kept, count in ((phone, newer, 2), (second_phone, mixed, 2)):
            wait_for("the upgrade", lambda: _states(one, kept) == ["applied"] * count)  # noqa: B023
    complaint["kind"] = "problem"  # what the checker counts
    for one in (phone, second_phone):
        check(one)


def test_the_oldest_schema_there_is_needs_no_upcast_and_unknown_fields_are_kept(
    town: Town, phone: Phone, visits: Visits
) -> None:
    assert parse.SCHEMA == 1
    kept = phone.keep(visits(1, mood="calm"))
    phone.deliver(kept)
    assert [result["state"] for result in phone.settle(kept)] == ["applied"]
    check(phone)
