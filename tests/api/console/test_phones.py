"""Codes and phones in the hands of the unit's administrator."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from api.console import phones
from sync import clock, ids
from sync.house import House
from sync.words import Role
from tests.api.conftest import Hire, Known
from tests.factories.village import Village, add_phone

PHONE = {"model": "Redmi 12C", "os": "Android 13", "app_version": "1.0.0"}


@pytest.fixture
def li(hire: Hire, beigou: Village) -> Known:
    """Cadre Li of the village."""
    return hire(Role.CADRE, beigou.village)


def enrol(app: Flask, issued: dict[str, str]) -> str:
    asked = {"username": issued["username"], "code": issued["code"], "device": PHONE}
    answer = app.test_client().post("/phone/v1/enrol", json=asked)
    assert answer.status_code == 201, answer.json
    device: str = answer.json["device"]
    return device


def test_administrator_sun_gives_a_code_out_and_sees_the_phone(
    app: Flask, console: Any, beigou: Village, li: Known
) -> None:
    sun = console(Role.UNIT_ADMIN, beigou.town)
    issued = sun.post("enrolments", staff_no=li.staff_no)
    assert issued.status_code == 201
    assert issued.json["username"] == li.username
    assert issued.json["address"].endswith(f"/enrol#username={li.username}&code={issued.json['code']}")
    left = datetime.fromisoformat(issued.json["expires_at"]) - clock.now()
    assert timedelta(minutes=9) < left <= timedelta(minutes=10)
    device = enrol(app, issued.json)
    [shown] = [one for one in sun.get("devices").json["items"] if one["id"] == device]
    assert shown["person"] == {"id": str(li.id), "name": shown["person"]["name"]}
    assert shown["about"]["model"] == "Redmi 12C"


def test_a_printed_sheet_lives_for_its_hours(console: Any, beigou: Village, li: Known) -> None:
    issued = console(Role.UNIT_ADMIN, beigou.town).post("enrolments", staff_no=li.staff_no, hours=72)
    assert datetime.fromisoformat(issued.json["expires_at"]) - clock.now() > timedelta(hours=71)


def test_a_lost_phone_stays_lost(app: Flask, console: Any, beigou: Village, li: Known) -> None:
    sun = console(Role.UNIT_ADMIN, beigou.village)
    device = enrol(app, sun.post("enrolments", staff_no=li.staff_no).json)
    assert sun.post(f"devices/{device}/state", state="retired").json == {"state": "retired"}
    assert sun.post(f"devices/{device}/state", state="lost").json == {"state": "lost"}
    assert sun.post(f"devices/{device}/state", state="retired").json == {"state": "lost"}
    assert sun.post(f"devices/{device}/state", state="active").status_code == 422
    assert sun.post(f"devices/{ids.uuid7()}/state", state="lost").status_code == 404


@pytest.mark.parametrize("role", [Role.LEADER, Role.DISPATCHER, Role.VERIFIER, Role.CADRE, Role.SECURITY_ADMIN])
def test_another_role_is_refused(app: Flask, console: Any, beigou: Village, li: Known, role: Role) -> None:
    sun = console(Role.UNIT_ADMIN, beigou.town)
    device = enrol(app, sun.post("enrolments", staff_no=li.staff_no).json)
    other = console(role, beigou.county)
    assert other.post("enrolments", staff_no=li.staff_no).json["code"] == "forbidden"
    assert other.post(f"devices/{device}/state", state="lost").json["code"] == "forbidden"
    assert other.get("devices").json == {"items": [], "next": None}


def test_an_administrator_of_another_unit_is_refused(app: Flask, console: Any, beigou: Village, li: Known) -> None:
    sun = console(Role.UNIT_ADMIN, beigou.town)
    device = enrol(app, sun.post("enrolments", staff_no=li.staff_no).json)
    other = console(Role.UNIT_ADMIN, beigou.waterworks)
    assert other.post("enrolments", staff_no=li.staff_no).json["code"] == "forbidden"
    assert other.post(f"devices/{device}/state", state="lost").json["code"] == "forbidden"
    assert other.get("devices").json == {"items": [], "next": None}


def test_somebody_without_any_unit_is_nobodys(console: Any, beigou: Village, hire: Hire) -> None:
    nobody = hire()
    assert console(Role.UNIT_ADMIN, beigou.county).post("enrolments", staff_no=nobody.staff_no).status_code == 403


def test_an_unknown_staff_number_is_told(console: Any, beigou: Village) -> None:
    assert console(Role.UNIT_ADMIN, beigou.county).post("enrolments", staff_no="?").json["code"] == "not-found"


def test_a_long_list_comes_in_pages(
    console: Any, opened: House, beigou: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened.write(lambda session: [add_phone(session, ids.uuid7(), beigou.chen) for _ in range(5)])
    monkeypatch.setattr(phones, "PAGE", 3)
    sun = console(Role.UNIT_ADMIN, beigou.county)
    found, after = [], "00000000-0000-0000-0000-000000000000"
    while after:
        page = sun.get(f"devices?after={after}").json
        found += [one["id"] for one in page["items"]]
        after = page["next"]
    total = opened.read(lambda session: session.scalar(text("SELECT count(*) FROM device")))
    assert len(found) == len(set(found)) == total
    assert sun.get("devices?after=x").status_code == 422
    assert sun.get("devices?page=2").status_code == 422


def test_the_code_is_shown_once_and_kept_nowhere(
    console: Any, opened: House, beigou: Village, li: Known, app: Flask
) -> None:
    sun = console(Role.UNIT_ADMIN, beigou.town)
    issued = sun.post("enrolments", staff_no=li.staff_no).json
    kept = opened.read(lambda s: s.execute(text("SELECT * FROM enrolment ORDER BY issued_at DESC LIMIT 1")).one())
    assert issued["code"] not in " ".join(str(value) for value in kept)
    assert sun.get("enrolments").status_code == 405
    trail = opened.read(lambda s: s.scalars(text("SELECT facts::text FROM event")).all())
    assert not any(issued["code"] in facts for facts in trail)
