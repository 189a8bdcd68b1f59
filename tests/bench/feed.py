"""The feed through gunicorn: "nothing changed", first sync of 500 households, pages with changes."""

import http.client
import time
from statistics import median, quantiles
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import changes, db
from sync.feed import settling
from sync.house import House
from sync.identity.contact_cipher import ContactCipher
from sync.words import FeedKind
from tests.bench.ground import installation, running, wait_for, web
from tests.bench.load import CADRES, HOUSEHOLDS, _id, person_id, token
from tests.bench.sender import send_all
from tests.bench.stored import store_visits
from tests.bench.table import Row

PHONES = 400
QUIET = 20_000
HOMES = 500
FIRSTS = 30
VISITS_OF_ONE = 300
STORED = 200_000
ROUNDS = 3


def pulls() -> list[Row]:
    """The three figures over the standard city with 200,000 visits stored; two web processes."""
    with installation() as (house, environment, _postgres):
        store_visits(house, STORED)
        house.write(
            lambda session: session.execute(
                text("UPDATE visit SET started_at = now() - interval '1 day' * (random() * 500)")
            )
        )
        _fill(house)
        house.write(lambda session: _burden(session, house))
        _fill(house, range(1))
        with house.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))
        with running(environment, web(environment)):
            wait_for(environment)
            return [_quiet(environment), *_first(environment), _changed(house, environment)]


def _fill(house: House, people: range = range(CADRES)) -> None:
    """Bring the feed of cadres level with the registry."""
    for low in range(people.start, people.stop, PHONES):
        some = [person_id(n) for n in range(low, min(low + PHONES, people.stop))]

        def work(session: Session, some: list[UUID] = some) -> None:
            session.execute(text("SET LOCAL statement_timeout = 0"))
            for _, kind, id_, _ in settling.differences(session, house.policy.feed, some, 1_000_000):
                changes.touched(session, kind, [id_])

        house.write(work)
    house.write(lambda session: settling.begin(session, house.policy))


def _burden(session: Session, house: House) -> None:
    """Give the first cadre 500 households with a telephone each, and visits with tasks."""
    cipher = ContactCipher(house.settings.contact_keys)
    session.execute(
        text(
            "INSERT INTO link (id, programme_id, category, cadre_id, place_id, valid)"
            " SELECT gen_random_uuid(), '01900009-0000-7000-8000-000000000000', 'ordinary', :cadre,"
            f" {_id('01900000', 'n * 7 + 1')}, '[2020-01-01,)' FROM generate_series(1, :more) n"
        ),
        {"cadre": person_id(0), "more": HOMES - HOUSEHOLDS // CADRES},
    )
    places = session.scalars(text("SELECT place_id FROM link WHERE cadre_id = :cadre"), {"cadre": person_id(0)}).all()
    sealed = [cipher.seal(f"138{n:08d}") for n in range(len(places))]
    session.execute(
        text(
            "INSERT INTO contact (id, place_id, name, phone_cipher, phone_hash) SELECT gen_random_uuid(), p, '住户', c, h"
            " FROM unnest(CAST(:p AS uuid[]), CAST(:c AS bytea[]), CAST(:h AS bytea[])) AS x(p, c, h)"
        ),
        {"p": list(places), "c": [one[0] for one in sealed], "h": [one[1] for one in sealed]},
    )
    moved = session.scalars(
        text(
            "WITH v AS (SELECT id FROM visit WHERE started_at > now() - interval '170 days' ORDER BY id LIMIT :n)"
            " UPDATE visit SET recorder_id = :cadre FROM v WHERE visit.id = v.id RETURNING visit.id"
        ),
        {"n": VISITS_OF_ONE, "cadre": person_id(0)},
    ).all()
    facts = {"cadre": person_id(0), "ids": db.pg_uuids(moved)}
    session.execute(text("UPDATE visit_party SET person_id = :cadre WHERE visit_id = ANY(:ids)"), facts)
    session.execute(text("UPDATE problem SET reporter_id = :cadre WHERE visit_id = ANY(:ids)"), facts)


class Line:
    """A kept connection of one phone."""

    def __init__(self, environment: dict[str, str], n: int) -> None:
        host, port = environment["DOORSTEP_BIND"].split(":")
        self._line = http.client.HTTPConnection(host, int(port), timeout=30)
        self._headers = {"Authorization": f"Bearer {token(n)}", "Accept-Encoding": "gzip"}

    def page(self, cursor: str | None) -> tuple[dict[str, Any], str | None]:
        """One page and its ETag."""
        import gzip

        self._line.request("GET", "/phone/v1/changes" + (f"?cursor={cursor}" if cursor else ""), headers=self._headers)
        answer = self._line.getresponse()
        body = answer.read()
        assert answer.status == 200, (answer.status, body)
        if answer.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        return orjson.loads(body), answer.headers.get("ETag")

    def whole(self) -> tuple[str, str, int]:
        """Pull from the beginning; cursor, ETag, items."""
        cursor, items = None, 0
        while True:
            page, tag = self.page(cursor)
            cursor, items = page["cursor"], items + len(page["items"])
            if not page["more"]:
                assert tag
                return cursor, tag, items


def _request(n: int, cursor: str, tag: str | None) -> bytes:
    head = f"GET /phone/v1/changes?cursor={cursor} HTTP/1.1\r\nHost: b\r\nAuthorization: Bearer {token(n)}\r\n"
    head += "Accept-Encoding: gzip\r\n" + (f"If-None-Match: {tag}\r\n" if tag else "")
    return (head + "\r\n").encode()


def _quiet(environment: dict[str, str]) -> Row:
    known = [(n, *Line(environment, n).whole()[:2]) for n in range(1, PHONES + 1)]
    requests = [_request(*known[i % PHONES]) for i in range(QUIET)]
    send_all(environment["DOORSTEP_BIND"], requests[: QUIET // 10], 8, b"304")
    rates = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        latencies = send_all(environment["DOORSTEP_BIND"], requests, 8, b"304")
        rates.append(QUIET / (time.perf_counter() - start))
    method = f"median of {ROUNDS} rounds, 8 connections, {PHONES} phones, median {median(latencies) * 1000:.1f} ms"
    return Row("nothing-changed pulls (304)", median(rates), "requests/s", 1000, 3000, method)


def _first(environment: dict[str, str]) -> list[Row]:
    line, seconds, items = Line(environment, 0), [], 0
    for _ in range(FIRSTS):
        start = time.perf_counter()
        _, _, items = line.whole()
        seconds.append(time.perf_counter() - start)
    method = f"median of {FIRSTS}, p90 {quantiles(seconds, n=10)[-1] * 1000:.0f} ms, {items} items, all pages, gzip"
    return [Row(f"first sync of {HOMES} households", median(seconds) * 1000, "ms", 400, 150, method, less=True)]


def _changed(house: House, environment: dict[str, str]) -> Row:
    known = [(n, Line(environment, n).whole()[0]) for n in range(1, PHONES + 1)]
    people = [person_id(n) for n, _ in known]
    links = house.read(
        lambda s: s.scalars(text("SELECT id FROM link WHERE cadre_id = ANY(:p)"), {"p": db.pg_uuids(people)}).all()
    )
    house.write(lambda session: changes.touched(session, FeedKind.LINK, links))
    requests = [_request(n, cursor, None) for n, cursor in known] * 5
    start = time.perf_counter()
    send_all(environment["DOORSTEP_BIND"], requests, 8, b"200")
    rate = len(requests) / (time.perf_counter() - start)
    size = 2 * len(links) // PHONES
    return Row("pages with changes", rate, "pages/s", 100, 300, f"about {size} items each, gzip; no figure was asked")
