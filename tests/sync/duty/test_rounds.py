"""Rounds through the links: what appears, once, in chunks; what ends; a year without calendar data; what lapses."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, ids
from sync.calendar.workdays import CITY
from sync.duty.lapsing import lapse
from sync.duty.moving import move_obligations
from sync.duty.programmes import Rule, rules_of
from sync.duty.rounds import owe_visits
from sync.models import ProgrammeRule
from sync.policy import Policy, defaults
from sync.words import DueKind, LinkCategory, Rhythm, Role
from tests.factories.owing import call_at, obligation, owe_event
from tests.factories.rows import add_link, add_place, drop_role, end_link, hold_role
from tests.factories.village import Village

POLICY = defaults()
MARCH = datetime(2026, 3, 5, 9, tzinfo=CITY)


def round_at(session: Session, at: datetime, policy: Policy = POLICY) -> int:
    """A whole round; how many chunks it took."""
    chunks, after = 1, None
    with clock.frozen(at):
        while after := owe_visits(session, policy, after):
            chunks += 1
    return chunks


def rows(session: Session) -> list[Any]:
    return list(session.execute(text("SELECT * FROM obligation ORDER BY opens_at, id")))


def days(row: Any) -> tuple[str, str]:
    return tuple(clock.local(at).strftime("%m-%d %H:%M") for at in (row.opens_at, row.due_at))  # type: ignore[return-value]  # two of them


def test_a_needy_home_is_owed_a_visit_a_month_and_the_next_is_known_in_advance(
    session: Session, village: Village
) -> None:
    round_at(session, MARCH)
    round_at(session, MARCH + timedelta(hours=1))
    found = rows(session)
    assert [days(row) for row in found] == [("03-01 00:00", "04-01 00:00"), ("04-01 00:00", "05-01 00:00")]
    assert {(row.holder_id, row.place_id, row.state, row.provisional) for row in found} == {
        (village.li, village.home, "owed", False)
    }


def test_a_visit_made_before_the_round_meets_what_the_round_owes(session: Session, village: Village) -> None:
    visit = call_at(session, village, village.home, datetime(2026, 3, 2, 10, tzinfo=CITY))
    round_at(session, MARCH)
    assert [(row.state, row.met_visit_id) for row in rows(session)] == [("met", visit), ("owed", None)]


def test_a_rule_goes_before_the_policy_and_its_term_before_the_end_of_the_period(
    session: Session, village: Village
) -> None:
    session.add(
        ProgrammeRule(
            id=ids.uuid7(), programme_id=village.programme, category=LinkCategory.NEEDY, rhythm=Rhythm.QUARTER,
            term=10, term_kind=DueKind.WORKING_DAYS,
        )
    )  # fmt: skip
    session.flush()
    round_at(session, MARCH)
    found = rows(session)
    assert [days(row) for row in found] == [("01-01 00:00", "01-16 00:00"), ("04-01 00:00", "04-16 00:00")]
    assert {row.provisional for row in found} == {True}  # nobody has imported the calendar
    assert rules_of(session)[village.programme] == [
        Rule(category=LinkCategory.NEEDY, rhythm=Rhythm.QUARTER, term=10, term_kind=DueKind.WORKING_DAYS)
    ]


def test_links_are_gone_through_in_chunks_and_the_next_chunk_is_an_errand(session: Session, village: Village) -> None:
    for _ in range(4):
        add_link(session, village, village.chen, add_place(session, village))
    few = replace(POLICY, duty=replace(POLICY.duty, owe_chunk=2))
    assert round_at(session, MARCH, few) == 3
    assert len(rows(session)) == 10
    errands = "SELECT count(*) FROM errand WHERE job = 'owe_visits' AND done_at IS NULL"
    assert session.scalar(text(errands)) == 2


def test_a_link_that_ends_takes_with_it_what_was_not_due_yet(session: Session, village: Village) -> None:
    session.execute(text("DELETE FROM link"))
    link = add_link(session, village, village.li, village.home)
    round_at(session, MARCH)
    end_link(session, link, date(2026, 4, 3))
    round_at(session, datetime(2026, 4, 5, 9, tzinfo=CITY))
    assert [(row.state, row.excuse) for row in rows(session)] == [("owed", None), ("excused", "link_ended")]


def test_a_programme_that_ends_takes_with_it_what_was_not_due_yet_and_owes_nothing_further(
    session: Session, village: Village
) -> None:
    round_at(session, MARCH)
    hold_programme(session, village, None, date(2026, 4, 3))
    for day in (2, 4, 30):
        round_at(session, datetime(2026, 4, day, 9, tzinfo=CITY))
    assert [(days(row), row.state, row.excuse) for row in rows(session)] == [
        (("03-01 00:00", "04-01 00:00"), "owed", None),
        (("04-01 00:00", "05-01 00:00"), "excused", "link_ended"),
    ]


def test_a_programme_owes_only_in_periods_in_which_it_holds(session: Session, village: Village) -> None:
    hold_programme(session, village, None, date(2026, 3, 30))
    round_at(session, MARCH)
    assert rows(session) == []  # April is near enough to be made now, but the programme will have ended
    hold_programme(session, village, date(2026, 3, 26), date(2026, 4, 30))
    round_at(session, MARCH)
    assert [days(row) for row in rows(session)] == [("04-01 00:00", "05-01 00:00")]  # March would be too short


def hold_programme(session: Session, village: Village, begins: date | None, ends: date) -> None:
    """Until its last day."""
    valid = text("UPDATE programme SET valid = daterange(CAST(:b AS date), CAST(:e AS date), '[]') WHERE id = :i")
    session.execute(valid, {"b": begins, "e": ends, "i": village.programme})


def test_a_home_that_is_gone_is_owed_nothing(session: Session, village: Village) -> None:
    round_at(session, MARCH)
    session.execute(text("UPDATE place SET state = 'gone' WHERE id = :i"), {"i": village.home})
    round_at(session, MARCH)
    assert {(row.state, row.excuse) for row in rows(session)} == {("excused", "moved_or_gone")}


def test_what_is_owed_moves_with_its_link_and_is_not_owed_twice(session: Session, village: Village) -> None:
    round_at(session, MARCH)
    old = rows(session)[0].link_id
    end_link(session, old, date(2026, 3, 10))
    new = add_link(session, village, village.chen, village.home, since=date(2026, 3, 10))
    with clock.frozen(datetime(2026, 3, 10, 9, tzinfo=CITY)):
        assert len(move_obligations(session, {old: new}, date(2026, 3, 10))) == 2
    round_at(session, datetime(2026, 3, 10, 10, tzinfo=CITY))
    assert [(row.holder_id, row.link_id) for row in rows(session)] == [(village.chen, new)] * 2


@pytest.mark.parametrize("settled", ["met", "excused"])
def test_what_was_settled_before_a_hand_over_is_not_owed_again_in_that_period(
    session: Session, village: Village, settled: str
) -> None:
    if settled == "met":
        call_at(session, village, village.home, datetime(2026, 3, 2, 10, tzinfo=CITY))
    round_at(session, MARCH)
    old = rows(session)[0].link_id
    if settled == "excused":
        excused = "UPDATE obligation SET state = 'excused', excuse = 'resident_declines' WHERE id = :i"
        session.execute(text(excused), {"i": rows(session)[0].id})
    new = give(session, village, old, date(2026, 3, 10))
    with clock.frozen(datetime(2026, 3, 10, 9, tzinfo=CITY)):
        move_obligations(session, {old: new}, date(2026, 3, 10))
    round_at(session, datetime(2026, 3, 10, 10, tzinfo=CITY))
    assert [(row.state, row.link_id) for row in rows(session)] == [(settled, old), ("owed", new)]


def test_what_ended_unmet_with_a_link_is_owed_anew_by_the_next_one(session: Session, village: Village) -> None:
    round_at(session, MARCH)
    old = rows(session)[0].link_id
    new = give(session, village, old, date(2026, 3, 10))
    round_at(session, datetime(2026, 3, 10, 10, tzinfo=CITY))
    assert {(row.link_id, row.excuse) for row in rows(session)} == {(old, "link_ended"), (new, None)}
    assert len(rows(session)) == 4


def test_what_a_deputy_keeps_goes_to_the_next_holder_on_the_day(session: Session, village: Village) -> None:
    round_at(session, MARCH)
    old = rows(session)[0].link_id
    new = give(session, village, old, date(2026, 3, 20))
    hand_over(session, village, old, new, date(2026, 3, 20))
    with clock.frozen(MARCH):
        move_obligations(session, {old: new}, date(2026, 3, 20))
    session.execute(text("UPDATE obligation SET holder_id = :z"), {"z": village.zhou})  # stands in for Li
    round_at(session, datetime(2026, 3, 19, 9, tzinfo=CITY))
    assert {row.holder_id for row in rows(session)} == {village.zhou}
    round_at(session, datetime(2026, 3, 20, 9, tzinfo=CITY))
    assert {row.holder_id for row in rows(session)} == {village.chen}


def test_the_next_holders_own_deputy_keeps_them(session: Session, village: Village) -> None:
    round_at(session, MARCH)
    old = rows(session)[0].link_id
    new = give(session, village, old, date(2026, 3, 20))
    hand_over(session, village, old, new, date(2026, 3, 20))
    with clock.frozen(MARCH):
        move_obligations(session, {old: new}, date(2026, 3, 20))
    session.execute(
        text(
            "INSERT INTO absence (id, person_id, deputy_id, valid, reason, told_by, told_at) VALUES"
            " (:i, :c, :z, '[2026-03-18,2026-05-30)', 'leave', :c, now())"
        ),
        {"i": ids.uuid7(), "c": village.chen, "z": village.zhou},
    )
    session.execute(text("UPDATE obligation SET holder_id = :z"), {"z": village.zhou})
    round_at(session, datetime(2026, 3, 20, 9, tzinfo=CITY))
    assert {row.holder_id for row in rows(session)} == {village.zhou}


def give(session: Session, village: Village, old: UUID, on: date) -> UUID:
    """Li's link ends on a day on which Chen's begins."""
    end_link(session, old, on)
    return add_link(session, village, village.chen, village.home, since=on)


def test_a_hand_over_of_a_later_day_moves_them_on_that_day(session: Session, village: Village) -> None:
    round_at(session, MARCH)
    old = rows(session)[0].link_id
    end_link(session, old, date(2026, 3, 20))
    new = add_link(session, village, village.chen, village.home, since=date(2026, 3, 20))
    hand_over(session, village, old, new, date(2026, 3, 20))
    with clock.frozen(MARCH):
        move_obligations(session, {old: new}, date(2026, 3, 20))
    for day, holder in ((19, village.li), (20, village.chen), (21, village.chen)):
        round_at(session, datetime(2026, 3, day, 9, tzinfo=CITY))
        assert {row.holder_id for row in rows(session)} == {holder}
    assert len(rows(session)) == 2


def hand_over(session: Session, village: Village, old: UUID, new: UUID, starts_on: date) -> None:
    session.execute(
        text(
            "INSERT INTO hand_over (id, by, at, starts_on, asked, done) VALUES (:i, :i, now(), :on,"
            " jsonb_build_object('giver', CAST(:li AS text)), jsonb_build_object('moved', jsonb_build_array("
            "  jsonb_build_object('link', CAST(:old AS text), 'goes_on_as', CAST(:new AS text)))))"
        ),
        {"i": ids.uuid7(), "on": starts_on, "li": str(village.li), "old": str(old), "new": str(new)},
    )


def test_a_year_passes_without_any_calendar(session: Session, village: Village) -> None:
    for month in range(1, 13):
        at = datetime(2029, month, 15, 9, tzinfo=CITY)
        round_at(session, at)
        if month % 2:
            call_at(session, village, village.home, at)
            round_at(session, at)
        with clock.frozen(at):
            lapse(session, POLICY.duty)
    with clock.frozen(datetime(2030, 6, 1, tzinfo=CITY)):
        assert lapse(session, POLICY.duty) > 0
        assert lapse(session, POLICY.duty) == 0
    of_year = [row for row in rows(session) if clock.local(row.opens_at).year == 2029]
    assert len(of_year) == 12
    assert not any(row.provisional for row in of_year)


def test_what_an_attempt_pauses_does_not_lapse(session: Session, village: Village) -> None:
    round_at(session, MARCH)
    until = datetime(2026, 4, 20, tzinfo=CITY)
    session.execute(text("UPDATE obligation SET paused_until = :u WHERE due_at < :u"), {"u": until})
    for at, lapsed in ((until - timedelta(hours=1), 0), (until, 1)):
        with clock.frozen(at):
            assert lapse(session, POLICY.duty) == lapsed


def test_what_is_nobodys_finds_somebody_and_a_leavers_goes_to_whoever_is_there(
    session: Session, village: Village
) -> None:
    with clock.frozen(MARCH):
        one = owe_event(session, village.unmapped, MARCH)
    round_at(session, MARCH)
    assert obligation(session, one).holder_id is None
    hold_role(session, village.zhou, Role.DUTY_PERSON, village.village)
    round_at(session, MARCH)
    assert obligation(session, one).holder_id == village.zhou
    drop_role(session, village.li, Role.CADRE)
    round_at(session, MARCH)
    assert {row.holder_id for row in rows(session)} == {village.zhou}
    for role in (Role.DUTY_PERSON, Role.REPORTER):
        drop_role(session, village.zhou, role)
    round_at(session, MARCH)
    assert {row.holder_id for row in rows(session)} == {None}
