"""The hand-over as an office does it: from whom to whom, a look through the list, what became of it."""

import re

import pytest
from playwright.sync_api import Page, expect

from sync.house import House
from sync.words import Role
from tests.api.conftest import Known
from tests.browser import owed
from tests.browser.conftest import Check, Enter, Hire, Sent
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
    page.goto("/console/handover")
    return page


def choose(page: Page, side: str, name: str) -> None:
    one = page.get_by_role("region", name=side).get_by_role("button").filter(has_text=name)
    for _ in range(20):  # the list that was looked for may come just now, and take the old row away under the key
        one.press("Enter")
        if one.get_attribute("aria-pressed") == "true":
            return
        page.wait_for_timeout(100)
    expect(one).to_have_attribute("aria-pressed", "true")


def holders(duty: Duty) -> dict[str, int]:
    """How many links each cadre has today."""
    row = duty.one(
        "SELECT count(*) FILTER (WHERE cadre_id = :l) AS li, count(*) FILTER (WHERE cadre_id = :c) AS chen FROM link"
        " WHERE valid @> current_date",
        l=duty.village.li,
        c=duty.village.chen,
    )
    return {"li": row.li, "chen": row.chen}


def test_some_homes_go_to_another_after_a_look(seat: Page, duty: Duty, sent: list[Sent], accessible: Check) -> None:
    seat.get_by_role("button", name="下一步").click()
    expect(seat.get_by_role("status").filter(has_text="请选好移交人和接手人")).to_be_visible()
    choose(seat, "移交人", "李")
    seat.get_by_role("region", name="接手人").get_by_label("按姓名或工号查找").fill("陈")
    choose(seat, "接手人", "陈")
    accessible(seat)
    seat.get_by_role("button", name="下一步").click()
    expect(seat.get_by_role("row")).to_have_count(4)
    accessible(seat)
    seat.get_by_role("button", name="返回修改").click()
    expect(seat.get_by_role("button", name="下一步")).to_be_visible()
    seat.get_by_role("button", name="下一步").click()
    seat.get_by_role("checkbox", name="选 Choose 北沟村1号").uncheck()
    expect(seat.locator("p").filter(has_text="接手人的户数")).to_contain_text("0 → 2")
    seat.get_by_label("原因").fill("李调离")
    seat.get_by_role("button", name="确认移交").click()
    done = seat.get_by_role("status").filter(has_text="移交完成")
    expect(done).to_contain_text("李 → 陈")
    expect(seat.get_by_role("row")).to_have_count(3)
    accessible(seat)
    assert holders(duty) == {"li": 1, "chen": 2}
    [done_request] = [request for request in sent if request.path == "/handovers"]
    assert (done_request.body["reason"], len(done_request.body["links"])) == ("李调离", 2)
    seat.get_by_role("button", name="再做一次移交").click()
    expect(seat.get_by_role("region", name="移交人")).to_contain_text(re.compile("李.*1", re.DOTALL))


def test_nothing_to_move_says_what_to_do(seat: Page) -> None:
    choose(seat, "移交人", "陈")
    choose(seat, "接手人", "李")
    seat.get_by_label("只移交这个联系制度的").select_option(label="五联")
    seat.get_by_label("个人或单位").first.select_option("unit")
    choose(seat, "移交人", "公路局")
    seat.get_by_role("button", name="下一步").click()
    expect(seat.get_by_text("没有可以移交的")).to_be_visible()
    expect(seat.get_by_role("button", name="确认移交")).to_have_count(0)
