"""What the console shows of life events, promises, aid and needy homes; who may, and what is noted."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from sync import clock, ids
from sync.house import House
from sync.identity.actions import people
from sync.words import Role
from tests.api.conftest import Enter, Hire, Known
from tests.factories import batches
from tests.factories.batches import this_morning
from tests.factories.handing import hand_in
from tests.factories.rows import add_link, add_place
from tests.factories.telling import kept, life_event, promise
from tests.factories.village import Village

Log = Callable[..., FlaskClient]


@pytest.fixture
def log_in(app: Flask, hire: Hire, enter: Enter) -> Log:
    """A browser of somebody who holds this role there."""

    def log_in(role: Role, unit: UUID) -> FlaskClient:
        caller = app.test_client()
        caller.known = hire(role, unit)  # type: ignore[attr-defined]
        enter(caller, caller.known)  # type: ignore[attr-defined]
        return caller

    return log_in


@pytest.fixture
def browser_of(app: Flask, opened: House, enter: Enter) -> Callable[[UUID], FlaskClient]:
    """A browser of somebody who is there already."""

    def browser_of(person: UUID) -> FlaskClient:
        name, password = f"user-{ids.digits(8)}", "open the door please"

        def work(session: Any) -> str:
            session.execute(text("DELETE FROM login WHERE person_id = :p"), {"p": person})
            people.set_login(session, person, name, password, clock.now(), opened.policy.logins)
            return str(session.scalar(text("SELECT staff_no FROM person WHERE id = :p"), {"p": person}))

        known = Known(person, name, opened.write(work), password)
        caller = app.test_client()
        enter(caller, known)
        return caller

    return browser_of


def ask(caller: FlaskClient, path: str, **query: Any) -> Any:
    answer = caller.get(f"/console/v1/{path}", query_string={name: str(value) for name, value in query.items()})
    assert answer.status_code == 200, answer.json
    return answer.json


def code(caller: FlaskClient, path: str, **query: Any) -> tuple[int, str]:
    answer = caller.get(f"/console/v1/{path}", query_string={name: str(value) for name, value in query.items()})
    return answer.status_code, answer.json["code"]


def numbers_of(caller: FlaskClient, path: str, of: UUID, **query: Any) -> Any:
    """The numbers of one of the units."""
    return next(item for item in ask(caller, path, **query)["items"] if item["unit"]["id"] == str(of))


def reads(house: House) -> set[tuple[str, str, str]]:
    query = "SELECT fields, duty, request FROM read_audit"
    return {(row.fields, row.duty, row.request) for row in house.read(lambda s: s.execute(text(query)).all())}


@pytest.fixture(scope="module")
def happened(opened: House, beigou: Village) -> dict[str, UUID]:
    """Two events: one of Li's home, told twice; one of a home that is nobody's."""
    lonely = opened.write(lambda s: add_place(s, beigou, "北沟村9号"))
    one, other = life_event(beigou.home), life_event(lonely, event="death")
    opened.write(lambda s: hand_in(s, beigou.phone_zhou, one, other))
    opened.write(lambda s: hand_in(s, beigou.phone_chen, life_event(beigou.home)))
    return {"lis": one["id"], "nobodys": other["id"], "lonely": lonely}


def test_a_dispatcher_sees_events_below_and_the_gap(
    opened: House, beigou: Village, happened: dict[str, UUID], log_in: Log
) -> None:
    caller = log_in(Role.DISPATCHER, beigou.town)
    found = ask(caller, "life-events", unit=beigou.village)
    items = {item["id"]: item for item in found["items"]}
    lis = items[str(happened["lis"])]
    assert (lis["event"], lis["state"], lis["times"], lis["overdue"]) == ("hospital", "owed", 2, False)
    assert lis["place"] == {"id": str(beigou.home), "name": "北沟村1号"}
    assert (lis["holder"], lis["holder_unit"]) == ({"id": str(beigou.li), "name": "李"}, None)
    assert (lis["unit"]["name"], lis["happened_on"]) == ("北沟村", clock.today().isoformat())
    gap = items[str(happened["nobodys"])]
    assert (gap["state"], gap["holder"]) == ("gap", None)
    assert [item["id"] for item in ask(caller, "life-events", state="gap")["items"]] == [str(happened["nobodys"])]
    assert [item["id"] for item in ask(caller, "life-events", state="owed")["items"]] == [str(happened["lis"])]
    assert ("name,life_event", "dispatcher", "/console/v1/life-events") in reads(opened)
    first = ask(caller, "life-events", limit=1)
    second = ask(caller, "life-events", limit=1, cursor=first["next"])
    assert {first["items"][0]["id"], second["items"][0]["id"]} == items.keys()
    assert second["next"] is None


def test_an_event_is_overdue_after_its_hours_and_counted_so(
    beigou: Village, happened: dict[str, UUID], log_in: Log
) -> None:
    with clock.frozen(clock.now() + timedelta(hours=49)):
        office, leader = log_in(Role.PROGRAMME_OFFICE, beigou.county), log_in(Role.LEADER, beigou.county)
        assert {item["overdue"] for item in ask(office, "life-events")["items"]} == {True}
        asked = {"unit": beigou.county, "since": clock.today() - timedelta(days=9)}
        town = numbers_of(leader, "life-events/counts", beigou.town, **asked)
    assert town == {
        "unit": {"id": str(beigou.town), "name": "北沟镇"}, "owed": 1, "overdue": 2, "met": 0, "gaps": 1,
    }  # fmt: skip
    leader = log_in(Role.LEADER, beigou.county)
    assert numbers_of(leader, "life-events/counts", beigou.town, unit=beigou.county, since="2999-01-01")["gaps"] == 0


def test_a_cadre_sees_what_he_owes_or_told_and_nobody_elses(
    beigou: Village, happened: dict[str, UUID], browser_of: Callable[[UUID], FlaskClient]
) -> None:
    assert [item["id"] for item in ask(browser_of(beigou.li), "life-events")["items"]] == [str(happened["lis"])]
    assert ask(browser_of(beigou.chen), "life-events")["items"] == []  # his telling was the second


@pytest.mark.parametrize("path", ["life-events", "commitments", "aid", "needy"])
@pytest.mark.parametrize("role", [Role.VERIFIER, Role.LEADER, Role.UNIT_ADMIN, Role.HANDLER, Role.REPORTER])
def test_whoever_has_no_duty_towards_homes_is_refused(beigou: Village, log_in: Log, path: str, role: Role) -> None:
    assert code(log_in(role, beigou.county), path) == (403, "forbidden")


@pytest.mark.parametrize(("path", "role"), [("commitments", Role.PROGRAMME_OFFICE), ("needy", Role.CADRE)])
def test_words_are_nobodys_but_the_cadres_and_lists_the_offices(
    beigou: Village, log_in: Log, path: str, role: Role
) -> None:
    assert code(log_in(role, beigou.village), path) == (403, "forbidden")


@pytest.mark.parametrize("path", ["life-events/counts", "commitments/counts"])
def test_counts_are_those_of_units_below_alone(
    beigou: Village, happened: dict[str, UUID], log_in: Log, path: str
) -> None:
    assert code(log_in(Role.VERIFIER, beigou.county), path, unit=beigou.county) == (403, "forbidden")
    elsewhere = ask(log_in(Role.LEADER, beigou.waterworks), path, unit=beigou.county)["items"]
    assert [one["unit"]["name"] for one in elsewhere] == ["水务局"]
    assert [one["unit"]["name"] for one in ask(log_in(Role.LEADER, beigou.town), path, unit=beigou.town)["items"]] == [
        "北沟村"
    ]


def test_an_office_elsewhere_sees_no_event(beigou: Village, happened: dict[str, UUID], log_in: Log) -> None:
    assert ask(log_in(Role.DISPATCHER, beigou.waterworks), "life-events")["items"] == []


def test_a_cadre_reads_his_promises_and_a_leader_their_numbers(
    opened: House, beigou: Village, log_in: Log, browser_of: Callable[[UUID], FlaskClient]
) -> None:
    late, soon, done = (promise(clock.today() + timedelta(days=days), text=f"事项{days}") for days in (-1, 3, 5))
    visit = batches.visit(beigou, this_morning(), commitments=[late, soon, done])
    opened.write(lambda s: hand_in(s, beigou.phone_li, visit, kept(done["id"])))
    caller = browser_of(beigou.li)
    items = ask(caller, "commitments")["items"]
    assert [(item["text"], item["state"], item["overdue"]) for item in items] == [
        ("事项-1", "open", True), ("事项3", "open", False), ("事项5", "told_kept", False),
    ]  # fmt: skip
    assert items[2]["state_by"] == {"id": str(beigou.li), "name": "李"}
    assert (items[0]["place"]["name"], items[0]["state_by"]) == ("北沟村1号", None)
    assert items[0]["made_on"] == clock.local(this_morning()).date().isoformat()
    assert [item["text"] for item in ask(caller, "commitments", state="overdue")["items"]] == ["事项-1"]
    assert [item["text"] for item in ask(caller, "commitments", state="told_kept")["items"]] == ["事项5"]
    assert ("name,commitment", "cadre", "/console/v1/commitments") in reads(opened)
    town = numbers_of(log_in(Role.LEADER, beigou.county), "commitments/counts", beigou.town, unit=beigou.county)
    assert town == {
        "unit": {"id": str(beigou.town), "name": "北沟镇"}, "open": 2, "overdue": 1, "told_kept": 1, "confirmed": 0,
    }  # fmt: skip
    assert ask(browser_of(beigou.chen), "commitments")["items"] == []


def test_aid_is_seen_by_who_gave_it_and_by_the_office_of_the_link(
    opened: House, beigou: Village, log_in: Log, browser_of: Callable[[UUID], FlaskClient]
) -> None:
    office = "UPDATE programme SET office_id = :o WHERE id = :p"
    opened.write(lambda s: s.execute(text(office), {"o": beigou.waterworks, "p": beigou.programme}))
    given = [{"id": ids.uuid7(), "what": "过冬煤一吨", "source": "民政"}]
    home = batches.visit(beigou, this_morning() + timedelta(hours=1), aid=given, programme=beigou.programme)
    elsewhere = [{"id": ids.uuid7(), "what": "棉被"}]
    other = batches.visit(beigou, this_morning() + timedelta(hours=2), place=beigou.unmapped, fixes=[], aid=elsewhere)
    opened.write(lambda s: hand_in(s, beigou.phone_li, home, other))
    assert {item["what"] for item in ask(browser_of(beigou.li), "aid")["items"]} == {"过冬煤一吨", "棉被"}
    caller = log_in(Role.PROGRAMME_OFFICE, beigou.waterworks)
    [item] = ask(caller, "aid", place=beigou.home)["items"]
    assert (item["what"], item["source"], item["by"]["name"], item["programme"]["name"]) == (
        "过冬煤一吨", "民政", "李", "五联",
    )  # fmt: skip
    assert [one["what"] for one in ask(caller, "aid", unit=beigou.village)["items"]] == ["过冬煤一吨"]
    assert ("name,aid", "programme_office", "/console/v1/aid") in reads(opened)
    assert ask(log_in(Role.PROGRAMME_OFFICE, beigou.roads), "aid")["items"] == []


def test_needy_homes_are_shown_to_the_office_with_whether_a_programme_covers_them(
    opened: House, beigou: Village, log_in: Log
) -> None:
    today = clock.today()
    bare = opened.write(lambda s: add_place(s, beigou, "北沟村8号"))

    def put(session: Any) -> None:
        add = (
            "INSERT INTO needy (id, place_id, list, valid, source) VALUES (:i, :p, :l,"
            " daterange(CAST(:a AS date), CAST(:b AS date)), '民政')"
        )
        for place, list_, since, ends in (
            (beigou.home, "低保", today, today + timedelta(days=30)),
            (bare, "低保", today, None),
            (bare, "五保", date(2020, 1, 1), today),  # ended yesterday
        ):
            session.execute(text(add), {"i": ids.uuid7(), "p": place, "l": list_, "a": since, "b": ends})

    opened.write(put)
    caller = log_in(Role.PROGRAMME_OFFICE, beigou.county)
    items = {item["place"]["name"]: item for item in ask(caller, "needy", unit=beigou.town)["items"]}
    covered = items["北沟村1号"]
    assert (covered["covered"], covered["list"], covered["source"]) == (True, "低保", "民政")
    assert (covered["since"], covered["ends"]) == (today.isoformat(), (today + timedelta(days=29)).isoformat())
    assert (items["北沟村8号"]["covered"], items["北沟村8号"]["ends"], len(items)) == (False, None, 2)
    assert [one["place"]["name"] for one in ask(caller, "needy", uncovered="true")["items"]] == ["北沟村8号"]
    yesterday = today - timedelta(days=1)
    assert [one["list"] for one in ask(caller, "needy", on=yesterday)["items"]] == ["五保"]
    assert ask(caller, "needy", list="五保")["items"] == []
    first = ask(caller, "needy", limit=1)
    assert len(ask(caller, "needy", limit=1, cursor=first["next"])["items"]) == 1
    assert ("name,needy", "programme_office", "/console/v1/needy") in reads(opened)
    opened.write(lambda s: add_link(s, beigou, beigou.chen, bare))
    assert ask(caller, "needy", uncovered="true")["items"] == []
    end = text("UPDATE programme SET valid = daterange(NULL, CAST(:on AS date)) WHERE id = :p")
    opened.write(lambda s: s.execute(end, {"on": today, "p": beigou.programme}))  # its links cover nobody any more
    assert len(ask(caller, "needy", uncovered="true")["items"]) == 2
    assert ask(log_in(Role.PROGRAMME_OFFICE, beigou.roads), "needy")["items"] == []
