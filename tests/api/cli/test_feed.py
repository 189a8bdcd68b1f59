"""`doorstep feed` as an operator uses it after a restore."""

import re

from sqlalchemy import text

from sync.feed import queries
from sync.house import House
from tests.api.cli.conftest import Run


def test_the_epoch_is_shown_and_raised(run: Run, opened: House) -> None:
    assert run("feed", "epoch").output.strip().endswith(": 1")
    raised = run("feed", "epoch", "--bump")
    assert raised.exit_code == 0
    number = re.search(r"feed epoch: (\d+)", raised.output)
    assert number
    assert int(number[1]) == opened.read(queries.epoch) > 1
    assert "phones will offer" in raised.output
    verbs = opened.read(lambda s: s.scalars(text("SELECT verb FROM event WHERE verb LIKE 'feed.%'")).all())
    assert verbs == ["feed.epoch_bumped"]


def test_a_comparison_can_be_begun_by_hand(run: Run, opened: House) -> None:
    assert run("feed", "settle").exit_code == 0
    query = text("SELECT count(*) FROM errand WHERE job = 'settle_feed' AND done_at IS NULL")
    assert opened.read(lambda s: s.scalar(query)) == 1
