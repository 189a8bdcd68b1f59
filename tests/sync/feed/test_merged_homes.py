"""Homes that were merged: what a cadre has of the household, by whichever of its ids something was told."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import changes, clock, ids
from sync.house import House
from sync.words import FeedKind
from tests.factories.rows import add_link, add_place, add_task, add_visit, end_link, merge_places
from tests.factories.village import Village
from tests.sync.feed.conftest import Held
from tests.sync.feed.test_publish import link_of

PLACE, TASK, COMMITMENT = FeedKind.PLACE, FeedKind.TASK, FeedKind.COMMITMENT


def test_a_merged_home_is_told_as_merged_and_its_tasks_reach_who_has_either(
    house: House, village: Village, held: Held
) -> None:
    other = house.write(lambda s: add_place(s, village))
    house.write(lambda s: add_link(s, village, village.chen, other))
    task = house.write(lambda s: add_task(s, village, village.zhou, other))
    house.write(lambda s: merge_places(s, village.home, other))
    assert held(f"c:{village.li}", PLACE) == {village.home: "M", other: "P"}
    assert held(f"c:{village.chen}", PLACE) == {other: "P"}
    assert held(f"c:{village.li}", TASK) == {task: "P"}
    house.write(lambda s: merge_places(s, village.home, None))
    assert held(f"c:{village.li}", PLACE) == {village.home: "P", other: "L"}
    assert held(f"c:{village.li}", TASK) == {task: "L"}
    assert held(f"c:{village.chen}", TASK) == {task: "P"}


def test_two_homes_that_were_merged_into_a_third_share_what_was_told_of_either(
    house: House, village: Village, held: Held
) -> None:
    third = house.write(lambda s: add_place(s, village))
    house.write(lambda s: add_link(s, village, village.chen, village.unmapped))
    task = house.write(lambda s: add_task(s, village, village.zhou, village.home))
    promise = house.write(lambda s: add_promise(s, village, village.home))
    house.write(lambda s: merge_places(s, village.home, third))
    assert held(f"c:{village.chen}", TASK) == held(f"c:{village.chen}", COMMITMENT) == {}
    house.write(lambda s: merge_places(s, village.unmapped, third))
    assert held(f"c:{village.chen}", TASK) == {task: "P"}
    assert held(f"c:{village.chen}", COMMITMENT) == {promise: "P"}
    house.write(lambda s: merge_places(s, village.unmapped, None))
    assert held(f"c:{village.chen}", TASK) == {task: "L"}
    assert held(f"c:{village.chen}", COMMITMENT) == {promise: "L"}


def add_promise(session: Session, village: Village, place: UUID) -> UUID:
    """Li promised something in that home, for a day in a week."""
    made, now = ids.uuid7(), clock.now()
    visit = add_visit(session, village, village.li, place, now)
    session.execute(
        text(
            "INSERT INTO commitment (id, visit_id, rev, place_id, unit_id, cadre_id, text, due_on, made_at)"
            " VALUES (:i, :v, 1, :p, :u, :c, '带来通水工期', CAST(:d AS date), :now)"
        ),
        {"i": made, "v": visit, "p": place, "u": village.village, "c": village.li, "now": now,
         "d": clock.today() + timedelta(days=7)},
    )  # fmt: skip
    changes.touched(session, COMMITMENT, [made])
    return made


def test_a_home_that_was_merged_leaves_with_the_link_to_its_former_id(
    house: House, village: Village, held: Held
) -> None:
    other = house.write(lambda s: add_place(s, village))
    house.write(lambda s: merge_places(s, village.home, other))
    house.write(lambda s: end_link(s, link_of(house, village.li), clock.today()))
    assert held(f"c:{village.li}", PLACE) == {village.home: "M", other: "L"}
