"""Whom links are taken from and given to: who is listed, for whom."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from sync import ids
from sync.house import House
from sync.identity.actions import people
from sync.words import LinkCategory, Role
from tests.api.conftest import Enter, Hire
from tests.factories.village import Village

Ask = Callable[..., TestResponse]
_OFFICE = text("UPDATE programme SET office_id = :o WHERE id = :p")
_OTHER = text("INSERT INTO unit (id, parent_id, kind, name, sort_code) VALUES (:i, :p, 'town', '大辛店镇', '2')")
_ABOVE = text("INSERT INTO unit_above VALUES (:u, :u, 0), (:u, :a, 1)")
_UNIT_LINK = text(
    "INSERT INTO link (id, programme_id, category, holder_unit_id, place_id, valid)"
    " VALUES (:i, :g, :c, :u, :h, '[2020-01-01,)')"
)


@pytest.fixture(scope="module")
def town(opened: House, beigou: Village) -> Any:
    """Another town of the county without anybody; the programme is the waterworks' own, which links a home itself."""
    town = ids.uuid7()

    def work(session: Any) -> None:
        session.execute(_OFFICE, {"o": beigou.waterworks, "p": beigou.programme})
        session.execute(_OTHER, {"i": town, "p": beigou.county})
        session.execute(_ABOVE, {"u": town, "a": beigou.county})
        facts = {"i": ids.uuid7(), "g": beigou.programme, "u": beigou.waterworks, "h": beigou.unmapped}
        session.execute(_UNIT_LINK, facts | {"c": LinkCategory.NEEDY.value})

    opened.write(work)
    return town


@pytest.fixture
def ask(app: Flask, hire: Hire, enter: Enter, beigou: Village, town: Any) -> Ask:
    """Ask as somebody with a role at a unit."""

    def ask(query: str = "", role: Role = Role.PROGRAMME_OFFICE, unit: Any = None) -> TestResponse:
        caller = app.test_client()
        enter(caller, hire(role, unit or beigou.waterworks))
        return caller.get(f"/console/v1/handovers/holders?{query}")

    return ask


def test_an_office_sees_the_cadres_below_it_and_how_many_links_each_has(ask: Ask, beigou: Village) -> None:
    items = ask().json["items"]
    assert [(one["name"], one["unit"], one["links"]) for one in items] == [("李", "北沟村", 1), ("陈", "北沟村", 0)]
    assert {one["id"] for one in items} == {str(beigou.li), str(beigou.chen)}


def test_they_are_found_by_name_number_and_page(ask: Ask, opened: House, beigou: Village) -> None:
    def work(session: Any) -> None:
        people.give_role(session, people.add_person(session, "PL%1", "王%一"), Role.CADRE, beigou.village)

    opened.write(work)
    assert [one["name"] for one in ask("q=%25").json["items"]] == ["王%一"]
    assert [one["name"] for one in ask("q=PL").json["items"]] == ["王%一"]
    first = ask("limit=2").json
    rest = ask(f"limit=2&cursor={first['next']}").json
    assert [one["name"] for one in first["items"] + rest["items"]] == ["李", "王%一", "陈"]
    assert rest["next"] is None


def test_units_hold_links_too(ask: Ask, beigou: Village) -> None:
    items = {one["name"]: one["links"] for one in ask("kind=unit").json["items"]}
    assert items["水务局"] == 1
    assert items["北沟镇"] == 0
    assert ask(f"kind=unit&programme={ids.uuid7()}&q=水务").json["items"][0]["links"] == 0


def test_links_of_other_offices_are_not_counted_and_other_towns_not_shown(ask: Ask, beigou: Village, town: Any) -> None:
    assert ask(unit=town).json["items"] == []
    elsewhere = ask(unit=beigou.town).json["items"]
    assert {one["name"] for one in elsewhere} >= {"李", "陈"}
    assert {one["links"] for one in elsewhere} == {0}


@pytest.mark.parametrize("role", [Role.LEADER, Role.VERIFIER, Role.UNIT_ADMIN, Role.CADRE])
def test_nobody_else_sees_who_is_linked(ask: Ask, role: Role) -> None:
    assert ask(role=role).status_code == 403
