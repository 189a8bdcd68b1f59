"""A village's year: everything that was owed ends somewhere, and the sheet names nobody and fits on the page."""

from calendar import monthrange
from datetime import date

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from api.cli.demo import demo
from api.cli.sheet import WIDTH, lines, width
from api.demo import year as village
from sync.duty.sheets import Line, Sheet, add, year_of
from sync.house import House

YEAR = 2029  # nobody has announced its holidays


def test_a_year_ends_with_every_obligation_somewhere_and_its_sheet_names_nobody(house: House) -> None:
    days: list[date] = []
    lived = village.live(house, YEAR, 1, days.append)
    assert len(set(days)) == len(days) == 365 + monthrange(YEAR + 1, 1)[1]
    total = lived.total
    assert total == add(list(lived.months.values()))
    assert total.open == lived.events.open == 0
    # Two of five links are monthly, three twice a year; one petitioner's household was never found.
    assert total.due == 5 * 2 * 12 + (5 * 3 - 1) * 2
    assert lived.events.due == village.EVENTS_A_YEAR
    assert (lived.homes, lived.linked) == (40, 24)
    assert (lived.holders_short, lived.missing_links) == (1, 5)  # whose links went to another in summer
    assert min(total.in_time, total.late, total.lapsed, lived.events.in_time, lived.attempts, lived.nobody) > 0
    unit = house.read(lambda s: s.scalar(text("SELECT id FROM unit WHERE kind = 'village'")))
    assert house.read(lambda s: year_of(s, unit, YEAR + 5)).total == Line()
    told = list(lines(lived, "演示村"))
    assert max(map(width, told)) <= WIDTH
    assert len(told) <= 60
    page = "\n".join(told)
    assert not any(word in page for word in ("干部", "1号", "困难", "老党员", "信访"))
    assert f"{YEAR} 年" in page
    assert str(total.due) in page


def test_the_command_lives_the_year_in_a_database_of_its_own(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def short(given: House, year: int, seed: int, told: object) -> Sheet:
        assert given.settings.database_url != house.settings.database_url
        return Sheet(year, 1, 1, 0, 0, {1: Line(1)}, Line(), 0, 1, 0, provisional=2)

    monkeypatch.setattr("api.cli.demo.live", short)
    answer = CliRunner().invoke(demo, ["year", "--year", "2030"])
    assert answer.exit_code == 0, answer.output
    assert "2030 年联系群众情况" in answer.output
    assert "尚未公布" in answer.output
