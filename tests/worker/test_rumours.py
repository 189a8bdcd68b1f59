"""What third persons told of a home and nobody confirmed goes after 30 days, wherever it stands; what was confirmed
stays."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, errands, ids, pipeline
from sync.house import House
from sync.policy import defaults
from sync.words import Job
from tests.factories.batches import this_morning, visit
from tests.factories.everywhere import where
from tests.factories.handing import hand_in, put, results
from tests.factories.telling import life_event
from tests.factories.village import Village, found
from worker.drain import until_empty

AGED = (
    "UPDATE life_event SET received_at = received_at - :by",
    "UPDATE obligation SET opens_at = opens_at - :by, due_at = due_at - :by, lapses_at = lapses_at - :by,"
    " paused_until = paused_until - :by",
)
Tell = Callable[[Session, Village], list[UUID]]


@pytest.fixture
def village(house: House) -> Village:
    return house.write(found)


def later(house: House, days: float) -> None:
    """So many days pass for what was told and owed; what nobody met in time lapses."""

    def work(session: Session) -> None:
        for statement in AGED:
            session.execute(text(statement), {"by": timedelta(days=days)})
        pipeline.lapse_obligations(session, defaults())

    house.write(work)


def night(house: House) -> tuple[int, int]:
    """One run: how many tellings went, how many events stayed because contact is owed."""
    house.write(lambda s: errands.owe(s, Job.RETAIN, Job.RETAIN.value, dedupe_key=Job.RETAIN.value))
    until_empty(house, 60, 0, lambda: False)
    assert house.read(lambda s: s.scalar(text("SELECT count(*) FROM errand WHERE last_error IS NOT NULL"))) == 0
    query = text("SELECT lines -> 'rumours' FROM retention_report ORDER BY began_at DESC LIMIT 1")
    line = house.read(lambda s: s.execute(query).scalar_one())
    return line["gone"], line["stayed"]


def kept(house: House) -> set[UUID]:
    return set(house.read(lambda s: s.scalars(text("SELECT id FROM life_event")).all()))


def seen(place: UUID | None = None) -> dict[str, Any]:
    return {"id": ids.uuid7(), "event": "hospital"} | ({"place": place} if place else {})


def by_reporter(session: Session, village: Village) -> list[UUID]:
    told = life_event(village.unmapped)
    hand_in(session, village.phone_zhou, told)
    return [told["id"]]


def by_two(session: Session, village: Village) -> list[UUID]:
    again = life_event(village.unmapped)
    first = by_reporter(session, village)
    assert hand_in(session, village.phone_chen, again)[0]["state"] == "duplicate"
    return [*first, again["id"]]


def next_door(session: Session, village: Village) -> list[UUID]:
    noticed = seen(village.unmapped)
    hand_in(session, village.phone_li, visit(village, this_morning(), life_events=[noticed]))
    return [noticed["id"]]


def nobody_home(session: Session, village: Village) -> list[UUID]:
    noticed = seen()
    record = visit(village, this_morning(), place=village.unmapped, fixes=[], outcome="nobody_home")
    hand_in(session, village.phone_li, record | {"life_events": [noticed]})
    return [noticed["id"]]


def at_home(session: Session, village: Village) -> list[UUID]:
    noticed = seen()
    record = visit(village, this_morning(), place=village.unmapped, fixes=[], life_events=[noticed])
    hand_in(session, village.phone_li, record)
    session.execute(text("UPDATE obligation SET state = 'owed', met_at = NULL, met_visit_id = NULL"))
    return [noticed["id"]]


def in_a_refused_visit(session: Session, village: Village) -> list[UUID]:
    told = at_home(session, village)
    session.execute(text("UPDATE visit SET verdict = 'refused'"))
    return told


def by_reporter_and_at_home(session: Session, village: Village) -> list[UUID]:
    return [*by_reporter(session, village), *at_home(session, village)]


def met_since(session: Session, village: Village) -> list[UUID]:
    told = by_reporter(session, village)
    hand_in(session, village.phone_li, visit(village, clock.now(), place=village.unmapped, fixes=[]))
    assert session.scalars(text("SELECT state FROM obligation")).all() == ["met"]
    return told


@pytest.mark.parametrize("tell", [by_reporter, by_two, next_door, nobody_home, in_a_refused_visit])
def test_what_nobody_confirmed_goes_after_thirty_days(house: House, village: Village, tell: Tell) -> None:
    told = house.write(lambda s: tell(s, village))
    later(house, 29.5)
    assert night(house) == (0, 0)
    assert kept(house) == set(told)
    later(house, 2)
    assert night(house) == (len(told), 0)
    assert kept(house) == set()
    names = [str(id_) for id_ in told]
    assert house.read(lambda s: where(s, *names)) <= {"batch", "batch_body", "obligation", "erased_id", "feed_item"}
    assert house.read(lambda s: where(s, "hospital")) == set()  # and with it what happened
    assert house.read(lambda s: s.scalars(text("SELECT state FROM obligation")).all()) == ["lapsed"]
    assert night(house) == (0, 0)


@pytest.mark.parametrize("tell", [at_home, by_reporter_and_at_home, met_since])
def test_what_the_home_confirmed_stays(house: House, village: Village, tell: Tell) -> None:
    told = house.write(lambda s: tell(s, village))
    later(house, 400)
    assert night(house) == (0, 0)
    assert kept(house) == set(told)


def test_while_contact_is_owed_it_stays_and_the_report_says_so(house: House, village: Village) -> None:
    told = house.write(lambda s: by_reporter(s, village))
    house.write(lambda s: s.execute(text("UPDATE obligation SET lapses_at = now() + interval '90 days'")))
    later(house, 31)
    assert night(house) == (0, 1)
    later(house, 60)
    assert night(house) == (1, 0)
    assert kept(house).isdisjoint(told)


def test_a_visit_keeps_its_other_words_and_its_phone_forgets(house: House, village: Village) -> None:
    own, other = seen(), seen(village.unmapped)
    record = visit(village, this_morning(), note="一切都好", life_events=[own, other])
    house.write(lambda s: hand_in(s, village.phone_li, record))
    told = life_event(village.unmapped, event="disaster")
    part = house.write(lambda s: put(s, village.phone_zhou, told))
    house.write(lambda s: pipeline.apply_batches(s, defaults(), [part]))
    later(house, 31)
    assert night(house) == (2, 0)
    assert kept(house) == {own["id"]}
    content = house.read(lambda s: s.execute(text("SELECT content FROM visit_rev")).scalar_one())
    assert content["note"] == "一切都好"
    assert [one["id"] for one in content["life_events"]] == [str(own["id"])]
    [answer] = house.read(lambda s: results(s, part))
    assert (answer["state"], answer["forget"]) == ("applied", True)


def test_the_same_telling_does_not_come_back_and_a_new_one_does(house: House, village: Village) -> None:
    noticed, told = seen(village.unmapped), life_event(village.unmapped, event="dispute")
    record = visit(village, this_morning(), life_events=[noticed])
    house.write(lambda s: hand_in(s, village.phone_li, record))
    house.write(lambda s: hand_in(s, village.phone_zhou, told))
    later(house, 31)
    assert night(house) == (2, 0)
    [again] = house.write(lambda s: hand_in(s, village.phone_zhou, told))
    assert (again["state"], again["reason"], again["forget"]) == ("rejected", "erased", True)
    house.write(lambda s: hand_in(s, village.phone_li, record | {"note": "更正"}))
    assert kept(house) == set()
    fresh = life_event(village.unmapped)
    assert house.write(lambda s: hand_in(s, village.phone_zhou, fresh))[0]["state"] == "applied"
    assert kept(house) == {fresh["id"]}
