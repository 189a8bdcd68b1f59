"""The feed's periodic jobs as a worker does them: step after step until nothing is owed."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from sync import clock, errands
from sync.feed import purging, settling
from sync.house import House
from sync.words import Job
from tests.factories.rows import add_link, add_place, end_link
from tests.factories.village import found
from worker.drain import until_empty


def owe(house: House, job: Job) -> None:
    house.write(lambda s: errands.owe(s, job, job.value, dedupe_key=job.value))
    until_empty(house, 30, 0, lambda: False)


def count(house: House, where: str) -> int:
    return int(house.read(lambda s: s.scalar(text(f"SELECT count(*) FROM {where}"))) or 0)


def test_a_day_begins_and_every_phones_feed_is_brought_level(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "PEOPLE", 1)
    house.write(found)  # whose link nobody told the feed of
    owe(house, Job.SETTLE_FEED)
    assert count(house, "feed_item WHERE kind = 2 AND op = 'P'") == 1
    assert count(house, "errand WHERE done_at IS NULL") == 0
    assert count(house, "errand WHERE job = 'settle_feed'") == 5, "the beginning, three people, the end"
    owe(house, Job.SETTLE_FEED)
    assert count(house, "errand WHERE job = 'settle_feed'") == 6, "once a day"


def test_what_left_long_ago_is_purged_piece_by_piece(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    village = house.write(found)
    for _ in range(3):
        link = house.write(lambda s: add_link(s, village, village.chen, add_place(s, village)))
        house.write(lambda s, link=link: end_link(s, link, clock.today()))
    monkeypatch.setattr(purging, "CHUNK", 2)
    age = timedelta(days=house.policy.feed.keep_days + 1)
    house.write(lambda s: s.execute(text("UPDATE feed_item SET aged_on = aged_on - :age"), {"age": age.days}))
    owe(house, Job.PURGE_FEED)
    assert count(house, "feed_item") == 0
    assert count(house, "feed_head WHERE floor = head") == 1
    assert count(house, "errand WHERE done_at IS NULL") == 0
