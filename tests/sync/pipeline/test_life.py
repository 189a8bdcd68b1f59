"""Life events: from three taps, or from a visit, to contact that is owed, once."""

from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, ids
from sync.pipeline import apply_batches
from sync.policy import defaults
from sync.words import Role
from tests.factories import batches
from tests.factories.batches import this_morning
from tests.factories.handing import hand_in, put, results
from tests.factories.rows import add_link, add_place, drop_role, hold_role, merge_places
from tests.factories.telling import life_event
from tests.factories.village import Village, found


@pytest.fixture
def village(session: Session) -> Village:
    return found(session)


def owed(session: Session) -> list[Any]:
    """Contacts owed after life events, in the order of the events."""
    query = (
        "SELECT o.place_id, o.holder_id, o.state, o.opens_at, o.due_at, o.life_event_id FROM obligation o"
        " WHERE o.origin = 'life_event' ORDER BY o.made_at, o.id"
    )
    return list(session.execute(text(query)))


def told(session: Session) -> list[Any]:
    """Tellings, in the order of their coming."""
    return list(session.execute(text("SELECT * FROM life_event ORDER BY received_at, same_as_id NULLS FIRST, id")))


def test_three_taps_of_a_reporter_oblige_the_linked_cadre_within_48_hours(session: Session, village: Village) -> None:
    record = life_event(village.home, happened_on=clock.today() - timedelta(days=1))
    before = clock.now()
    assert hand_in(session, village.phone_zhou, record)[0]["state"] == "applied"
    [one] = told(session)
    assert (one.place_id, one.unit_id, one.town_id, one.event) == (
        village.home,
        village.village,
        village.town,
        "hospital",
    )
    assert (one.told_by, one.happened_on, one.visit_id) == (village.zhou, clock.today() - timedelta(days=1), None)
    [contact] = owed(session)
    assert (contact.holder_id, contact.state, contact.life_event_id) == (village.li, "owed", record["id"])
    assert before <= contact.due_at - timedelta(hours=48) <= clock.now()
    assert contact.opens_at == clock.midnight(clock.today() - timedelta(days=1))


def rule(session: Session, programme: Any, event: str, term: int, kind: str) -> None:
    session.execute(
        text(
            "INSERT INTO programme_rule (id, programme_id, event, term, term_kind)"
            " VALUES (:i, :p, :event, :term, :kind)"
        ),
        {"i": ids.uuid7(), "p": programme, "event": event, "term": term, "kind": kind},
    )


def test_an_office_gives_an_event_its_own_time_and_the_soonest_counts(session: Session, village: Village) -> None:
    other, ended = ids.uuid7(), ids.uuid7()
    programme = text("INSERT INTO programme (id, code, name, basis, valid) VALUES (:i, :i, '五必访', '', :v)")
    session.execute(programme, [{"i": other, "v": "[,)"}, {"i": ended, "v": "[2020-01-01,2021-01-01)"}])
    for which, event, term, kind in (
        (village.programme, "death", 36, "hours"),
        (other, "death", 24, "hours"),
        (ended, "death", 2, "hours"),
        (other, "dispute", 1, "working_days"),
    ):
        rule(session, which, event, term, kind)
    before = clock.now()
    for event in ("death", "hospital", "dispute"):
        hand_in(session, village.phone_zhou, life_event(village.home, event=event))
    death, hospital, dispute = owed(session)
    assert before <= death.due_at - timedelta(hours=24) <= clock.now()
    assert before <= hospital.due_at - timedelta(hours=48) <= clock.now()
    assert clock.local(dispute.due_at).time() == time()  # 24:00 of the next working day
    assert before + timedelta(hours=24) < dispute.due_at < before + timedelta(days=12)


def test_the_same_event_told_twice_is_one_and_both_tellings_stay(session: Session, village: Village) -> None:
    first, second = life_event(village.home), life_event(village.home)
    hand_in(session, village.phone_zhou, first)
    [result] = hand_in(session, village.phone_chen, second)
    assert (result["state"], result["of"]) == ("duplicate", str(first["id"]))
    assert [(one.id, one.told_by, one.same_as_id) for one in told(session)] == [
        (first["id"], village.zhou, None),
        (second["id"], village.chen, first["id"]),
    ]
    assert len(owed(session)) == 1
    [again] = hand_in(session, village.phone_chen, second)
    assert (again["state"], again["of"]) == ("duplicate", str(first["id"]))


def test_two_in_one_set_are_one(session: Session, village: Village) -> None:
    parts = [put(session, phone, life_event(village.home)) for phone in (village.phone_zhou, village.phone_chen)]
    apply_batches(session, defaults(), parts)
    assert sorted(results(session, part)[0]["state"] for part in parts) == ["applied", "duplicate"]
    assert len(owed(session)) == 1


def test_another_event_another_home_and_another_month_are_others(session: Session, village: Village) -> None:
    long_ago = clock.today() - timedelta(days=20)
    hand_in(
        session,
        village.phone_zhou,
        life_event(village.home),
        life_event(village.home, event="death"),
        life_event(village.unmapped),
        life_event(village.home, happened_on=long_ago),
    )
    assert len(owed(session)) == 4


def test_an_event_of_a_merged_home_is_that_of_the_home_it_stands_for(session: Session, village: Village) -> None:
    hand_in(session, village.phone_zhou, life_event(village.unmapped))
    merge_places(session, village.unmapped, village.home)
    assert hand_in(session, village.phone_chen, life_event(village.home))[0]["state"] == "duplicate"
    assert hand_in(session, village.phone_chen, life_event(village.unmapped))[0]["state"] == "duplicate"


def test_without_a_link_it_is_the_grids_then_the_areas_then_the_village_duty_persons_else_a_gap(
    session: Session, village: Village
) -> None:
    homes = [add_place(session, village, f"北沟村{n}号") for n in range(10, 14)]
    roles = [None, (Role.DUTY_PERSON, village.zhou), (Role.VILLAGE_CADRE, village.chen), (Role.GRID_WORKER, village.li)]
    for home, role in zip(homes, roles, strict=True):
        if role is not None:
            hold_role(session, role[1], role[0], village.village)
        hand_in(session, village.phone_zhou, life_event(home))
    assert [one.holder_id for one in owed(session)] == [None, village.zhou, village.chen, village.li]


def test_a_house_is_found_by_the_name_that_people_call_it(session: Session, village: Village) -> None:
    session.execute(text("UPDATE place SET code = 'BG-2' WHERE id = :p"), {"p": village.unmapped})
    hand_in(session, village.phone_zhou, life_event(house=" 北沟村1号 "), life_event(house="BG-2", event="death"))
    assert {one.event: one.place_id for one in told(session)} == {"hospital": village.home, "death": village.unmapped}


def test_a_house_nobody_knows_is_proposed_once_and_its_village_owes_the_contact(
    session: Session, village: Village
) -> None:
    hold_role(session, village.zhou, Role.DUTY_PERSON, village.village)
    first, second = life_event(house="村西头老王家"), life_event(house="村西头老王家", unit=village.village)
    hand_in(session, village.phone_zhou, first)
    assert hand_in(session, village.phone_chen, second)[0]["state"] == "duplicate"
    place = session.execute(text("SELECT * FROM place WHERE state = 'proposed'")).one()
    assert (place.name, place.unit_id, place.town_id, place.kind) == (
        "村西头老王家", village.village, village.town, "household",
    )  # fmt: skip
    assert (place.proposed_by, place.id) == (village.zhou, first["id"])
    assert [(one.place_id, one.holder_id) for one in owed(session)] == [(place.id, village.zhou)]


def test_a_name_that_several_homes_have_is_none_of_them(session: Session, village: Village) -> None:
    for _ in range(2):
        add_place(session, village, "老王家")
    parts = [put(session, phone, life_event(house="老王家")) for phone in (village.phone_zhou, village.phone_chen)]
    apply_batches(session, defaults(), parts)
    hand_in(session, village.phone_zhou, life_event(house="老王家", event="death"))
    [place] = session.scalars(text("SELECT id FROM place WHERE state = 'proposed'")).all()
    assert {one.place_id for one in told(session)} == {place}


def test_an_unknown_home_is_waited_for_and_kept_aside_in_the_end(session: Session, village: Village) -> None:
    home = ids.uuid7()
    records = [life_event(home), life_event(house="某户", unit=ids.uuid7())]
    early = put(session, village.phone_zhou, *records)
    apply_batches(session, defaults(), [early])
    assert [(one["state"], one["for"]) for one in results(session, early)] == [
        ("held", str(home)),
        ("held", str(records[1]["unit"])),
    ]
    with clock.frozen(clock.now() + timedelta(days=6)):
        apply_batches(session, defaults(), [early])
        assert {one["state"] for one in results(session, early)} == {"quarantined"}
    add = "INSERT INTO place (id, kind, unit_id, name, state) VALUES (:i, 'household', :u, '某户', 'active')"
    session.execute(text(add), {"i": home, "u": village.village})
    apply_batches(session, defaults(), [early])
    assert results(session, early)[0]["state"] == "applied"


@pytest.mark.parametrize("days", [-1, 61])
def test_an_absurd_day_is_pointed_at(session: Session, village: Village, days: int) -> None:
    record = life_event(village.home, happened_on=clock.today() - timedelta(days=days))
    [result] = hand_in(session, village.phone_zhou, record)
    assert (result["state"], result["reason"], result["pointer"]) == ("quarantined", "absurd-date", "/happened_on")
    assert told(session) == []


@pytest.mark.parametrize(
    ("change", "pointer"),
    [({"house": "甲"}, "/house"), ({"place": None}, "/house"), ({"place": None, "house": "  "}, "/house"),
     ({"event": "crime"}, "/event"), ({"happened_on": "2026-02-30"}, "/happened_on")],
)  # fmt: skip
def test_a_telling_that_makes_no_sense_says_where(
    session: Session, village: Village, change: dict[str, Any], pointer: str
) -> None:
    [result] = hand_in(session, village.phone_zhou, life_event(village.home) | change)
    assert (result["state"], result["pointer"]) == ("quarantined", pointer)


def test_an_id_of_another_author_is_taken(session: Session, village: Village) -> None:
    record = life_event(village.home)
    hand_in(session, village.phone_zhou, record)
    [result] = hand_in(session, village.phone_chen, record | {"event": "death"})
    assert (result["state"], result["reason"]) == ("quarantined", "id-taken")


def test_somebody_without_any_role_tells_nothing(session: Session, village: Village) -> None:
    drop_role(session, village.zhou, Role.REPORTER)
    assert hand_in(session, village.phone_zhou, life_event(village.home))[0]["state"] == "unpermitted"


def seen(**changes: Any) -> dict[str, Any]:
    return {"id": ids.uuid7(), "event": "dispute"} | changes


def test_what_a_visit_notices_in_its_home_is_owed_and_met_by_it(session: Session, village: Village) -> None:
    visit = batches.visit(village, this_morning(), life_events=[seen()])
    assert hand_in(session, village.phone_li, visit)[0]["state"] == "applied"
    [one] = told(session)
    assert (one.visit_id, one.place_id, one.told_by) == (visit["id"], village.home, village.li)
    assert [contact.state for contact in owed(session)] == ["met"]


def test_nobody_at_home_meets_nothing_and_another_home_waits_for_contact(session: Session, village: Village) -> None:
    neighbour = seen(place=village.unmapped)
    visit = batches.visit(village, this_morning(), life_events=[neighbour, seen()], outcome="nobody_home")
    hand_in(session, village.phone_li, visit)
    assert {(contact.place_id, contact.state) for contact in owed(session)} == {
        (village.unmapped, "owed"),
        (village.home, "owed"),
    }


def test_a_slip_in_the_day_never_sinks_a_visit(session: Session, village: Village) -> None:
    late = seen(happened_on=clock.today() + timedelta(days=3))
    visit = batches.visit(village, this_morning(), life_events=[late])
    assert hand_in(session, village.phone_li, visit)[0]["state"] == "applied"
    assert told(session)[0].happened_on == clock.local(this_morning()).date()


def test_a_home_that_nobody_knows_is_told_without_anybody_owing_it(session: Session, village: Village) -> None:
    visit = batches.visit(village, this_morning(), life_events=[seen(place=ids.uuid7())])
    assert hand_in(session, village.phone_li, visit)[0]["state"] == "applied"
    assert [one.unit_id for one in told(session)] == [village.village]
    assert owed(session) == []


def test_a_later_revision_adds_what_was_noticed_and_repeats_tell_nothing_new(
    session: Session, village: Village
) -> None:
    visit = batches.visit(village, this_morning(), life_events=[seen()])
    hand_in(session, village.phone_li, visit)
    more = visit | {"life_events": [*visit["life_events"], seen(event="disaster")]}
    hand_in(session, village.phone_li, more)
    hand_in(session, village.phone_li, more)
    assert [one.event for one in told(session)] == ["dispute", "disaster"]


def test_one_id_in_two_visits_is_one_telling(session: Session, village: Village) -> None:
    same = seen(place=village.unmapped)
    add_link(session, village, village.chen, village.unmapped)
    visits = [
        batches.visit(village, this_morning() + timedelta(minutes=45 * n), life_events=[same], fixes=[])
        for n in range(2)
    ]
    hand_in(session, village.phone_li, *visits)
    assert len(told(session)) == 1


def test_reporters_who_came_first_and_visits_that_came_later_tell_of_one_event(
    session: Session, village: Village
) -> None:
    hand_in(session, village.phone_zhou, life_event(village.home))
    visit = batches.visit(village, this_morning(), life_events=[seen(event="hospital")])
    hand_in(session, village.phone_li, visit)
    assert len(owed(session)) == 1
    assert [one.same_as_id is None for one in told(session)] == [True, False]


def test_the_home_is_left_in_peace(session: Session, village: Village) -> None:
    for event, quiet in (("death", True), ("disaster", False)):
        hand_in(session, village.phone_zhou, life_event(village.home, event=event))
        query = text("SELECT quiet_until FROM life_event WHERE event = :e")
        assert session.scalar(query, {"e": event}) == (clock.today() + timedelta(days=30) if quiet else None)


def test_contact_before_the_telling_came_meets_it(session: Session, village: Village) -> None:
    """The phone of the reporter was out of reach, the cadre heard of it in the village."""
    hand_in(session, village.phone_li, batches.visit(village, this_morning()))
    yesterday = clock.today() - timedelta(days=1)
    hand_in(session, village.phone_zhou, life_event(village.home, event="death", happened_on=yesterday))
    assert [contact.state for contact in owed(session)] == ["met"]
