"""The map as verifier Wang uses it, over visits that walked the whole road."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from sync.house import House
from tests.api.conftest import Known
from tests.browser import ground
from tests.browser.conftest import Check, Enter
from tests.factories.village import Village

TILES = re.compile(r"/map/tiles/visits/(\d+)/\d+/\d+\.mvt")
PANEL = "本次走访 This visit"
# Whether anything is painted on one of these canvases.
PAINTED = """canvases => canvases.some(canvas =>
  canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(part => part > 0))"""
# A coloured pixel of a tile well inside the map, as a place on the screen.
COLOURED = """() => {
  const map = document.querySelector('.map').getBoundingClientRect();
  for (const canvas of document.querySelectorAll('.leaflet-visits-pane canvas')) {
    const {left, top, width} = canvas.getBoundingClientRect(), scale = width / canvas.width;
    const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    for (let i = 0; i < data.length; i += 4) {
      const pixel = i / 4, x = left + pixel % canvas.width * scale, y = top + Math.floor(pixel / canvas.width) * scale;
      const inside = x > map.left + 60 && x < map.right - 60 && y > map.top + 60 && y < map.bottom - 60;
      if (inside && data[i + 3] === 255 && data[i] < 60 && data[i + 1] > 90) return [x, y];
    }
  }
  return null;
}"""


@pytest.fixture(scope="module")
def beigou_drawn(opened: House, beigou: Village) -> None:
    """Visits of a month."""
    ground.draw(opened, beigou)


@pytest.fixture
def seat(page: Page, beigou_drawn: None, wang: Known, enter: Enter) -> Page:
    """Wang on the map where she begins."""
    enter(page, wang)
    drawn(page)
    return page


def drawn(page: Page) -> None:
    """Wait until a tile shows something."""
    page.locator(".leaflet-visits-pane canvas").first.wait_for(state="attached")


def asked(page: Page, act: str, key: str) -> str:
    """The address of the next tile that is asked for after a key is pressed on a control."""
    with page.expect_request(TILES) as request:
        page.get_by_label(act).first.press(key)
    return request.value.url


def choose(page: Page, verdict: str = "位置待核") -> None:
    """Choose the visit of this verdict nearest to the middle, by keys."""
    for box in page.locator(".legend label").all():
        box.get_by_role("checkbox").set_checked(verdict in box.inner_text())
    panel = page.get_by_role("complementary", name=PANEL)
    for _ in range(20):  # tiles come when they come
        page.wait_for_timeout(300)
        page.locator(".map").focus()
        page.keyboard.press("Enter")
        if panel.is_visible():
            break
    expect(panel).to_be_visible()


@pytest.fixture
def boxes(page: Page) -> list[Request]:
    """Requests of this page for the visits of its view that were answered: one that the next view cut off is not."""
    answered: list[Request] = []

    def note(request: Request) -> None:
        if "/map/visits.geojson" in request.url and "from=" in request.url:
            answered.append(request)

    page.on("requestfinished", note)
    return answered


def told_of(page: Page, boxes: list[Request], visit: str) -> dict[str, Any]:
    """What the answer for some view says of a visit, however many views there were on the way."""
    looked_at = 0
    for _ in range(60):
        while looked_at < len(boxes):
            response = boxes[looked_at].response()
            looked_at += 1
            assert response
            assert response.status == 200, boxes[looked_at - 1].url
            for feature in response.json()["features"]:
                if feature["properties"]["visit"] == visit:
                    return dict(feature["properties"])
        page.wait_for_timeout(200)
    raise AssertionError([request.url for request in boxes])


def test_a_verifier_begins_on_the_map_and_a_visit_tells_why(seat: Page, boxes: list[Request]) -> None:
    assert seat.url.endswith("/console/")
    choose(seat)
    panel = seat.get_by_role("complementary", name=PANEL)
    expect(panel).to_contain_text(re.compile("北沟村[0-9]+号"))
    expect(panel).to_contain_text("米")
    chosen = re.search(r"visit=([0-9a-f-]{36})", seat.url)
    assert chosen
    boxes.clear()
    panel.get_by_role("button", name="放大到这里").click()
    told = told_of(seat, boxes, chosen[1])
    assert (told["verdict"], told["accuracy_m"], told["radius_m"]) == ("doubtful", 12, 200)
    assert told["distance_m"] > 500
    assert told["place_lon"] is not None
    panel.get_by_role("link", name="打开核验").click()
    expect(seat).to_have_url(re.compile(r"/console/review\?visit="))


def test_near_enough_every_visit_shows_accuracy_and_place(seat: Page, boxes: list[Request]) -> None:
    seat.locator(".map").focus()
    for _ in range(6):
        with seat.expect_request(TILES):
            seat.keyboard.press("+")
        seat.wait_for_timeout(400)
        if seat.evaluate("() => !document.querySelector('.map').classList.contains('far')"):
            break
    with seat.expect_event("requestfinished", lambda request: "/map/visits.geojson" in request.url):
        seat.keyboard.press("+")
    seat.wait_for_timeout(600)  # longer than the pause after which a view is asked for: nothing is cut off any more
    response = boxes[-1].response()
    assert response
    features = response.json()["features"]
    assert features
    assert {"accuracy_m", "place_lon", "radius_m"} <= features[0]["properties"].keys()
    rings = seat.locator(".leaflet-overlay-pane canvas").evaluate_all(PAINTED)
    assert rings


def test_a_visit_about_which_nothing_waits_stays_closed(seat: Page) -> None:
    choose(seat, "位置相符")
    panel = seat.get_by_role("complementary", name=PANEL)
    expect(panel).to_contain_text("证据和姓名不打开")
    expect(panel).to_contain_text("见到")
    expect(panel).not_to_contain_text("北沟村")
    expect(panel.get_by_role("link")).to_have_count(0)


def test_a_click_finds_the_visit_under_it_and_a_click_beside_finds_none(seat: Page) -> None:
    spot = seat.evaluate(COLOURED)
    assert spot, "no sign of a visit is drawn"
    box = seat.locator(".map").bounding_box()
    assert box
    seat.mouse.click(box["x"] + 30, box["y"] + 30)
    seat.wait_for_timeout(200)
    assert "visit=" not in seat.url
    seat.mouse.click(*spot)
    expect(seat.get_by_role("complementary", name=PANEL)).to_be_visible()


def test_the_address_keeps_what_is_shown(seat: Page) -> None:
    assert "verdict=unverifiable&verdict=refused&verdict=doubtful" in asked(seat, "位置相符", "Space")
    assert re.search(r"from=\d{4}-\d\d-\d\d", asked(seat, "从 From", "ArrowDown"))
    programme = asked(seat, "联系制度", "ArrowDown")
    assert "programme=" in programme
    assert "category" not in programme
    seat.get_by_role("button", name="北沟镇", exact=True).click()
    expect(seat).to_have_url(re.compile(r"unit="))
    with seat.expect_response(TILES) as again:
        seat.reload()
    assert again.value.ok
    for part in ("verdict=doubtful", "programme=", "unit="):
        assert part in again.value.url


def test_the_handles_of_the_days_move_by_keys(seat: Page) -> None:
    expect(seat.locator(".track svg rect")).not_to_have_count(0)
    handle = seat.get_by_role("slider", name="从 From")
    before = handle.get_attribute("aria-valuetext")
    with seat.expect_request(TILES) as request:
        handle.press("ArrowRight")
    after = handle.get_attribute("aria-valuetext")
    assert before and after and before < after
    assert f"from={after}" in request.value.url


def test_far_away_visits_are_rings_that_open_nearer(seat: Page) -> None:
    out = seat.get_by_role("button", name="缩小 Zoom out")
    seen: set[int] = set()
    seat.on("request", lambda request: seen.update(int(z) for z in TILES.findall(request.url)))
    for _ in range(6):
        out.click()
        seat.wait_for_timeout(400)
        if seen and min(seen) < 12:
            break
    assert min(seen) < 12
    drawn(seat)
    before, _ = min(seen), seen.clear()
    seat.locator(".map").focus()
    with seat.expect_request(TILES):
        seat.keyboard.press("Enter")
    seat.wait_for_timeout(400)
    assert max(seen) == before + 2


def test_areas_are_coloured_by_coverage(seat: Page) -> None:
    with seat.expect_response(re.compile("/map/coverage")) as covered:
        seat.get_by_label("按区域看覆盖").check()
    assert covered.value.ok
    assert [item["name"] for item in covered.value.json()["items"]]
    expect(seat.get_by_text("80–100%")).to_be_visible()
    expect(seat.get_by_text("不是法定界线")).to_be_visible()
    assert "coverage=1" in seat.url


def test_axe_finds_nothing_on_the_map(seat: Page, accessible: Check) -> None:
    choose(seat)
    seat.get_by_label("按区域看覆盖").check()
    expect(seat.get_by_text("80–100%")).to_be_visible()
    accessible(seat)
