"""Absences and the roster in the console: oneself, an administrator of the unit, and nobody else."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from sync import clock, ids
from sync.house import House
from sync.identity.actions import people
from sync.words import Role
from tests.api.conftest import Enter, Hire
from tests.factories.village import Village


class Browser:
    """Somebody who is logged in."""

    def __init__(self, caller: FlaskClient, person: UUID, csrf: str) -> None:
        self.caller, self.person, self.csrf = caller, person, csrf

    def post(self, path: str, **wanted: Any) -> TestResponse:
        return self.caller.post(f"/console/v1/{path}", json=wanted, headers={"X-CSRF-Token": self.csrf})

    def get(self, path: str, **query: Any) -> Any:
        answer = self.caller.get(f"/console/v1/{path}", query_string={name: str(one) for name, one in query.items()})
        return answer.json if answer.status_code == 200 else (answer.status_code, answer.json["code"])


Log = Callable[..., Browser]


@pytest.fixture
def log_in(app: Flask, opened: House, hire: Hire, enter: Enter) -> Log:
    """A browser of somebody new with these roles."""

    def log_in(*roles: tuple[Role, UUID]) -> Browser:
        known = hire()
        for role, unit in roles:
            opened.write(lambda s, role=role, unit=unit: people.give_role(s, known.id, role, unit))  # type: ignore[misc]
        caller = app.test_client()
        return Browser(caller, known.id, enter(caller, known))

    return log_in


def in_days(days: int) -> str:
    return (clock.today() + timedelta(days=days)).isoformat()


def wanted(deputy: UUID, first: int = 0, last: int = 3, **more: Any) -> dict[str, Any]:
    days = {"first_on": in_days(first), "last_on": in_days(last)}
    return {"id": str(ids.uuid7()), "deputy": str(deputy), **days} | more


def code(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.json["code"]  # type: ignore[index]


def test_a_cadre_tells_his_own_absence_once_however_often_it_is_sent(beigou: Village, log_in: Log) -> None:
    wu, deputy = (log_in((Role.CADRE, beigou.village)) for _ in range(2))
    asked = wanted(deputy.person, reason="trip")
    first, again = wu.post("absences", **asked), wu.post("absences", **asked)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json
    told = first.json
    assert told is not None
    assert (told["person"]["id"], told["deputy"]["id"]) == (str(wu.person), str(deputy.person))
    assert (told["first_on"], told["last_on"], told["reason"]) == (in_days(0), in_days(3), "trip")
    assert told["cancelled_at"] is None
    assert [item["id"] for item in wu.get("absences")["items"]] == [asked["id"]]
    assert [item["id"] for item in deputy.get("absences")["items"]] == [asked["id"]]
    assert log_in((Role.CADRE, beigou.village)).get("absences")["items"] == []


def test_it_is_shortened_given_to_another_and_taken_back(beigou: Village, log_in: Log) -> None:
    wu, deputy, other = (log_in((Role.CADRE, beigou.village)) for _ in range(3))
    asked = wanted(deputy.person)
    wu.post("absences", **asked)
    path = f"absences/{asked['id']}/change"
    assert wu.post(path, last_on=in_days(1)).json["last_on"] == in_days(1)  # type: ignore[index]
    changed = wu.post(path, deputy=str(other.person)).json
    assert changed is not None
    assert (changed["deputy"]["id"], changed["last_on"]) == (str(other.person), in_days(1))
    assert wu.post(path, cancelled=True).json["cancelled_at"] is not None  # type: ignore[index]
    assert code(other.post(path, last_on=in_days(2))) == (403, "forbidden")
    assert code(wu.post(f"absences/{ids.uuid7()}/change", cancelled=True)) == (404, "not-found")


def test_an_administrator_of_the_unit_tells_it_for_somebody_who_cannot(
    opened: House, beigou: Village, log_in: Log
) -> None:
    wu, deputy = (log_in((Role.CADRE, beigou.village)) for _ in range(2))
    admin, elsewhere = log_in((Role.UNIT_ADMIN, beigou.town)), log_in((Role.UNIT_ADMIN, beigou.waterworks))
    asked = wanted(deputy.person, person=str(wu.person))
    assert code(elsewhere.post("absences", **asked)) == (403, "forbidden")
    assert code(log_in((Role.LEADER, beigou.county)).post("absences", **asked)) == (403, "forbidden")
    assert admin.post("absences", **asked).status_code == 201
    assert asked["id"] in [item["id"] for item in admin.get("absences", unit=beigou.village)["items"]]
    assert admin.get("absences", unit=beigou.waterworks)["items"] == []
    query = "SELECT actor_id, verb FROM event WHERE subject_id = :i"
    events = opened.read(lambda s: s.execute(text(query), {"i": asked["id"]}).all())
    assert [tuple(row) for row in events] == [(admin.person, "absence.told")]
    assert log_in((Role.LEADER, beigou.county)).get("absences") == (403, "forbidden")


def test_what_cannot_stand_is_told_with_the_absence_in_its_way(beigou: Village, log_in: Log) -> None:
    wu, deputy, third = (log_in((Role.CADRE, beigou.village)) for _ in range(3))
    asked = wanted(deputy.person)
    wu.post("absences", **asked)
    overlapping = wu.post("absences", **wanted(third.person, 2, 5))
    assert code(overlapping) == (409, "absence-overlaps")
    assert overlapping.json["absence"] == asked["id"]  # type: ignore[index]
    assert code(deputy.post("absences", **wanted(third.person, 3, 3))) == (409, "is-deputy")
    assert code(third.post("absences", **wanted(wu.person, 1, 1))) == (409, "deputy-absent")
    assert code(third.post("absences", **wanted(third.person, 9, 9))) == (422, "deputy-unfit")
    assert code(third.post("absences", **wanted(ids.uuid7(), 9, 9))) == (422, "deputy-unfit")
    assert code(third.post("absences", **asked)) == (409, "conflict")  # another's id
    for first, last in ((5, 4), (0, 200), (900, 901)):
        assert code(third.post("absences", **wanted(wu.person, first, last))) == (422, "invalid")


def test_a_leader_of_a_town_says_where_he_is_and_only_his_town_reads_his_name(beigou: Village, log_in: Log) -> None:
    mayor = log_in((Role.FIRST_RESPONSIBLE, beigou.town))
    clerk, above = log_in((Role.DISPATCHER, beigou.town)), log_in((Role.LEADER, beigou.county))
    on = in_days(1)
    assert mayor.post("roster", on=on, state="stay").json == {"on": on, "state": "stay"}
    assert mayor.post("roster", on=on, state="on_duty").json == {"on": on, "state": "on_duty"}
    asked = {"unit": beigou.county, "first_on": in_days(0), "last_on": in_days(3)}
    [day] = above.get("roster", **asked)["days"]
    assert day == {
        "on": on, "unit": {"id": str(beigou.town), "name": "北沟镇"}, "stay": 0, "on_duty": 1, "leave": 0, "trip": 0,
        "people": None,
    }  # fmt: skip
    for own in (clerk, mayor):
        [day] = own.get("roster", **asked)["days"]
        assert [(one["person"]["id"], one["state"]) for one in day["people"]] == [(str(mayor.person), "on_duty")]
    assert log_in((Role.LEADER, beigou.waterworks)).get("roster", **asked)["days"] == []
    assert mayor.post("roster", on=on, state=None).json == {"on": on, "state": None}
    assert above.get("roster", **asked)["days"] == []


def test_the_roster_is_for_leaders_of_towns_for_themselves_and_for_near_days(beigou: Village, log_in: Log) -> None:
    for role, unit in ((Role.CADRE, beigou.town), (Role.LEADER, beigou.county), (Role.LEADER, beigou.village)):
        assert code(log_in((role, unit)).post("roster", on=in_days(0), state="stay")) == (403, "forbidden")
    mayor = log_in((Role.LEADER, beigou.town))
    assert code(mayor.post("roster", on=in_days(63), state="stay")) == (422, "invalid")
    assert code(mayor.post("roster", on=in_days(0), state="home")) == (422, "invalid")
    asked = {"unit": beigou.county, "first_on": in_days(0), "last_on": in_days(62)}
    assert mayor.get("roster", **asked) == (422, "invalid")
    reporter = log_in((Role.REPORTER, beigou.village))
    assert reporter.get("roster", unit=beigou.county, first_on=in_days(0), last_on=in_days(1)) == (403, "forbidden")


def test_the_roster_holds_neither_position_nor_verdict(opened: House) -> None:
    query = "SELECT column_name FROM information_schema.columns WHERE table_name = 'roster_entry'"
    assert set(opened.read(lambda s: s.scalars(text(query)).all())) == {
        "person_id",
        "on",
        "unit_id",
        "state",
        "said_at",
    }
