"""Obligations on a phone: whose they are, what stands in them, and when they go to another."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import changes, clock, ids
from sync.duty import rounds
from sync.duty.moving import move_obligations
from sync.duty.owing import Owed, owe_contacts
from sync.house import House
from sync.identity.contact_cipher import ContactCipher
from sync.policy import defaults
from sync.words import FeedKind, OwedFor, Role
from tests.api.phone.test_feed import PhoneOf, puller
from tests.conftest import CONTACT_KEY
from tests.factories.owing import owe_event
from tests.factories.pulling import PullingPhone
from tests.factories.rows import add_link, end_link, hold_role
from tests.factories.village import Village


@pytest.fixture
def phones(phone_of: PhoneOf, village: Village) -> dict[str, PullingPhone]:
    return {"li": puller(phone_of(village.li)), "chen": puller(phone_of(village.chen))}


def told(phone: PullingPhone) -> dict[str, Any]:
    """The obligations that a phone reads after a pull."""
    phone.pull()
    return dict(phone.all("obligation"))


def test_a_phone_knows_what_its_cadre_owes_and_what_became_of_it(
    house: House, village: Village, phones: dict[str, PullingPhone]
) -> None:
    house.write(lambda s: rounds.owe_visits(s, house.policy))
    found = told(phones["li"])
    assert len(found) >= 1
    assert told(phones["chen"]) == {}
    one = next(iter(found.values()))
    assert (one["place"], one["state"], one["origin"]) == (str(village.home), "owed", "programme")
    assert one["home"]["name"] == "北沟村1号"
    assert one["home"]["contacts"] == []  # they stand with the home
    query = text("UPDATE obligation SET state = 'excused', excuse = 'unreachable' RETURNING id")
    house.write(lambda s: changes.touched(s, FeedKind.OBLIGATION, s.scalars(query).all()))
    after = told(phones["li"])
    assert {(row["state"], row.get("home")) for row in after.values()} == {("excused", None)}


def test_whoever_has_no_link_gets_the_home_and_its_numbers_with_the_obligation_alone(
    house: House, village: Village, phones: dict[str, PullingPhone]
) -> None:
    cipher, _ = ContactCipher(CONTACT_KEY).seal("13800000000")
    query = text("INSERT INTO contact (id, place_id, name, phone_cipher) VALUES (:i, :p, '张建国', :c)")
    house.write(lambda s: s.execute(query, {"i": ids.uuid7(), "p": village.unmapped, "c": cipher}))
    house.write(lambda s: hold_role(s, village.chen, Role.GRID_WORKER, village.village))
    id_ = house.write(lambda s: owe_event(s, village.unmapped, clock.now()))
    [(known, one)] = told(phones["chen"]).items()
    assert str(known) == str(id_)
    assert one["home"]["contacts"][0]["phone"] == "13800000000"
    assert dict(phones["chen"].all("place")) == {}
    rename = text("UPDATE place SET name = '北沟村2号东屋' WHERE id = :i")

    def renamed(session: Session) -> None:
        session.execute(rename, {"i": village.unmapped})
        changes.touched(session, FeedKind.PLACE, [village.unmapped])

    house.write(renamed)
    assert [row["home"]["name"] for row in told(phones["chen"]).values()] == ["北沟村2号东屋"]


def test_what_is_handed_over_leaves_one_phone_and_comes_to_the_other(
    house: House, village: Village, phones: dict[str, PullingPhone]
) -> None:
    today = clock.today()

    def owe(session: Session) -> UUID:
        link = session.scalars(text("SELECT id FROM link")).one()
        owed = Owed(
            place_id=village.home, origin=OwedFor.PROGRAMME, opens_at=clock.now(),
            due_at=clock.now() + timedelta(days=9), programme_id=village.programme, link_id=link,
        )  # fmt: skip
        owe_contacts(session, defaults(), [owed])
        return link

    old = house.write(owe)
    assert len(told(phones["li"])) == 1

    def move(session: Session) -> None:
        end_link(session, old, today)
        new = add_link(session, village, village.chen, village.home, since=today)
        move_obligations(session, {old: new}, today)

    house.write(move)
    assert told(phones["li"]) == {}
    assert len(told(phones["chen"])) == 1
