"""Absences: who stands in, what moves to the deputy, what comes back by itself."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, ids
from sync.duty.owing import Owed, owe_contacts
from sync.feed import actions
from sync.pipeline import apply_batches, settle_absences
from sync.policy import defaults
from sync.words import OwedFor, Role
from tests.factories import batches
from tests.factories.batches import this_morning
from tests.factories.handing import hand_in, put, results
from tests.factories.rows import add_link, hold_role, merge_places
from tests.factories.telling import absence, life_event, promise
from tests.factories.village import Village, found


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    """Noon, so that a few hours are the same day."""
    with clock.frozen(clock.local(clock.now()).replace(hour=12, minute=0, second=0)):
        yield


@pytest.fixture
def village(session: Session) -> Village:
    return found(session)


def in_days(days: int) -> date:
    return clock.today() + timedelta(days=days)


def noon_in(days: int) -> datetime:
    return clock.now() + timedelta(days=days)


def owe(session: Session, village: Village, due_in: int, **more: Any) -> UUID:
    """Contact that Li owes under his link, due at noon in so many days."""
    link = more.get("link") or session.scalar(text("SELECT id FROM link WHERE cadre_id = :c"), {"c": village.li})
    owed = Owed(
        place_id=village.home, origin=OwedFor.PROGRAMME, programme_id=village.programme, link_id=link,
        opens_at=noon_in(due_in - 30), due_at=noon_in(due_in),
    )  # fmt: skip
    [id_] = owe_contacts(session, defaults(), [owed])
    return id_


def holder(session: Session, obligation: UUID) -> UUID | None:
    query = text("SELECT holder_id FROM obligation WHERE id = :i")
    found_: UUID | None = session.scalar(query, {"i": obligation})
    return found_


def homes(session: Session, person: UUID) -> set[UUID]:
    """The homes that are on a person's phone after what was touched was told."""
    actions.publish(session, defaults().feed)
    query = text("SELECT id FROM feed_item WHERE scope = :s AND kind = 1 AND op = 'P'")
    return set(session.scalars(query, {"s": f"c:{person}"}))


def away(session: Session, village: Village, first: int = 0, last: int = 6, **changes: Any) -> UUID:
    record = absence(village.chen, in_days(first), in_days(last), **changes)
    assert hand_in(session, village.phone_li, record)[0]["state"] == "applied"
    id_: UUID = record["id"]
    return id_


def test_what_is_due_meanwhile_falls_to_the_deputy_with_the_household(session: Session, village: Village) -> None:
    due, later = owe(session, village, 3), owe(session, village, 8)
    assert homes(session, village.chen) == set()
    away(session, village)
    assert (holder(session, due), holder(session, later)) == (village.chen, village.li)
    assert homes(session, village.chen) == {village.home}
    verbs = session.execute(text("SELECT verb, actor_id, facts ->> 'deputy' AS deputy FROM event")).all()
    assert [tuple(row) for row in verbs] == [("absence.told", village.li, str(village.chen))]


def test_it_comes_back_when_the_absence_ends_by_itself(session: Session, village: Village) -> None:
    due = owe(session, village, 3)
    away(session, village, last=3)
    homes(session, village.chen)
    with clock.frozen(noon_in(4)):
        settle_absences(session)
        settle_absences(session)
        assert holder(session, due) == village.li
        assert homes(session, village.chen) == set()


def test_it_moves_on_the_day_on_which_it_begins(session: Session, village: Village) -> None:
    due = owe(session, village, 3)
    away(session, village, first=1)
    settle_absences(session)
    assert holder(session, due) == village.li
    assert homes(session, village.chen) == set()
    with clock.frozen(noon_in(1)):
        settle_absences(session)
        assert holder(session, due) == village.chen
        assert homes(session, village.chen) == {village.home}


def test_an_absence_that_is_cancelled_or_changed_gives_back_what_it_took(session: Session, village: Village) -> None:
    due = owe(session, village, 3)
    id_ = away(session, village)
    homes(session, village.chen)
    with clock.frozen(clock.now() + timedelta(hours=1)):
        shorter = absence(village.chen, in_days(0), in_days(2), absence=id_)
        assert hand_in(session, village.phone_li, shorter)[0]["state"] == "applied"
        assert holder(session, due) == village.li
        assert homes(session, village.chen) == set()
    with clock.frozen(clock.now() + timedelta(hours=2)):
        longer = absence(village.chen, in_days(0), in_days(9), absence=id_)
        hand_in(session, village.phone_li, longer)
        assert holder(session, due) == village.chen
    with clock.frozen(clock.now() + timedelta(hours=3)):
        gone = absence(village.chen, in_days(0), in_days(9), absence=id_, cancelled=True)
        hand_in(session, village.phone_li, gone)
        assert holder(session, due) == village.li
        assert homes(session, village.chen) == set()
    row = session.execute(text("SELECT person_id, cancelled_at IS NOT NULL FROM absence")).one()
    assert tuple(row) == (village.li, True)


def test_another_deputy_takes_over_from_the_first(session: Session, village: Village) -> None:
    hold_role(session, village.zhou, Role.CADRE, village.village)
    due = owe(session, village, 3)
    id_ = away(session, village)
    homes(session, village.chen)
    with clock.frozen(clock.now() + timedelta(hours=1)):
        hand_in(session, village.phone_li, absence(village.zhou, in_days(0), in_days(6), absence=id_))
        assert holder(session, due) == village.zhou
        assert (homes(session, village.chen), homes(session, village.zhou)) == (set(), {village.home})


def test_a_word_that_was_said_before_changes_nothing(session: Session, village: Village) -> None:
    id_ = away(session, village)
    earlier = {"wall": clock.now() - timedelta(hours=2)}
    [result] = hand_in(
        session, village.phone_li, absence(village.chen, in_days(0), in_days(1), absence=id_, said=earlier)
    )
    assert (result["state"], result["of"]) == ("duplicate", str(id_))
    assert session.scalar(text("SELECT upper(valid) FROM absence")) == in_days(7)


def test_a_life_event_meanwhile_is_the_deputys_and_the_cadres_again_when_he_is_back(
    session: Session, village: Village
) -> None:
    away(session, village, last=1)
    hand_in(session, village.phone_zhou, life_event(village.home))
    event = session.scalar(text("SELECT id FROM obligation"))
    assert event is not None
    assert holder(session, event) == village.chen
    with clock.frozen(noon_in(2)):
        settle_absences(session)
        assert holder(session, event) == village.li


def test_a_promise_for_these_days_brings_the_home_along(session: Session, village: Village) -> None:
    made = promise(in_days(2))
    hand_in(session, village.phone_li, batches.visit(village, this_morning(), commitments=[made]))
    away(session, village)
    assert homes(session, village.chen) == {village.home}
    query = text("SELECT id FROM feed_item WHERE scope = :s AND kind = 12 AND op = 'P'")
    assert session.scalars(query, {"s": f"c:{village.chen}"}).all() == [made["id"]]


def test_a_promise_told_under_another_id_of_the_home_brings_it_along(session: Session, village: Village) -> None:
    merge_places(session, village.unmapped, village.home)
    made = promise(in_days(2))
    told = batches.visit(village, this_morning(), place=village.unmapped, fixes=[], commitments=[made])
    hand_in(session, village.phone_li, told)
    away(session, village)
    assert homes(session, village.chen) == {village.home}


def test_a_home_where_nothing_is_due_stays_where_it_is(session: Session, village: Village) -> None:
    owe(session, village, 20)
    away(session, village)
    assert homes(session, village.chen) == set()


def refused(session: Session, phone: UUID, record: dict[str, Any]) -> tuple[str, str, str | None]:
    [result] = hand_in(session, phone, record)
    return result["state"], result["reason"], result.get("with")


def test_nobody_is_away_twice_and_nobody_stands_in_while_away(session: Session, village: Village) -> None:
    hold_role(session, village.zhou, Role.CADRE, village.village)
    id_ = away(session, village)
    conflict = ("conflict", "absence-overlaps", str(id_))
    assert refused(session, village.phone_li, absence(village.zhou, in_days(6), in_days(8))) == conflict
    conflict = ("conflict", "deputy-absent", str(id_))
    assert refused(session, village.phone_zhou, absence(village.li, in_days(1), in_days(2))) == conflict
    conflict = ("conflict", "is-deputy", str(id_))
    assert refused(session, village.phone_chen, absence(village.zhou, in_days(1), in_days(2))) == conflict
    assert hand_in(session, village.phone_chen, absence(village.zhou, in_days(7), in_days(8)))[0]["state"] == "applied"


def test_two_who_stand_in_for_each_other_at_once_are_found_out(session: Session, village: Village) -> None:
    parts = [
        put(session, village.phone_li, absence(village.chen, in_days(0), in_days(2))),
        put(session, village.phone_chen, absence(village.li, in_days(0), in_days(2))),
    ]
    apply_batches(session, defaults(), parts)
    assert sorted(results(session, part)[0]["state"] for part in parts) == ["applied", "conflict"]


def test_the_deputy_visits_homes_in_the_same_town_or_department(session: Session, village: Village) -> None:
    unfit = ("rejected", "deputy-unfit", None)
    assert refused(session, village.phone_li, absence(village.zhou, in_days(0), in_days(2))) == unfit
    assert refused(session, village.phone_li, absence(village.li, in_days(0), in_days(2))) == unfit
    session.execute(text("DELETE FROM person_role WHERE person_id = :p"), {"p": village.chen})
    hold_role(session, village.chen, Role.CADRE, village.waterworks)
    assert refused(session, village.phone_li, absence(village.chen, in_days(0), in_days(2))) == unfit


def test_absences_of_others_unknown_people_and_impossible_days(session: Session, village: Village) -> None:
    id_ = away(session, village)
    theirs = absence(village.li, in_days(0), in_days(2), absence=id_)
    [result] = hand_in(session, village.phone_chen, theirs)
    assert (result["state"], result["reason"], result["pointer"]) == ("quarantined", "id-taken", "/absence")
    assert refused(session, village.phone_li, absence(village.chen, in_days(0), in_days(200)))[1] == "absurd-date"
    [result] = hand_in(session, village.phone_li, absence(village.chen, in_days(2), in_days(1)))
    assert (result["state"], result["pointer"]) == ("quarantined", "/last_on")
    somebody, unknown = ids.uuid7(), ids.uuid7()
    held = put(session, village.phone_li, absence(somebody, in_days(20), in_days(21)),
               absence(village.chen, in_days(20), in_days(21), absence=unknown))  # fmt: skip
    apply_batches(session, defaults(), [held])
    assert [(one["state"], one["for"]) for one in results(session, held)] == [
        ("held", str(somebody)),
        ("held", str(unknown)),
    ]
    with clock.frozen(noon_in(6)):
        apply_batches(session, defaults(), [held])
    assert {one["state"] for one in results(session, held)} == {"quarantined"}


def test_a_reporter_is_never_away(session: Session, village: Village) -> None:
    assert (
        hand_in(session, village.phone_zhou, absence(village.chen, in_days(0), in_days(1)))[0]["state"] == "unpermitted"
    )


def test_a_link_of_another_is_not_touched(session: Session, village: Village) -> None:
    link = add_link(session, village, village.zhou, village.home)
    session.execute(text("UPDATE link SET cadre_id = :z WHERE id = :l"), {"z": village.zhou, "l": link})
    theirs = owe(session, village, 3, link=link)
    away(session, village)
    assert holder(session, theirs) == village.zhou
