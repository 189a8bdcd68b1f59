"""`doorstep policy` as a unit's office uses it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from sync import clock
from sync.house import House
from tests.api.cli.conftest import Run
from tests.factories.village import Village

TOWN = "370614106000"


@pytest.fixture(scope="module", autouse=True)
def coded(opened: House, beigou: Village) -> Iterator[None]:
    """The town bears its code."""
    insert = text("INSERT INTO unit_code (unit_id, edition, code) VALUES (:u, '2023', :c)")
    opened.write(lambda session: session.execute(insert, {"u": beigou.town, "c": TOWN}))
    return None


def test_a_town_that_collects_no_photos_says_so_and_its_visits_are_owed_another_look(
    run: Run, opened: House, beigou: Village
) -> None:
    assert "全部为默认" in run("policy", "show", TOWN).output
    done = run("policy", "set", TOWN, "evidence.photos", "off")
    assert done.exit_code == 0, done.output
    shown = run("policy", "show", TOWN).output
    assert "evidence.photos: 不采集 off" in shown
    assert "evidence.location: 自愿提供 offered" in shown
    assert "北沟镇" in shown
    owed = text("SELECT subject, facts FROM errand WHERE job = 'rejudge'")
    row = opened.read(lambda session: session.execute(owed).one())
    assert (row.subject, row.facts) == (f"unit/{beigou.town}", {"since": clock.today().isoformat()})
    assert run("policy", "end", TOWN, "evidence.photos").exit_code == 0
    assert "不采集" not in run("policy", "show", TOWN).output


def test_asking_for_location_names_basis_and_end(run: Run) -> None:
    until = (clock.today() + timedelta(days=60)).isoformat()
    done = run("policy", "set", TOWN, "evidence.location", "asked", "--until", until, "--basis", "鲁办〔2026〕3号")
    assert done.exit_code == 0, done.output
    shown = run("policy", "show", TOWN).output
    assert "鲁办〔2026〕3号" in shown
    assert until in shown
    later = run("policy", "show", TOWN, "--on", until).output
    assert "evidence.location: 自愿提供 offered" in later


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("set", TOWN, "evidence.location", "asked"), "--basis"),
        (("set", TOWN, "evidence.location", "asked", "--basis", "x"), "--until"),
        (("set", TOWN, "verify.dwell_s", "soon"), "verify.dwell_s"),
        (("set", TOWN, "errands.drain_s", "1"), "errands.drain_s"),
        (("set", "999", "verify.dwell_s", "1"), "999"),
        (("end", TOWN, "verify.dwell_s"), "未找到"),
    ],
)
def test_a_mistake_is_told_in_one_line(run: Run, arguments: tuple[str, ...], said: str) -> None:
    result = run("policy", *arguments)
    assert result.exit_code == 1
    assert said in result.output
    assert "Traceback" not in result.output
