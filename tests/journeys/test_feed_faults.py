"""Faults 15 to 20: the feed under idle transactions, crowds, hand-overs back and forth, long absence, crashes, copies.

Phones speak HTTP to gunicorn; what they should hold is asked of the registry by selects of this file.
"""

import http.client
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from time import monotonic, sleep
from typing import Any
from uuid import UUID

import orjson
import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import changes, clock, ids
from sync.access import Actor, HeldRole
from sync.errors import Problem
from sync.feed import purging, settling
from sync.house import House
from sync.identity.actions.devices import issue_code
from sync.pipeline import handing_over
from sync.registry.handover import Asked, Holder
from sync.words import FeedKind, Role
from tests.factories import rows
from tests.factories.batches import visit
from tests.factories.pulling import PullingPhone
from tests.factories.village import Village, add_phone
from tests.journeys.checker import check
from tests.journeys.client import Kept, Phone
from tests.journeys.town import Town, wait_for

pytestmark = pytest.mark.journey

HOMES = text(
    "SELECT DISTINCT l.place_id FROM link l JOIN place p ON p.id = l.place_id"
    " WHERE l.cadre_id = :c AND l.valid @> CAST(:today AS date) AND p.state <> 'gone'"
)


@dataclass
class Cadre:
    """A cadre of this test alone, with a phone that pushes and pulls."""

    id: UUID
    phone: Phone
    pulling: PullingPhone


@pytest.fixture
def valley(town: Town) -> Village:
    """The village under a programme of this test, whose office is the county."""
    made = replace(town.village, programme=ids.uuid7())
    town.house.write(
        lambda s: s.execute(
            text("INSERT INTO programme (id, code, name, office_id) VALUES (:i, :code, '五联', :o)"),
            {"i": made.programme, "code": str(made.programme), "o": made.county},
        )
    )
    return made


def hire(town: Town, village: Village) -> Cadre:
    """Somebody new with the role of a cadre and a phone."""
    person, device = ids.uuid7(), ids.uuid7()

    def work(session: Session) -> tuple[str, bytes]:
        session.execute(
            text("INSERT INTO person (id, staff_no, name) VALUES (:i, :n, :n)"), {"i": person, "n": str(person)}
        )
        rows.hold_role(session, person, Role.CADRE, village.village)
        token = add_phone(session, device, person)
        key = session.scalar(text("SELECT receipt_key FROM device WHERE id = :i"), {"i": device})
        return token, bytes(key)

    token, key = town.house.write(work)
    return Cadre(person, Phone(town, device, token, key), pulling(town, token))


def pulling(town: Town, token: str) -> PullingPhone:
    """A phone that pulls over HTTP and tries again when it is told to come later."""

    def get(path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        while True:
            line = http.client.HTTPConnection("127.0.0.1", town.web_port, timeout=20)
            try:
                line.request("GET", f"/phone/v1/{path}", headers=headers | {"Authorization": f"Bearer {token}"})
                answer = line.getresponse()
                body = answer.read()
                if answer.status != 503:
                    return answer.status, dict(answer.headers), body
            finally:
                line.close()
            sleep(0.05)

    return PullingPhone(get)


def hand_over(house: House, village: Village, giver: UUID, taker: UUID, *links: UUID) -> dict[str, Any]:
    """The office moves links, all if none is named, from today on."""
    actor = Actor(village.zhou, (HeldRole(Role.PROGRAMME_OFFICE, village.county),))
    asked = Asked(Holder(giver, None), Holder(taker, None), clock.today(), links or None)
    return house.write(lambda s: handing_over.hand_over(s, actor, ids.uuid7(), asked, house.policy.feed, clock.now()))


def homes(town: Town, cadre: Cadre) -> set[str]:
    """The homes of a cadre by the registry."""
    facts = {"c": cadre.id, "today": clock.today()}
    return {str(id_) for id_ in town.house.read(lambda s: s.scalars(HOMES, facts).all())}


def assert_level(town: Town, *cadres: Cadre) -> None:
    """I3: a quiescent phone holds its scope; the feed has nothing to catch up with."""
    for cadre in cadres:
        cadre.pulling.pull()
        assert set(cadre.pulling.all("place")) == homes(town, cadre)
    people = [cadre.id for cadre in cadres]
    assert town.house.read(lambda s: settling.differences(s, town.house.policy.feed, people, 10)) == []


# Fault 15


def test_an_idle_transaction_here_or_next_door_does_not_hold_up_the_feed(town: Town, valley: Village) -> None:
    cadre = hire(town, valley)
    town.house.write(lambda s: rows.add_link(s, valley, cadre.id, rows.add_place(s, valley)))
    limit = town.house.read(lambda s: s.scalar(text("SHOW idle_in_transaction_session_timeout")))
    assert limit == "10s"
    here, next_door = psycopg.connect(town.postgres.url()), psycopg.connect(town.postgres.url("postgres"))
    with here, next_door:
        for line in (here, next_door):
            line.execute("SELECT txid_current()")
        # The one here has also published: it holds the number of the cadre's scope, until it is ended like ours are.
        here.execute("SET idle_in_transaction_session_timeout = '1s'")
        here.execute("UPDATE feed_head SET head = head WHERE scope = %s", [f"c:{cadre.id}"])
        began = monotonic()
        other = hire(town, valley)
        town.house.write(lambda s: rows.add_link(s, valley, other.id, rows.add_place(s, valley)))
        assert_level(town, other)
        assert monotonic() - began < 1, "nobody else waits"
        wait_for("the idle session to be ended", lambda: here.broken or _is_ended(here))
        town.house.write(lambda s: rows.add_link(s, valley, cadre.id, rows.add_place(s, valley)))
        assert_level(town, cadre, other)


def _is_ended(line: "psycopg.Connection[Any]") -> bool:
    if not line.fileno():
        return True
    sleep(1.2)
    try:
        line.execute("SELECT 1")
    except psycopg.Error:
        return True
    return False


# Fault 16


@pytest.fixture
def crowd(town: Town) -> Iterator[House]:
    """A house with a connection for each of sixteen writers."""
    opened = House.open(town.house.settings, pool_size=16)
    yield opened
    opened.close()


def test_sixteen_writers_in_random_order_lose_nothing_for_twelve_phones(
    town: Town, valley: Village, crowd: House
) -> None:
    cadres = [hire(town, valley) for _ in range(12)]
    places = [town.house.write(lambda s: rows.add_place(s, valley)) for _ in range(30)]
    for n, place in enumerate(places):
        town.house.write(lambda s, p=place, c=cadres[n % 12].id: rows.add_link(s, valley, c, p))
    over, wrong = threading.Event(), []

    def write(seed: int) -> None:
        random = Random(seed)
        try:
            for _ in range(25):
                _one_change(crowd, valley, cadres, places, random)
        except Exception as error:  # noqa: BLE001  # told by the test
            wrong.append(error)

    def page(cadre: Cadre, seed: int) -> None:
        random = Random(seed)
        try:
            while not over.is_set():
                cadre.pulling.pull_page(random.randint(1, 7))
        except BaseException as error:  # noqa: BLE001  # told by the test
            wrong.append(error)

    writers = [threading.Thread(target=write, args=(n,)) for n in range(16)]
    readers = [threading.Thread(target=page, args=(cadre, n)) for n, cadre in enumerate(cadres)]
    for thread in (*writers, *readers):
        thread.start()
    for thread in writers:
        thread.join()
    over.set()
    for thread in readers:
        thread.join()
    assert wrong == []
    assert_level(town, *cadres)
    assert sum(cadre.pulling.pages for cadre in cadres) > 24


def _one_change(house: House, village: Village, cadres: list[Cadre], places: list[UUID], random: Random) -> None:
    """A change whose transaction stays open for a while after it was made; every tenth is rolled back."""
    pause, fails = random.random() * 0.02, random.random() < 0.1
    place, (giver, taker) = random.choice(places), random.sample(cadres, 2)

    def work(session: Session) -> None:
        kind = random.randrange(3)
        if kind == 0:
            changes.touched(session, FeedKind.PLACE, [place])
        elif kind == 1:
            rows.add_task(session, village, giver.id, place)
        else:
            _move(session, house, village, giver.id, taker.id)
        sleep(pause)
        if fails:
            raise ZeroDivisionError

    try:
        house.write(work)
    except (ZeroDivisionError, Problem):
        return


def _move(session: Session, house: House, village: Village, giver: UUID, taker: UUID) -> None:
    actor = Actor(village.zhou, (HeldRole(Role.PROGRAMME_OFFICE, village.county),))
    asked = Asked(Holder(giver, None), Holder(taker, None), clock.today())
    handing_over.hand_over(session, actor, ids.uuid7(), asked, house.policy.feed, clock.now())


# Fault 17


def test_a_home_that_goes_to_another_cadre_and_back_keeps_the_visits_that_were_not_sent(
    town: Town, valley: Village
) -> None:
    a, b = hire(town, valley), hire(town, valley)
    place = town.house.write(lambda s: rows.add_place(s, valley))
    yesterday = clock.today() - timedelta(days=5)
    link = town.house.write(lambda s: rows.add_link(s, valley, a.id, place, yesterday))
    for _ in range(12):
        town.house.write(lambda s: rows.add_link(s, valley, b.id, rows.add_place(s, valley)))
    a.pulling.pull()
    at = clock.now() - timedelta(days=1)
    unsent = a.phone.keep([visit(valley, at, place=place)])
    assert b.pulling.pull_page(2)
    hand_over(town.house, valley, a.id, b.id, link)
    assert b.pulling.pull_page(3)
    a.pulling.pull()
    assert a.pulling.all("place") == a.pulling.all("link") == {}, "I4"
    given = next(id_ for id_, one in _links(town, b.id).items() if one == place)
    hand_over(town.house, valley, b.id, a.id, given)
    a.phone.deliver(unsent)
    [result] = a.phone.settle(unsent)
    assert result["state"] == "applied"
    assert_level(town, a, b)
    assert str(place) in a.pulling.all("place")
    assert str(place) not in b.pulling.all("place")
    seen = a.pulling.all("visit")[str(unsent.records[0]["id"])]
    assert seen["counts"]
    reasons = town.house.read(
        lambda s: s.scalar(
            text("SELECT reasons FROM visit_verdict WHERE visit_id = :v"), {"v": unsent.records[0]["id"]}
        )
    )
    assert "LINK_NOT_ASSIGNED" not in str(reasons), "judged by the link of that day"
    check(a.phone)


def _links(town: Town, cadre: UUID) -> dict[UUID, UUID]:
    query = text("SELECT id, place_id FROM link WHERE cadre_id = :c AND valid @> CAST(:on AS date)")
    found = town.house.read(lambda s: s.execute(query, {"c": cadre, "on": clock.today()}).all())
    return {row.id: row.place_id for row in found}


# Fault 18


def test_a_phone_that_was_away_for_longer_than_the_feed_remembers_starts_afresh_with_its_unsent_work(
    town: Town, valley: Village
) -> None:
    a, b = hire(town, valley), hire(town, valley)
    place = town.house.write(lambda s: rows.add_place(s, valley))
    town.house.write(lambda s: rows.add_link(s, valley, a.id, place, clock.today() - timedelta(days=200)))
    town.house.write(lambda s: rows.hold_role(s, a.id, Role.HANDLER, valley.roads))
    town.house.write(lambda s: rows.add_task(s, valley, valley.zhou, place, holder=valley.roads, text="路灯不亮"))
    a.pulling.pull()
    assert "路灯不亮" in str(a.pulling.store.rows)
    unsent = a.phone.keep([visit(valley, clock.now() - timedelta(days=2), place=place)])
    hand_over(town.house, valley, a.id, b.id)
    town.house.write(lambda s: rows.drop_role(s, a.id, Role.HANDLER))

    def a_hundred_and_thirty_days_pass(session: Session) -> None:
        session.execute(text("UPDATE feed_item SET aged_on = aged_on - 130 WHERE scope = :s"), {"s": f"c:{a.id}"})
        purging.purge(session, town.house.policy.feed)

    town.house.write(a_hundred_and_thirty_days_pass)
    before = a.pulling.store.cursor
    assert before is not None
    page = _page(a, before)
    assert page["reset"] == [f"c:{a.id}"]
    assert page["dropped_scopes"] == [f"u:{valley.roads}"]
    assert_level(town, a, b)
    assert a.pulling.all("place") == a.pulling.all("link") == a.pulling.all("task") == {}
    a.phone.deliver(unsent)
    assert a.phone.settle(unsent)[0]["state"] == "applied"
    assert_level(town, a, b)
    assert set(a.pulling.all("visit")) == {str(unsent.records[0]["id"])}


def _page(cadre: Cadre, cursor: str) -> dict[str, Any]:
    status, _, body = cadre.pulling.get(f"changes?cursor={cursor}", {})
    assert status == 200
    page: dict[str, Any] = orjson.loads(body)
    return page


# Fault 19


@pytest.mark.parametrize("crash", ["before", "between"])
def test_a_phone_that_dies_around_writing_a_page_ends_up_the_same(town: Town, valley: Village, crash: str) -> None:
    a, b = hire(town, valley), hire(town, valley)
    links = [town.house.write(lambda s: rows.add_link(s, valley, a.id, rows.add_place(s, valley))) for _ in range(9)]
    for n in range(8):
        a.pulling.pull_page(2, crash)
        if n == 3:
            hand_over(town.house, valley, a.id, b.id, *links[:4])
        a.pulling.pull_page(2)
    assert_level(town, a, b)
    assert len(a.pulling.all("place")) == 5


# Fault 20


def test_two_phones_with_one_database_copy_double_nothing_and_the_old_token_ends(town: Town, valley: Village) -> None:
    a = hire(town, valley)
    place = town.house.write(lambda s: rows.add_place(s, valley))
    town.house.write(lambda s: rows.add_link(s, valley, a.id, place, clock.today() - timedelta(days=9)))
    kept = a.phone.keep([visit(valley, clock.now() - timedelta(days=1), place=place)])
    a.pulling.pull()
    twin = Phone(town, a.phone.device, a.phone.token, a.phone.receipt_key)
    twin.batches[kept.id] = Kept(kept.id, kept.body, kept.records)
    copy = pulling(town, a.phone.token)
    copy.store = a.pulling.store.copy()
    first, second = a.phone.deliver(kept), twin.deliver(twin.batches[kept.id])
    assert first.reply is not None
    assert second.reply is not None
    assert first.reply["receipt"] == second.reply["receipt"]
    a.phone.settle(kept)
    assert_level(town, a)
    copy.pull()
    assert copy.store.rows.keys() == a.pulling.store.rows.keys()
    written = text("SELECT count(*) FROM visit_rev WHERE visit_id = :v")
    assert town.house.read(lambda s: s.scalar(written, {"v": kept.records[0]["id"]})) == 1
    # The cadre enrols the restored phone anew: it stays the same phone, and whoever has the copy is out.
    renewed = _enrol_again(town, a)
    assert copy.get("changes", {})[0] == 401
    assert twin.put(kept).status == 401
    assert renewed.put(kept).status in (201, 202)
    fresh = pulling(town, renewed.token)
    fresh.pull()
    assert set(fresh.all("place")) == {str(place)}


def _enrol_again(town: Town, cadre: Cadre) -> Phone:
    code, _ = town.house.write(lambda s: issue_code(s, cadre.id, clock.now(), timedelta(minutes=10)))
    about = {"id": str(cadre.phone.device), "model": "t", "os": "t", "app_version": "1"}
    line = http.client.HTTPConnection("127.0.0.1", town.web_port, timeout=20)
    body = orjson.dumps({"username": str(cadre.id), "code": code, "device": about})
    line.request("POST", "/phone/v1/enrol", body, {"Content-Type": "application/json"})
    answer = line.getresponse()
    told = orjson.loads(answer.read())
    line.close()
    assert answer.status == 201, told
    return Phone(town, cadre.phone.device, told["token"], cadre.phone.receipt_key)
