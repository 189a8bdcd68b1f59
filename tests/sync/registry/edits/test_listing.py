"""Imports beside edits: what was put right at the door is not overwritten, and news of a list goes before a person."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import ids
from sync.access import Actor, HeldRole
from sync.house import House
from sync.identity.contact_cipher import ContactCipher
from sync.pipeline.edit_deciding import Choice, decide_field
from sync.pipeline.listing import hear_list
from sync.registry.imports.kinds import KINDS
from sync.registry.imports.run import Outcome, import_rows
from sync.words import Datum, Role, Taking
from tests.conftest import CONTACT_KEY
from tests.factories.edits import NEW_NUMBER, NUMBERS, OLD_NUMBER, THIRD_NUMBER, edit, hand_in, link, number_of
from tests.factories.village import HOME, Village, found

ROW = {
    "code": "H1", "kind": "户", "unit_code": "V1", "name": "张家", "address": "村西", "lon": str(HOME[0]),
    "lat": str(HOME[1]), "contact": "张大爷", "phone": OLD_NUMBER,
}  # fmt: skip
Bring = Callable[..., Outcome]


@pytest.fixture
def village(house: House) -> Village:
    def work(session: Session) -> Village:
        village = found(session)
        session.execute(
            text("INSERT INTO unit_code (unit_id, edition, code) VALUES (:u, '2023', 'V1')"), {"u": village.village}
        )
        return village

    return house.write(work)


@pytest.fixture
def bring(house: House) -> Bring:
    """Import the home with other values."""

    def bring(**changes: str | None) -> Outcome:
        row = {name: value for name, value in (ROW | changes).items() if value}
        return import_rows(
            house.write, KINDS["places"], [(2, row)], datum=Datum.WGS84, seal=ContactCipher(CONTACT_KEY).seal,
            differs=partial(hear_list, numbers=NUMBERS),
        )  # fmt: skip

    return bring


@pytest.fixture
def home(house: House, village: Village, bring: Bring) -> tuple[UUID, UUID]:
    """The home with its contact, as the list says."""
    assert bring().new == 1

    def work(session: Session) -> tuple[UUID, UUID]:
        place, contact = session.execute(
            text("SELECT p.id, c.id FROM place p JOIN contact c ON c.place_id = p.id")
        ).one()
        link(session, village, village.li, place)
        return place, contact

    return house.write(work)


def row(house: House) -> Any:
    return house.read(
        lambda session: session.execute(
            text("SELECT p.name, p.address, ST_X(CAST(p.position AS geometry)) AS lon, c.name AS contact FROM place p"
                 " JOIN contact c ON c.place_id = p.id WHERE p.code = 'H1'")
        ).one()
    )  # fmt: skip


def waiting(house: House) -> list[tuple[str, list[str]]]:
    rows = text("SELECT field, reasons FROM edited_field WHERE open_since IS NOT NULL ORDER BY field")
    return house.read(lambda session: [tuple(one) for one in session.execute(rows)])


def put_all_right(house: House, village: Village, home: tuple[UUID, UUID]) -> None:
    place, contact = home
    here, there = {"lon": HOME[0], "lat": HOME[1]}, {"lon": HOME[0] + 0.0003, "lat": HOME[1]}
    edits = [
        edit(place, "name", "张家", "张家老宅"),
        edit(place, "address", "村西", "村东"),
        edit(place, "position", here, there),
        edit(place, "contact_name", "张大爷", "张大娘", contact=contact),
        edit(place, "phone", OLD_NUMBER, NEW_NUMBER, contact=contact),
    ]
    states = house.write(lambda session: [one["state"] for one in hand_in(session, village.phone_li, *edits)])
    assert states == ["applied"] * 5


def test_a_stale_list_overwrites_nothing_and_says_so(
    house: House, village: Village, bring: Bring, home: tuple[UUID, UUID]
) -> None:
    put_all_right(house, village, home)
    outcome = bring()
    assert (outcome.new, outcome.changed, outcome.unchanged) == (0, 0, 1)
    assert [(one.line, one.column) for one in outcome.kept] == [
        (2, "address"), (2, "contact"), (2, "lon"), (2, "name"), (2, "phone"),
    ]  # fmt: skip
    assert OLD_NUMBER not in str(outcome.kept)
    assert tuple(row(house)) == ("张家老宅", "村东", HOME[0] + 0.0003, "张大娘")
    assert house.read(lambda session: number_of(session, home[1])) == NEW_NUMBER
    assert waiting(house) == []  # it says nothing new


def test_news_of_a_list_goes_before_a_person_once(
    house: House, village: Village, bring: Bring, home: tuple[UUID, UUID]
) -> None:
    put_all_right(house, village, home)
    for _ in range(2):
        outcome = bring(address="村北", phone=THIRD_NUMBER)
        assert {one.column for one in outcome.kept} >= {"address", "phone"}
    assert waiting(house) == [("address", ["listed"]), ("phone", ["listed"])]
    told = text("SELECT field, new, person_id, state FROM place_edit WHERE needs = 'listed' ORDER BY field")
    rows = house.read(lambda session: [tuple(one) for one in session.execute(told)])
    assert rows == [("address", "村北", None, "open"), ("phone", None, None, "open")]
    assert row(house).address == "村东"


def test_what_a_person_decided_stays_against_the_same_list(
    house: House, village: Village, bring: Bring, home: tuple[UUID, UUID]
) -> None:
    put_all_right(house, village, home)
    bring(address="村北")
    wang = Actor(ids.uuid7(), (HeldRole(Role.VERIFIER, village.town),))

    def keep(session: Session) -> None:
        field = session.execute(text("SELECT id, rev FROM edited_field WHERE field = 'address'")).one()
        choice = Choice(id=ids.uuid7(), rev=field.rev, taking=Taking.OLD)
        from sync import clock

        decide_field(session, wang, field.id, choice, NUMBERS, clock.now())

    house.write(keep)
    assert [one.column for one in bring(address="村北").kept].count("address") == 1
    assert (row(house).address, waiting(house)) == ("村东", [])


def test_a_list_that_has_caught_up_is_followed_again(
    house: House, village: Village, bring: Bring, home: tuple[UUID, UUID]
) -> None:
    put_all_right(house, village, home)
    caught_up = {"name": "张家老宅", "address": "村东", "lon": str(HOME[0] + 0.0003), "contact": "张大娘",
                 "phone": NEW_NUMBER}  # fmt: skip
    assert bring(**caught_up).kept == []
    news = caught_up | {"name": "李家", "address": "村南", "phone": THIRD_NUMBER}
    assert (bring(**news).kept, row(house).name, row(house).address) == ([], "李家", "村南")
    assert house.read(lambda session: number_of(session, home[1])) == THIRD_NUMBER


def test_a_field_that_only_waits_follows_the_list(
    house: House, village: Village, bring: Bring, home: tuple[UUID, UUID]
) -> None:
    stranger = edit(home[0], "address", "村西", "村东")
    house.write(lambda session: hand_in(session, village.phone_chen, stranger))
    assert (bring(address="村南").kept, row(house).address) == ([], "村南")
    later = edit(home[0], "address", "村南", "村南1号", ago=1)
    house.write(lambda session: hand_in(session, village.phone_li, later))
    assert (row(house).address, waiting(house)) == ("村南1号", [("address", ["not_linked"])])


def test_a_dissolved_home_is_not_brought_back_by_a_list(house: House, bring: Bring, home: tuple[UUID, UUID]) -> None:
    gone = text("UPDATE place SET state = 'gone', residence = 'dissolved' WHERE id = :p")
    house.write(lambda session: session.execute(gone, {"p": home[0]}))
    bring(address="村南")
    state = text("SELECT state FROM place WHERE id = :p")
    assert house.read(lambda session: session.scalar(state, {"p": home[0]})) == "gone"
