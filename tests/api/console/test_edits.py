"""Fields that were told differently: seen, decided and undone by those whose duty it is, nobody else."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import changes, clock, ids
from sync.house import House
from sync.words import FeedKind, Role
from tests.api.conftest import Enter, Hire, Known
from tests.factories.edits import (
    NEW_NUMBER,
    OLD_NUMBER,
    THIRD_NUMBER,
    add_contact,
    edit,
    hand_in,
    link,
    number_of,
    stands,
    told,
)
from tests.factories.owing import obligation, owe_event
from tests.factories.review import add_place
from tests.factories.village import HOME, Village

EAST_80_M = {"lon": HOME[0] + 0.000908, "lat": HOME[1]}


@pytest.fixture(scope="module")
def wang(beigou: Village, hire: Hire) -> Known:
    """Verifier of the town: sees the villages under it."""
    return hire(Role.VERIFIER, beigou.town)


@pytest.fixture(scope="module")
def office(beigou: Village, hire: Hire, opened: House) -> Known:
    """The office in charge of the village's programme."""
    put = text("UPDATE programme SET office_id = :o WHERE id = :p")
    opened.write(lambda session: session.execute(put, {"o": beigou.waterworks, "p": beigou.programme}))
    return hire(Role.PROGRAMME_OFFICE, beigou.waterworks)


Desk = Callable[..., Any]


@pytest.fixture
def desk(caller: FlaskClient, enter: Enter) -> Callable[[Known], Desk]:
    """Log somebody in; (method, path, json) to an answer."""

    def sit(known: Known) -> Desk:
        csrf = enter(caller, known)

        def ask(method: str, path: str, **more: Any) -> Any:
            return caller.open(f"/console/v1/{path}", method=method, headers={"X-CSRF-Token": csrf}, **more)

        return ask

    return sit


@pytest.fixture
def home(opened: House, beigou: Village) -> UUID:
    """A home of the village at its own, linked to Li and Chen."""

    def work(session: Session) -> UUID:
        place = add_place(session, beigou, f"北沟村{ids.digits(6)}号", HOME)
        for cadre in (beigou.li, beigou.chen):
            link(session, beigou, cadre, place)
        changes.touched(session, FeedKind.PLACE, [place])
        return place

    return opened.write(work)


def dispute(opened: House, beigou: Village, home: UUID, field: str = "address", **more: Any) -> tuple[UUID, UUID]:
    """Li and Chen say different things offline; the two tellings."""
    one = edit(home, field, more.pop("old", ""), more.pop("one", "村西头3号"), ago=50, **more)
    other = edit(home, field, one["old"], more.pop("other", "村东头7号"), ago=40, **more)
    opened.write(lambda session: hand_in(session, beigou.phone_li, one))
    opened.write(lambda session: hand_in(session, beigou.phone_chen, other))
    return one["id"], other["id"]


def case_of(ask: Desk, home: UUID, state: str = "open") -> dict[str, Any]:
    """The one case of the home in the list."""
    [found] = [
        one for one in ask("GET", f"edits?state={state}&limit=200").json["items"] if one["place"]["id"] == str(home)
    ]
    return dict(found)


def says(opened: House, home: UUID, field: str = "address") -> Any:
    return opened.read(lambda session: stands(session, home, field))


def decide(ask: Desk, case: dict[str, Any], **wish: Any) -> Any:
    return ask("POST", f"edits/{case['id']}/decide", json={"id": str(ids.uuid7()), "rev": case["rev"]} | wish)


def test_a_dispute_is_listed_opened_and_decided_and_phones_are_told(
    desk: Callable[[Known], Desk], opened: House, beigou: Village, home: UUID, wang: Known
) -> None:
    one, other = dispute(opened, beigou, home, note="看门牌")
    ask = desk(wang)
    case = case_of(ask, home)
    assert (case["field"], case["state"], case["reasons"], case["told"]) == ("address", "open", ["changed"], 1)
    assert "村东头7号" not in str(case)
    shown = ask("GET", f"edits/{case['id']}").json
    assert (shown["registered"], shown["before"], shown["contact"], shown["may_decide"]) == (
        "村西头3号",
        "",
        None,
        True,
    )
    assert [(e["id"], e["old"], e["new"], e["by"]["name"], e["state"], e["reason"]) for e in shown["edits"]] == [
        (str(one), "", "村西头3号", "李", "applied", None),
        (str(other), "", "村东头7号", "陈", "open", "changed"),
    ]
    assert shown["edits"][0]["note"] == "看门牌"
    wish = {"id": str(ids.uuid7()), "take": "new", "edit": str(other), "reason": "电话核实"}
    answers = [decide(ask, case, **wish) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json == answers[1].json
    decided = answers[0].json
    assert (decided["state"], decided["registered"], decided["undo"]) == ("settled", "村东头7号", wish["id"])
    assert [(d["take"], d["value"], d["reason"]) for d in decided["decisions"]] == [("new", "村东头7号", "电话核实")]
    states = opened.read(told)
    assert (states[one], states[other]) == ("not_taken", "taken")
    assert says(opened, home) == "村东头7号"
    items = text("SELECT scope, kind FROM feed_item WHERE id = ANY(:ids) AND op = 'P'")
    found = opened.read(lambda s: {tuple(row) for row in s.execute(items, {"ids": [home, one, other]})})
    li, chen = f"c:{beigou.li}", f"c:{beigou.chen}"
    assert found == {(li, 1), (chen, 1), (li, 13), (chen, 13)}
    verbs = text("SELECT verb FROM event WHERE subject_id = :h AND actor_id = :w")
    assert opened.read(lambda s: s.scalars(verbs, {"h": home, "w": wang.id}).all()) == ["edit.decided"]


def test_undo_puts_back_what_stood_and_the_tellings_wait_again(
    desk: Callable[[Known], Desk], opened: House, beigou: Village, home: UUID, wang: Known
) -> None:
    one, other = dispute(opened, beigou, home)
    ask = desk(wang)
    decided = decide(ask, case_of(ask, home), take="other", value=" 村北 ").json
    assert (decided["registered"], says(opened, home)) == ("村北", "村北")
    path = f"edits/decisions/{decided['undo']}/undo"
    answers = [ask("POST", path) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    undone = answers[1].json
    assert (undone["state"], undone["registered"], undone["undo"]) == ("open", "村西头3号", None)
    assert undone["decisions"][0]["undone_by"] == str(wang.id)
    assert (opened.read(told)[one], opened.read(told)[other]) == ("applied", "open")
    kept = decide(ask, case_of(ask, home), take="old")
    assert (kept.json["registered"], opened.read(told)[other]) == ("村西头3号", "not_taken")


def test_what_was_edited_or_decided_since_is_not_undone(
    desk: Callable[[Known], Desk], opened: House, beigou: Village, home: UUID, wang: Known
) -> None:
    dispute(opened, beigou, home)
    ask = desk(wang)
    first = decide(ask, case_of(ask, home), take="other", value="村北").json
    again = decide(ask, first, take="other", value="村南").json
    refused = ask("POST", f"edits/decisions/{first['undo']}/undo")
    assert (refused.status_code, refused.json["code"]) == (409, "decided-since")
    later = edit(home, "address", "村南", "村南2号", ago=-1)
    opened.write(lambda session: hand_in(session, beigou.phone_li, later))
    refused = ask("POST", f"edits/decisions/{again['undo']}/undo")
    assert (refused.status_code, refused.json["code"]) == (409, "edited-since")
    assert ask("POST", f"edits/decisions/{ids.uuid7()}/undo").status_code == 404


def test_whoever_decides_has_seen_everything_that_was_told(
    desk: Callable[[Known], Desk], opened: House, beigou: Village, home: UUID, wang: Known
) -> None:
    dispute(opened, beigou, home)
    ask = desk(wang)
    case = case_of(ask, home)
    opened.write(lambda session: hand_in(session, beigou.phone_li, edit(home, "address", "别处", "村中", ago=1)))
    refused = decide(ask, case, take="old")
    assert (refused.status_code, refused.json["code"]) == (409, "edits-changed")
    assert refused.json["rev"] > case["rev"]
    unclear = decide(ask, case_of(ask, home), take="new")  # two wait: whose?
    assert (unclear.status_code, unclear.json["pointer"]) == (422, "/edit")


@pytest.mark.parametrize(
    ("field", "value"),
    [("address", None), ("address", "村" * 201), ("address", {"lon": 1, "lat": 1}), ("residence", "petitioning")],
)
def test_another_value_suits_the_field(
    desk: Callable[[Known], Desk], opened: House, beigou: Village, home: UUID, wang: Known, field: str, value: Any
) -> None:
    if field == "residence":
        told_ = edit(home, "residence", "here", "dissolved")
        opened.write(lambda session: hand_in(session, beigou.phone_li, told_))
    else:
        dispute(opened, beigou, home)
    ask = desk(wang)
    refused = decide(ask, case_of(ask, home), take="other", value=value)
    assert (refused.status_code, refused.json["pointer"]) == (422, "/value")


def test_a_far_move_is_decided_judged_again_and_taken_back(
    desk: Callable[[Known], Desk], opened: House, beigou: Village, home: UUID, wang: Known
) -> None:
    here = {"lon": HOME[0], "lat": HOME[1]}
    told_ = edit(home, "position", here, EAST_80_M | {"accuracy_m": 9.0})
    opened.write(lambda session: hand_in(session, beigou.phone_li, told_))
    ask = desk(wang)
    case = case_of(ask, home)
    shown = ask("GET", f"edits/{case['id']}").json
    assert (shown["reasons"], shown["registered"], shown["edits"][0]["new"]) == (["moved_far"], here, EAST_80_M)
    assert shown["edits"][0]["evidence"]["moved_m"] == pytest.approx(80, abs=1)
    decided = decide(ask, case, take="new").json
    assert says(opened, home, "position") == tuple(EAST_80_M.values())
    owed = text("SELECT count(*) FROM errand WHERE job = 'rejudge' AND subject = :s AND done_at IS NULL")
    assert opened.read(lambda s: s.scalar(owed, {"s": f"place/{home}"})) == 1
    methods = text("SELECT method, by FROM place_position WHERE place_id = :p ORDER BY n")
    assert opened.read(lambda s: s.execute(methods, {"p": home}).all())[-1] == ("corrected", wang.id)
    undone = ask("POST", f"edits/decisions/{decided['undo']}/undo").json
    assert (undone["registered"], says(opened, home, "position")) == (here, HOME)
    moved = decide(ask, undone, take="other", value={"lon": 120.7, "lat": 37.8}).json
    newer = text(
        "INSERT INTO place_position (place_id, n, position, method, at) SELECT place_id, max(n) + 1,"
        " (SELECT position FROM place WHERE id = :p), 'corrected', :now FROM place_position WHERE place_id = :p"
        " GROUP BY place_id"
    )
    opened.write(lambda s: s.execute(newer, {"p": home, "now": clock.now()}))
    refused = ask("POST", f"edits/decisions/{moved['undo']}/undo")
    assert (refused.status_code, refused.json["code"]) == (409, "moved-since")


def test_a_household_is_dissolved_by_a_person_leaves_the_phones_and_comes_back(
    desk: Callable[[Known], Desk], opened: House, beigou: Village, home: UUID, wang: Known
) -> None:
    told_ = edit(home, "residence", "here", "dissolved", since_on="2026-03-01")
    opened.write(lambda session: hand_in(session, beigou.phone_li, told_))
    owed = opened.write(lambda session: owe_event(session, home, clock.now()))
    ask = desk(wang)
    decided = decide(ask, case_of(ask, home), take="new").json
    assert (decided["registered"], says(opened, home, "state")) == ("dissolved", "gone")
    assert opened.read(lambda session: obligation(session, owed).excuse) == "moved_or_gone"
    op = text("SELECT DISTINCT op FROM feed_item WHERE kind = 1 AND id = :h")
    assert opened.read(lambda s: s.scalars(op, {"h": home}).all()) == ["D"]
    undone = ask("POST", f"edits/decisions/{decided['undo']}/undo").json
    assert (undone["registered"], says(opened, home, "state")) == ("here", "active")
    assert opened.read(lambda session: obligation(session, owed).state) == "owed"
    assert opened.read(lambda s: s.scalars(op, {"h": home}).all()) == ["P"]
    gone = decide(ask, undone, take="new").json
    back = decide(ask, gone, take="other", value="here").json
    assert (back["registered"], says(opened, home, "state"), says(opened, home, "residence")) == (
        "here",
        "active",
        "here",
    )


def test_numbers_are_the_offices_and_facts_the_verifiers(
    desk: Callable[[Known], Desk], opened: House, beigou: Village, home: UUID, wang: Known, office: Known
) -> None:
    contact = opened.write(lambda session: add_contact(session, home))
    dispute(opened, beigou, home, "phone", old=OLD_NUMBER, one=NEW_NUMBER, other=THIRD_NUMBER, contact=contact)
    ask = desk(office)
    case = case_of(ask, home)
    shown = ask("GET", f"edits/{case['id']}").json
    assert (shown["registered"], shown["contact"]) == (NEW_NUMBER, {"id": str(contact), "name": "王秀英"})
    assert [one["new"] for one in shown["edits"]] == [NEW_NUMBER, THIRD_NUMBER]
    reads = text("SELECT fields, duty FROM read_audit WHERE person_id = :p AND place_id = :h")
    rows = opened.read(lambda s: {tuple(r) for r in s.execute(reads, {"p": office.id, "h": home})})
    assert rows == {("phone", "programme_office")}
    wrong = decide(ask, case, take="other", value="12")
    assert (wrong.status_code, wrong.json["pointer"]) == (422, "/value")
    decided = decide(ask, case, take="new").json
    assert (decided["registered"], opened.read(lambda s: number_of(s, contact))) == (THIRD_NUMBER, THIRD_NUMBER)
    none = decide(ask, decided, take="other", value=None).json
    assert (none["registered"], opened.read(lambda s: number_of(s, contact))) == (None, None)
    again = ask("POST", f"edits/decisions/{none['undo']}/undo").json
    assert (again["registered"], opened.read(lambda s: number_of(s, contact))) == (THIRD_NUMBER, THIRD_NUMBER)
    plain = text("SELECT coalesce(value::text, '') || facts::text FROM edit_decision WHERE edited_field_id = :f")
    kept = opened.read(lambda s: s.scalars(plain, {"f": UUID(case["id"])}).all())
    assert not any(THIRD_NUMBER in row for row in kept)

    ask = desk(wang)
    assert str(home) not in str(ask("GET", "edits?limit=200").json)
    assert ask("GET", f"edits/{case['id']}").status_code == 404
    assert decide(ask, again, take="old").status_code == 404
    assert ask("POST", f"edits/decisions/{decided['undo']}/undo").status_code == 404


def test_a_new_person_told_by_a_stranger_is_let_in_or_not_and_taken_back(
    desk: Callable[[Known], Desk], opened: House, beigou: Village, office: Known
) -> None:
    contact = ids.uuid7()
    place = opened.write(lambda session: add_place(session, beigou, "北沟村外户", HOME))
    opened.write(lambda session: link(session, beigou, beigou.li, place))
    told_ = edit(place, "contact_name", None, "赵玉珍", contact=contact)
    [result] = opened.write(lambda session: hand_in(session, beigou.phone_chen, told_))
    assert result["reason"] == "not_linked"
    ask = desk(office)
    case = case_of(ask, place)
    shown = ask("GET", f"edits/{case['id']}").json
    assert (shown["contact"], shown["registered"]) == (None, None)
    decided = decide(ask, case, take="new").json
    assert (decided["registered"], decided["contact"]["id"]) == ("赵玉珍", str(contact))
    undone = ask("POST", f"edits/decisions/{decided['undo']}/undo").json
    assert (undone["registered"], undone["contact"]) == (None, None)
    decided = decide(ask, undone, take="new").json
    number = edit(place, "phone", None, NEW_NUMBER, contact=contact)
    opened.write(lambda session: hand_in(session, beigou.phone_li, number))
    refused = ask("POST", f"edits/decisions/{decided['undo']}/undo")
    assert (refused.status_code, refused.json["code"]) == (409, "edited-since")


def test_nobody_decides_on_his_own_edit(
    desk: Callable[[Known], Desk], opened: House, beigou: Village, home: UUID, hire: Hire
) -> None:
    zhang = hire(Role.VERIFIER, beigou.town)
    one = edit(home, "address", "", "村西头", ago=50)
    opened.write(lambda session: hand_in(session, beigou.phone_li, one))
    opened.write(
        lambda s: s.execute(text("UPDATE place_edit SET person_id = :p WHERE id = :i"), {"p": zhang.id, "i": one["id"]})
    )
    opened.write(lambda session: hand_in(session, beigou.phone_chen, edit(home, "address", "", "村东头", ago=40)))
    ask = desk(zhang)
    case = case_of(ask, home)
    shown = ask("GET", f"edits/{case['id']}").json
    assert (shown["may_decide"], shown["why_not"]) == (False, "own-edit")
    refused = decide(ask, case, take="old")
    assert (refused.status_code, refused.json["code"]) == (403, "own-edit")


def test_a_verifier_sees_nothing_of_his_own_unit_nor_of_others(
    desk: Callable[[Known], Desk], opened: House, beigou: Village, home: UUID, hire: Hire, wang: Known
) -> None:
    dispute(opened, beigou, home)
    case = case_of(desk(wang), home)
    below = hire(Role.VERIFIER, beigou.village)  # the home's own unit
    both = hire(Role.VERIFIER, beigou.town)
    give = text("INSERT INTO person_role (id, person_id, unit_id, role) VALUES (:i, :p, :u, 'cadre')")
    opened.write(lambda s: s.execute(give, {"i": ids.uuid7(), "p": both.id, "u": beigou.village}))
    elsewhere = hire(Role.VERIFIER, beigou.roads)
    for known in (below, both, elsewhere):
        ask = desk(known)
        assert ask("GET", "edits?limit=200").json["items"] == []
        assert ask("GET", f"edits/{case['id']}").status_code == 404
        assert decide(ask, case, take="old").status_code == 404
    assert says(opened, home) == "村西头3号"


@pytest.mark.parametrize("role", [Role.UNIT_ADMIN, Role.DISPATCHER, Role.LEADER, Role.CADRE, Role.SYSTEM_ADMIN])
def test_nobody_else_sees_or_decides(
    desk: Callable[[Known], Desk], opened: House, beigou: Village, home: UUID, hire: Hire, wang: Known, role: Role
) -> None:
    dispute(opened, beigou, home)
    case = case_of(desk(wang), home)
    ask = desk(hire(role, beigou.county))
    answers = [ask("GET", "edits"), ask("GET", f"edits/{case['id']}"), decide(ask, case, take="old")]
    answers.append(ask("POST", f"edits/decisions/{ids.uuid7()}/undo"))
    assert [(answer.status_code, answer.json["code"]) for answer in answers] == [(403, "forbidden")] * 4


def test_lists_are_narrowed_and_come_page_by_page(
    desk: Callable[[Known], Desk], opened: House, beigou: Village, wang: Known
) -> None:
    def found(session: Session) -> UUID:
        grid = ids.uuid7()
        session.execute(
            text("INSERT INTO unit (id, parent_id, kind, name, sort_code) VALUES (:i, :p, 'grid', '二网格', '2')"),
            {"i": grid, "p": beigou.village},
        )
        for above, depth in ((grid, 0), (beigou.village, 1), (beigou.town, 2), (beigou.county, 3)):
            session.execute(text("INSERT INTO unit_above VALUES (:u, :a, :d)"), {"u": grid, "a": above, "d": depth})
        homes = [add_place(session, beigou, f"网格{n}号", HOME, u=grid) for n in range(5)]
        for n, place in enumerate(homes):
            field, new = ("name", "某家") if n % 2 else ("address", "某处")
            old = f"网格{n}号" if n % 2 else ""
            hand_in(session, beigou.phone_chen, edit(place, field, old, new))
        return grid

    grid = opened.write(found)
    ask = desk(wang)
    first = ask("GET", f"edits?unit={grid}&limit=3").json
    second = ask("GET", f"edits?unit={grid}&limit=3&cursor={first['next']}").json
    names = [one["place"]["name"] for page in (first, second) for one in page["items"]]
    assert (sorted(names), second["next"]) == ([f"网格{n}号" for n in range(5)], None)
    assert len(ask("GET", f"edits?unit={grid}&field=name").json["items"]) == 2
    assert len(ask("GET", f"edits?unit={grid}&reason=not_linked").json["items"]) == 5
    assert ask("GET", f"edits?unit={grid}&reason=changed").json["items"] == []
    assert ask("GET", f"edits?unit={grid}&state=settled").json["items"] == []
    decide(ask, first["items"][0], take="old")
    decide(ask, first["items"][1], take="new")
    settled = ask("GET", f"edits?unit={grid}&state=settled&limit=1").json
    assert settled["items"][0]["id"] == first["items"][1]["id"]
    more = ask("GET", f"edits?unit={grid}&state=settled&limit=1&cursor={settled['next']}").json
    assert ([one["id"] for one in more["items"]], more["next"]) == ([first["items"][0]["id"]], None)
    assert ask("GET", "edits?cursor=!").status_code == 422
    assert ask("GET", f"edits?unit={ids.uuid7()}").status_code == 404
    assert ask("GET", "edits?field=category").status_code == 422


def test_deciding_asks_for_the_token_of_the_page(caller: FlaskClient, enter: Enter, wang: Known) -> None:
    enter(caller, wang)
    answer = caller.post(f"/console/v1/edits/{ids.uuid7()}/decide", json={})
    assert answer.json["code"] == "csrf-failed"


def test_another_ones_decision_id_is_taken(
    desk: Callable[[Known], Desk], opened: House, beigou: Village, home: UUID, wang: Known, hire: Hire
) -> None:
    dispute(opened, beigou, home)
    ask = desk(wang)
    wish = {"id": str(ids.uuid7()), "take": "old"}
    case = case_of(ask, home)
    assert decide(ask, case, **wish).status_code == 201
    other = desk(hire(Role.VERIFIER, beigou.town))
    assert decide(other, case, **wish).json["code"] == "conflict"
