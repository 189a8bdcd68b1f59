"""Life events, promises, needy homes, absences and the roster, each for whom it is."""

import pytest
from playwright.sync_api import Page, expect

from sync.words import Role
from tests.browser.conftest import Check, Enter, Hire
from tests.factories.village import Village


@pytest.mark.parametrize(
    ("role", "view", "said"),
    [
        (Role.DISPATCHER, "events", "没有符合条件的必访事由"),
        (Role.PROGRAMME_OFFICE, "needy", "名单上没有这样的户"),
        (Role.UNIT_ADMIN, "absences", "没有请假"),
        (Role.LEADER, "roster", "还没有人填"),
    ],
)
def test_an_empty_part_says_what_to_do(
    page: Page, hire: Hire, beigou: Village, enter: Enter, accessible: Check, role: Role, view: str, said: str
) -> None:
    enter(page, hire(role, beigou.town))
    page.goto(f"/console/care?view={view}")
    expect(page.get_by_text(said)).to_be_visible()
    accessible(page)


def test_a_leader_of_a_town_says_where_he_is_and_takes_it_back(
    page: Page, hire: Hire, beigou: Village, enter: Enter, accessible: Check
) -> None:
    enter(page, hire(Role.LEADER, beigou.town))
    page.goto("/console/care?view=roster")
    page.get_by_role("button", name="住点").click()
    expect(page.get_by_role("row").nth(1)).to_contain_text("北沟镇")
    accessible(page)
    page.get_by_role("button", name="收回").click()
    expect(page.get_by_text("还没有人填")).to_be_visible()


def test_a_leader_sees_numbers_of_events_and_promises(page: Page, hire: Hire, beigou: Village, enter: Enter) -> None:
    enter(page, hire(Role.LEADER, beigou.town))
    for view in ("events", "promises"):
        page.goto(f"/console/care?view={view}")
        expect(page.get_by_role("row").filter(has_text="北沟村")).to_be_visible()


def test_who_has_no_use_for_a_screen_is_told_so(page: Page, hire: Hire, beigou: Village, enter: Enter) -> None:
    enter(page, hire(Role.DISPATCHER, beigou.town))
    page.goto("/console/duty")
    expect(page.get_by_text("您的角色不用这个页面")).to_be_visible()
    page.goto("/console/")
    expect(page).to_have_url("/console/care")


def test_an_administrator_tells_who_is_away_and_takes_it_back(
    page: Page, hire: Hire, beigou: Village, enter: Enter, accessible: Check
) -> None:
    enter(page, hire(Role.UNIT_ADMIN, beigou.town))
    page.goto("/console/care?view=absences")
    page.get_by_role("button", name="登记请假").click()
    window = page.get_by_role("dialog")
    window.get_by_role("button", name="保存").click()
    expect(window.get_by_role("alert")).to_be_visible()
    window.get_by_label("请假人").select_option(str(beigou.li))
    window.get_by_label("代管人").select_option(str(beigou.chen))
    window.get_by_label("原因").select_option("training")
    accessible(page)
    window.get_by_role("button", name="保存").click()
    row = page.get_by_role("row").filter(has_text="学习培训")
    expect(row).to_contain_text("李")
    expect(row).to_contain_text("陈")
    row.get_by_role("button", name="取消请假").click()
    expect(row).to_contain_text("已取消")
