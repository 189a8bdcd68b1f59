"""From a phone's batch over HTTP and the worker to the feed of everybody concerned."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text

from sync import changes, clock
from sync.house import House
from sync.words import FeedKind
from tests.api.phone.conftest import Phone
from tests.factories.batches import body
from tests.factories.edits import NEW_NUMBER, OLD_NUMBER, add_contact, edit, link
from tests.factories.pulling import PullingPhone
from tests.factories.village import Village

Work = Callable[[], Any]


def puller(phone: Phone) -> PullingPhone:
    def get(path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        answer = phone.client.get(f"/phone/v1/{path}", headers=phone.auth | headers)
        return answer.status_code, dict(answer.headers), answer.data

    return PullingPhone(get)


def push(phone: Phone, work: Work, *records: dict[str, Any]) -> list[dict[str, Any]]:
    """Hand records in, let the worker do them; what the phone is told of each."""
    batch, json = body(list(records))
    assert phone.put(batch, json).status_code == 202
    work()
    answer = phone.get(f"batches/{batch}").json
    assert answer["state"] == "done"
    return list(answer["results"])


def test_an_edit_reaches_every_phone_that_holds_the_home_and_its_author_learns_what_became_of_it(
    house: House, village: Village, phone: Phone, phone_of: Callable[[UUID], Phone], work: Work
) -> None:
    chen = phone_of(village.chen)
    contact = house.write(lambda session: add_contact(session, village.home))
    house.write(lambda session: link(session, village, village.chen, village.home))
    links = text("SELECT id FROM link")
    house.write(lambda s: changes.touched(s, FeedKind.LINK, s.scalars(links).all()))
    pulling = {"li": puller(phone), "chen": puller(chen)}
    for one in pulling.values():
        one.pull()
    assert pulling["chen"].all("place")[str(village.home)]["residence"] == "here"
    number = edit(village.home, "phone", OLD_NUMBER, NEW_NUMBER, contact=contact)
    away = edit(village.home, "residence", "here", "moved_away")
    assert [one["state"] for one in push(phone, work, number, away)] == ["applied", "applied"]
    for one in pulling.values():
        one.pull()
        place = one.all("place")[str(village.home)]
        assert (place["contacts"][0]["phone"], place["residence"]) == (NEW_NUMBER, "moved_away")
    other = edit(village.home, "phone", OLD_NUMBER, "13800000009", contact=contact, ago=30)
    [told] = push(chen, work, other)
    assert told == {
        "ord": 0, "kind": "place_edit", "id": str(other["id"]), "state": "conflict", "reason": "changed",
        "edit": str(other["id"]),
    }  # fmt: skip
    pulling["chen"].pull()
    [(id_, mine)] = pulling["chen"].all("place_edit").items()
    assert (id_, mine["state"], mine["reason"], mine["decided_at"]) == (str(other["id"]), "open", "changed", None)
    assert (mine["place"], mine["field"]) == (str(village.home), "phone")
    assert NEW_NUMBER not in str(mine)
    own = pulling["li"].all("place_edit")
    assert {one["state"] for one in own.values()} == {"applied"}


def test_own_edits_leave_the_phone_when_they_are_old(house: House, village: Village, phone: Phone, work: Work) -> None:
    from datetime import timedelta

    from sync.feed import settling

    push(phone, work, edit(village.home, "address", "", "村西头"))
    pulling = puller(phone)
    pulling.pull()
    assert len(pulling.all("place_edit")) == 1
    old = text("UPDATE place_edit SET said_at = :at")
    house.write(lambda s: s.execute(old, {"at": clock.now() - timedelta(days=200)}))
    house.write(settling.restart)
    work()
    pulling.pull()
    assert pulling.all("place_edit") == {}


def test_the_kind_is_described_with_examples(phone: Phone) -> None:
    document = orjson.loads(phone.client.get("/openapi.json").data)
    schema = document["components"]["schemas"]["PayloadPlaceEditRecord"]
    assert {"place", "field", "old", "new", "said"} <= schema["properties"].keys()
    put = document["paths"]["/phone/v1/batches/{batch_id}"]["put"]
    example = put["requestBody"]["content"]["application/json"]["example"]
    assert sum(one["kind"] == "place_edit" for one in example["records"]) == 4
    assert "/console/v1/edits/{field_id}/decide" in document["paths"]
