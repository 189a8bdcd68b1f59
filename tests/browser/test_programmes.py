"""Programmes as their office writes them."""

import pytest
from playwright.sync_api import Page, expect

from sync.house import House
from sync.words import Role
from tests.api.conftest import Known
from tests.browser import owed
from tests.browser.conftest import Check, Enter, Hire
from tests.browser.owed import Duty
from tests.factories.village import Village


@pytest.fixture(scope="module")
def duty(opened: House, beigou: Village) -> Duty:
    return owed.lay_out(opened, beigou)


@pytest.fixture(scope="module")
def office(hire: Hire, beigou: Village) -> Known:
    return hire(Role.PROGRAMME_OFFICE, beigou.county)


@pytest.fixture
def seat(page: Page, duty: Duty, office: Known, enter: Enter) -> Page:
    enter(page, office)
    page.goto("/console/programmes")
    expect(page.get_by_role("heading", name="五联")).to_be_visible()
    return page


def rules(duty: Duty) -> list[tuple[str | None, int | None, str | None]]:
    found = duty.house.read(
        lambda session: (
            session.connection()
            .exec_driver_sql("SELECT coalesce(category, event), number, rhythm FROM programme_rule ORDER BY 1")
            .all()
        )
    )
    return [tuple(row) for row in found]


def test_the_office_changes_a_rule_adds_one_and_removes_one(seat: Page, duty: Duty, accessible: Check) -> None:
    save = seat.get_by_role("button", name="保存")
    expect(save).to_be_disabled()
    accessible(seat)
    seat.get_by_label("困难群众 needy 每人(单位)几个").fill("3")
    expect(seat.get_by_text("有改动还没有保存")).to_be_visible()
    seat.get_by_label("增加一类对象").select_option("left_behind")
    seat.get_by_label("留守儿童家庭或空巢老人 left behind 多久一次").select_option("month")
    seat.get_by_role("button", name="删去 Remove 生病住院 hospital").click()
    seat.get_by_label("依据文件").fill("蓬办发〔2026〕3号")
    save.click()
    expect(seat.get_by_role("status").filter(has_text="已保存")).to_be_visible()
    assert rules(duty) == [("left_behind", 1, "month"), ("needy", 3, "month")]
    seat.reload()
    expect(seat.get_by_label("依据文件")).to_have_value("蓬办发〔2026〕3号")
    accessible(seat)


def test_what_the_trade_forbids_is_refused_and_nothing_is_lost(seat: Page) -> None:
    seat.get_by_label("增加一类对象").select_option("petition_matter")
    seat.get_by_label("信访事项联系户 petition matter 多久一次").select_option("month")
    seat.get_by_role("button", name="保存").click()
    expect(seat.get_by_role("status").locator(".bad")).to_contain_text("信访事项联系户")
    expect(seat.get_by_label("信访事项联系户 petition matter 多久一次")).to_have_value("month")
    seat.get_by_role("button", name="放弃改动").click()
    expect(seat.get_by_role("button", name="保存")).to_be_disabled()


def test_a_leader_reads_it(page: Page, duty: Duty, hire: Hire, beigou: Village, enter: Enter) -> None:
    enter(page, hire(Role.LEADER, beigou.county))
    page.goto("/console/programmes")
    expect(page.get_by_text("由主管单位修改")).to_be_visible()
    expect(page.get_by_role("button", name="保存")).to_have_count(0)
    expect(page.get_by_label("名称")).to_be_disabled()
