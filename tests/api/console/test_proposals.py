"""Homes found at the door: confirmed, merged into known ones, refused, and taken back; by verifiers of units above."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from sync import ids
from sync.house import House
from sync.words import Role
from tests.api.conftest import Enter, Hire, Known
from tests.factories import batches
from tests.factories.batches import this_morning
from tests.factories.edits import edit, hand_in, stands, told
from tests.factories.review import add_place
from tests.factories.village import HOME, Village

Desk = Callable[..., Any]


@pytest.fixture(scope="module")
def wang(beigou: Village, hire: Hire) -> Known:
    """Verifier of the town."""
    return hire(Role.VERIFIER, beigou.town)


@pytest.fixture
def desk(caller: FlaskClient, enter: Enter) -> Callable[[Known], Desk]:
    def sit(known: Known) -> Desk:
        csrf = enter(caller, known)

        def ask(method: str, path: str, reason: str = "", **more: Any) -> Any:
            headers = {"X-CSRF-Token": csrf, "Doorstep-Reason": reason}
            return caller.open(f"/console/v1/{path}", method=method, headers=headers, **more)

        return ask

    return sit


@pytest.fixture
def ask(desk: Callable[[Known], Desk], wang: Known) -> Desk:
    return desk(wang)


def find(opened: House, beigou: Village, name: str = "赵家", visit: bool = True) -> UUID:
    """Chen finds a home at the door: in a visit, or told without one."""
    place = ids.uuid7()
    position = {"lon": HOME[0], "lat": HOME[1] + 0.002}
    new = {"id": place, "kind": "household", "unit": beigou.village, "name": name, "position": position}
    record = batches.visit(beigou, this_morning(), place=place, new_place=new, fixes=[])
    told_ = record if visit else edit(place, "household", None, None, new_place=new)
    [result] = opened.write(lambda session: hand_in(session, beigou.phone_chen, told_))
    assert result["state"] == "applied"
    return place


def decide(ask: Desk, place: UUID, **wish: Any) -> Any:
    return ask("POST", f"proposals/{place}/decide", json={"id": str(ids.uuid7())} | wish)


def listed(ask: Desk, state: str = "open") -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in ask("GET", f"proposals?state={state}&limit=200").json["items"]}


def state_of(opened: House, place: UUID) -> str:
    return str(opened.read(lambda session: stands(session, place, "state")))


def test_a_home_found_at_the_door_is_listed_and_confirmed_with_its_number_in_the_lists(
    ask: Desk, opened: House, beigou: Village, wang: Known
) -> None:
    place = find(opened, beigou)
    one = listed(ask)[str(place)]
    assert (one["place"]["name"], one["found_by"]["name"], one["visits"], one["state"]) == ("赵家", "陈", 1, "open")
    shown = ask("GET", f"proposals/{place}").json
    assert (shown["lon"], shown["position_datum"], shown["may_decide"], shown["undo"]) == (HOME[0], "wgs84", True, None)
    wish = {"id": str(ids.uuid7()), "take": "confirm", "code": f"BG-{ids.digits(6)}"}
    answers = [decide(ask, place, **wish) for _ in range(2)]
    assert ([answer.status_code for answer in answers], answers[0].json) == ([201, 201], answers[1].json)
    assert (answers[0].json["state"], answers[0].json["place"]["code"], state_of(opened, place)) == (
        "confirm", wish["code"], "active",
    )  # fmt: skip
    assert (str(place) in listed(ask), str(place) in listed(ask, "settled")) == (False, True)
    assert decide(ask, place, take="confirm").json["code"] == "already-decided"
    other = find(opened, beigou, "钱家")
    assert decide(ask, other, take="confirm", code=wish["code"]).json["code"] == "code-taken"
    undone = ask("POST", f"proposals/decisions/{wish['id']}/undo").json
    assert (undone["state"], undone["place"]["code"], state_of(opened, place)) == ("open", None, "proposed")
    assert ask("POST", f"proposals/decisions/{wish['id']}/undo").json == undone
    reads = text("SELECT DISTINCT fields FROM read_audit WHERE person_id = :p AND place_id = :h")
    found = opened.read(lambda s: s.scalars(reads, {"p": wang.id, "h": place}).all())
    assert found == ["name,address,position"]


def test_it_may_be_a_known_home_and_is_merged_into_it(ask: Desk, opened: House, beigou: Village) -> None:
    known = opened.write(lambda session: add_place(session, beigou, "孙家", (HOME[0], HOME[1] + 0.002)))
    place = find(opened, beigou, "孙家")
    [double] = ask("GET", f"proposals/{place}").json["doubles"]
    assert (double["place"]["id"], double["same_name"], double["apart_m"]) == (str(known), True, 0.0)
    merged = decide(ask, place, take="merge", into=str(known)).json
    assert (merged["state"], merged["decisions"][0]["into"], state_of(opened, place)) == ("merge", str(known), "merged")
    opened_file = ask("GET", f"places/{known}", reason="merged")
    assert opened_file.json["aliases"][0]["id"] == str(place)
    undone = ask("POST", f"proposals/decisions/{merged['undo']}/undo").json
    assert (undone["state"], state_of(opened, place)) == ("open", "proposed")
    again = decide(ask, place, take="merge", into=str(known))
    assert again.status_code == 201


def test_it_is_refused_with_a_reason_and_its_visits_stay(ask: Desk, opened: House, beigou: Village) -> None:
    place = find(opened, beigou, "李家")
    assert decide(ask, place, take="refuse", reason=" ").json["code"] == "reason-missing"
    refused = decide(ask, place, take="refuse", reason="是邻村的户").json
    assert (refused["state"], refused["visits"], state_of(opened, place)) == ("refuse", 1, "gone")
    undone = ask("POST", f"proposals/decisions/{refused['undo']}/undo").json
    assert (undone["state"], state_of(opened, place)) == ("open", "proposed")


def test_whoever_told_of_it_learns_what_became_of_it(ask: Desk, opened: House, beigou: Village) -> None:
    place = find(opened, beigou, "吴家", visit=False)
    row = text("SELECT id FROM place_edit WHERE place_id = :p")
    edit_id = opened.read(lambda s: s.scalar(row, {"p": place}))
    decided = decide(ask, place, take="refuse", reason="空地").json
    assert opened.read(told)[edit_id] == "not_taken"
    ask("POST", f"proposals/decisions/{decided['undo']}/undo")
    decide(ask, place, take="confirm")
    assert opened.read(told)[edit_id] == "taken"
    item = text("SELECT scope FROM feed_item WHERE kind = 13 AND id = :i AND op = 'P'")
    assert opened.read(lambda s: s.scalar(item, {"i": edit_id})) == f"c:{beigou.chen}"


def test_what_changed_since_is_not_undone(ask: Desk, opened: House, beigou: Village) -> None:
    place = find(opened, beigou, "郑家")
    decided = decide(ask, place, take="confirm").json
    opened.write(lambda s: s.execute(text("UPDATE place SET state = 'gone' WHERE id = :p"), {"p": place}))
    refused = ask("POST", f"proposals/decisions/{decided['undo']}/undo")
    assert (refused.status_code, refused.json["code"]) == (409, "edited-since")
    assert ask("POST", f"proposals/decisions/{ids.uuid7()}/undo").status_code == 404


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ({"take": "merge"}, 422, "invalid"),
        ({"take": "confirm", "into": str(ids.uuid7())}, 422, "invalid"),
        ({"take": "refuse", "reason": "空户", "code": "1"}, 422, "invalid"),
        ({"take": "merge", "into": str(ids.uuid7())}, 404, "not-found"),
    ],
)
def test_what_makes_no_sense_is_refused(
    ask: Desk, opened: House, beigou: Village, wish: dict[str, Any], status: int, code: str
) -> None:
    place = find(opened, beigou, "周家")
    refused = decide(ask, place, **wish)
    assert (refused.status_code, refused.json["code"]) == (status, code)
    assert state_of(opened, place) == "proposed"


def test_it_is_not_merged_into_what_is_gone_or_out_of_scope(ask: Desk, opened: House, beigou: Village) -> None:
    place = find(opened, beigou, "冯家")
    gone = opened.write(lambda session: add_place(session, beigou, "冯家老宅", None))
    opened.write(lambda s: s.execute(text("UPDATE place SET state = 'gone' WHERE id = :p"), {"p": gone}))
    assert decide(ask, place, take="merge", into=str(gone)).json["pointer"] == "/into"
    town = opened.write(lambda session: add_place(session, beigou, "镇政府", None, u=beigou.town))
    assert decide(ask, place, take="merge", into=str(town)).status_code == 404


def test_nobody_decides_about_a_home_he_found_himself(
    desk: Callable[[Known], Desk], opened: House, beigou: Village, hire: Hire, ask: Desk
) -> None:
    zhang = hire(Role.VERIFIER, beigou.town)
    place = find(opened, beigou, "蒋家")
    put = text("UPDATE place SET proposed_by = :p WHERE id = :i")
    opened.write(lambda s: s.execute(put, {"p": zhang.id, "i": place}))
    decided = decide(ask, place, take="confirm").json
    own = desk(zhang)
    shown = own("GET", f"proposals/{place}").json
    assert (shown["may_decide"], shown["why_not"]) == (False, "own-edit")
    assert own("POST", f"proposals/decisions/{decided['undo']}/undo").json["code"] == "own-edit"
    put = text("UPDATE place SET state = 'proposed' WHERE id = :i")
    opened.write(lambda s: s.execute(put, {"i": place}))
    assert decide(own, place, take="confirm").json["code"] == "own-edit"


def test_a_verifier_of_the_own_unit_or_elsewhere_sees_none(
    desk: Callable[[Known], Desk], opened: House, beigou: Village, hire: Hire
) -> None:
    place = find(opened, beigou, "沈家")
    for unit in (beigou.village, beigou.roads):
        own = desk(hire(Role.VERIFIER, unit))
        assert (listed(own), own("GET", f"proposals/{place}").status_code) == ({}, 404)
        assert decide(own, place, take="confirm").status_code == 404


@pytest.mark.parametrize("role", [Role.PROGRAMME_OFFICE, Role.UNIT_ADMIN, Role.DISPATCHER, Role.LEADER, Role.CADRE])
def test_nobody_else_decides(
    desk: Callable[[Known], Desk], opened: House, beigou: Village, hire: Hire, role: Role
) -> None:
    place = find(opened, beigou, "韩家")
    own = desk(hire(role, beigou.county))
    answers = [own("GET", "proposals"), own("GET", f"proposals/{place}"), decide(own, place, take="confirm")]
    answers.append(own("POST", f"proposals/decisions/{ids.uuid7()}/undo"))
    assert [(answer.status_code, answer.json["code"]) for answer in answers] == [(403, "forbidden")] * 4


def test_they_come_page_by_page(ask: Desk, opened: House, beigou: Village) -> None:
    for n in range(3):
        find(opened, beigou, f"杨家{n}", visit=False)
    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        found = ask("GET", f"proposals?unit={beigou.village}&limit=2" + (f"&cursor={cursor}" if cursor else "")).json
        seen += [one["place"]["name"] for one in found["items"]]
        cursor = found["next"]
    assert [name for name in seen if name.startswith("杨家")] == [f"杨家{n}" for n in range(3)]
    assert ask("GET", f"proposals?unit={ids.uuid7()}").status_code == 404


def test_another_ones_decision_id_is_taken(
    ask: Desk, desk: Callable[[Known], Desk], opened: House, beigou: Village, hire: Hire
) -> None:
    place = find(opened, beigou, "朱家")
    wish = {"id": str(ids.uuid7()), "take": "confirm"}
    assert decide(ask, place, **wish).status_code == 201
    other = desk(hire(Role.VERIFIER, beigou.town))
    assert decide(other, place, **wish).json["code"] == "conflict"
