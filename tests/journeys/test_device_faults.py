"""Fault 29: replies to the exchange of a token are lost, a thief shows an old one."""

import http.client
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import text

from sync import clock, ids
from sync.identity.actions.devices import issue_code
from sync.words import Role
from tests.factories import rows
from tests.factories.batches import visit
from tests.factories.keyed import KeyedPhone, Reply
from tests.journeys.client import Phone
from tests.journeys.town import Town

pytestmark = pytest.mark.journey

UNKNOWN = 0
LATER = text("UPDATE device_token SET superseded_at = superseded_at - interval '11 minutes' WHERE device_id = :d")


def send(town: Town) -> Any:
    """Requests through the faulty line; status 0: nothing came back."""

    def send(method: str, path: str, headers: dict[str, str], body: Any) -> Reply:
        line = http.client.HTTPConnection("127.0.0.1", town.to_web.port, timeout=20)
        try:
            content = orjson.dumps(body) if body is not None else None
            line.request(method, path, content, headers | ({"Content-Type": "application/json"} if content else {}))
            answer = line.getresponse()
            told = answer.read()
            return answer.status, orjson.loads(told) if told else {}
        except (OSError, http.client.HTTPException):
            return UNKNOWN, {}
        finally:
            line.close()

    return send


@pytest.fixture
def cadre(town: Town) -> UUID:
    """Somebody new in the village."""
    person = ids.uuid7()

    def work(session: Any) -> None:
        add = text("INSERT INTO person (id, staff_no, name) VALUES (:i, :n, :n)")
        session.execute(add, {"i": person, "n": str(person)})
        rows.hold_role(session, person, Role.CADRE, town.village.village)

    town.house.write(work)
    return person


def enrol(town: Town, phone: KeyedPhone, cadre: UUID) -> None:
    code, _ = town.house.write(lambda session: issue_code(session, cadre, clock.now(), timedelta(minutes=10)))
    assert phone.enrol(str(cadre), code)[0] == 201


def hand_over(town: Town, phone: KeyedPhone, kept: Any = None) -> tuple[Any, int | None]:
    """Push a visit, or the same bytes again, with the token of now."""
    pushing = Phone(town, phone.device, phone.token, phone.receipt_key)
    kept = kept or pushing.keep([visit(town.village, clock.now() - timedelta(minutes=40))])
    return kept, pushing.put(kept).status


def test_ten_lost_replies_keep_the_cadre_in_and_a_thief_ends_the_family(town: Town, cadre: UUID) -> None:
    phone = KeyedPhone(send(town))
    enrol(town, phone, cadre)
    old = phone.token
    with town.to_web.toxic("reset", times=10):
        assert [phone.rotate()[0] for _ in range(10)] == [UNKNOWN] * 10
    kept, status = hand_over(town, phone)
    assert status in (201, 202), "the old token is good while nobody has the new one"
    assert phone.token == old
    assert phone.rotate()[0] == 200
    with town.to_web.toxic("reset", times=1):
        assert phone.ask()[0] == UNKNOWN, "the first use of the successor is lost as well"
    assert phone.ask()[0] == 200
    assert hand_over(town, phone, kept)[1] in (201, 202)
    numbers = text("SELECT token_no FROM device WHERE id = :d")
    assert town.house.read(lambda session: session.scalar(numbers, {"d": phone.device})) == 1, "one successor in all"

    town.house.write(lambda session: session.execute(LATER, {"d": phone.device}))
    thief = phone.ask("changes", old)
    assert (thief[0], thief[1]["code"]) == (401, "token-revoked")
    assert {phone.ask(path)[1]["code"] for path in ("me", "hello", "changes")} == {"token-revoked"}
    assert hand_over(town, phone, kept)[1] == 401
    alarms = text("SELECT count(*) FROM event WHERE subject_id = :d AND verb = 'device.token_replayed'")
    assert town.house.read(lambda session: session.scalar(alarms, {"d": phone.device})) == 1

    enrol(town, phone, cadre)
    assert hand_over(town, phone, kept)[1] in (201, 202), "the same bytes, the same phone"
    assert phone.ask("me", old)[0] == 401
    assert phone.ask()[0] == 200
    revisions = text("SELECT count(*) FROM visit_rev WHERE visit_id = :v")
    settled = Phone(town, phone.device, phone.token, phone.receipt_key)
    settled.settle(kept)
    assert town.house.read(lambda session: session.scalar(revisions, {"v": kept.records[0]["id"]})) == 1


def test_redis_away_refuses_no_phone(town: Town, cadre: UUID) -> None:
    phone = KeyedPhone(send(town))
    enrol(town, phone, cadre)
    town.kill_redis()
    assert [phone.ask()[0] for _ in range(30)] == [200] * 30
    assert phone.rotate()[0] == 200
    assert hand_over(town, phone)[1] in (201, 202)
