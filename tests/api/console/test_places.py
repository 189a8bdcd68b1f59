"""Looking for places, at places, and merging doubles: verifiers of the units above, nobody else."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import ids
from sync.house import House
from sync.words import Role
from tests.api.conftest import Enter, Hire, Known
from tests.factories import batches
from tests.factories.batches import this_morning
from tests.factories.handing import hand_in
from tests.factories.village import HOME, Village


@pytest.fixture(scope="module")
def wang(beigou: Village, hire: Hire) -> Known:
    """Verifier of the town: sees the villages under it."""
    return hire(Role.VERIFIER, beigou.town)


@pytest.fixture
def verifier(caller: FlaskClient, enter: Enter, wang: Known) -> tuple[FlaskClient, dict[str, str]]:
    return caller, {"X-CSRF-Token": enter(caller, wang)}


def add_place(house: House, unit: UUID, name: str, code: str | None = None, east: float | None = None) -> UUID:
    place = ids.uuid7()
    at = None if east is None else f"SRID=4326;POINT({HOME[0] + east} {HOME[1]})"
    facts = {"i": place, "u": unit, "n": name, "c": code, "p": at}
    house.write(
        lambda session: session.execute(
            text(
                "INSERT INTO place (id, kind, unit_id, name, code, position, state)"
                " VALUES (:i, 'household', :u, :n, :c, CAST(:p AS geography), 'active')"
            ),
            facts,
        )
    )
    return place


def names(answer: Any) -> list[str]:
    return [item["name"] for item in answer.json["items"]]


WHY = {"Doorstep-Reason": quote("群众来电核对门牌")}


def reads(house: House, person: UUID) -> list[tuple[Any, ...]]:
    rows = text("SELECT place_id, fields, duty, request, reason FROM read_audit WHERE person_id = :p ORDER BY id")
    return house.read(lambda session: [tuple(row) for row in session.execute(rows, {"p": person})])


def test_places_are_found_by_name_and_code_page_by_page(
    verifier: tuple[FlaskClient, dict[str, str]], opened: House, beigou: Village
) -> None:
    client, _ = verifier
    for n in range(3):
        add_place(opened, beigou.village, f"南湾{n}%号", f"NW-{n}")
    add_place(opened, beigou.county, "南湾招待所")
    first = client.get(f"/console/v1/places?q=南湾&limit=2&unit={beigou.town}")
    assert names(first) == ["南湾0%号", "南湾1%号"]
    assert first.json["items"][0]["unit"] == {"id": str(beigou.village), "name": "北沟村"}
    second = client.get("/console/v1/places", query_string={"q": "南湾", "limit": 2, "cursor": first.json["next"]})
    assert (names(second), second.json["next"]) == (["南湾2%号"], None)
    assert names(client.get("/console/v1/places?q=NW-1")) == ["南湾1%号"]
    assert names(client.get("/console/v1/places?q=0%25")) == ["南湾0%号"]
    assert client.get("/console/v1/places?cursor=!").status_code == 422


def test_opening_a_place_shows_its_history_and_is_noted(
    verifier: tuple[FlaskClient, dict[str, str]], opened: House, beigou: Village, wang: Known
) -> None:
    client, _ = verifier
    statement = text(
        "INSERT INTO place_position (place_id, n, position, method, visits, at)"
        " SELECT id, 1, position, 'imported', '{}', now() FROM place WHERE id = :p"
    )
    opened.write(lambda session: session.execute(statement, {"p": beigou.home}))
    shown = client.get(f"/console/v1/places/{beigou.home}", headers=WHY).json
    assert (shown["name"], shown["lon"], shown["lat"], shown["aliases"]) == ("北沟村1号", *HOME, [])
    assert [(one["n"], one["lon"], one["method"], one["visits"]) for one in shown["positions"]] == [
        (1, HOME[0], "imported", 0)
    ]
    assert not {"contacts", "category", "note"} & shown.keys()
    path = f"/console/v1/places/{beigou.home}"
    assert shown["duty"] == "reason"
    assert reads(opened, wang.id)[-1] == (beigou.home, "name,address,position", "reason", path, "群众来电核对门牌")


def test_a_merge_is_previewed_made_repeated_and_undone(
    verifier: tuple[FlaskClient, dict[str, str]], opened: House, beigou: Village
) -> None:
    client, headers = verifier
    opened.write(lambda s: hand_in(s, beigou.phone_li, batches.visit(beigou, this_morning())))
    shed = add_place(opened, beigou.village, "北沟村1号院", east=0.00005)
    suggested = client.get(f"/console/v1/places/doubles?unit={beigou.village}").json["items"]
    assert {str(shed), str(beigou.home)} in [{one["one"]["id"], one["other"]["id"]} for one in suggested]
    preview = client.post(f"/console/v1/places/{shed}/preview", json={"into": str(beigou.home)}, headers=headers)
    into = preview.json["into"]
    assert (into["links"], into["linked_cadres"], into["visits"], into["contacts"]) == (1, 1, 1, 0)
    assert into["visitors"] == [{"id": str(beigou.li), "name": "李", "visits": 1}]
    assert preview.json["away"]["visits"] == 0
    merge = {"into": str(beigou.home), "id": str(ids.uuid7())}
    answers = [client.post(f"/console/v1/places/{shed}/merge", json=merge, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json == answers[1].json
    assert (answers[0].json["away"], answers[0].json["into"]) == (str(shed), str(beigou.home))
    shown = client.get(f"/console/v1/places/{beigou.home}", headers=WHY).json
    assert [(one["id"], one["merge"]) for one in shown["aliases"]] == [(str(shed), merge["id"])]
    assert client.get(f"/console/v1/places/{shed}", headers=WHY).json["merged_into"] == str(beigou.home)
    assert "北沟村1号院" not in names(client.get("/console/v1/places?q=北沟村1"))
    undone = client.post(f"/console/v1/merges/{merge['id']}/undo", headers=headers)
    assert (undone.status_code, undone.json["undone_at"] is not None) == (200, True)
    assert client.get(f"/console/v1/places/{shed}", headers=WHY).json["merged_into"] is None
    suggested = client.get(f"/console/v1/places/doubles?unit={beigou.village}").json["items"]
    assert {str(shed), str(beigou.home)} not in [{one["one"]["id"], one["other"]["id"]} for one in suggested]


def test_what_cannot_be_merged_is_told(
    verifier: tuple[FlaskClient, dict[str, str]], opened: House, beigou: Village
) -> None:
    client, headers = verifier
    one, other, third = (add_place(opened, beigou.village, f"合并{n}") for n in range(3))

    def code(away: UUID, into: UUID) -> tuple[int, str]:
        asked = {"into": str(into), "id": str(ids.uuid7())}
        answer = client.post(f"/console/v1/places/{away}/merge", json=asked, headers=headers)
        return answer.status_code, answer.json.get("code", "")

    assert code(one, one) == (409, "merge-itself")
    assert code(one, ids.uuid7()) == (404, "not-found")
    assert code(one, other) == (201, "")
    assert code(other, one) == (409, "merge-cycle")
    assert code(one, third) == (409, "merged-already")
    assert client.post(f"/console/v1/merges/{ids.uuid7()}/undo", headers=headers).status_code == 404


def test_both_places_lie_in_the_scope_of_whoever_merges(
    verifier: tuple[FlaskClient, dict[str, str]], opened: House, beigou: Village
) -> None:
    client, headers = verifier
    here, town = add_place(opened, beigou.village, "界内"), add_place(opened, beigou.town, "镇政府")
    for away, into in ((here, town), (town, here)):
        asked = {"into": str(into), "id": str(ids.uuid7())}
        assert client.post(f"/console/v1/places/{away}/merge", json=asked, headers=headers).status_code == 403
        assert client.post(f"/console/v1/places/{away}/preview", json=asked, headers=headers).status_code in (403, 422)
    assert client.get(f"/console/v1/places/{town}").status_code == 404


def test_a_verifier_of_the_county_merges_across_its_villages(
    caller: FlaskClient, enter: Enter, hire: Hire, opened: House, beigou: Village
) -> None:
    headers = {"X-CSRF-Token": enter(caller, hire(Role.VERIFIER, beigou.county))}
    one, other = add_place(opened, beigou.village, "跨一"), add_place(opened, beigou.town, "跨二")
    asked = {"into": str(other), "id": str(ids.uuid7())}
    assert caller.post(f"/console/v1/places/{one}/merge", json=asked, headers=headers).status_code == 201


@pytest.mark.parametrize("role", [Role.UNIT_ADMIN, Role.DISPATCHER, Role.LEADER, Role.CADRE, Role.PROGRAMME_OFFICE])
def test_nobody_else_merges_or_sees_places_of_others(
    caller: FlaskClient, enter: Enter, hire: Hire, beigou: Village, role: Role
) -> None:
    headers = {"X-CSRF-Token": enter(caller, hire(role, beigou.county))}
    asked = {"into": str(beigou.home), "id": str(ids.uuid7())}
    assert caller.post(f"/console/v1/places/{beigou.unmapped}/merge", json=asked, headers=headers).status_code == 403
    assert caller.get(f"/console/v1/places/{beigou.home}").status_code == 404
    assert caller.get("/console/v1/places").json == {"items": [], "next": None}
    assert caller.get("/console/v1/places/doubles").json == {"items": [], "next": None}


def test_merging_asks_for_the_token_of_the_page(verifier: tuple[FlaskClient, dict[str, str]], beigou: Village) -> None:
    client, _ = verifier
    asked = {"into": str(beigou.home), "id": str(ids.uuid7())}
    assert client.post(f"/console/v1/places/{beigou.unmapped}/merge", json=asked).json["code"] == "csrf-failed"


def test_doubles_come_by_units_page_by_page(
    verifier: tuple[FlaskClient, dict[str, str]], opened: House, beigou: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, _ = verifier
    other = ids.uuid7()

    def found_grid(session: Session) -> None:
        session.execute(
            text("INSERT INTO unit (id, parent_id, kind, name, sort_code) VALUES (:i, :p, 'grid', '一网格', '2')"),
            {"i": other, "p": beigou.village},
        )
        for above, depth in ((other, 0), (beigou.village, 1), (beigou.town, 2), (beigou.county, 3)):
            session.execute(text("INSERT INTO unit_above VALUES (:u, :a, :d)"), {"u": other, "a": above, "d": depth})

    opened.write(found_grid)
    for unit in (beigou.village, other):
        for _ in range(2):
            add_place(opened, unit, "双胞胎")
    monkeypatch.setattr("api.console.places.UNITS_A_PAGE", 1)
    seen: list[str] = []
    asked: dict[str, str] = {}
    while True:
        page = client.get("/console/v1/places/doubles", query_string=asked).json
        seen += [one["one"]["unit"]["id"] for one in page["items"] if one["one"]["name"] == "双胞胎"]
        if page["next"] is None:
            break
        asked = {"cursor": page["next"]}
    assert sorted(seen) == sorted(map(str, (beigou.village, other)))
