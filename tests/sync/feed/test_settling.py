"""What nobody touches is found when a day begins: dated links, visits that grew old, what an upgrade changed."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, ids
from sync.feed import settling
from sync.house import House
from sync.words import FeedKind, Job
from tests.factories.rows import add_link, add_place, add_visit
from tests.factories.village import Village
from tests.sync.feed.conftest import Held

PLACE, LINK, VISIT = FeedKind.PLACE, FeedKind.LINK, FeedKind.VISIT


def owed(house: House) -> list[str]:
    query = text("SELECT subject FROM errand WHERE job = 'settle_feed' AND done_at IS NULL ORDER BY id")
    return list(house.read(lambda s: s.scalars(query)))


def settle(house: House) -> int:
    """Begin and walk to the end as the worker does; how many steps."""
    house.write(lambda s: settling.begin(s, house.policy))
    steps = 0
    while subjects := owed(house):
        for subject in subjects:

            def work(session: Session, subject: str = subject) -> None:
                settling.step(session, house.policy.feed, subject)
                session.execute(
                    text("UPDATE errand SET done_at = now() WHERE job = 'settle_feed' AND subject = :s"),
                    {"s": subject},
                )

            house.write(work)
            steps += 1
    return steps


def test_dated_links_enter_and_leave_at_midnight(house: House, village: Village, held: Held) -> None:
    today = clock.today()
    other = house.write(lambda s: add_place(s, village))
    begins = house.write(lambda s: add_link(s, village, village.chen, other, today + timedelta(days=1)))
    ends = house.write(lambda s: add_link(s, village, village.chen, village.home, None, today + timedelta(days=1)))
    assert held(f"c:{village.chen}", LINK) == {ends: "P"}
    assert held(f"c:{village.chen}", PLACE) == {village.home: "P"}
    settle(house)
    assert held(f"c:{village.chen}", LINK) == {ends: "P"}
    with clock.frozen(clock.now() + timedelta(days=1)):
        settle(house)
    assert held(f"c:{village.chen}", LINK) == {ends: "L", begins: "P"}
    assert held(f"c:{village.chen}", PLACE) == {village.home: "L", other: "P"}


def test_a_month_without_anybody_who_settles_is_caught_up_with(house: House, village: Village, held: Held) -> None:
    settle(house)
    end = clock.today() + timedelta(days=3)
    link = house.write(lambda s: add_link(s, village, village.chen, village.home, None, end))
    with clock.frozen(clock.now() + timedelta(days=33)):
        settle(house)
    assert held(f"c:{village.chen}", LINK) == {link: "L"}


def test_one_walk_a_day_and_none_in_between(house: House, village: Village) -> None:
    assert settle(house) > 0
    assert settle(house) == 0
    with clock.frozen(clock.now() + timedelta(days=1)):
        assert settle(house) > 0
        assert settle(house) == 0


def test_visits_that_grew_old_leave_the_phone(house: House, village: Village, held: Held) -> None:
    at = clock.now()
    visit = house.write(lambda s: add_visit(s, village, village.li, village.home, at, village.chen))
    settle(house)
    assert held(f"c:{village.li}", VISIT) == {visit: "P"}
    with clock.frozen(at + timedelta(days=house.policy.feed.visit_days + 1)):
        settle(house)
    assert held(f"c:{village.li}", VISIT) == held(f"c:{village.chen}", VISIT) == {visit: "L"}


def test_whatever_was_missed_is_found(house: House, village: Village, held: Held) -> None:
    """Rows that came without a touch, as by a restored table."""
    stray, place = ids.uuid7(), house.write(lambda s: add_place(s, village))
    house.write(lambda s: add_link(s, village, village.chen, place))

    def behind_the_back(session: Session) -> None:
        session.execute(text("DELETE FROM feed_item WHERE scope = :s AND kind = 1"), {"s": f"c:{village.chen}"})
        session.execute(
            text("INSERT INTO feed_item (scope, kind, id, seq, op) VALUES (:s, 2, :i, 0, 'P')"),
            {"s": f"c:{village.chen}", "i": stray},
        )

    house.write(behind_the_back)
    settle(house)
    assert held(f"c:{village.chen}", PLACE) == {place: "P"}
    assert held(f"c:{village.chen}", LINK)[stray] == "D"


def test_much_to_tell_is_told_in_several_transactions(
    house: House, village: Village, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "CHANGES", 4)
    monkeypatch.setattr(settling, "PEOPLE", 2)
    tomorrow = clock.today() + timedelta(days=1)

    def many(session: Session) -> None:
        for _ in range(9):  # a link brings its place along: at most eight of eighteen at once
            add_link(session, village, village.chen, add_place(session, village), tomorrow)

    house.write(many)
    quiet = settle(house)
    with clock.frozen(clock.now() + timedelta(days=1)):
        assert settle(house) >= quiet + 2
    assert len(held(f"c:{village.chen}", PLACE)) == len(held(f"c:{village.chen}", LINK)) == 9


def test_what_cannot_be_brought_level_does_not_hold_up_the_others(
    house: House, village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "CHANGES", 1)
    monkeypatch.setattr(settling, "ROUNDS", 3)
    monkeypatch.setattr(settling, "differences", lambda *_: [(f"c:{village.li}", PLACE, ids.uuid7(), False)])
    assert settle(house) < 30


def test_documents_are_told_once_and_again_when_an_upgrade_changed_them(
    house: House, village: Village, held: Held
) -> None:
    def seqs() -> dict[UUID, int]:
        query = text("SELECT id, seq FROM feed_item WHERE scope = 'g'")
        return {row[0]: row[1] for row in house.read(lambda s: s.execute(query).all())}

    settle(house)
    assert set(held("g", FeedKind.LABELS).values()) == {"P"}
    assert set(held("g", FeedKind.CALENDAR).values()) == {"P"}
    before = seqs()
    settle(house)
    assert seqs() == before
    newer = replace(house.policy, version="2027-01")
    house.write(lambda s: settling.begin(s, newer))
    after = seqs()
    assert {id_ for id_ in after if after[id_] != before[id_]} == {UUID(int=FeedKind.POLICY.value)}


def test_a_programme_comes_and_goes_with_its_days(house: House, village: Village, held: Held) -> None:
    settle(house)
    assert held("g", FeedKind.PROGRAMME) == {village.programme: "P"}
    last = clock.today() + timedelta(days=1)
    house.write(
        lambda s: s.execute(
            text("UPDATE programme SET valid = daterange(NULL, CAST(:d AS date)) WHERE id = :i"),
            {"d": last, "i": village.programme},
        )
    )
    settle(house)
    assert held("g", FeedKind.PROGRAMME) == {village.programme: "P"}
    with clock.frozen(clock.now() + timedelta(days=1)):
        settle(house)
    assert held("g", FeedKind.PROGRAMME) == {village.programme: "L"}


def test_the_walk_can_be_begun_by_hand(house: House, village: Village) -> None:
    settle(house)
    house.write(settling.restart)
    assert owed(house) == [f"{UUID(int=0)}/0"]
    assert Job.SETTLE_FEED.value == "settle_feed"
