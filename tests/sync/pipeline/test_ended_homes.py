"""What is owed at homes that are dissolved, move away, are merged or refused; and when any of that is taken back."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import changes, clock, ids
from sync.duty import rounds
from sync.pipeline import effects, merge_place, undo_merge
from sync.policy import defaults
from sync.words import EditField, Excuse, FeedKind
from tests.factories.batches import visit
from tests.factories.edits import edit, hand_in
from tests.factories.owing import obligation, owe_event
from tests.factories.village import Village, found

OVER = ("excused", "moved_or_gone")
WORDS = "INSERT INTO excuse_told (id, obligation_id, excuse, by, at) VALUES (:i, :o, :e, :by, now())"


@pytest.fixture
def village(session: Session) -> Village:
    return found(session)


@pytest.fixture
def monthly(session: Session, village: Village) -> UUID:
    """The visit that Li owes the linked home this month."""
    rounds.owe_visits(session, defaults())
    query = "SELECT id FROM obligation WHERE place_id = :p ORDER BY opens_at LIMIT 1"
    return UUID(str(session.scalar(text(query), {"p": village.home})))


@pytest.fixture
def event(session: Session, village: Village) -> UUID:
    """Contact owed there after a life event an hour ago."""
    return owe_event(session, village.home, clock.now() - timedelta(hours=1))


def stands(session: Session, id_: UUID) -> tuple[str, str | None]:
    row = obligation(session, id_)
    return row.state, row.excuse


def touched(session: Session) -> set[UUID]:
    return changes.take(session).touched.get(FeedKind.OBLIGATION, set())


def become(session: Session, place: UUID, **values: str) -> None:
    """A person lets the registry say so."""
    sets = ", ".join(f"{name} = :{name}" for name in values)
    session.execute(text(f"UPDATE place SET {sets} WHERE id = :i"), {"i": place, **values})
    changes.take(session)
    effects.values_turned(session, [(EditField.RESIDENCE, place)])


def test_a_dissolved_household_is_owed_nothing_at_once_and_everything_when_it_is_back(
    session: Session, village: Village, monthly: UUID, event: UUID
) -> None:
    become(session, village.home, state="gone", residence="dissolved")
    assert (stands(session, monthly), stands(session, event)) == (OVER, OVER)
    assert {monthly, event} <= touched(session)
    assert session.scalar(text("SELECT count(*) FROM excuse_told")) == 0  # nobody said it
    become(session, village.home, state="active", residence="here")
    assert (stands(session, monthly), stands(session, event)) == (("owed", None), ("owed", None))
    assert {monthly, event} <= touched(session)
    become(session, village.home, state="active", residence="here")
    assert touched(session) == set()


def test_a_household_that_moved_away_is_visited_under_no_link_but_cared_for_after_an_event(
    session: Session, village: Village, monthly: UUID, event: UUID
) -> None:
    away = edit(village.home, "residence", "here", "moved_away", ago=50)
    assert hand_in(session, village.phone_li, away)[0]["state"] == "applied"
    assert (stands(session, monthly), stands(session, event)) == (OVER, ("owed", None))
    rounds.owe_visits(session, defaults())
    with clock.frozen(clock.now() + timedelta(days=40)):
        rounds.owe_visits(session, defaults())
    owed = session.scalars(text("SELECT id FROM obligation WHERE state = 'owed'")).all()
    assert owed == [event]  # and nothing new is owed meanwhile
    back = edit(village.home, "residence", "moved_away", "here", ago=40)
    assert hand_in(session, village.phone_li, back)[0]["state"] == "applied"
    assert stands(session, monthly) == ("owed", None)


def test_what_was_made_meanwhile_meets_what_comes_back(session: Session, village: Village, event: UUID) -> None:
    become(session, village.home, state="gone", residence="dissolved")
    record = visit(village, clock.now() - timedelta(minutes=20))
    hand_in(session, village.phone_li, record)
    assert stands(session, event) == OVER
    become(session, village.home, state="active", residence="here")
    row = obligation(session, event)
    assert (row.state, row.met_visit_id) == ("met", record["id"])


def test_what_lapsed_meanwhile_comes_back_as_lapsed(session: Session, village: Village, event: UUID) -> None:
    become(session, village.home, state="gone", residence="dissolved")
    with clock.frozen(clock.now() + timedelta(days=60)):
        become(session, village.home, state="active", residence="here")
    assert stands(session, event) == ("lapsed", None)


@pytest.mark.parametrize("undone", [False, True])
def test_what_a_person_excused_is_his_to_take_back(
    session: Session, village: Village, event: UUID, undone: bool
) -> None:
    """The same reason, said by the office: the home's coming back changes nothing, unless the office took it back."""
    said = {"i": ids.uuid7(), "o": event, "e": Excuse.MOVED_OR_GONE.value, "by": village.li}
    session.execute(text(WORDS), said)
    session.execute(text("UPDATE obligation SET state = 'excused', excuse = 'moved_or_gone' WHERE id = :o"), said)
    if undone:
        session.execute(text("UPDATE excuse_told SET undone_at = now()"))
    become(session, village.home, state="gone", residence="dissolved")
    become(session, village.home, state="active", residence="here")
    assert stands(session, event) == (("owed", None) if undone else OVER)


def test_a_home_that_was_merged_is_owed_what_its_root_is_until_they_are_parted(
    session: Session, village: Village, monthly: UUID
) -> None:
    """Merging alone ends nothing, it is one household now; merged into one that has gone, it has gone."""
    other = owe_event(session, village.unmapped, clock.now() - timedelta(hours=1))
    merge = merge_place(session, ids.uuid7(), village.home, village.unmapped, village.li)
    assert (stands(session, monthly), stands(session, other)) == (("owed", None), ("owed", None))
    become(session, village.unmapped, state="gone", residence="dissolved")
    assert (stands(session, monthly), stands(session, other)) == (OVER, OVER)
    changes.take(session)
    undo_merge(session, merge.id, village.li)
    assert (stands(session, monthly), stands(session, other)) == (("owed", None), OVER)
    told = touched(session)
    assert (monthly in told, other in told) == (True, False)


def test_an_ended_link_stays_ended_when_the_home_comes_back(session: Session, village: Village, monthly: UUID) -> None:
    become(session, village.home, state="gone", residence="dissolved")
    end: datetime = clock.now() - timedelta(days=1)
    ended = text("UPDATE link SET valid = daterange(lower(valid), CAST(:on AS date)) WHERE place_id = :p")
    session.execute(ended, {"on": clock.local(end).date(), "p": village.home})
    become(session, village.home, state="active", residence="here")
    assert stands(session, monthly) == ("excused", "link_ended")


def test_the_round_ends_what_came_to_be_owed_later(session: Session, village: Village) -> None:
    become(session, village.home, state="gone", residence="dissolved")
    late: Any = owe_event(session, village.home, clock.now() - timedelta(hours=1))
    assert stands(session, late) == ("owed", None)
    rounds.owe_visits(session, defaults())
    assert stands(session, late) == OVER
