"""The review screen as verifier Wang uses it: by keys, and each decision as it ends in the database."""

import re
import sys
from collections.abc import Sequence
from datetime import timedelta
from time import monotonic
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock
from sync.words import Cause, Role
from tests.api.conftest import Known
from tests.browser.conftest import Check, Enter, Hire, Sent
from tests.browser.scene import DEVICE, SHARED, SINGLE, Scene
from tests.factories.review import add_doubted, add_place
from tests.factories.village import HOME, Village

TOTAL = SINGLE + DEVICE + SHARED
LENT = [{"code": "TIME_SKEW", "weight": 0.2, "facts": {}}, {"code": "TIME_JUMP", "weight": 0.6, "facts": {}}]
READY = "定位离登记地址较远"
REASON = "干部承认当天没有去这一户"
PRESS = "([code, more]) => document.body.dispatchEvent(new KeyboardEvent('keydown', {code, bubbles: true, ...more}))"


@pytest.fixture
def desk(seat: Page) -> Page:
    """Row by row, the first row open."""
    seat.goto("/console/review?rows=1")
    opened(seat)
    return seat


def opened(page: Page) -> None:
    """Wait until the evidence of the current row is there."""
    expect(page.get_by_role("article")).to_have_attribute("aria-busy", "false")


def here(page: Page) -> UUID:
    """The visit that the address names."""
    found = re.search(r"visit=([0-9a-f-]{36})", page.url)
    assert found
    return UUID(found[1])


def settled(page: Page) -> None:
    """Wait until nothing is on its way."""
    expect(page.locator(".waiting")).to_be_empty()


def row(page: Page, visit: UUID, scene: Scene) -> Locator:
    """The line of a visit in the queue."""
    [[name]] = scene.rows("SELECT p.name FROM visit v JOIN place p ON p.id = v.place_id WHERE v.id = :v", v=visit)
    return page.locator(".queue li").filter(has_text=re.compile(rf"{name}(?!\d)"))


def decisions(sent: Sequence[Sent]) -> list[dict[str, Any]]:
    return [request.body for request in sent if request.path.endswith("/decisions")]


def test_a_new_verifier_reviews_twenty_visits_with_keys_alone(
    page: Page, scene: Scene, wang: Known, enter: Enter, capsys: pytest.CaptureFixture[str]
) -> None:
    began = monotonic()
    enter(page, wang)
    page.locator("nav a").first.wait_for()
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator("tbody tr").first.wait_for()
    page.keyboard.press("l")
    for n in range(20):
        opened(page)
        before = here(page)
        page.keyboard.press("v")
        page.wait_for_function("before => !location.search.includes(before)", arg=str(before))
        assert here(page) != before, n
    settled(page)
    took = monotonic() - began
    with capsys.disabled():
        sys.stdout.write(f"\nfrom login to 20 reviewed visits with keys alone: {took:.1f} s\n")
    assert scene.decided() == dict.fromkeys(scene.visits[:20], "confirm")
    assert scene.verdicts(scene.visits[:20]) == {"verified"}


def test_rows_are_walked_by_the_place_of_the_key_whatever_it_types(desk: Page, scene: Scene) -> None:
    desk.evaluate(PRESS, ["KeyJ", {"key": "Process"}])
    expect(desk).to_have_url(re.compile(str(scene.visits[1])))
    desk.evaluate(PRESS, ["KeyK", {"key": "Process"}])
    expect(desk).to_have_url(re.compile(str(scene.visits[0])))
    desk.keyboard.press("ArrowDown")
    expect(desk).to_have_url(re.compile(str(scene.visits[1])))


def test_keys_belong_to_the_text_while_one_writes_or_composes(desk: Page, sent: list[Sent]) -> None:
    desk.keyboard.press("a")
    desk.keyboard.press("1")
    field = desk.get_by_role("textbox", name="问题")
    expect(field).to_have_value(re.compile(READY))
    field.press_sequentially("jkvu")
    expect(field).to_have_value(re.compile("jkvu$"))
    desk.keyboard.press("Escape")
    desk.evaluate(PRESS, ["KeyV", {"isComposing": True}])
    desk.wait_for_timeout(200)
    assert decisions(sent) == []


def test_asking_sends_the_question_and_goes_on(desk: Page, scene: Scene) -> None:
    desk.keyboard.press("a")
    desk.keyboard.press("1")
    desk.keyboard.press("Control+Enter")
    expect(desk).to_have_url(re.compile(str(scene.visits[1])))
    settled(desk)
    [[asked]] = scene.rows("SELECT text FROM question WHERE visit_id = :v", v=scene.visits[0])
    assert READY in asked
    expect(row(desk, scene.visits[0], scene)).to_contain_text("询问走访干部")


def test_refusing_is_shut_until_the_cadre_was_heard_and_needs_a_reason(desk: Page, scene: Scene) -> None:
    visit = scene.visits[1]
    desk.keyboard.press("r")
    expect(desk.get_by_role("status").filter(has_text="先听干部说明")).to_be_visible()
    expect(desk.get_by_role("button", name="不予认定")).to_have_attribute("aria-disabled", "true")
    scene.hear(visit)
    desk.goto(f"/console/review?rows=1&visit={visit}")
    opened(desk)
    desk.keyboard.press("r")
    desk.keyboard.press("Control+Enter")
    expect(desk.get_by_role("alert")).to_contain_text("请写明")
    desk.get_by_role("textbox", name="理由").fill(REASON)
    desk.keyboard.press("Control+Enter")
    settled(desk)
    assert scene.decided() == {visit: "refuse"}
    assert scene.verdicts([visit]) == {"refused"}


def test_a_row_on_another_screen_says_whose_and_cannot_be_decided(
    desk: Page, scene: Scene, app: Flask, hire: Hire, beigou: Village, sent: list[Sent]
) -> None:
    zhang, caller = hire(Role.VERIFIER, beigou.county), app.test_client()
    csrf = caller.post("/console/v1/login", json={"username": zhang.username, "password": zhang.password}).json["csrf"]
    taken = f"/console/v1/review/visits/{scene.visits[1]}/lease"
    assert caller.post(taken, json={}, headers={"X-CSRF-Token": csrf}).status_code == 200
    [[name]] = scene.rows("SELECT name FROM person WHERE id = :p", p=zhang.id)
    desk.keyboard.press("j")
    expect(desk.locator(".held[role=status]")).to_contain_text(name)
    desk.keyboard.press("v")
    expect(desk.locator(".toast")).to_contain_text(f"{name} 正在核验这一条")
    assert decisions(sent) == []
    desk.keyboard.press("k")
    expect(desk.locator(".held[role=status]")).to_be_hidden()


def test_a_row_is_taken_when_it_is_opened_and_given_back_when_it_is_left(desk: Page, scene: Scene, wang: Known) -> None:
    def holders() -> dict[UUID, UUID]:
        return dict(scene.rows("SELECT visit_id, lease_by FROM finding WHERE lease_until > now()"))  # type: ignore[arg-type]

    for _ in range(2):
        with desk.expect_response(lambda answer: answer.url.endswith("/lease") and answer.request.method == "POST"):
            desk.keyboard.press("j")
    desk.wait_for_timeout(300)
    assert holders() == {scene.visits[2]: wang.id}
    with desk.expect_response(lambda answer: answer.request.method == "DELETE"):
        desk.keyboard.press("g")
    assert holders() == {}


def test_a_wrong_address_is_put_right_on_the_map_after_its_effect_was_seen(
    seat: Page, scene: Scene, sent: list[Sent]
) -> None:
    desk, visit = seat, scene.visits[0]
    desk.goto(f"/console/review?rows=1&visit={visit}")
    opened(desk)
    with desk.expect_response(re.compile("/preview")):
        desk.keyboard.press("d")
    shown = desk.get_by_role("region", name="这一户实际在哪里")
    expect(shown).to_be_visible()
    box = desk.locator(".deskmap .map").bounding_box()
    assert box
    desk.mouse.click(box["x"] + box["width"] / 2 + 30, box["y"] + box["height"] / 2 - 20)
    desk.keyboard.press("Enter")
    expect(shown.get_by_role("status")).to_contain_text("位置相符 1")
    assert decisions(sent) == []
    desk.keyboard.press("Enter")
    settled(desk)
    [body] = decisions(sent)
    [[lon, lat]] = scene.rows(
        "SELECT ST_X(position::geometry), ST_Y(position::geometry) FROM place p"
        " JOIN visit v ON v.place_id = p.id WHERE v.id = :v",
        v=visit,
    )
    assert (body["deciding"], body["position"]["lon"], body["position"]["lat"]) == (
        "correct_address", pytest.approx(lon), pytest.approx(lat),
    )  # fmt: skip
    assert (120.75, 37.8) < (lon, lat) < (120.76, 37.82)


def test_the_address_of_a_group_is_put_right_once_for_all_its_visits(seat: Page, scene: Scene) -> None:
    seat.goto("/console/review")
    seat.get_by_role("row").filter(has_text="北沟村9组1号").get_by_role("button", name="更正登记位置").click()
    opened(seat)
    with seat.expect_response(re.compile("/preview")):
        seat.keyboard.press("d")
    shown = seat.get_by_role("region", name="这一户实际在哪里")
    expect(shown).to_contain_text("整组")
    seat.wait_for_timeout(300)
    seat.keyboard.press("Enter")
    expect(shown.get_by_role("status")).to_contain_text(f"位置相符 {SHARED}")
    seat.keyboard.press("Enter")
    settled(seat)
    assert scene.decided() == dict.fromkeys(scene.shared, "correct_address")
    owed = "SELECT subject FROM errand WHERE job = 'rejudge' AND subject LIKE :s"
    assert len(scene.rows(owed, s=f"place/{scene.home}")) == 1


def test_chosen_rows_are_confirmed_at_once_after_a_preview(desk: Page, scene: Scene) -> None:
    for _ in range(3):
        desk.keyboard.press("x")
        desk.keyboard.press("j")
    desk.keyboard.press("v")
    preview = desk.get_by_role("dialog")
    expect(preview.get_by_role("status")).to_contain_text("位置相符 3")
    preview.get_by_role("button", name="确定").press("Enter")
    expect(desk.locator(".toast")).to_contain_text("已处理 3")
    assert scene.decided() == dict.fromkeys(scene.visits[:3], "confirm")


def test_undo_brings_the_row_back(desk: Page, scene: Scene) -> None:
    desk.keyboard.press("v")
    settled(desk)
    assert scene.decided() == {scene.visits[0]: "confirm"}
    desk.keyboard.press("u")
    expect(desk).to_have_url(re.compile(str(scene.visits[0])))
    settled(desk)
    assert scene.decided() == {}
    assert scene.verdicts([scene.visits[0]]) == {"doubtful"}
    expect(desk.locator(".queue li.current")).not_to_have_class(re.compile("done"))


def test_a_cause_is_decided_for_its_whole_group_and_taken_back(seat: Page, scene: Scene) -> None:
    seat.goto("/console/review")
    line = seat.get_by_role("row").filter(has_text="同一部手机")
    line.get_by_role("button", name="认定位置相符").click()
    shown = seat.get_by_role("dialog")
    expect(shown.get_by_role("status")).to_contain_text(f"位置相符 {DEVICE}")
    shown.get_by_role("button", name="确定").click()
    expect(seat.locator(".toast")).to_contain_text(f"已处理 {DEVICE} 条")
    assert scene.decided() == dict.fromkeys(scene.device, "confirm")
    expect(line).to_have_count(0)
    expect(seat.get_by_role("link", name="请逐条核验")).to_be_visible()
    seat.keyboard.press("u")
    expect(line).to_be_visible()
    assert scene.decided() == {}


def test_what_a_cadre_wrote_is_text_and_nothing_else(seat: Page, scene: Scene) -> None:
    said = "<script>window.broken = 1</script><img src=x onerror='window.broken = 2'>&amp;"
    scene.hear(scene.visits[0], said)
    seat.goto(f"/console/review?visit={scene.visits[0]}")
    expect(seat.locator(".said")).to_contain_text(said)
    assert seat.evaluate("() => window.broken") is None
    assert seat.locator(".said img, .said script").count() == 0


def test_photos_stand_beside_what_they_resemble(seat: Page, scene: Scene) -> None:
    scene.photograph(scene.visits[0], scene.visits[5])
    seat.goto("/console/review?rows=1")
    opened(seat)
    expect(seat.get_by_role("article")).to_contain_text("完全相同")
    seat.keyboard.press("p")
    shown = seat.get_by_role("dialog", name="照片")
    expect(shown.get_by_role("figure")).to_have_count(2)
    loaded = "() => [...document.querySelectorAll('figure img')].every(img => img.complete && img.naturalWidth > 300)"
    seat.wait_for_function(loaded)
    before = shown.locator("img").first.bounding_box()
    seat.keyboard.press("=")
    after = shown.locator("img").first.bounding_box()
    assert before and after and after["width"] > before["width"]
    seat.keyboard.press("Escape")
    expect(shown).to_be_hidden()


def test_a_phone_of_several_cadres_is_declared_for_its_whole_group(seat: Page, scene: Scene, beigou: Village) -> None:
    def lend(session: Session) -> None:
        session.execute(text("DELETE FROM device_share"))
        for n in range(2):
            home = (HOME[0] + 0.001 * n, HOME[1] + 0.006)
            more = {"spot": home, "recorder": beigou.li, "device": beigou.phone_chen, "reasons": LENT}
            place = add_place(session, beigou, f"北沟村8组{n + 1}号", home)
            at = clock.now() - timedelta(hours=5 + n)
            add_doubted(session, beigou, Cause.DEVICE, str(beigou.phone_chen), place=place, at=at, **more)

    scene.house.write(lend)
    seat.goto("/console/review")
    line = seat.get_by_role("row").filter(has_text="陈")
    line.get_by_role("button", name="登记共用手机").click()
    preview = seat.get_by_role("dialog")
    expect(preview).to_contain_text("使用这部手机的人")
    expect(preview).to_contain_text("李")
    preview.get_by_role("button", name=re.compile("确定.*2")).click()
    expect(preview).to_be_hidden()
    expect(line).to_have_count(0)
    assert scene.rows("SELECT device_id, person_id FROM device_share") == [(beigou.phone_chen, beigou.li)]
    seat.keyboard.press("u")
    expect(line).to_have_count(1)
    assert scene.rows("SELECT device_id, person_id FROM device_share") == []


def test_more_rows_come_before_the_end_is_reached(desk: Page) -> None:
    expect(desk.locator(".queue li")).to_have_count(50)
    for _ in range(40):
        desk.keyboard.press("j")
    expect(desk.locator(".queue li")).to_have_count(TOTAL)


def test_the_queue_is_narrowed_by_state_and_unit(desk: Page, scene: Scene) -> None:
    scene.hear(scene.visits[7])
    desk.get_by_label("状态").select_option("answered")
    expect(desk.locator(".queue li")).to_have_count(1)
    expect(desk).to_have_url(re.compile(str(scene.visits[7])))


def test_what_is_filtered_stays_filtered_from_causes_to_rows_and_back(seat: Page, beigou: Village) -> None:
    seat.goto("/console/review")
    seat.locator(".scope select").first.select_option(str(beigou.town))
    expect(seat).to_have_url(re.compile(f"unit={beigou.town}"))
    seat.get_by_role("row").nth(1).wait_for()
    for key in ("Enter", "g", "l"):
        seat.get_by_role("heading", level=1).wait_for(state="attached")
        seat.keyboard.press(key)
        seat.wait_for_timeout(500)
        expect(seat).to_have_url(re.compile(f"unit={beigou.town}"))
    expect(seat).to_have_url(re.compile("rows=1"))
    opened(seat)


def test_axe_finds_nothing_in_review(seat: Page, scene: Scene, accessible: Check) -> None:
    scene.hear(scene.visits[0])
    scene.photograph(scene.visits[0], scene.visits[5])
    seat.goto("/console/review")
    seat.get_by_role("row").nth(1).wait_for()
    accessible(seat)
    seat.goto("/console/review?rows=1")
    opened(seat)
    accessible(seat)
    for key in ("a", "r", "d", "p", "Shift+?"):
        seat.keyboard.press(key)
        seat.wait_for_timeout(300)
        accessible(seat)
        seat.keyboard.press("Escape")
        seat.wait_for_timeout(100)
