"""What a phone is told first: evidence, its token, when it locks itself, its clock; and what it tells of itself."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from sync import clock
from sync.house import House
from sync.registry import overrides
from tests.api.phone.conftest import Phone
from tests.factories.batches import body, visit
from tests.factories.village import Village

NOON = datetime.now(UTC).replace(microsecond=0)


def test_a_phone_learns_what_its_unit_collects_what_for_and_for_how_long(
    house: House, village: Village, phone_of: Callable[[UUID], Phone]
) -> None:
    phone = phone_of(village.li)
    offered = phone.get("hello").get_json()["evidence"]
    assert offered["location"]["mode"] == offered["photos"]["mode"] == "offered"
    assert "/" in offered["location"]["purpose"]
    assert (offered["location"]["days"], offered["photos"]["days"]) == (180, 1095)
    house.write(lambda s: overrides.set_override(s, house.policy, village.town, "evidence.location", "off"))
    told = phone.get("hello").get_json()["evidence"]
    assert (told["location"]["mode"], told["photos"]["mode"]) == ("off", "offered")


def test_a_phone_learns_when_it_locks_itself_and_the_feed_says_the_same(phone: Phone) -> None:
    with clock.frozen(NOON):
        for told in (phone.get("hello").json["lock"], phone.get("changes").json["lock"]):
            assert told["after_s"] == 30 * 86_400
            assert datetime.fromisoformat(told["at"]) == NOON + timedelta(days=30)


def test_a_phone_learns_how_long_its_token_lives(house: House, phone: Phone) -> None:
    with clock.frozen(NOON):
        house.write(
            lambda s: s.execute(
                text("UPDATE device SET token_ends_at = :end, public_key = '\\x00' WHERE id = :d"),
                {"end": NOON + timedelta(days=400), "d": phone.device},
            )
        )
        told = phone.get("hello").json["token"]
    assert datetime.fromisoformat(told["expires_at"]) == NOON + timedelta(days=90)
    assert datetime.fromisoformat(told["rotate_after"]) == NOON + timedelta(days=7)


@pytest.mark.parametrize("years", [-1, 1])
def test_a_phone_whose_clock_is_a_year_off_does_everything_and_is_told(
    house: House, village: Village, phone: Phone, work: Callable[[], Any], years: int
) -> None:
    off = timedelta(days=365 * years)

    def clocks() -> dict[str, str]:
        wall = (clock.now() + off).isoformat(timespec="milliseconds")
        return phone.auth | {"Doorstep-Clock": f"at={wall};elapsed_ms=1;boot_id=b1", "Doorstep-Phone": "unsent=1"}

    hello = phone.client.get("/phone/v1/hello", headers=clocks())
    assert hello.status_code == 200
    assert hello.json["clock"]["is_wrong"]
    assert abs(hello.json["clock"]["offset_s"] - off.total_seconds()) < 10
    told = visit(village, clock.now() + off - timedelta(minutes=20))
    batch, json = body([told], sent={"at": clock.now() + off})
    answer = phone.put(batch, json, Doorstep_Clock=clocks()["Doorstep-Clock"])
    assert answer.status_code == 202
    work()
    started = house.read(lambda s: s.scalar(text("SELECT started_at FROM visit WHERE id = :v"), {"v": told["id"]}))
    assert abs(started - (clock.now() - timedelta(minutes=20))) < timedelta(minutes=1)
    assert phone.client.get("/phone/v1/changes", headers=clocks()).status_code == 200
    offset = text("SELECT clock_offset_s FROM device_health WHERE device_id = :d")
    assert abs(house.read(lambda s: s.scalar(offset, {"d": phone.device})) - off.total_seconds()) < 10


def test_a_clock_that_was_not_told_is_not_judged(phone: Phone) -> None:
    assert phone.get("hello").json["clock"] is None
    right = phone.auth | {"Doorstep-Clock": f"at={clock.now().isoformat()}"}
    assert phone.client.get("/phone/v1/hello", headers=right).json["clock"]["is_wrong"] is False


@pytest.mark.parametrize(
    "headers",
    [
        {"Doorstep-Phone": "unsent=-1;oldest_s=x;app=<b>"},
        {"Doorstep-Phone": ";;;", "Doorstep-Clock": "yesterday"},
        {"Doorstep-Clock": "at=2026-13-01T00:00:00+08:00"},
        {"Doorstep-Clock": "at=2026-03-01T00:00:00"},
        {"Doorstep-Phone": "unsent=9999999;oldest_s=9999999999", "Doorstep-Clock": "at=0001-01-01T00:00:00+08:00"},
        {"Doorstep-Clock": "at=9999-12-31T23:59:59-08:00"},
    ],
)
def test_a_wrong_word_about_the_phone_keeps_nobody_out(phone: Phone, headers: dict[str, str]) -> None:
    assert phone.client.get("/phone/v1/hello", headers=phone.auth | headers).status_code == 200


def test_what_a_phone_tells_is_written_down_now_and_then_and_at_once_when_it_has_sent_all(
    house: House, phone: Phone
) -> None:
    query = text("SELECT at, app_version, unsent, oldest_unsent_at FROM device_health WHERE device_id = :d")

    def kept(minutes: float, told: str) -> Any:
        with clock.frozen(NOON + timedelta(minutes=minutes)):
            answer = phone.client.get("/phone/v1/hello", headers=phone.auth | {"Doorstep-Phone": told})
        assert answer.status_code == 200
        row = house.read(lambda s: s.execute(query, {"d": phone.device}).one_or_none())
        return row and (round((row.at - NOON).total_seconds() / 60, 1), *row[1:])

    day = timedelta(days=1)
    assert kept(0, "") is None
    assert kept(0, "app=1.4.2;unsent=3;oldest_s=86400") == (0, "1.4.2", 3, NOON - day)
    assert kept(4, "app=1.4.2;unsent=2;oldest_s=86640") == (0, "1.4.2", 3, NOON - day)
    assert kept(4.5, "unsent=0") == (4.5, "1.4.2", 0, None)
    assert kept(5, "app=1.5.0") == (5, "1.5.0", 0, None)
    assert kept(6, "unsent=1;oldest_s=60") == (6, "1.5.0", 1, NOON + timedelta(minutes=5))
    assert kept(11, "app=1.5.0") == (11, "1.5.0", 1, NOON + timedelta(minutes=5))


def test_any_request_tells_when_the_phone_was_not_seen_for_an_hour(house: House, phone: Phone) -> None:
    told = phone.auth | {"Doorstep-Phone": "app=1.4.2;unsent=7;oldest_s=1"}
    assert phone.client.get("/phone/v1/me", headers=told).status_code == 200
    query = text("SELECT unsent FROM device_health WHERE device_id = :d")
    assert house.read(lambda s: s.scalar(query, {"d": phone.device})) == 7


def test_an_old_app_is_told_of_an_upgrade_and_may_push_all_the_same(
    house: House, village: Village, phone: Phone
) -> None:
    with clock.frozen(NOON):
        old = phone.client.get("/phone/v1/hello", headers=phone.auth | {"Doorstep-Phone": "app=0.9.12"})
        assert old.json["upgrade"] == "advised"
        assert phone.get("hello").json["upgrade"] == "advised", "as it said last"
        new = phone.client.get("/phone/v1/hello", headers=phone.auth | {"Doorstep-Phone": "app=1.0.0"})
        assert new.json["upgrade"] == "none"
