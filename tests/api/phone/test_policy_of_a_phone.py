"""What the feed tells a phone of its own unit: which evidence, for how long and by which basis; to whom it seals."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from sync import clock
from sync.feed import settling
from sync.house import House
from sync.identity import officers, sealing
from sync.registry import overrides
from sync.words import Role, SealedKind
from tests.api.phone.conftest import Phone
from tests.factories import rows
from tests.factories.pulling import PullingPhone
from tests.factories.village import Village

Pull = Callable[[UUID], "Follower"]


class Follower:
    """A phone that settles the feed and reads its policy document."""

    def __init__(self, house: House, phone: Phone) -> None:
        def get(path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
            answer = phone.client.get(f"/phone/v1/{path}", headers={**phone.auth, **headers})
            return answer.status_code, dict(answer.headers), answer.data

        self.house, self.phone, self.pulling = house, phone, PullingPhone(get)

    def policy(self) -> Any:
        """After the next look whether something changed; None: the feed told nothing new."""
        self.house.write(lambda s: settling.begin(s, self.house.policy))
        pages = self.pulling.pull()
        [document] = self.pulling.all("policy").values()
        return document if pages else None


@pytest.fixture
def follow(house: House, phone_of: Callable[[UUID], Phone]) -> Pull:
    return lambda person: Follower(house, phone_of(person))


def test_a_phone_is_told_the_evidence_policy_of_its_own_unit_when_it_changes(
    house: House, village: Village, follow: Pull
) -> None:
    li = follow(village.li)
    offered = li.policy()["evidence"]
    assert {kind: one["mode"] for kind, one in offered.items()} == {"location": "offered", "photos": "offered"}
    assert (offered["photos"]["days"], "/" in offered["photos"]["purpose"]) == (1095, True)
    assert li.policy() is None, "nothing changed"
    until = clock.today() + timedelta(days=30)

    def ask(session: Any) -> None:
        overrides.set_override(
            session, house.policy, village.town, "evidence.photos", "asked", until=until, basis="鲁办3号"
        )
        overrides.set_override(session, house.policy, village.roads, "evidence.location", "off")

    house.write(ask)
    told = li.policy()["evidence"]
    assert told["photos"] | {"purpose": ""} == {
        "mode": "asked", "purpose": "", "days": 1095, "basis": "鲁办3号", "until": until.isoformat(),
    }  # fmt: skip
    assert told["location"]["mode"] == "offered", "the rule of another unit is not his"
    assert li.phone.get("hello").get_json()["evidence"] == told
    assert li.policy() is None
    house.write(lambda s: overrides.end_override(s, village.town, "evidence.photos"))
    assert li.policy()["evidence"]["photos"]["mode"] == "offered"


def test_what_is_asked_ends_by_itself_on_every_phone(house: House, village: Village, follow: Pull) -> None:
    li, until = follow(village.li), clock.today() + timedelta(days=30)
    house.write(
        lambda s: overrides.set_override(
            s, house.policy, village.town, "evidence.location", "asked", until=until, basis="鲁办3号"
        )
    )
    assert li.policy()["evidence"]["location"]["mode"] == "asked"
    with clock.frozen(clock.now() + timedelta(days=31)):
        assert li.policy()["evidence"]["location"]["mode"] == "offered"


def test_who_changes_units_is_told_the_rule_of_the_new_one(house: House, village: Village, follow: Pull) -> None:
    house.write(lambda s: overrides.set_override(s, house.policy, village.roads, "evidence.location", "off"))
    chen = follow(village.chen)
    assert chen.policy()["evidence"]["location"]["mode"] == "offered"
    house.write(lambda s: rows.hold_role(s, village.chen, Role.CADRE, village.roads))
    assert chen.policy()["evidence"]["location"]["mode"] == "off"


def test_a_phone_is_told_to_whose_keys_it_seals(house: House, village: Village, follow: Pull) -> None:
    li = follow(village.li)
    assert li.policy()["sealing"] == {}
    house.write(lambda s: rows.hold_role(s, village.chen, Role.SEALED_OFFICER, village.county))
    public = sealing.public_of(sealing.new_key())

    def name(session: Any) -> list[UUID]:
        return officers.name_officer(
            session, village.chen, village.county, [SealedKind.DISCIPLINE], public, clock.now()
        )

    [key] = house.write(name)
    told = li.policy()["sealing"]
    assert told == {"discipline": {"key_id": sealing.key_id([str(key)]), "keys": [{"kid": str(key), **public}]}}
    assert li.phone.get("hello").get_json()["sealing"] == told
    cipher = sealing.seal("原文".encode(), told["discipline"]["keys"])
    assert sealing.recipients(cipher) == [str(key)]
    [second] = house.write(name)
    assert li.policy()["sealing"]["discipline"]["keys"][0]["kid"] == str(second), "rotated"
    house.write(lambda s: rows.drop_role(s, village.chen, Role.SEALED_OFFICER))
    assert li.policy()["sealing"] == {}, "whoever is no officer any more is not offered"


def test_own_visits_name_homes_and_are_on_the_trail_once_a_day(house: House, phone: Phone) -> None:
    for _ in range(3):
        assert phone.get("visits").status_code == 200
    trail = text("SELECT person_id, fields, duty FROM read_audit")
    assert [tuple(row)[1:] for row in house.read(lambda s: s.execute(trail).all())] == [("feed", "own_visits")]
    with clock.frozen(clock.now() + timedelta(days=1)):
        phone.get("visits")
    assert len(house.read(lambda s: s.execute(trail).all())) == 2
