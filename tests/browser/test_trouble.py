"""Review while the server is away, the answer is lost, the session ends, the page is loaded again."""

import re

from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.api.conftest import Known
from tests.browser.conftest import Sent
from tests.browser.scene import Scene
from tests.browser.test_review import REASON, decisions, desk, here, opened, settled

__all__ = ["desk"]
DECISIONS = re.compile(r"/review/visits/[^/]+/decisions")
AWAY = "服务器暂时连不上"


def refusing(page: Page, scene: Scene) -> None:
    """A visit whose cadre was heard, with the window of a refusal open."""
    scene.hear(scene.visits[1])
    page.goto(f"/console/review?rows=1&visit={scene.visits[1]}")
    opened(page)
    page.keyboard.press("r")


def test_a_half_written_reason_outlives_the_session(
    seat: Page, scene: Scene, context: BrowserContext, wang: Known
) -> None:
    refusing(seat, scene)
    seat.get_by_role("textbox", name="理由").fill(REASON)
    context.clear_cookies(name="doorstep_session")
    seat.keyboard.press("Control+Enter")
    ended = seat.get_by_role("dialog", name="登录已过期")
    expect(ended).to_be_visible()
    assert scene.decided() == {}
    with context.expect_page() as other:
        ended.get_by_role("link", name="在新窗口登录").click()
    form = other.value
    form.get_by_label("用户名").fill(wang.username)
    form.get_by_label("密码").fill(wang.password)
    form.get_by_label("密码").press("Enter")
    expect(ended).to_be_hidden()
    settled(seat)
    assert scene.decided() == {scene.visits[1]: "refuse"}
    [[reason]] = scene.rows("SELECT reason FROM decision")
    assert reason == REASON


def test_a_half_written_reason_outlives_a_reload_and_the_login_in_the_same_window(
    seat: Page, scene: Scene, context: BrowserContext, wang: Known
) -> None:
    refusing(seat, scene)
    seat.get_by_role("textbox", name="理由").fill("只写了一半")
    context.clear_cookies(name="doorstep_session")
    seat.reload()
    seat.get_by_label("用户名").fill(wang.username)
    seat.get_by_label("密码").fill(wang.password)
    seat.get_by_label("密码").press("Enter")
    expect(seat.get_by_role("textbox", name="理由")).to_have_value("只写了一半")
    assert scene.decided() == {}


def test_a_decision_waits_while_the_server_is_away_and_whoever_reviews_goes_on(
    desk: Page, scene: Scene, sent: list[Sent]
) -> None:
    desk.route(DECISIONS, lambda route: route.abort())
    for visit in scene.visits[:2]:
        opened(desk)
        assert here(desk) == visit
        desk.keyboard.press("v")
        expect(desk).not_to_have_url(re.compile(str(visit)))
    expect(desk.get_by_text(AWAY)).to_be_visible()
    expect(desk.locator(".waiting")).to_contain_text("2")
    assert scene.decided() == {}
    desk.unroute(DECISIONS)
    settled(desk)
    expect(desk.get_by_text(AWAY)).to_be_hidden()
    assert scene.decided() == dict.fromkeys(scene.visits[:2], "confirm")
    assert len({body["id"] for body in decisions(sent)}) == 2


def test_a_decision_whose_answer_was_lost_is_sent_again_as_the_same(desk: Page, scene: Scene, sent: list[Sent]) -> None:
    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    desk.route(DECISIONS, lose, times=1)
    desk.keyboard.press("v")
    settled(desk)
    tried = [body["id"] for body in decisions(sent)]
    assert len(tried) == 2
    assert len(set(tried)) == 1
    assert scene.decided() == {scene.visits[0]: "confirm"}
    expect(desk.locator(".queue li").first).to_have_class(re.compile("done"))


def test_a_decision_that_was_not_sent_is_sent_after_a_reload(desk: Page, scene: Scene) -> None:
    desk.route(DECISIONS, lambda route: route.abort())
    desk.keyboard.press("v")
    expect(desk.locator(".waiting")).to_contain_text("1")
    desk.on("dialog", lambda dialog: dialog.accept())
    desk.unroute(DECISIONS)
    desk.reload()
    opened(desk)
    settled(desk)
    assert scene.decided() == {scene.visits[0]: "confirm"}


def test_what_somebody_else_decided_meanwhile_is_told_and_nothing_is_lost(
    desk: Page, scene: Scene, sent: list[Sent]
) -> None:
    done = {"status": 409, "code": "already-decided", "title_zh": "已经核定", "title_en": "Already decided"}
    desk.route(DECISIONS, lambda route: route.fulfill(status=409, json=done), times=1)
    desk.keyboard.press("v")
    expect(desk.locator(".toast")).to_contain_text("已经核定")
    expect(desk.locator(".queue li").first).to_contain_text("未成")
    settled(desk)
    assert len(decisions(sent)) == 1
