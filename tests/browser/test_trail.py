"""Who read what, unusual reading and retention, each for its administrator alone."""

import pytest
from playwright.sync_api import Page, expect

from sync import audit
from sync.house import House
from sync.words import Role
from tests.browser.conftest import Check, Enter, Hire
from tests.factories.village import Village


def test_the_audit_administrator_follows_one_person(
    page: Page, opened: House, hire: Hire, beigou: Village, enter: Enter, accessible: Check
) -> None:
    for person, reason in ((beigou.li, "群众来电核对地址"), (beigou.chen, None)):
        opened.write(
            lambda s, p=person, r=reason: audit.read(
                s, p, place_id=beigou.home, unit_id=beigou.village, fields="name,address", duty="reason", reason=r,
                request="/console/v1/places",
            )
        )  # fmt: skip
    enter(page, hire(Role.AUDIT_ADMIN, beigou.county))
    page.goto("/console/trail")
    expect(page.get_by_role("row")).to_have_count(3)
    accessible(page)
    page.get_by_role("button", name="李", exact=True).click()
    expect(page.get_by_role("row")).to_have_count(2)
    expect(page.get_by_role("row").nth(1)).to_contain_text("群众来电核对地址")
    page.get_by_role("button", name="不限查阅人").click()
    expect(page.get_by_role("row")).to_have_count(3)
    expect(page.get_by_role("link", name="保存期限")).to_have_count(0)


@pytest.mark.parametrize(("role", "said"), [(Role.SECURITY_ADMIN, "没有异常查阅"), (Role.SYSTEM_ADMIN, "还没有清理过")])
def test_the_other_administrators_see_their_part(
    page: Page, hire: Hire, beigou: Village, enter: Enter, accessible: Check, role: Role, said: str
) -> None:
    enter(page, hire(role, beigou.county))
    page.goto("/console/trail")
    expect(page.get_by_text(said)).to_be_visible()
    accessible(page)
