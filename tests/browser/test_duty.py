"""Duty as the office in charge and a leader use it: coverage down to a home, the board, an excuse, gaps."""

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
    """Of the county, which is in charge of the programme."""
    return hire(Role.PROGRAMME_OFFICE, beigou.county)


@pytest.fixture
def seat(page: Page, duty: Duty, office: Known, enter: Enter) -> Page:
    enter(page, office)
    page.goto("/console/duty")
    expect(page.get_by_role("button", name="北沟镇", exact=True)).to_be_visible()
    return page


def row(page: Page, name: str) -> str:
    """The numbers beside a unit's name."""
    return page.get_by_role("row").filter(has=page.get_by_role("button", name=name, exact=True)).inner_text()


def test_from_the_county_down_to_a_home_by_keys(seat: Page) -> None:
    assert [link.inner_text().split()[0] for link in seat.locator("header.bar nav a").all()] == [
        "应访", "联系制度", "移交", "更正", "民情", "概览",
    ]  # fmt: skip
    seat.get_by_role("button", name=re.compile("北沟镇 展开")).press("Enter")
    village = seat.get_by_role("button", name="北沟村", exact=True)
    expect(village).to_be_visible()
    assert re.match(r"·?\s*北沟村\s+4\s+3 75%\s+1 25%", row(seat, "北沟村")), row(seat, "北沟村")
    village.press("Enter")
    expect(seat).to_have_url(re.compile(r"view=homes"))
    expect(seat.get_by_role("row").filter(has_text="北沟村1号")).to_contain_text("有逾期")
    expect(seat.get_by_role("row")).to_have_count(4)
    seat.get_by_label("只看逾期").check()
    expect(seat.get_by_role("row")).to_have_count(2)
    seat.reload()
    expect(seat.get_by_role("row")).to_have_count(2)
    assert [one.input_value() != "" for one in seat.locator(".unitpath select").all()] == [True, True, True]


def test_a_count_leads_to_its_rows(seat: Page) -> None:
    seat.get_by_role("link", name="蓬莱区 逾期 1").click()
    expect(seat.get_by_role("row").filter(has_text="北沟村1号")).to_contain_text("已超期")
    expect(seat.get_by_role("row")).to_have_count(2)
    seat.get_by_role("link", name="覆盖情况").click()
    seat.get_by_role("link", name="蓬莱区 无人负责 1").click()
    expect(seat.get_by_role("row").filter(has_text="北沟村2号")).to_contain_text("必访事由")


def test_the_map_shows_the_units_and_a_click_opens_one(seat: Page) -> None:
    seat.get_by_role("button", name=re.compile("北沟镇 展开")).click()
    expect(seat.get_by_role("button", name="北沟村", exact=True)).to_be_visible()
    seat.get_by_role("radio", name="已结对").check()
    expect(seat).to_have_url(re.compile("paint=linked"))
    box = seat.locator(".dutymap .map").bounding_box()
    assert box
    seat.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(seat).to_have_url(re.compile("units="))


def test_an_obligation_is_excused_with_a_reason_and_restored(seat: Page, duty: Duty, sent: list[Sent]) -> None:
    seat.goto("/console/duty?view=board&show=overdue")
    seat.get_by_role("button", name="说明原因").click()
    window = seat.get_by_role("dialog")
    window.get_by_role("button", name="说明原因").click()
    expect(window.get_by_role("alert")).to_be_visible()
    window.get_by_label("其他").check()
    window.get_by_role("button", name="说明原因").click()
    expect(window.get_by_role("alert")).to_be_visible()
    window.get_by_label("补充说明").fill("户主住院,家人请改期")
    window.get_by_role("button", name="说明原因").click()
    expect(seat.get_by_role("status").filter(has_text="已说明")).to_be_visible()
    assert [request.body["excuse"] for request in sent] == ["other"]
    assert duty.one("SELECT state FROM obligation WHERE id = :i", i=duty.late).state == "excused"
    seat.get_by_label("显示").select_option("excused")
    seat.get_by_role("button", name="恢复应访").click()
    expect(seat.get_by_role("status").filter(has_text="已恢复")).to_be_visible()
    assert duty.one("SELECT state FROM obligation WHERE id = :i", i=duty.late).state == "owed"


def test_filters_and_the_holder_narrow_the_board(seat: Page) -> None:
    seat.goto("/console/duty?view=board")
    rows = seat.get_by_role("row")
    expect(rows).to_have_count(3)
    seat.get_by_label("事由").select_option("life_event")
    expect(rows).to_have_count(2)
    seat.get_by_label("事由").select_option("")
    seat.get_by_role("button", name="李", exact=True).click()
    expect(rows).to_have_count(2)
    seat.get_by_role("button", name="不限责任人").click()
    expect(rows).to_have_count(3)
    seat.get_by_label("结对类别").select_option("able_person")
    expect(seat.get_by_text("没有符合条件的应访任务")).to_be_visible()


def test_gaps_tell_who_has_too_few_and_where_nobody_is(seat: Page) -> None:
    seat.get_by_role("link", name="缺口").click()
    seat.get_by_role("link", name="合计 结对不足 1").click()
    chen = seat.get_by_role("row").filter(has_text="陈")
    expect(chen).to_contain_text("五联")
    chen.get_by_role("link", name="从别人处移交结对").click()
    expect(seat).to_have_url(re.compile("/console/handover"))
    expect(seat.get_by_role("region", name="接手人").get_by_role("button")).to_have_count(1)
    seat.go_back()
    seat.get_by_role("button", name="没有联系制度覆盖的困难户").click()
    expect(seat.get_by_text("名单上的困难户都有联系制度覆盖")).to_be_visible()


def test_a_leader_sees_numbers_and_no_way_to_rows(
    page: Page, duty: Duty, hire: Hire, beigou: Village, enter: Enter
) -> None:
    enter(page, hire(Role.LEADER, beigou.town))
    page.goto("/console/duty?view=board")
    expect(page.get_by_role("button", name="北沟村", exact=True)).to_be_visible()
    expect(page.locator("table a")).to_have_count(0)
    assert "应访任务" not in page.locator(".tabs").inner_text()
    page.get_by_role("link", name="缺口").click()
    expect(page.get_by_role("row").filter(has_text="北沟村")).to_be_visible()
    expect(page.locator("table a")).to_have_count(0)


@pytest.mark.parametrize("view", ["coverage", "board", "homes", "gaps&list=few_links"])
def test_axe_finds_nothing_on_duty(seat: Page, accessible: Check, view: str) -> None:
    seat.goto(f"/console/duty?view={view}")
    expect(seat.get_by_role("row").nth(1)).to_be_visible()
    seat.wait_for_timeout(500)
    accessible(seat)


def test_axe_finds_nothing_in_the_window_of_an_excuse(seat: Page, accessible: Check) -> None:
    seat.goto("/console/duty?view=board&show=overdue")
    seat.get_by_role("button", name="说明原因").click()
    accessible(seat)
