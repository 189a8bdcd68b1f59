"""Programmes as their office writes them."""

import re
from functools import partial

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from sync.house import House
from sync.identity.actions import people
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
    expect(page.get_by_role("button", name="新建制度")).to_have_count(0)
    expect(page.get_by_label("名称")).to_be_disabled()


def begin(seat: Page, code: str, name: str) -> None:
    """Open the empty sheet and write half of it."""
    seat.get_by_role("button", name="新建制度").click()
    seat.get_by_label("代码").fill(code)
    seat.get_by_label("名称").fill(name)


def created(duty: Duty, code: str) -> tuple[str, str, int] | None:
    """Name, office and number of rules of the programme with this code."""
    row = duty.one(
        "SELECT p.name, u.name, (SELECT count(*) FROM programme_rule r WHERE r.programme_id = p.id) FROM programme p"
        " JOIN unit u ON u.id = p.office_id WHERE p.code = :code",
        code=code,
    )
    return row and tuple(row)


def test_an_office_creates_a_programme_and_errors_stand_beside_their_field(
    page: Page, duty: Duty, hire: Hire, beigou: Village, enter: Enter, accessible: Check
) -> None:
    known = hire(Role.PROGRAMME_OFFICE, beigou.county)
    give = partial(people.give_role, person_id=known.id, role=Role.PROGRAMME_OFFICE, unit_id=beigou.roads)
    duty.house.write(give)
    enter(page, known)
    page.goto("/console/programmes")
    page.get_by_role("button", name="新建制度").click()
    expect(page.get_by_role("heading", name="新建制度")).to_be_visible()
    expect(page.get_by_role("button", name="保存")).to_be_disabled()
    offices = page.get_by_label("主管单位")
    assert set(offices.locator("option").all_inner_texts()) == {"请选 choose", "蓬莱区", "公路局"}
    begin(page, "5L", "公路联系户")
    offices.select_option(label="公路局")
    page.get_by_label("增加一类对象").select_option("petition_matter")
    often = page.get_by_label("信访事项联系户 petition matter 多久一次")
    often.select_option("month")
    accessible(page)
    page.get_by_role("button", name="保存").click()
    expect(often).to_have_accessible_description(re.compile("不得多于普通户"))
    expect(page.get_by_role("cell").filter(has=often)).to_contain_text("不得多于普通户")
    accessible(page)
    often.select_option("half_year")
    expect(often).to_have_accessible_description("")
    page.get_by_role("button", name="保存").click()
    code = page.get_by_label("代码")
    expect(code).to_have_accessible_description(re.compile("该代码已用于其他联系制度"))
    expect(page.get_by_label("名称")).to_have_value("公路联系户")
    assert created(duty, "ROADS") is None
    code.fill("ROADS")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("status").filter(has_text="已新建")).to_be_visible()
    expect(page.get_by_role("heading", name="公路联系户 ROADS")).to_be_visible()
    listed = page.get_by_role("navigation", name="联系制度列表").get_by_role("button", name="公路联系户")
    expect(listed).to_have_attribute("aria-current", "true")
    assert created(duty, "ROADS") == ("公路联系户", "公路局", 1)
    page.reload()
    expect(page.get_by_role("heading", name="公路联系户 ROADS")).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="新建制度").click()
    expect(page.get_by_label("代码")).to_have_value("")


def test_a_new_programme_whose_answer_was_lost_is_sent_again_as_the_same(
    seat: Page, duty: Duty, sent: list[Sent]
) -> None:
    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    seat.route("**/duty/programmes", lose, times=1)
    begin(seat, "LOST", "失而复得")
    seat.get_by_role("button", name="保存").click()
    expect(seat.get_by_role("heading", name="失而复得 LOST")).to_be_visible()
    tried = [(one.method, one.body["id"]) for one in sent]
    assert len(tried) == 2
    assert len(set(tried)) == 1
    assert created(duty, "LOST") == ("失而复得", "蓬莱区", 0)


def log_in(page: Page, known: Known) -> None:
    page.get_by_label("用户名").fill(known.username)
    page.get_by_label("密码").fill(known.password)
    page.get_by_label("密码").press("Enter")


def test_a_half_written_programme_outlives_the_session(
    seat: Page, duty: Duty, context: BrowserContext, office: Known
) -> None:
    begin(seat, "ENDED", "会话过期")
    context.clear_cookies(name="doorstep_session")
    seat.get_by_role("button", name="保存").click()
    ended = seat.get_by_role("dialog", name="登录已过期")
    expect(ended).to_be_visible()
    with context.expect_page() as other:
        ended.get_by_role("link", name="在新窗口登录").click()
    log_in(other.value, office)
    expect(seat.get_by_role("heading", name="会话过期 ENDED")).to_be_visible()
    assert created(duty, "ENDED") == ("会话过期", "蓬莱区", 0)


def test_a_half_written_programme_outlives_a_reload_and_the_login_in_the_same_window(
    seat: Page, duty: Duty, context: BrowserContext, office: Known
) -> None:
    begin(seat, "HALF", "只写了一半")
    seat.get_by_label("增加一种事由").select_option("death")
    context.clear_cookies(name="doorstep_session")
    seat.on("dialog", lambda dialog: dialog.accept())
    seat.reload()
    log_in(seat, office)
    expect(seat.get_by_label("代码")).to_have_value("HALF")
    expect(seat.get_by_label("名称")).to_have_value("只写了一半")
    expect(seat.get_by_label("老人去世 death 期限 Term", exact=True)).to_have_value("48")
    assert created(duty, "HALF") is None
    seat.get_by_role("button", name="放弃改动").click()
    expect(seat.get_by_label("代码")).to_have_value("")
