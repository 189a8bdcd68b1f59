"""Pictures of the console for people: `make screenshots` writes them to .doorstep/screenshots."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from sync.house import House
from sync.words import Role
from tests.api.conftest import Known
from tests.browser import ground, owed
from tests.browser.conftest import Enter, Hire
from tests.browser.scene import Scene
from tests.browser.test_map import choose, drawn
from tests.browser.test_review import opened
from tests.factories.edits import edit, hand_in
from tests.factories.village import HOME, Village

Picture = Callable[[Page, str], Path]
CALM_MS = 500


def take(page: Page, picture: Picture, name: str) -> None:
    page.wait_for_timeout(CALM_MS)
    assert picture(page, name).stat().st_size > 10_000


def test_pictures_of_the_review(seat: Page, scene: Scene, picture: Picture) -> None:
    scene.hear(scene.visits[2])
    scene.photograph(scene.visits[2], scene.visits[9])
    seat.goto("/console/review")
    seat.get_by_role("row").nth(1).wait_for()
    take(seat, picture, "causes")
    seat.get_by_role("button", name="认定位置相符").first.click()
    expect(seat.get_by_role("dialog").get_by_role("status")).to_be_visible()
    take(seat, picture, "cause-decision")
    seat.goto("/console/review?rows=1")
    opened(seat)
    for key in ("v", "v"):
        seat.keyboard.press(key)
        opened(seat)
    take(seat, picture, "review")
    for key, name in (("a", "review-ask"), ("r", "review-refuse"), ("p", "review-photos"), ("Shift+?", "review-keys")):
        seat.keyboard.press(key)
        take(seat, picture, name)
        seat.keyboard.press("Escape")
    seat.goto(f"/console/review?cause=address&key={scene.home}")
    opened(seat)
    seat.keyboard.press("d")
    seat.wait_for_timeout(CALM_MS)
    seat.keyboard.press("Enter")
    expect(seat.get_by_role("region", name="这一户实际在哪里").get_by_role("status")).to_be_visible()
    take(seat, picture, "review-address")


def test_pictures_of_the_map(
    page: Page, opened: House, beigou: Village, wang: Known, enter: Enter, picture: Picture
) -> None:
    ground.draw(opened, beigou)
    enter(page, wang)
    drawn(page)
    take(page, picture, "map")
    choose(page)
    page.get_by_role("button", name="放大到这里").click()
    take(page, picture, "map-visit")
    page.goto("/console/?coverage=1")
    drawn(page)
    take(page, picture, "map-coverage")
    for _ in range(3):
        page.get_by_role("button", name="缩小 Zoom out").click()
        page.wait_for_timeout(CALM_MS)
    take(page, picture, "map-far")


def test_pictures_of_duty(
    page: Page, opened: House, beigou: Village, hire: Hire, enter: Enter, picture: Picture
) -> None:
    owed.lay_out(opened, beigou)
    enter(page, hire(Role.PROGRAMME_OFFICE, beigou.county))
    page.goto("/console/duty")
    page.get_by_role("button", name="北沟镇 展开").click()
    expect(page.get_by_role("button", name="北沟村", exact=True)).to_be_visible()
    take(page, picture, "duty-coverage")
    for view in ("board", "homes", "gaps&list=few_links"):
        page.goto(f"/console/duty?view={view}")
        page.get_by_role("row").nth(1).wait_for()
        take(page, picture, f"duty-{view.partition('&')[0]}")
    page.goto("/console/duty?view=board&show=overdue")
    page.get_by_role("button", name="说明原因").click()
    take(page, picture, "duty-excuse")
    page.goto("/console/programmes")
    page.get_by_role("heading", name="五联").wait_for()
    take(page, picture, "programmes")
    page.goto("/console/handover")
    for side, name in (("移交人", "李"), ("接手人", "陈")):
        page.get_by_role("region", name=side).get_by_role("button").filter(has_text=name).click()
    take(page, picture, "handover")
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("row").nth(1).wait_for()
    take(page, picture, "handover-preview")
    page.get_by_role("button", name="确认移交").click()
    page.get_by_text("移交完成").wait_for()
    take(page, picture, "handover-result")
    page.goto("/console/care?view=events")
    take(page, picture, "care-events")


def test_pictures_of_edits_and_phones(
    page: Page, opened: House, beigou: Village, hire: Hire, enter: Enter, picture: Picture
) -> None:
    was = {"lon": HOME[0], "lat": HOME[1]}
    far = edit(beigou.home, "position", was, was | {"lon": HOME[0] + 0.000908})
    opened.write(lambda session: hand_in(session, beigou.phone_li, far))
    enter(page, hire(Role.VERIFIER, beigou.town))
    page.goto("/console/edits")
    page.locator(".smallmap .leaflet-marker-icon").first.wait_for()
    take(page, picture, "edits")
    page.context.clear_cookies()
    enter(page, hire(Role.UNIT_ADMIN, beigou.town))
    page.goto("/console/devices")
    page.get_by_role("row").nth(1).wait_for()
    take(page, picture, "devices")
    page.get_by_role("button", name="登记新手机").click()
    page.get_by_label("工号").fill("李")
    page.get_by_role("button", name="发登记码").click()
    page.get_by_role("img", name="登记二维码").wait_for()
    take(page, picture, "devices-enrol")
