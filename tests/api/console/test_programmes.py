"""An office creates a programme of its own: once however often it is asked, and nobody else does."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from sync import ids
from sync.access import Actor, HeldRole
from sync.duty.programmes import Created, Rule, create
from sync.house import House
from sync.words import LinkCategory, Role
from tests.api.console.test_duty import Desk, Log, app, beigou, leader, log_in, office, opened
from tests.factories.village import Village

__all__ = ["app", "beigou", "leader", "log_in", "office", "opened"]


def wanted(village: Village, **other: Any) -> dict[str, Any]:
    return {
        "id": str(ids.uuid7()), "code": "WULIAN-2", "office": str(village.county), "name": "五联(二)",
        "basis": "某发〔2026〕2号", "valid_from": "2026-01-01", "valid_to": "2027-12-31",
        "rules": [
            {"category": "needy", "rhythm": "quarter", "number": 2},
            {"event": "death", "term": 24, "term_kind": "hours"},
        ],
    } | other  # fmt: skip


def codes(desk: Desk) -> list[str]:
    return [one["code"] for one in desk.get("programmes").json["items"]]


def test_an_office_creates_a_programme_and_edits_it_like_any_other(
    opened: House, beigou: Village, office: Desk
) -> None:
    told = wanted(beigou)
    answer = office.send("POST", "programmes", **told)
    assert answer.status_code == 201, answer.json
    made = answer.json
    assert {name: made[name] for name in ("id", "code", "name", "basis", "valid_from", "valid_to", "may_edit")} == {
        "id": told["id"], "code": "WULIAN-2", "name": "五联(二)", "basis": "某发〔2026〕2号",
        "valid_from": "2026-01-01", "valid_to": "2027-12-31", "may_edit": True,
    }  # fmt: skip
    assert made["office"] == {"id": str(beigou.county), "name": "蓬莱区"}
    assert [(rule["category"], rule["event"], rule["rhythm"], rule["term"]) for rule in made["rules"]] == [
        ("needy", None, "quarter", None), (None, "death", None, 24),
    ]  # fmt: skip
    assert made in office.get("programmes").json["items"]
    query = text("SELECT unit_id, facts FROM event WHERE verb = 'programme.created' AND subject_id = :i")
    [(unit, facts)] = opened.read(lambda s: s.execute(query, {"i": told["id"]}).all())
    assert (unit, facts["code"], len(facts["after"])) == (beigou.county, "WULIAN-2", 2)
    fed = text("SELECT op FROM feed_item WHERE kind = 6 AND scope = 'g' AND id = :i")
    assert opened.read(lambda s: s.scalars(fed, {"i": told["id"]}).all()) == ["P"]
    change = {name: told[name] for name in ("name", "basis", "valid_from", "valid_to")} | {"rules": []}
    assert office.send("PUT", f"programmes/{told['id']}", **change).json["rules"] == []


def test_a_request_whose_answer_was_lost_makes_one_programme(
    opened: House, beigou: Village, office: Desk, log_in: Log
) -> None:
    told = wanted(beigou)
    first = office.send("POST", "programmes", **told)
    assert office.send("POST", "programmes", **told).json == first.json
    for other in (told | {"name": "六联"}, told | {"rules": []}, told | {"code": "OTHER"}):
        refused = office.send("POST", "programmes", **other)
        assert (refused.status_code, refused.json["code"], refused.json["pointer"]) == (409, "conflict", "/id")
    change = {name: told[name] for name in ("basis", "valid_from", "valid_to", "rules")} | {"name": "新名"}
    office.send("PUT", f"programmes/{told['id']}", **change)
    again = office.send("POST", "programmes", **told)
    assert (again.status_code, again.json["name"]) == (201, "新名")  # what became of it since stays
    colleague = log_in(Role.PROGRAMME_OFFICE, beigou.county)
    assert colleague.send("POST", "programmes", **told).json["pointer"] == "/id"
    imported = office.send("POST", "programmes", **told | {"id": str(beigou.programme)})
    assert (imported.json["code"], imported.json["pointer"]) == ("conflict", "/id")
    assert codes(office) == ["5L", "WULIAN-2"]
    verbs = "SELECT verb FROM event WHERE verb LIKE 'programme.%' ORDER BY id"
    assert opened.read(lambda s: s.scalars(text(verbs)).all()) == ["programme.created", "programme.edited"]


def test_requests_of_the_same_moment_make_one_programme(opened: House, beigou: Village) -> None:
    actor = Actor(ids.uuid7(), (HeldRole(Role.PROGRAMME_OFFICE, beigou.county),))
    told = Created(
        id=ids.uuid7(), code="AT-ONCE", office_id=beigou.county, name="同时", basis="", begins=None, ends=None,
        rules=[Rule(category=LinkCategory.NEEDY)],
    )  # fmt: skip
    work = partial(create, actor=actor, policy=opened.policy.duty, wanted=told)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(opened.write, [work] * 4)) == [None] * 4
    for query in ("event WHERE subject_id = :i", "programme_rule WHERE programme_id = :i"):
        counted = text(f"SELECT count(*) FROM {query}")
        assert opened.read(lambda s, counted=counted: s.scalar(counted, {"i": told.id})) == 1


def test_a_code_is_given_once(beigou: Village, office: Desk) -> None:
    refused = office.send("POST", "programmes", **wanted(beigou, code="5L"))
    assert (refused.status_code, refused.json["code"], refused.json["pointer"]) == (
        409, "programme-code-taken", "/code",
    )  # fmt: skip
    assert refused.mimetype == "application/problem+json"
    assert codes(office) == ["5L"]


@pytest.mark.parametrize(
    ("other", "code", "pointer"),
    [
        ({"code": ""}, "invalid", "/code"),
        ({"code": "五 联"}, "invalid", "/code"),
        ({"code": "WULIAN\n"}, "invalid", "/code"),
        ({"code": "x" * 41}, "invalid", "/code"),
        ({"office": None}, "invalid", "/office"),
        ({"name": ""}, "invalid", "/name"),
        ({"valid_to": "2025-12-31"}, "invalid", "/valid_to"),
        ({"rules": [{"category": "needy", "event": "death"}]}, "invalid", "/rules/0"),
        ({"rules": [{"category": "needy"}, {"category": "needy"}]}, "invalid", "/rules/1"),
        ({"rules": [{"category": "needy", "term": 3}]}, "invalid", "/rules/0/term_kind"),
        ({"rules": [{"category": "petition_matter", "rhythm": "month"}]}, "rhythm-too-often", "/rules/0/rhythm"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(
    beigou: Village, office: Desk, other: dict[str, Any], code: str, pointer: str
) -> None:
    refused = office.send("POST", "programmes", **wanted(beigou, **other))
    assert (refused.status_code, refused.json["code"], refused.json["pointer"]) == (422, code, pointer)
    assert codes(office) == ["5L"]


def test_only_an_office_creates_and_only_its_own(opened: House, beigou: Village, leader: Desk, log_in: Log) -> None:
    roads = log_in(Role.PROGRAMME_OFFICE, beigou.roads)  # a department: no unit of the map, yet an office
    assert roads.get("programmes").json["offices"] == [{"id": str(beigou.roads), "name": "公路局"}]
    assert leader.get("programmes").json["offices"] == []
    town = log_in(Role.PROGRAMME_OFFICE, beigou.town)
    admin = log_in(Role.UNIT_ADMIN, beigou.county)
    for other in (roads, town, leader, admin):
        refused = other.send("POST", "programmes", **wanted(beigou))
        assert (refused.status_code, refused.json["code"]) == (403, "forbidden")
    assert roads.send("POST", "programmes", **wanted(beigou, office=str(beigou.roads))).status_code == 201
    assert codes(roads) == ["5L", "WULIAN-2"]
