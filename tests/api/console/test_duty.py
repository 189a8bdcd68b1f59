"""The board, the numbers, the gaps, excuses and programmes through HTTP: who sees what, and that reading is noted."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from api.app import create_app
from sync import clock, ids
from sync.duty import rounds
from sync.duty.owing import Owed, owe_contacts
from sync.house import House
from sync.words import LinkCategory, OwedFor, Role
from tests.api.conftest import Enter, take_on
from tests.factories.owing import call_at, owe_event
from tests.factories.rows import add_link, add_place
from tests.factories.village import Village, found

DAY = timedelta(days=1)


@pytest.fixture
def opened(house: House) -> House:
    """An installation of each test."""
    return house


@pytest.fixture
def beigou(opened: House) -> Village:
    """Beigou, with the county in charge of 五联 and the rule that each cadre of a village links one needy home."""
    made = opened.write(found)
    office = text("UPDATE programme SET office_id = :o WHERE id = :p")
    rule = text(
        "INSERT INTO programme_rule (id, programme_id, category, holder, role, level, target, number) VALUES"
        " (:i, :p, 'needy', 'cadre', 'cadre', 'village', 'household', 1), (:j, :p, 'able_person', 'unit', NULL,"
        " 'town', 'household', 1)"
    )
    opened.write(lambda s: s.execute(office, {"o": made.county, "p": made.programme}))
    opened.write(lambda s: s.execute(rule, {"i": ids.uuid7(), "j": ids.uuid7(), "p": made.programme}))
    return made


@pytest.fixture
def app(opened: House) -> Any:
    app = create_app(opened.settings)
    yield app
    app.extensions["doorstep"].close()


class Desk:
    """Somebody at a browser."""

    def __init__(self, caller: FlaskClient, csrf: str) -> None:
        self.caller, self.csrf = caller, csrf

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.caller.get(f"/console/v1/duty/{path}", query_string=query)

    def send(self, verb: str, path: str, **wanted: Any) -> TestResponse:
        headers = {"X-CSRF-Token": self.csrf}
        return self.caller.open(f"/console/v1/duty/{path}", method=verb, json=wanted, headers=headers)


Log = Callable[[Role, UUID], Desk]


@pytest.fixture
def log_in(app: Flask, opened: House, enter: Enter) -> Log:
    def log_in(role: Role, unit: UUID) -> Desk:
        caller = app.test_client()
        return Desk(caller, enter(caller, take_on(opened, role, unit)))

    return log_in


@pytest.fixture
def office(log_in: Log, beigou: Village) -> Desk:
    return log_in(Role.PROGRAMME_OFFICE, beigou.county)


@pytest.fixture
def leader(log_in: Log, beigou: Village) -> Desk:
    return log_in(Role.LEADER, beigou.town)


@pytest.fixture
def owed(opened: House, beigou: Village) -> dict[str, UUID]:
    """Of the home's link one that is overdue; a life event at the other home, which is nobody's; one met."""
    now = clock.now()

    def work(session: Any) -> dict[str, UUID]:
        link = session.scalar(text("SELECT id FROM link"))
        under_link = {
            "place_id": beigou.home, "origin": OwedFor.PROGRAMME, "programme_id": beigou.programme, "link_id": link,
        }  # fmt: skip
        call_at(session, beigou, beigou.home, now - 20 * DAY)
        [late] = owe_contacts(session, opened.policy, [Owed(**under_link, opens_at=now - 9 * DAY, due_at=now - DAY)])
        [met] = owe_contacts(
            session, opened.policy, [Owed(**under_link, opens_at=now - 30 * DAY, due_at=now - 2 * DAY)]
        )
        return {"late": late, "met": met, "event": owe_event(session, beigou.unmapped, now)}

    return opened.write(work)


def shown(desk: Desk, **query: Any) -> list[str]:
    answer = desk.get("obligations", **query)
    assert answer.status_code == 200, answer.json
    return [one["id"] for one in answer.json["items"]]


def test_the_rows_behind_a_count_are_found_by_the_days_in_which_they_were_due(
    office: Desk, owed: dict[str, UUID]
) -> None:
    today = clock.today()
    until = today - timedelta(days=1)
    counted = office.get("counts", **{"from": str(today - timedelta(days=40)), "until": str(until)}).json["total"]
    days = {"due_from": str(today - timedelta(days=40)), "due_until": str(until)}
    assert (counted["met"], counted["owed"]) == (1, 1)
    assert shown(office, show="met", **days) == [str(owed["met"])]
    assert shown(office, show="owed", **days) == [str(owed["late"])]
    assert shown(office, show="owed", due_from=str(today)) == [str(owed["event"])]
    assert shown(office, show="met", due_from=str(today)) == []


def test_the_board_shows_the_office_what_is_owed_and_notes_that_it_was_read(
    opened: House, beigou: Village, office: Desk, owed: dict[str, UUID]
) -> None:
    items = office.get("obligations").json["items"]
    assert [one["id"] for one in items] == [str(owed["late"]), str(owed["event"])]
    late, event = items
    assert (late["place"]["name"], late["unit"]["name"], late["holder"]["name"]) == ("北沟村1号", "北沟村", "李")
    assert (late["category"], late["programme"]["name"], late["light"]) == ("needy", "五联", "red")
    assert (event["category"], event["programme"], event["holder"], event["light"]) == (None, None, None, "green")
    reads = opened.read(lambda s: s.execute(text("SELECT fields, duty, request FROM read_audit")).all())
    assert [tuple(row) for row in reads] == [("obligation", "programme_office", "/console/v1/duty/obligations")]


def test_the_board_is_filtered_and_paged(beigou: Village, office: Desk, owed: dict[str, UUID]) -> None:
    late, met, event = (str(owed[name]) for name in ("late", "met", "event"))
    assert shown(office, show="overdue") == [late]
    assert shown(office, show="nobody") == [event]
    assert shown(office, show="met") == [met]
    assert shown(office, show="upcoming") == shown(office, show="lapsed") == shown(office, show="paused") == []
    assert shown(office, holder=beigou.li) == shown(office, programme=beigou.programme) == [late]
    assert shown(office, category="needy") == [late]
    assert shown(office, category="ordinary") == []
    assert shown(office, origin="life_event") == [event]
    assert shown(office, unit=beigou.village) == [late, event]
    first = office.get("obligations", limit=1).json
    assert [one["id"] for one in first["items"]] == [late]
    last = office.get("obligations", limit=1, cursor=first["next"]).json
    assert ([one["id"] for one in last["items"]], last["next"]) == ([event], None)


def test_what_an_attempt_pauses_is_grey_and_not_overdue(
    opened: House, beigou: Village, office: Desk, owed: dict[str, UUID]
) -> None:
    query = text("UPDATE obligation SET paused_until = :u WHERE id = :i")
    opened.write(lambda s: s.execute(query, {"u": clock.now() + DAY, "i": owed["late"]}))
    assert shown(office, show="overdue") == []
    [one] = office.get("obligations", show="paused").json["items"]
    assert (one["id"], one["light"]) == (str(owed["late"]), "grey")


def test_an_office_sees_neither_other_programmes_nor_units_that_are_not_its_own(
    opened: House, beigou: Village, log_in: Log, owed: dict[str, UUID]
) -> None:
    town = log_in(Role.PROGRAMME_OFFICE, beigou.town)  # in charge of no programme: what has none, and what is nobody's
    assert shown(town) == [str(owed["event"])]
    assert town.get("obligations", unit=beigou.county).status_code == 404
    roads = log_in(Role.PROGRAMME_OFFICE, beigou.roads)  # a department: the county is where its programmes are
    assert shown(roads) == []
    assert roads.get("counts", unit=beigou.village).status_code == 200
    assert (
        roads.send("POST", f"obligations/{owed['late']}/excuse", id=str(ids.uuid7()), excuse="unreachable").status_code
        == 404
    )


@pytest.mark.parametrize("role", [Role.CADRE, Role.VERIFIER, Role.DISPATCHER, Role.UNIT_ADMIN])
def test_duty_is_nobody_elses(beigou: Village, log_in: Log, role: Role) -> None:
    desk = log_in(role, beigou.county)
    for path in ("counts", "gaps", "gaps/few-links", "obligations", "homes"):
        query = {"unit": beigou.village} if path == "homes" else {}
        assert desk.get(path, **query).status_code == 403, path
    for path in ("excuse", "restore"):
        body = {"id": str(ids.uuid7()), "excuse": "unreachable"} if path == "excuse" else {}
        assert desk.send("POST", f"obligations/{ids.uuid7()}/{path}", **body).status_code == 403


def test_a_leader_sees_numbers_without_names_or_categories(
    opened: House, beigou: Village, leader: Desk, owed: dict[str, UUID]
) -> None:
    for path in ("obligations", "gaps/few-links", "homes"):
        assert leader.get(path, **({"unit": beigou.village} if path == "homes" else {})).status_code == 403
    first = clock.today() - timedelta(days=40)
    answer = leader.get("counts", **{"from": first.isoformat(), "until": clock.today().isoformat()}).json
    [village] = [one for one in answer["items"] if one["kind"] == "village"]
    assert (village["name"], village["homes"], village["linked"], village["contacted"]) == ("北沟村", 2, 1, 1)
    assert (village["met"], village["owed"], village["overdue"], village["nobody"]) == (1, 1, 1, 1)
    assert village["late"] == village["lapsed"] == village["excused"] == village["paused"] == 0
    assert answer["total"]["homes"] == 2
    assert leader.get("counts", unit=beigou.county).status_code == 404
    assert leader.get("gaps", unit=beigou.county).status_code == 404


def test_the_numbers_of_an_office_are_those_of_its_programmes(
    opened: House, beigou: Village, office: Desk, log_in: Log, owed: dict[str, UUID]
) -> None:
    whole = office.get("counts").json["total"]
    assert (whole["homes"], whole["linked"], whole["overdue"], whole["nobody"]) == (2, 1, 1, 1)
    other = log_in(Role.PROGRAMME_OFFICE, beigou.roads).get("counts").json["total"]
    assert (other["homes"], other["linked"], other["overdue"], other["nobody"]) == (2, 0, 0, 1)
    only = office.get("counts", programme=beigou.programme).json["total"]
    assert (only["overdue"], only["nobody"]) == (1, 0)


def test_from_the_city_down_to_a_household(opened: House, beigou: Village, office: Desk, owed: dict[str, UUID]) -> None:
    opened.write(lambda s: add_link(s, beigou, beigou.chen, add_place(s, beigou)))
    unit: Any = None
    for kind in ("town", "village"):
        items = office.get("counts", **({"unit": unit} if unit else {})).json["items"]
        [one] = [item for item in items if item["kind"] == kind]
        assert (one["homes"], one["linked"]) == (3, 2)
        unit = one["unit"]
    homes = office.get("homes", unit=unit).json["items"]
    assert {(one["name"], one["overdue"], one["owed"]) for one in homes} == {
        ("北沟村1号", True, 1), ("北沟村3号", False, 0),
    }  # fmt: skip
    assert [one["name"] for one in office.get("homes", unit=unit, show="overdue").json["items"]] == ["北沟村1号"]
    assert next(one["met_at"] for one in homes if one["overdue"]) is not None
    opened.write(lambda s: s.execute(text("UPDATE place SET state = 'gone' WHERE name = '北沟村3号'")))
    assert [one["name"] for one in office.get("homes", unit=unit).json["items"]] == ["北沟村1号"]


def test_gaps_name_who_links_too_little(opened: House, beigou: Village, office: Desk, owed: dict[str, UUID]) -> None:
    items = office.get("gaps/few-links").json["items"]
    told = {(one["holder"]["name"], one["holder"]["kind"], one["category"], one["has"], one["number"]) for one in items}
    assert told == {
        ("陈", "cadre", "needy", 0, 1), ("北沟镇", "unit", "able_person", 0, 1),
    }  # fmt: skip
    opened.write(lambda s: add_link(s, beigou, beigou.chen, beigou.unmapped))
    assert len(office.get("gaps/few-links", unit=beigou.town).json["items"]) == 1
    assert office.get("gaps/few-links", programme=ids.uuid7()).json["items"] == []
    query = text("INSERT INTO needy (id, place_id, list, valid) VALUES (:i, :p, '低保', '(,)')")
    for place in (beigou.home, opened.write(lambda s: add_place(s, beigou))):
        opened.write(lambda s, place=place: s.execute(query, {"i": ids.uuid7(), "p": place}))
    total = office.get("gaps").json["total"]
    assert total == {"few_links": 1, "nobody": 1, "overdue": 1, "uncovered": 1}


def test_the_office_excuses_with_a_reason_and_takes_it_back(
    opened: House, beigou: Village, office: Desk, owed: dict[str, UUID]
) -> None:
    path, told = f"obligations/{owed['late']}/excuse", {"id": str(ids.uuid7()), "excuse": "other", "text": "家里有丧事"}
    assert office.send("POST", path, **told | {"text": " "}).json["code"] == "reason-missing"
    assert office.send("POST", path, **told | {"excuse": "link_ended"}).status_code == 422
    for _ in range(2):
        answer = office.send("POST", path, **told)
        assert (answer.status_code, answer.json["state"], answer.json["excuse"]) == (200, "excused", "other")
    assert office.send("POST", path, **told | {"excuse": "unreachable"}).json["code"] == "conflict"
    met = office.send("POST", f"obligations/{owed['met']}/excuse", **told | {"id": str(ids.uuid7())})
    assert met.json["code"] == "obligation-met"
    back = f"obligations/{owed['late']}/restore"
    assert office.send("POST", back).json["state"] == "owed"
    assert office.send("POST", back).json["code"] == "not-excused"
    verbs = "SELECT verb FROM event WHERE verb LIKE 'obligation.%' ORDER BY id"
    assert opened.read(lambda s: s.scalars(text(verbs)).all()) == ["obligation.excused", "obligation.restored"]


def test_taking_an_excuse_back_finds_the_contact_that_was_made_meanwhile(
    opened: House, beigou: Village, office: Desk, owed: dict[str, UUID]
) -> None:
    told = {"id": str(ids.uuid7()), "excuse": "unreachable"}
    office.send("POST", f"obligations/{owed['late']}/excuse", **told)
    visit = opened.write(lambda s: call_at(s, beigou, beigou.home, clock.now() - 3 * DAY))
    answer = office.send("POST", f"obligations/{owed['late']}/restore").json
    assert (answer["state"], answer["met_visit"]) == ("met", str(visit))


def test_a_programme_is_written_by_its_office_alone(
    opened: House, beigou: Village, office: Desk, leader: Desk, log_in: Log
) -> None:
    [known] = office.get("programmes").json["items"]
    assert (known["name"], known["office"]["name"], known["may_edit"], known["valid_to"]) == (
        "五联",
        "蓬莱区",
        True,
        None,
    )
    assert [rule["category"] for rule in known["rules"]] == ["needy", "able_person"]
    assert [one["may_edit"] for one in leader.get("programmes").json["items"]] == [False]
    wanted = {
        "name": "五联", "basis": "某发〔2026〕1号", "valid_from": "2026-01-01", "valid_to": None,
        "rules": [
            {"category": "needy", "rhythm": "quarter", "number": 2},
            {"event": "death", "term": 24, "term_kind": "hours"},
        ],
    }  # fmt: skip
    path = f"programmes/{known['id']}"
    for other in (leader, log_in(Role.PROGRAMME_OFFICE, beigou.town)):
        assert other.send("PUT", path, **wanted).status_code == 403
    assert office.send("PUT", f"programmes/{ids.uuid7()}", **wanted).status_code == 404
    answer = office.send("PUT", path, **wanted).json
    assert (answer["basis"], answer["valid_from"], len(answer["rules"])) == ("某发〔2026〕1号", "2026-01-01", 2)
    facts = opened.read(lambda s: s.scalar(text("SELECT facts FROM event WHERE verb = 'programme.edited'")))
    assert [len(facts[name]) for name in ("before", "after")] == [2, 2]
    fed = "SELECT count(*) FROM feed_item WHERE kind = 6 AND scope = 'g' AND op = 'P'"
    assert opened.read(lambda s: s.scalar(text(fed))) == 1


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ([{"category": "needy", "event": "death"}], "invalid"),
        ([{}], "invalid"),
        ([{"category": "needy", "term": 3}], "invalid"),
        ([{"category": "needy"}, {"category": "needy"}], "invalid"),
        ([{"category": LinkCategory.PETITION_MATTER.value, "rhythm": "month"}], "rhythm-too-often"),
    ],
)
def test_rules_that_make_no_sense_are_refused(office: Desk, rules: list[Any], code: str) -> None:
    [known] = office.get("programmes").json["items"]
    wanted = {"name": "五联", "basis": "", "valid_from": "2026-02-01", "valid_to": None, "rules": rules}
    answer = office.send("PUT", f"programmes/{known['id']}", **wanted)
    assert (answer.status_code, answer.json["code"]) == (422, code)
    backwards = office.send("PUT", f"programmes/{known['id']}", **wanted | {"rules": [], "valid_to": "2026-01-31"})
    assert backwards.json["code"] == "invalid"


def test_somebody_without_a_role_sees_no_programmes(opened: House, beigou: Village, log_in: Log) -> None:
    desk = log_in(Role.LEADER, beigou.town)
    opened.write(lambda s: s.execute(text("DELETE FROM person_role WHERE role = 'leader'")))
    assert desk.get("programmes").status_code == 403


def test_handing_a_home_over_moves_what_is_owed(
    opened: House, beigou: Village, office: Desk, owed: dict[str, UUID]
) -> None:
    opened.write(lambda s: rounds.owe_visits(s, opened.policy))
    wanted = {
        "id": str(ids.uuid7()), "from": {"cadre": str(beigou.li)}, "to": {"cadre": str(beigou.chen)},
        "starts_on": clock.today().isoformat(),
    }  # fmt: skip
    headers = {"X-CSRF-Token": office.csrf}
    assert office.caller.post("/console/v1/handovers", json=wanted, headers=headers).status_code == 201
    query = text("SELECT DISTINCT state, holder_id FROM obligation WHERE link_id IS NOT NULL")
    held = {tuple(row) for row in opened.read(lambda s: s.execute(query).all())}
    assert held == {("met", beigou.li), ("owed", beigou.chen)}
    opened.write(lambda s: rounds.owe_visits(s, opened.policy))
    twice = text(
        "SELECT count(*) FROM obligation WHERE link_id IS NOT NULL GROUP BY opens_at, programme_id HAVING count(*) > 1"
    )
    assert opened.read(lambda s: s.execute(twice).all()) == []
