"""Whose contact it is: the linked cadre's, else the grid's or 片区's, else the village duty person's, else a gap."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock
from sync.duty.holders import Holder, responsible
from sync.words import HeldBy, Role
from tests.factories.rows import add_link, drop_role, hold_role, merge_places
from tests.factories.village import Village


def holder(session: Session, place: UUID) -> Holder:
    return responsible(session, [place], clock.now())[place]


def test_the_nearest_duty_is_asked_in_the_order_of_the_rules(session: Session, village: Village) -> None:
    assert holder(session, village.unmapped) == (None, HeldBy.NOBODY)
    hold_role(session, village.zhou, Role.DUTY_PERSON, village.town)  # on duty in the town: not this village's
    assert holder(session, village.unmapped) == (None, HeldBy.NOBODY)
    hold_role(session, village.zhou, Role.DUTY_PERSON, village.village)
    assert holder(session, village.unmapped) == (village.zhou, HeldBy.DUTY)
    hold_role(session, village.chen, Role.AREA_CHIEF, village.town)
    assert holder(session, village.unmapped) == (village.chen, HeldBy.AREA)
    hold_role(session, village.li, Role.VILLAGE_CADRE, village.village)
    assert holder(session, village.unmapped) == (village.li, HeldBy.AREA)  # nearer
    hold_role(session, village.zhou, Role.GRID_WORKER, village.village)
    assert holder(session, village.unmapped) == (village.zhou, HeldBy.GRID)
    add_link(session, village, village.chen, village.unmapped)
    assert holder(session, village.unmapped) == (village.chen, HeldBy.LINK)


def test_the_oldest_link_counts_and_a_merged_home_is_the_one_it_stands_for(session: Session, village: Village) -> None:
    add_link(session, village, village.chen, village.unmapped, since=clock.today() - timedelta(days=5))
    merge_places(session, village.unmapped, village.home)
    found = responsible(session, [village.unmapped, village.home], clock.now())
    assert set(found.values()) == {Holder(village.li, HeldBy.LINK)}


def test_a_link_that_ended_or_whose_holder_left_is_nobodys(session: Session, village: Village) -> None:
    drop_role(session, village.li, Role.CADRE)
    assert holder(session, village.home) == (None, HeldBy.NOBODY)
    hold_role(session, village.li, Role.CADRE, village.village)
    session.execute(text("UPDATE link SET valid = daterange(NULL, CURRENT_DATE - 1)"))
    assert holder(session, village.home) == (None, HeldBy.NOBODY)
    assert responsible(session, [], clock.now()) == {}
