"""Fault 33: a supervisor reads over HTTP while homes are erased; nothing erased is in any answer afterwards."""

import http.client
import threading
from contextlib import closing
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, ids, pipeline
from sync.identity.actions import people
from sync.words import Asker, Role
from tests.factories import review, rows
from tests.journeys.town import Town, wait_for

pytestmark = pytest.mark.journey

PASSWORD = "open the door please"
HOMES = 6
READERS = 3


@dataclass
class Home:
    """A home with a name and a word that the cadre said, a visit under review, and the request to erase it."""

    place: UUID
    visit: UUID
    request: UUID
    name: str
    said: str


@dataclass
class Answer:
    """What a reader got, and when it asked."""

    home: Home
    asked_at: float
    status: int
    text: str


@dataclass
class Reader:
    """A verifier's browser, opening files again and again."""

    town: Town
    cookie: str
    answers: list[Answer] = field(default_factory=list)

    def ask(self, home: Home) -> Answer:
        with closing(http.client.HTTPConnection("127.0.0.1", self.town.web_port, timeout=30)) as line:
            asked_at = monotonic()
            line.request("GET", f"/console/v1/review/visits/{home.visit}", headers={"Cookie": self.cookie})
            answer = line.getresponse()
            return Answer(home, asked_at, answer.status, answer.read().decode())

    def go_on(self, homes: list[Home], stop: threading.Event) -> None:
        while not stop.is_set():
            self.answers += [self.ask(home) for home in homes]


@pytest.fixture
def verifier(town: Town) -> tuple[UUID, str]:
    """(person, cookie) of a verifier of the town."""
    name = f"wang-{ids.uuid7().hex[-8:]}"

    def work(session: Session) -> UUID:
        person = people.add_person(session, name, "王")
        people.set_login(session, person, name, PASSWORD, clock.now(), town.house.policy.logins)
        people.give_role(session, person, Role.VERIFIER, town.village.town)
        return person

    person = town.house.write(work)
    body = orjson.dumps({"username": name, "password": PASSWORD})
    with closing(http.client.HTTPConnection("127.0.0.1", town.web_port, timeout=30)) as line:
        line.request("POST", "/console/v1/login", body, {"Content-Type": "application/json"})
        answer = line.getresponse()
        answer.read()
    assert answer.status == 200
    return person, str(answer.getheader("Set-Cookie")).split(";", 1)[0]


@pytest.fixture
def homes(town: Town) -> list[Home]:
    """Homes with a visit that waits for a verifier."""

    def made(session: Session, n: int) -> Home:
        name, said = f"王家{n}号{ids.uuid7().hex[-6:]}", f"说明{ids.uuid7().hex[-6:]}"
        place = rows.add_place(session, town.village, name)
        visit = review.add_visit(session, town.village, place=place)
        review.add_finding(session, visit)
        facts = {"i": ids.uuid7(), "v": visit, "t": said, "p": town.village.li, "at": clock.now()}
        session.execute(
            text(
                "INSERT INTO said (id, visit_id, kind, codes, text, person_id, device_id, batch_id, at)"
                " VALUES (:i, :v, 'attestation', '{}', :t, :p, :p, :i, :at)"
            ),
            facts,
        )
        request, _ = pipeline.ask_to_erase(session, Asker.SELF, "申请33", town.village.chen, place_id=place)
        return Home(place, visit, request, name, said)

    return [town.house.write(lambda s, n=n: made(s, n)) for n in range(HOMES)]


def test_a_supervisor_reads_during_an_erasure_and_nothing_erased_is_in_the_output(
    town: Town, verifier: tuple[UUID, str], homes: list[Home]
) -> None:
    person, cookie = verifier
    readers = [Reader(town, cookie) for _ in range(READERS)]
    stop = threading.Event()
    threads = [threading.Thread(target=reader.go_on, args=(homes, stop)) for reader in readers]
    for thread in threads:
        thread.start()
    wait_for("everybody to read", lambda: all(len(reader.answers) >= HOMES for reader in readers))
    gone_at: dict[UUID, float] = {}
    for home in homes:
        town.house.write(lambda s, home=home: pipeline.erase(s, town.house.policy, home.request))
        gone_at[home.place] = monotonic()
    many = [len(reader.answers) for reader in readers]
    wait_for(
        "two rounds more", lambda: all(len(r.answers) >= n + 2 * HOMES for r, n in zip(readers, many, strict=True))
    )
    stop.set()
    for thread in threads:
        thread.join(30)
    answers = [answer for reader in readers for answer in reader.answers]
    assert {answer.status for answer in answers} == {200}
    for answer in answers:
        told = [word in answer.text for word in (answer.home.name, answer.home.said)]
        assert told[0] == told[1], "no answer is torn: the whole file, or nothing of it"
        if answer.asked_at >= gone_at[answer.home.place]:
            assert told == [False, False]
    assert any(answer.home.name in answer.text for answer in answers)
    assert len([a for a in answers if a.asked_at >= gone_at[a.home.place]]) >= HOMES
    trail = text("SELECT count(*) FROM read_audit WHERE person_id = :p AND fields = 'evidence'")
    read: Any = town.house.read(lambda s: s.scalar(trail, {"p": person}))
    assert read == len(answers), "I12: every opening is on the trail, and nothing else is"
