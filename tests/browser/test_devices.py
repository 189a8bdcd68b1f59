"""Phones as the administrator of a unit looks after them: who needs somebody, a new code, the end of a phone."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from sync.house import House
from sync.words import Role
from tests.api.conftest import Known
from tests.browser.conftest import Check, Enter, Hire, Sent
from tests.factories.village import Village

_ALARM = text("UPDATE device SET alarm = 'copied', alarm_at = now() WHERE id = :d")


@pytest.fixture(scope="module")
def admin(hire: Hire, beigou: Village, opened: House) -> Known:
    """Of the town; two phones of Chen are one copy."""
    opened.write(lambda session: session.execute(_ALARM, {"d": beigou.phone_chen}))
    return hire(Role.UNIT_ADMIN, beigou.town)


@pytest.fixture
def seat(page: Page, admin: Known, enter: Enter) -> Page:
    enter(page, admin)
    page.goto("/console/devices")
    expect(page.get_by_role("row").nth(1)).to_be_visible()
    return page


def state(opened: House, device: object) -> str:
    found = opened.read(lambda s: s.scalar(text("SELECT state FROM device WHERE id = :d"), {"d": device}))
    return str(found)


def test_a_number_leads_to_the_phones_behind_it(seat: Page) -> None:
    expect(seat.get_by_role("row")).to_have_count(4)
    seat.get_by_role("button", name="安全提醒").press("Enter")
    expect(seat.get_by_role("row")).to_have_count(2)
    expect(seat.get_by_role("row").nth(1)).to_contain_text("两部手机在用同一份数据")
    seat.get_by_role("button", name="已挂失").press("Enter")
    expect(seat.get_by_text("没有符合条件的手机")).to_be_visible()


def test_a_code_is_shown_once_as_a_picture_and_to_type(seat: Page, accessible: Check, sent: list[Sent]) -> None:
    seat.get_by_role("button", name="登记新手机").click()
    window = seat.get_by_role("dialog")
    window.get_by_label("工号").fill("李")
    window.get_by_label("登记码有效期").select_option("24")
    window.get_by_role("button", name="发登记码").click()
    expect(window.get_by_role("img", name="登记二维码")).to_be_visible()
    assert len(window.locator(".code").inner_text()) == 8
    assert sent[0].body == {"staff_no": "李", "hours": 24}
    path = window.get_by_role("img").locator("path").get_attribute("d")
    assert path and path.startswith("M0 0h7v1h-7z")
    accessible(seat)
    window.get_by_role("button", name="关闭").last.click()
    expect(seat.get_by_role("dialog")).to_have_count(0)


def test_nobody_gets_a_code_for_strangers(seat: Page) -> None:
    seat.get_by_role("button", name="登记新手机").click()
    seat.get_by_label("工号").fill("nobody")
    seat.get_by_role("button", name="发登记码").click()
    expect(seat.get_by_role("status").locator(".bad")).to_be_visible()
    expect(seat.get_by_role("dialog").get_by_label("工号")).to_have_value("nobody")


def test_a_phone_is_retired_and_then_lost(seat: Page, opened: House, beigou: Village) -> None:
    row = seat.get_by_role("row").filter(has_text="周")
    row.get_by_role("button", name="停用").click()
    seat.get_by_role("dialog").get_by_role("button", name="取消").click()
    assert state(opened, beigou.phone_zhou) == "active"
    row.get_by_role("button", name="停用").click()
    seat.get_by_role("dialog").get_by_role("button", name="停用").click()
    expect(seat.get_by_role("status").filter(has_text="已停用")).to_be_visible()
    assert state(opened, beigou.phone_zhou) == "retired"
    seat.get_by_role("button", name="已停用").click()
    expect(row).to_contain_text("可上传至")
    row.get_by_role("button", name="挂失").click()
    seat.get_by_role("dialog").get_by_role("button", name="挂失").click()
    expect(seat.get_by_role("status").filter(has_text="已挂失")).to_be_visible()
    assert state(opened, beigou.phone_zhou) == "lost"


def test_axe_finds_nothing_on_phones(seat: Page, accessible: Check) -> None:
    accessible(seat)
    seat.get_by_role("row").nth(1).get_by_role("button", name="挂失").click()
    accessible(seat)
