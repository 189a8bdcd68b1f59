"""Obligations against visits: met, late, paused, lapsed, owed again."""

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, ids
from sync.duty.discharging import Contact, discharge, discharge_places, discharge_visits
from sync.duty.owing import Owed, owe_contacts
from sync.policy import defaults
from sync.words import Mode, Outcome, OwedFor
from tests.factories.owing import call_at, obligation, owe_event
from tests.factories.rows import add_link, merge_places
from tests.factories.village import Village

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_any_contact_with_the_household_meets_it_whatever_the_verdict(session: Session, village: Village) -> None:
    now = clock.now()
    one = owe_event(session, village.home, now - DAY)
    visit = call_at(session, village, village.home, now - HOUR, mode=Mode.HOSPITAL)
    assert discharge(session, [Contact(village.home, now - HOUR)]) == [one]
    row = obligation(session, one)
    assert (row.state, row.met_visit_id, row.met_at) == ("met", visit, now - HOUR)
    assert discharge_visits(session, [visit]) == []  # twice is harmless


def test_contact_that_was_told_before_the_event_was_meets_it_at_once(session: Session, village: Village) -> None:
    now = clock.now()
    call_at(session, village, village.home, now - HOUR)
    assert obligation(session, owe_event(session, village.home, now - DAY)).state == "met"


def test_contact_outside_the_window_meets_nothing(session: Session, village: Village) -> None:
    now = clock.now()
    before = call_at(session, village, village.home, now - 2 * DAY)
    one = owe_event(session, village.home, now - DAY)
    assert discharge_visits(session, [before]) == []
    assert obligation(session, one).state == "owed"


def test_an_attempt_pauses_for_the_days_of_the_policy(session: Session, village: Village) -> None:
    now = clock.now()
    one = owe_event(session, village.home, now - 5 * DAY)
    visit = call_at(session, village, village.home, now - HOUR, Outcome.NOBODY_HOME)
    discharge_visits(session, [visit])
    row = obligation(session, one)
    assert (row.state, row.paused_until) == ("owed", now - HOUR + timedelta(days=defaults().duty.attempt_days))


def test_a_call_counts_where_the_family_wished_for_it(session: Session, village: Village) -> None:
    now = clock.now()
    one = owe_event(session, village.home, now - DAY)
    visit = call_at(session, village, village.home, now - HOUR, mode=Mode.PHONE)
    discharge_visits(session, [visit])
    assert obligation(session, one).state == "owed"
    session.execute(
        text(
            "INSERT INTO visit_rev (visit_id, rev, device_id, batch_id, received_at, sha256, content)"
            " VALUES (:v, 1, :d, :b, now(), '\\x00', '{\"phone_wished\": true}')"
        ),
        {"v": visit, "d": village.phone_chen, "b": ids.uuid7()},
    )
    discharge_visits(session, [visit])
    row = obligation(session, one)
    assert (row.state, row.paused_until) == ("met", None)


def test_a_refused_visit_opens_it_again_and_an_undone_refusal_meets_it_again(
    session: Session, village: Village
) -> None:
    now = clock.now()
    one = owe_event(session, village.home, now - DAY)
    visit = call_at(session, village, village.home, now - HOUR)
    discharge_visits(session, [visit])
    for verdict, state in (("refused", "owed"), ("doubtful", "met")):
        session.execute(text("UPDATE visit SET verdict = :v WHERE id = :i"), {"v": verdict, "i": visit})
        assert discharge_visits(session, [visit]) == [one]
        assert obligation(session, one).state == state


def test_a_repeat_counts_for_nobody(session: Session, village: Village) -> None:
    now = clock.now()
    one = owe_event(session, village.home, now - DAY)
    first, again = (
        call_at(session, village, village.unmapped, now - HOUR),
        call_at(session, village, village.home, now),
    )
    session.execute(
        text(
            "INSERT INTO same_visit (id, child_id, parent_id, kind, method, at)"
            " VALUES (:i, :c, :p, 'repeat', 't', now())"
        ),
        {"i": ids.uuid7(), "c": again, "p": first},
    )
    discharge_visits(session, [again])
    assert obligation(session, one).state == "owed"


def test_merged_places_are_one_household(session: Session, village: Village) -> None:
    now = clock.now()
    one = owe_event(session, village.home, now - DAY)
    call_at(session, village, village.unmapped, now - HOUR)
    for root, state in ((village.home, "met"), (None, "owed")):
        merge_places(session, village.unmapped, root)
        assert discharge_places(session, [village.unmapped, village.home]) == [one]
        assert obligation(session, one).state == state


def test_what_nobody_met_lapses_and_contact_that_is_told_late_meets_it_after_all(
    session: Session, village: Village
) -> None:
    now = clock.now()
    one = owe_event(session, village.home, now - 60 * DAY)
    assert obligation(session, one).state == "lapsed"
    visit = call_at(session, village, village.home, now - 59 * DAY)
    discharge_visits(session, [visit])
    assert obligation(session, one).state == "met"


def test_what_is_owed_twice_is_owed_once_and_the_holder_is_the_links(session: Session, village: Village) -> None:
    now = clock.now()
    link = add_link(session, village, village.chen, village.unmapped)
    owed = [
        Owed(
            place_id=village.unmapped, origin=OwedFor.PROGRAMME, opens_at=now, due_at=now + n * DAY,
            programme_id=village.programme, link_id=link,
        )
        for n in (30, 31)
    ]  # fmt: skip
    [made] = owe_contacts(session, defaults(), owed)
    assert owe_contacts(session, defaults(), owed[:1]) == []
    row = obligation(session, made)
    assert (row.holder_id, row.unit_id, row.town_id) == (village.chen, village.village, village.town)
    assert row.lapses_at == row.due_at + timedelta(days=defaults().duty.lapse_days)
