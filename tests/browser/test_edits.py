"""Edits and new homes as a verifier decides them: both values side by side, on a map where they are positions."""

from uuid import UUID

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from sync import ids
from sync.house import House
from sync.words import Role
from tests.api.conftest import Known
from tests.browser.conftest import Check, Enter, Hire, Sent
from tests.factories.edits import edit, hand_in, link, stands
from tests.factories.review import add_place
from tests.factories.village import HOME, Village

EAST_80_M = {"lon": HOME[0] + 0.000908, "lat": HOME[1]}


@pytest.fixture(scope="module")
def wang(beigou: Village, hire: Hire) -> Known:
    """Verifier of the town."""
    return hire(Role.VERIFIER, beigou.town)


@pytest.fixture
def home(opened: House, beigou: Village) -> UUID:
    """A home of the test's own, linked to Li and Chen."""

    def work(session: Session) -> UUID:
        place = add_place(session, beigou, f"北沟村{ids.digits(6)}号", HOME)
        for cadre in (beigou.li, beigou.chen):
            link(session, beigou, cadre, place)
        return place

    return opened.write(work)


@pytest.fixture
def told(opened: House, beigou: Village, home: UUID) -> UUID:
    """Li's address stands by now, Chen says another."""
    for phone, value, ago in ((beigou.phone_li, "村西头3号", 50), (beigou.phone_chen, "村东头7号", 40)):
        opened.write(lambda s, p=phone, v=value, a=ago: hand_in(s, p, edit(home, "address", "", v, ago=a)))
    return home


@pytest.fixture
def seat(page: Page, wang: Known, enter: Enter) -> Page:
    enter(page, wang)
    return page


def chosen(page: Page, opened: House, home: UUID, view: str = "edits") -> None:
    """Open the screen and choose what is told of a home."""
    page.goto(f"/console/edits?view={view}")
    name = opened.read(lambda session: stands(session, home, "name"))
    page.get_by_role("listitem").get_by_role("button").filter(has_text=name).click()
    expect(page.get_by_role("article").get_by_role("heading", name=name)).to_be_visible()


def test_both_values_stand_beside_each_other_and_one_is_taken(
    seat: Page, opened: House, told: UUID, sent: list[Sent]
) -> None:
    chosen(seat, opened, told)
    values = seat.locator(".values > li")
    expect(values.nth(0)).to_contain_text("现在登记的")
    expect(values.nth(0)).to_contain_text("村西头3号")
    expect(values.nth(1)).to_contain_text("陈")
    expect(values.nth(1)).to_contain_text("村东头7号")
    values.nth(1).get_by_role("button", name="采用这个").press("Enter")
    expect(seat.get_by_role("status").filter(has_text="已决定")).to_be_visible()
    assert [request.body["take"] for request in sent] == ["new"]
    assert opened.read(lambda session: stands(session, told, "address")) == "村东头7号"
    seat.get_by_label("显示").select_option("settled")
    seat.get_by_role("listitem").get_by_role("button").first.click()
    seat.get_by_role("button", name="撤销决定").click()
    expect(seat.get_by_role("status").filter(has_text="已撤销")).to_be_visible()
    assert opened.read(lambda session: stands(session, told, "address")) == "村西头3号"


def test_neither_is_right(seat: Page, opened: House, told: UUID) -> None:
    chosen(seat, opened, told)
    seat.get_by_role("button", name="都不对").click()
    seat.get_by_label("正确的内容").fill("村中路5号")
    seat.get_by_role("button", name="保存").click()
    expect(seat.get_by_role("status").filter(has_text="已决定")).to_be_visible()
    assert opened.read(lambda session: stands(session, told, "address")) == "村中路5号"


def test_what_changed_meanwhile_is_shown_before_it_is_decided(
    seat: Page, opened: House, beigou: Village, told: UUID
) -> None:
    chosen(seat, opened, told)
    late = edit(told, "address", "", "村北头9号", ago=30)
    opened.write(lambda session: hand_in(session, beigou.phone_chen, late))
    seat.get_by_role("button", name="保留登记的").click()
    expect(seat.get_by_role("status").filter(has_text="别人刚改过")).to_be_visible()
    expect(seat.locator(".values")).to_contain_text("村北头9号")
    assert opened.read(lambda session: stands(session, told, "address")) == "村西头3号"


def test_two_positions_are_two_signs_on_a_map(
    seat: Page, opened: House, beigou: Village, home: UUID, accessible: Check
) -> None:
    was = {"lon": HOME[0], "lat": HOME[1]}
    far = edit(home, "position", was, EAST_80_M)
    opened.write(lambda session: hand_in(session, beigou.phone_li, far))
    chosen(seat, opened, home)
    expect(seat.locator(".smallmap .leaflet-marker-icon")).to_have_count(2)
    expect(seat.locator(".values")).to_contain_text("相距 80 米")
    accessible(seat)
    seat.get_by_role("button", name="采用这个").click()
    expect(seat.get_by_role("status").filter(has_text="已决定")).to_be_visible()
    lon, _ = opened.read(lambda session: stands(session, home, "position"))
    assert lon == pytest.approx(EAST_80_M["lon"], abs=1e-6)


@pytest.fixture
def found(opened: House, beigou: Village) -> UUID:
    """A household that Li found at the door."""
    place = ids.uuid7()
    here = {"lon": HOME[0], "lat": HOME[1], "accuracy_m": 8, "datum": "wgs84"}
    name = f"赵家{ids.digits(5)}"
    new = {"id": place, "kind": "household", "unit": beigou.village, "name": name, "position": here}
    one = edit(place, "household", None, None) | {"new_place": new}
    del one["old"], one["new"]
    opened.write(lambda session: hand_in(session, beigou.phone_li, one))
    return place


def test_a_new_home_is_confirmed(seat: Page, opened: House, found: UUID, accessible: Check) -> None:
    chosen(seat, opened, found, "proposals")
    expect(seat.locator(".smallmap .leaflet-marker-icon")).to_have_count(1)
    accessible(seat)
    seat.get_by_role("button", name="确认入册").click()
    expect(seat.get_by_role("status").filter(has_text="已决定")).to_be_visible()
    assert opened.read(lambda session: stands(session, found, "state")) == "active"


def test_a_new_home_is_refused_with_a_reason_alone(seat: Page, opened: House, found: UUID) -> None:
    chosen(seat, opened, found, "proposals")
    seat.get_by_role("button", name="不予入册").click()
    expect(seat.get_by_role("alert")).to_contain_text("理由")
    seat.get_by_label("不入册的理由").fill("是临时工棚")
    seat.get_by_role("button", name="不予入册").click()
    expect(seat.get_by_role("status").filter(has_text="已决定")).to_be_visible()
    assert opened.read(lambda session: stands(session, found, "state")) != "active"


def test_without_anything_to_decide_the_screen_says_so(page: Page, hire: Hire, beigou: Village, enter: Enter) -> None:
    enter(page, hire(Role.PROGRAMME_OFFICE, beigou.roads))
    page.goto("/console/edits")
    expect(page.get_by_role("article")).to_contain_text("没有待决定的更正")
    expect(page.get_by_role("link", name="新发现的户")).to_have_count(0)
