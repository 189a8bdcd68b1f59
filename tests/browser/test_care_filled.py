"""The screens of care with what happened in a village: what each reads there, and what nobody reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, ids
from sync.house import House
from sync.words import Role
from tests.browser.conftest import Check, Enter, Hire
from tests.factories import batches
from tests.factories.batches import this_morning
from tests.factories.handing import hand_in
from tests.factories.rows import add_link, add_place
from tests.factories.telling import kept, life_event, promise
from tests.factories.village import Village

_NEEDY = text(
    "INSERT INTO needy (id, place_id, list, valid, source) VALUES (:i, :p, :l,"
    " daterange(CAST(:a AS date), CAST(:b AS date)), '民政局3月名单')"
)
_LATE = text(
    "UPDATE obligation SET opens_at = :then, due_at = :due, lapses_at = :lapses WHERE life_event_id = :e RETURNING id"
)


@dataclass(frozen=True)
class Care:
    """When contact is due after what happened in Li's home, and when it was due after what happened in Chen's."""

    due: Any
    was_due: Any


@pytest.fixture(scope="module")
def care(opened: House, beigou: Village) -> Care:
    """In Li's home somebody is in hospital, told by two; in Chen's there was a dispute, and nobody came in time; in a
    third a disaster, and Li was there; in a fourth, which is nobody's, a death. One house is known by its name alone.
    Li promised four things; two homes are on needy lists, one of them is nobody's."""
    now, today = clock.now(), clock.today()

    def work(session: Session) -> Care:
        chens, third, lonely = (add_place(session, beigou, f"北沟村{n}号") for n in (5, 6, 9))
        add_link(session, beigou, beigou.chen, chens)
        add_link(session, beigou, beigou.li, third)
        met_on = clock.local(this_morning()).date()
        late = life_event(chens, event="dispute")
        first = life_event(beigou.home)
        met = life_event(third, event="disaster", happened_on=met_on)
        gap = life_event(lonely, event="death")
        named = life_event(house="村东头老王家", event="dropout_or_jobless")
        hand_in(session, beigou.phone_zhou, first, late, met, gap, named)
        hand_in(session, beigou.phone_chen, life_event(beigou.home))
        hour = timedelta(hours=1)
        facts = {"e": late["id"], "then": now - 60 * hour, "due": now - 12 * hour, "lapses": now + 300 * hour}
        assert session.scalar(_LATE, facts)
        _promise(session, beigou, third)
        month = today + timedelta(days=30)
        for place, list_, ends in ((beigou.home, "低保", month), (lonely, "低保", None), (lonely, "五保", month)):
            session.execute(_NEEDY, {"i": ids.uuid7(), "p": place, "l": list_, "a": today, "b": ends})
        due = session.scalar(text("SELECT due_at FROM obligation WHERE life_event_id = :e"), {"e": first["id"]})
        return Care(due, facts["due"])

    return opened.write(work)


def _promise(session: Session, village: Village, third: UUID) -> None:
    """Overdue, for a day to come, told kept, and confirmed in a later visit."""
    made = [promise(clock.today() + timedelta(days=n), text=f"承诺的话{n}") for n in (-1, 3, 5, 7)]
    visit = batches.visit(village, this_morning(), place=third, fixes=[], commitments=made)
    hand_in(session, village.phone_li, visit, kept(made[2]["id"]))
    said = {"id": ids.uuid7(), "commitment": made[3]["id"], "kept": True}
    at = this_morning() + timedelta(hours=2)
    hand_in(session, village.phone_li, batches.visit(village, at, place=third, fixes=[], commitments_kept=[said]))


@pytest.fixture
def see(page: Page, hire: Hire, beigou: Village, enter: Enter, care: Care) -> Any:
    """Somebody of the town looks at a part of care."""

    def see(role: Role, view: str, unit: UUID | None = None) -> Page:
        enter(page, hire(role, unit or beigou.town))
        page.goto(f"/console/care?view={view}")
        expect(page.get_by_role("row").nth(1)).to_be_visible()
        return page

    return see


def row(page: Page, said: str) -> Locator:
    return page.get_by_role("row").filter(has_text=said)


def cells(page: Page, said: str) -> Sequence[str]:
    """What stands in a row beside its name, Chinese alone."""
    return [cell.split("\n")[0].strip() for cell in row(page, said).get_by_role("cell").all_inner_texts()]


def minute(at: Any) -> str:
    """A moment as the console shows it."""
    return clock.local(at).strftime("%m-%d %H:%M")


def test_a_dispatcher_reads_what_happened_where_by_when_and_who_goes(see: Any, care: Care, accessible: Check) -> None:
    page = see(Role.DISPATCHER, "events")
    expect(page.get_by_role("row")).to_have_count(6)
    lis = row(page, "北沟村1号")
    for said in ("生病住院", "北沟村", "2 人报告", minute(care.due), "李", "应访"):
        expect(lis).to_contain_text(said)
    expect(lis).not_to_contain_text("逾期")
    late = row(page, "北沟村5号")
    for said in ("家庭纠纷", minute(care.was_due), "逾期", "陈"):
        expect(late).to_contain_text(said)
    expect(row(page, "北沟村6号")).to_contain_text("已访")
    expect(row(page, "北沟村9号")).to_contain_text("无人负责")
    expect(row(page, "村东头老王家")).to_contain_text("子女辍学或待业")
    accessible(page)


def test_a_dispatcher_looks_for_what_is_nobodys(see: Any, accessible: Check) -> None:
    page = see(Role.DISPATCHER, "events")
    page.get_by_label("状态").select_option("gap")
    expect(page.get_by_role("row")).to_have_count(3)
    expect(row(page, "北沟村9号")).to_contain_text("老人去世")
    page.get_by_label("状态").select_option("met")
    expect(page.get_by_role("row")).to_have_count(2)
    expect(row(page, "北沟村6号")).to_contain_text("意外灾害")
    page.reload()
    expect(page.get_by_role("row")).to_have_count(2)
    accessible(page)


@pytest.mark.parametrize(
    ("view", "heads", "numbers"),
    [
        ("events", ["应访", "逾期", "已访", "无人负责"], ["2", "1", "1", "2"]),
        ("promises", ["未兑现", "逾期", "自述已兑现", "回访确认"], ["2", "1", "1", "1"]),
    ],
)
def test_a_leader_reads_numbers_and_no_home_no_name_no_words(
    see: Any, accessible: Check, view: str, heads: list[str], numbers: list[str]
) -> None:
    page = see(Role.LEADER, view)
    said = [head.split("\n")[0].strip() for head in page.get_by_role("columnheader").all_inner_texts()]
    assert [word for word in said if word.split()[0] in heads] == said[1:]
    assert cells(page, "北沟村") == numbers
    shown = page.locator("main, body").first.inner_text()
    assert not [word for word in ("号", "老王", "承诺的话", "陈", "住院") if word in shown]
    accessible(page)


def test_the_office_reads_needy_homes_and_finds_those_nobody_has(see: Any, beigou: Village, accessible: Check) -> None:
    page = see(Role.PROGRAMME_OFFICE, "needy", beigou.county)
    expect(page.get_by_role("row")).to_have_count(4)
    lis = row(page, "北沟村1号")
    for said in ("低保", "民政局3月名单", "已覆盖", (clock.today() + timedelta(days=29)).isoformat()):
        expect(lis).to_contain_text(said)
    expect(row(page, "低保").filter(has_text="北沟村9号")).to_contain_text("没有期限")
    accessible(page)
    page.get_by_label("只看没有覆盖的").check()
    expect(page.get_by_role("row")).to_have_count(3)
    assert all("没有覆盖" in one for one in row(page, "北沟村9号").all_inner_texts())
    accessible(page)


def test_a_gap_in_the_programmes_leads_to_the_same_homes(see: Any, beigou: Village) -> None:
    page = see(Role.PROGRAMME_OFFICE, "needy", beigou.county)
    page.goto("/console/duty?view=gaps")
    page.get_by_role("button", name="没有联系制度覆盖的困难户").click()
    expect(row(page, "北沟村9号").first).to_be_visible()
    expect(row(page, "北沟村1号")).to_have_count(0)
