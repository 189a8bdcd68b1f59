"""How phones are doing, as the administrator of their unit sees it."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, ids
from sync.house import House
from sync.words import Role
from tests.api.console.conftest import Console
from tests.factories.batches import receive
from tests.factories.keyed import ABOUT
from tests.factories.village import Village, add_phone


@pytest.fixture(scope="module")
def hamlet(opened: House, beigou: Village) -> Village:
    """The village without the phones that it came with."""
    opened.write(lambda session: session.execute(text("DELETE FROM device")))
    return beigou


def note(opened: House, device: UUID, **columns: Any) -> None:
    """What a phone told of itself."""
    columns = {"device_id": device, "at": clock.now()} | columns
    names = ", ".join(columns)
    values = ", ".join(f":{name}" for name in columns)
    opened.write(lambda s: s.execute(text(f"INSERT INTO device_health ({names}) VALUES ({values})"), columns))


def change(opened: House, device: UUID, **columns: Any) -> None:
    """Change the row of a phone."""
    changed = ", ".join(f"{name} = :{name}" for name in columns)
    opened.write(lambda s: s.execute(text(f"UPDATE device SET {changed} WHERE id = :id"), {"id": device} | columns))


def quarantine(opened: House, device: UUID, *states: str) -> None:
    """A batch of a phone with one waiting record of each of these states."""
    batch = ids.uuid7()

    def work(session: Session) -> None:
        receive(session, device, batch, b"{}")
        for number, state in enumerate(states):
            session.execute(
                text(
                    "INSERT INTO waiting_record (device_id, batch_id, ord, state, kind, since, reason)"
                    " VALUES (:d, :b, :n, :s, 'visit', now(), 'x')"
                ),
                {"d": device, "b": batch, "n": number, "s": state},
            )

    opened.write(work)


@pytest.fixture(scope="module")
def fleet(opened: House, hamlet: Village) -> dict[str, UUID]:
    """Phones of the hamlet by what is the matter with them."""
    names = ("well", "silent", "new", "old", "wrong", "held", "copied", "retired", "lost")
    made = {name: ids.uuid7() for name in names}
    for id_ in made.values():
        opened.write(lambda s, id_=id_: add_phone(s, id_, hamlet.li))
        change(opened, id_, seen_at=clock.now(), about=json.dumps(ABOUT))
    ago = clock.now() - timedelta(days=8)
    change(opened, made["silent"], seen_at=ago)
    change(opened, made["new"], seen_at=None)
    note(opened, made["well"], app_version="1.10.0", unsent=3, oldest_unsent_at=ago, clock_offset_s=-299.0)
    note(opened, made["old"], app_version="0.9.12", unsent=0)
    note(opened, made["wrong"], clock_offset_s=-31_536_000.0)
    quarantine(opened, made["held"], "quarantined", "quarantined", "held", "parked")
    change(opened, made["copied"], alarm="copied", alarm_at=ago)
    change(opened, made["retired"], state="retired", state_at=ago, seen_at=ago)
    change(opened, made["lost"], state="lost", alarm="token_replayed", alarm_at=ago)
    return made


def shown(console: Console, query: str, fleet: dict[str, UUID]) -> set[str]:
    """Names of the phones that a list shows."""
    answer = console.get(f"devices?{query}")
    assert answer.status_code == 200, answer.json
    names = {str(id_): name for name, id_ in fleet.items()}
    return {names[one["id"]] for one in answer.json["items"]}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("state=retired", {"retired"}),
        ("state=lost", {"lost"}),
        ("silent_days=7", {"silent"}),
        ("silent_days=9", set()),
        ("version_below=1.0.1", {"silent", "new", "old", "wrong", "held", "copied"}),
        ("version_below=1.9", {"silent", "new", "old", "wrong", "held", "copied"}),
        ("version_below=1.10.1", {"well", "silent", "new", "old", "wrong", "held", "copied"}),
        ("old_version=true", {"old"}),
        ("wrong_clock=true", {"wrong"}),
        ("quarantined=true", {"held"}),
        ("unsent=true", {"well"}),
        ("alarmed=true", {"copied"}),
        ("old_version=true&wrong_clock=true", set()),
        ("old_version=false&state=lost", {"lost"}),
    ],
)
def test_sun_finds_the_phones_that_somebody_should_look_after(
    console: Any, hamlet: Village, fleet: dict[str, UUID], query: str, names: set[str]
) -> None:
    assert shown(console(Role.UNIT_ADMIN, hamlet.town), query, fleet) == names


@pytest.mark.parametrize(
    "query", ["silent_days=0", "version_below=new", "version_below=1.0b", "state=x", "wrong_clock=maybe", "page=2"]
)
def test_a_wrong_question_about_phones_is_refused(console: Any, hamlet: Village, query: str) -> None:
    assert console(Role.UNIT_ADMIN, hamlet.town).get(f"devices?{query}").status_code == 422


def test_phones_are_counted_by_how_they_do(console: Any, hamlet: Village, fleet: dict[str, UUID]) -> None:
    counted = {
        "active": 7,
        "retired": 1,
        "lost": 1,
        "silent": 1,
        "old_version": 1,
        "wrong_clock": 1,
        "quarantined": 1,
        "unsent": 1,
        "alarmed": 1,
        "silent_days": 7,
    }
    assert console(Role.UNIT_ADMIN, hamlet.county).get("devices/summary").json == counted
    of_town = console(Role.UNIT_ADMIN, hamlet.county).get(f"devices/summary?unit_id={hamlet.town}")
    assert of_town.json == counted
    of_waterworks = console(Role.UNIT_ADMIN, hamlet.county).get(f"devices/summary?unit_id={hamlet.waterworks}")
    assert of_waterworks.json == dict.fromkeys(counted, 0) | {"silent_days": 7}
    for role, unit in ((Role.LEADER, hamlet.county), (Role.UNIT_ADMIN, hamlet.waterworks)):
        assert console(role, unit).get("devices/summary").json["active"] == 0


def test_the_phones_of_one_person_or_unit_are_shown_alone(
    console: Any, opened: House, hamlet: Village, fleet: dict[str, UUID]
) -> None:
    other = ids.uuid7()
    opened.write(lambda s: add_phone(s, other, hamlet.chen))
    sun = console(Role.UNIT_ADMIN, hamlet.county)
    [only] = sun.get(f"devices?person_id={hamlet.chen}").json["items"]
    assert only["id"] == str(other)
    assert len(sun.get(f"devices?unit_id={hamlet.village}").json["items"]) == len(fleet) + 1
    assert sun.get(f"devices?unit_id={hamlet.roads}").json["items"] == []
    opened.write(lambda s: s.execute(text("DELETE FROM device WHERE id = :d"), {"d": other}))


def test_a_phone_is_shown_with_the_health_of_its_sync_and_nothing_of_any_household(
    console: Any, opened: House, hamlet: Village, fleet: dict[str, UUID]
) -> None:
    ago = clock.now() - timedelta(days=8)
    scope = f"c:{hamlet.li}"

    def pulled(session: Session) -> None:
        for device, number, is_whole in (
            (fleet["well"], 7, True),
            (fleet["wrong"], 30, True),
            (fleet["old"], 4, False),
        ):
            session.execute(
                text(
                    'INSERT INTO pull (device_id, at, "on", scopes, cursor, is_whole)'
                    " VALUES (:d, :at, CAST(:at AS date), '{}', CAST(:c AS jsonb), :w)"
                ),
                {"d": device, "at": ago, "c": json.dumps({scope: number, "u:gone": 5}), "w": is_whole},
            )
        session.execute(
            text("INSERT INTO feed_head (scope, head) VALUES (:s, 30) ON CONFLICT (scope) DO UPDATE SET head = 30"),
            {"s": scope},
        )

    opened.write(pulled)
    items = console(Role.UNIT_ADMIN, hamlet.village).get("devices").json["items"]
    of = {name: next(one for one in items if one["id"] == str(id_)) for name, id_ in fleet.items()}
    health = of["well"]["health"]
    assert health.pop("told_at")
    assert datetime.fromisoformat(health.pop("pulled_at")) == ago
    assert ago - datetime.fromisoformat(health.pop("oldest_unsent_at")) < timedelta(minutes=5)
    assert health == {
        "app_version": "1.10.0",
        "is_old": False,
        "unsent": 3,
        "clock_offset_s": -299.0,
        "clock_is_wrong": False,
        "quarantined": 0,
        "waiting": 0,
        "is_level": False,
        "behind": 23,
    }
    assert (of["wrong"]["health"]["is_level"], of["wrong"]["health"]["behind"]) == (True, 0)
    assert (of["old"]["health"]["is_level"], of["old"]["health"]["is_old"]) == (False, True)
    assert of["wrong"]["health"]["clock_is_wrong"]
    assert (of["held"]["health"]["quarantined"], of["held"]["health"]["waiting"]) == (2, 2)
    assert of["new"]["health"]["told_at"] is None
    assert of["new"]["health"]["app_version"] == "1.0.0", "what it said when it enrolled"
    assert (of["copied"]["alarm"], of["well"]["alarm"]) == ("copied", None)
    closes_at = datetime.fromisoformat(of["retired"]["closes_at"])
    assert closes_at == datetime.fromisoformat(of["retired"]["state_at"]) + timedelta(days=30)
    assert of["lost"]["closes_at"] is None
    told = json.dumps(items, ensure_ascii=False)
    assert "北沟村1号" not in told
    assert str(hamlet.home) not in told
