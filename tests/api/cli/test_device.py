"""`doorstep device` as an operator uses it."""

import re
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from api.cli.device import qr_text
from sync.house import House
from sync.identity.rules import enrolment_address
from sync.settings import Settings
from sync.words import Role
from tests.api.cli.conftest import Run
from tests.api.conftest import Hire, Known
from tests.factories.village import Village


@pytest.fixture
def li(hire: Hire, beigou: Village) -> Known:
    return hire(Role.CADRE, beigou.village)


def code_in(output: str) -> str:
    found = re.search(r"code: (\d{4}) (\d{4})", output)
    assert found, output
    return found[1] + found[2]


def enrol(app: Flask, known: Known, code: str) -> UUID:
    phone = {"model": "Redmi 12C", "os": "Android 13", "app_version": "1.0.0"}
    answer = app.test_client().post("/phone/v1/enrol", json={"username": known.username, "code": code, "device": phone})
    assert answer.status_code == 201, answer.json
    return UUID(answer.json["device"])


def test_a_code_from_the_shell_enrols_a_phone_that_the_list_then_shows(run: Run, app: Flask, li: Known) -> None:
    printed = run("device", "code", li.staff_no).output
    assert li.username in printed
    assert "█" in printed
    enrol(app, li, code_in(printed))
    assert re.search(rf"{li.staff_no}.*Redmi 12C.*在用 active", run("device", "list").output)


def test_a_printed_sheet_lives_for_its_hours(run: Run, app: Flask, li: Known) -> None:
    printed = run("device", "code", li.staff_no, "--hours", "72").output
    enrol(app, li, code_in(printed))


def test_somebody_without_a_login_enrols_with_the_staff_number(run: Run) -> None:
    run("user", "add", "N001", "无账号")
    assert "user name: N001" in run("device", "code", "N001").output


def test_phones_are_retired_and_reported_lost(run: Run, app: Flask, li: Known) -> None:
    phone = enrol(app, li, code_in(run("device", "code", li.staff_no).output))
    assert "retired" in run("device", "retire", str(phone)).output
    assert str(phone) in run("device", "list", "--state", "retired").output
    assert run("device", "lost", str(phone), types="n\n").exit_code != 0
    assert "lost" in run("device", "lost", str(phone), types="y\n").output
    assert str(phone) not in run("device", "list", "--state", "retired").output
    assert str(phone) in run("device", "list", "--state", "lost").output


def test_the_list_tells_which_phone_somebody_should_look_after(run: Run, app: Flask, opened: House, li: Known) -> None:
    phone = enrol(app, li, code_in(run("device", "code", li.staff_no).output))
    alarm = text("UPDATE device SET alarm = 'copied', alarm_at = now() WHERE id = :d")
    opened.write(lambda session: session.execute(alarm, {"d": phone}))
    assert "copied" in run("device", "list").output


def test_an_unknown_phone_or_person_is_told(run: Run) -> None:
    assert "未找到" in run("device", "retire", str(UUID(int=9))).output
    assert "NOBODY" in run("device", "code", "NOBODY").output
    assert run("device", "code", "NOBODY").exit_code == 1


def test_the_qr_code_says_the_address_with_name_and_code(settings: Settings) -> None:
    address = enrolment_address(settings.address, "cadre-li", "01234567")
    assert address == "http://127.0.0.1:8300/enrol#username=cadre-li&code=01234567"
    drawn = qr_text(address).splitlines()
    assert len({len(line) for line in drawn}) == 1
    assert set("".join(drawn)) <= set(" ▄▀█")
