"""One decision for a group: preview, decide, what is left out, undo; and two verifiers who press at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from sync import clock, ids
from sync.access import actor_from
from sync.geo.datum import gcj02_from_wgs84
from sync.house import House
from sync.pipeline.deciding import Choice, Wish, decide_group
from sync.words import Cause, Deciding, Role
from tests.api.console.review.conftest import Ask, Browser, Doubt, Open
from tests.factories.review import FAR, add_finding, add_place, add_visit
from tests.factories.village import HOME, Village

GROUP = "Redmi 12C|1.0.0|g"


def address(beigou: Village) -> dict[str, str]:
    return {"cause": "address", "key": str(beigou.home)}


def test_sixty_visits_of_one_wrong_address_are_one_decision(
    wang: Browser, doubt: Doubt, beigou: Village, value: Ask
) -> None:
    for _ in range(12):
        doubt()
    position = {"lon": FAR[0], "lat": FAR[1]}
    seen = wang.post("preview", deciding="correct_address", **address(beigou), position=position).json
    assert seen["count"] == 12
    assert seen["after"] == {"verified": 12, "unverifiable": 0, "doubtful": 0, "refused": 0}
    assert seen["position"] == pytest.approx(position)
    assert len(seen["sample"]) == 10
    assert value("SELECT count(*) FROM place_position") == value("SELECT count(*) FROM decision") == 0
    done = wang.decide_group("correct_address", **address(beigou), position=position).json
    assert (done["decided"], done["left_out"], done["more"]) == (12, [], False)
    assert wang.get("queue").json["items"] == []
    assert value("SELECT count(*), count(DISTINCT group_id) FROM decision") == (12, 1)
    assert value("SELECT count(*) FROM errand") == 1
    one = value("SELECT id FROM decision LIMIT 1")
    undone = wang.post(f"decisions/{one}/undo").json  # a correction is taken back as a whole
    assert (undone["undone"], undone["left_out"]) == (12, [])
    assert len(wang.get("queue").json["items"]) == 12


def test_the_preview_proposes_where_most_fixes_lie(wang: Browser, doubt: Doubt, beigou: Village) -> None:
    for _ in range(3):
        doubt()
    doubt(spot=(HOME[0] - 0.01, HOME[1]))
    seen = wang.post("preview", deciding="correct_address", **address(beigou)).json
    assert (seen["position"]["lon"], seen["position"]["lat"]) == pytest.approx(FAR, abs=1e-4)
    assert seen["after"] == {"verified": 3, "unverifiable": 0, "doubtful": 1, "refused": 0}


def test_the_preview_knows_what_the_cadre_did_elsewhere(wang: Browser, opened: House, beigou: Village) -> None:
    """Moving the home to the fixes clears the visit of the wrong address, not of being at two places at once."""
    at, away = clock.now() - timedelta(hours=5), (HOME[0] + 0.1, HOME[1])

    def work(session: Session) -> None:
        add_finding(session, add_visit(session, beigou, at=at))
        add_visit(session, beigou, at=at, place=add_place(session, beigou, "南沟村1号", away), spot=away)

    opened.write(work)
    position = {"lon": FAR[0], "lat": FAR[1]}
    seen = wang.post("preview", deciding="correct_address", **address(beigou), position=position).json
    assert seen["after"] == {"verified": 0, "unverifiable": 0, "doubtful": 1, "refused": 0}


def test_a_place_without_any_fix_gets_no_proposal(wang: Browser, doubt: Doubt, beigou: Village) -> None:
    doubt(spot=None)
    answer = wang.post("preview", deciding="correct_address", **address(beigou))
    assert (answer.status_code, answer.json["pointer"]) == (422, "/position")


def test_confirming_and_asking_in_bulk(wang: Browser, doubt: Doubt, beigou: Village, value: Ask) -> None:
    visits = [doubt(Cause.SINGLE, f"{n}").visit for n in range(5)]
    named = [str(one) for one in visits]
    seen = wang.post("preview", deciding="ask", visits=named).json
    assert (seen["count"], seen["after"]["doubtful"], seen["position"], seen["shift_m"]) == (5, 5, None, None)
    asked = wang.decide_group("ask", visits=named).json
    assert asked["decided"] == 5
    assert value("SELECT count(*), count(DISTINCT visit_id) FROM question") == (5, 5)
    confirmed = wang.decide_group("confirm", visits=named).json
    assert value("SELECT count(*) FROM visit WHERE verdict = 'verified' AND id = ANY(:v)", v=visits) == 5
    last = value("SELECT id FROM decision WHERE group_id = :g AND visit_id = :v", g=UUID(confirmed["id"]), v=visits[0])
    assert wang.post(f"decisions/{last}/undo").json["undone"] == 1
    rest = wang.post(f"decisions/{confirmed['id']}/undo").json
    assert (rest["undone"], rest["verdict"]) == (4, "doubtful")
    assert wang.post(f"decisions/{asked['id']}/undo").json["undone"] == 5


def test_what_others_hold_is_left_out_and_told(
    wang: Browser, browse: Open, doubt: Doubt, beigou: Village, opened: House, value: Ask
) -> None:
    town = browse(Role.VERIFIER, beigou.town)
    free, held, own, gone, other = doubt(), doubt(), doubt(), doubt(), doubt(Cause.REPEAT, "x")
    assert town.post(f"visits/{held.visit}/lease").status_code == 200
    join = text("INSERT INTO visit_party VALUES (:v, :p, false, NULL)")
    opened.write(lambda s: s.execute(join, {"v": own.visit, "p": wang.known.id}))
    wang.decide(gone.visit, "confirm")
    unknown, everybody = ids.uuid7(), (free, held, own, gone, other)
    visits = [str(one.visit) for one in everybody] + [str(unknown)]
    seen = wang.post("preview", deciding="confirm", visits=visits).json
    done = wang.decide_group("confirm", visits=visits).json
    assert seen["left_out"] == done["left_out"]
    assert (seen["count"], done["decided"]) == (1, 1)
    assert {one["visit"]: one["code"] for one in done["left_out"]} == {
        str(held.visit): "row-held", str(own.visit): "took-part", str(gone.visit): "already-decided",
        str(other.visit): "not-for-this-cause", str(unknown): "not-found",
    }  # fmt: skip
    again = wang.decide_group("confirm", visits=visits, id=done["id"]).json
    assert again == done
    partly = value("SELECT group_id FROM decision WHERE visit_id = :v", v=free.visit)
    wang.decide(free.visit, "ask")
    town.delete(f"visits/{held.visit}/lease")
    assert wang.post(f"decisions/{partly}/undo").json["undone"] == 1


def test_a_group_is_undone_as_far_as_nothing_came_after(
    wang: Browser, doubt: Doubt, opened: House, beigou: Village
) -> None:
    first, second = doubt(), doubt()
    group = wang.decide_group("confirm", **address(beigou)).json["id"]
    opened.write(lambda s: add_finding(s, first.visit, Cause.DRAWN, "2026-01-01/x"))
    later = wang.decide(first.visit, "confirm").json["id"]
    undone = wang.post(f"decisions/{group}/undo").json
    assert (undone["undone"], undone["left_out"]) == (1, [{"visit": str(first.visit), "code": "decided-since"}])
    assert wang.post(f"decisions/{group}/undo").json["code"] == "decided-since"
    wang.post(f"decisions/{later}/undo")
    assert wang.post(f"decisions/{group}/undo").json["undone"] == 1
    assert second.visit != first.visit


def test_a_group_larger_than_one_decision_may_cover_says_so(
    app: Flask, wang: Browser, doubt: Doubt, beigou: Village, opened: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = replace(opened.policy, review=replace(opened.policy.review, group_max=2))
    monkeypatch.setitem(app.extensions, "doorstep", replace(opened, policy=small))
    for _ in range(3):
        doubt()
    assert wang.post("preview", deciding="confirm", **address(beigou)).json["more"]
    first = wang.decide_group("confirm", **address(beigou)).json
    assert (first["decided"], first["more"]) == (2, True)
    second = wang.decide_group("confirm", **address(beigou)).json
    assert (second["decided"], second["more"]) == (1, False)


def test_places_that_differ_cannot_have_one_position(wang: Browser, doubt: Doubt, beigou: Village) -> None:
    visits = [str(doubt().visit), str(doubt(place=beigou.unmapped).visit)]
    body = {"deciding": "correct_address", "visits": visits, "position": {"lon": FAR[0], "lat": FAR[1]}}
    assert wang.post("preview", **body).json["pointer"] == "/visits"
    assert wang.decide_group(**body).json["pointer"] == "/visits"


def test_one_visit_by_name_is_no_group(wang: Browser, doubt: Doubt) -> None:
    """Its preview follows what may be done about one visit: the address of a single visit can be corrected."""
    visits = [doubt(Cause.SINGLE, "a").visit, doubt(Cause.SINGLE, "b").visit]
    body = {"deciding": "correct_address", "position": {"lon": FAR[0], "lat": FAR[1]}}
    seen = wang.post("preview", **body, visits=[str(visits[0])]).json
    assert (seen["count"], seen["after"]["verified"], seen["left_out"]) == (1, 1, [])
    both_ = wang.post("preview", **body, visits=[str(one) for one in visits]).json
    assert (both_["count"], {one["code"] for one in both_["left_out"]}) == (0, {"not-for-this-cause"})


def test_phones_that_speak_another_datum_are_set_right_together(
    wang: Browser, doubt: Doubt, beigou: Village, value: Ask, opened: House
) -> None:
    lon, lat = gcj02_from_wgs84(*FAR)
    for _ in range(3):
        doubt(Cause.DATUM, GROUP, spot=(float(lon), float(lat)))
    group = {"cause": "datum", "key": GROUP}
    assert wang.decide_group("correct_datum", **group).json["pointer"] == "/datum"
    seen = wang.post("preview", deciding="correct_datum", **group, datum="gcj02").json
    assert seen["count"] == seen["after"]["doubtful"] == 3  # still 704 m away, but not for the datum
    machine = text("INSERT INTO datum_group VALUES ('Redmi 12C', '1.0.0', 'g', 'b', '{\"visits\": 5}', NULL, now())")
    opened.write(lambda s: s.execute(machine))
    done = wang.decide_group("correct_datum", **group, datum="gcj02").json
    assert done["decided"] == 3
    assert value("SELECT datum, by FROM datum_group") == ("g", wang.known.id)
    assert value("SELECT subject FROM errand") == f"group/{GROUP}"
    assert wang.post(f"decisions/{done['id']}/undo").json["undone"] == 3
    assert value("SELECT datum, by, votes FROM datum_group") == ("b", None, {"visits": 5})
    again = wang.decide_group("correct_datum", **group, datum="gcj02").json
    opened.write(lambda s: s.execute(text("UPDATE datum_group SET at = now(), datum = 'b'")))
    assert wang.post(f"decisions/{again['id']}/undo").json["code"] == "moved-since"


@pytest.fixture
def shifted(opened: House, beigou: Village) -> Callable[[tuple[float, float]], list[UUID]]:
    """A village whose import is off by a vector: its places, each visited where it really stands."""

    def shifted(off: tuple[float, float]) -> list[UUID]:
        def work(session: Session) -> list[UUID]:
            clear = "UPDATE place SET state = 'gone' WHERE unit_id = :u AND id <> :h"
            session.execute(text(clear), {"u": beigou.village, "h": beigou.unmapped})
            places = []
            for n in range(4):
                real = (HOME[0] + n * 0.001, HOME[1])
                place = add_place(session, beigou, f"北沟村{n + 10}号", (real[0] + off[0], real[1] + off[1]))
                visit = add_visit(session, beigou, place=place, spot=real)
                add_finding(session, visit, Cause.AREA, str(beigou.village))
                places.append(place)
            told = add_place(session, beigou, "北沟村20号", HOME, by=beigou.li)
            return [*places, told]

        return opened.write(work)

    return shifted


PLACES = (
    "SELECT array_agg(ST_X(CAST(position AS geometry)) ORDER BY id),"
    " array_agg(ST_Y(CAST(position AS geometry)) ORDER BY id), array_agg(position_datum ORDER BY id)"
    " FROM place WHERE id = ANY(:p)"
)


def test_a_village_that_is_shifted_moves_by_what_its_visits_have_in_common(
    wang: Browser, beigou: Village, value: Ask, shifted: Callable[..., list[UUID]]
) -> None:
    *places, told = shifted((0.01, 0.0))
    before = value(PLACES, p=places)
    group = {"cause": "area", "key": str(beigou.village)}
    seen = wang.post("preview", deciding="correct_datum", **group).json
    assert seen["shift_m"]["east"] == pytest.approx(-880, abs=12)
    assert seen["shift_m"]["north"] == pytest.approx(0, abs=6)
    assert seen["after"] == {"verified": 4, "unverifiable": 0, "doubtful": 0, "refused": 0}
    done = wang.decide_group("correct_datum", **group).json
    assert done["decided"] == 4
    moved = value(PLACES, p=places)
    assert np.subtract(moved[0], before[0]) == pytest.approx(-0.01, abs=1.2e-4)
    assert value(PLACES, p=[told])[0] == pytest.approx([HOME[0]])  # told at the door, not imported
    assert value("SELECT subject FROM errand") == f"unit/{beigou.village}"
    assert value("SELECT array_agg(DISTINCT method ORDER BY method) FROM place_position") == ["datum", "imported"]
    wang.post(f"decisions/{done['id']}/undo")
    assert value(PLACES, p=places) == before


def test_a_village_whose_import_spoke_another_datum_is_read_in_it(
    wang: Browser, beigou: Village, value: Ask, opened: House, shifted: Callable[..., list[UUID]]
) -> None:
    lon, lat = gcj02_from_wgs84(*HOME)
    *places, _ = shifted((float(lon) - HOME[0], float(lat) - HOME[1]))
    told = text("UPDATE place SET position_datum = 'wgs84' WHERE id = ANY(:p)")
    opened.write(lambda s: s.execute(told, {"p": places[:3]}))
    before = value(PLACES, p=places)
    group = {"cause": "area", "key": str(beigou.village), "datum": "gcj02"}
    seen = wang.post("preview", deciding="correct_datum", **group).json
    assert seen["after"]["verified"] == 4
    done = wang.decide_group("correct_datum", **group).json
    moved = value(PLACES, p=places)
    assert moved[0] == pytest.approx([HOME[0] + n * 0.001 for n in range(4)], abs=1e-5)
    assert moved[2] == ["gcj02"] * 4
    wang.post(f"decisions/{done['id']}/undo")
    assert value(PLACES, p=places) == before
    assert before[2] == ["wgs84"] * 3 + [None]


def test_an_area_without_imported_places_or_fixes_cannot_be_moved(
    wang: Browser, beigou: Village, opened: House, doubt: Doubt
) -> None:
    key = str(beigou.waterworks)
    doubt(Cause.AREA, key, spot=None)
    body = {"cause": "area", "key": key, "deciding": "correct_datum"}
    assert wang.post("preview", **body).json["pointer"] == "/key"
    opened.write(lambda s: add_place(s, beigou, "水务局门口", HOME, u=beigou.waterworks))
    assert wang.post("preview", **body).json["pointer"] == "/datum"


@pytest.mark.parametrize(
    "body",
    [
        {}, {"cause": "address"}, {"key": "x"}, {"cause": "address", "key": "x", "visits": []}, {"visits": []},
        {"visits": ["x"]}, {"cause": "weather", "key": "x"}, {"cause": "address", "key": "a\0"},
    ],
)  # fmt: skip
def test_a_choice_is_a_group_or_visits(wang: Browser, body: dict[str, Any]) -> None:
    assert wang.post("preview", deciding="confirm", **body).status_code == 422
    assert wang.decide_group("refuse", cause="address", key="x").status_code == 422


def test_a_lease_keeps_others_out_until_it_is_given_back_or_ends(
    wang: Browser, browse: Open, doubt: Doubt, beigou: Village, opened: House
) -> None:
    town, doubted = browse(Role.VERIFIER, beigou.town), doubt()
    opened.write(lambda s: add_finding(s, doubted.visit, Cause.DRAWN, "2026-01-01/x"))
    held = f"visits/{doubted.visit}/lease"
    first = wang.post(held)
    assert first.status_code == 200
    assert wang.post(held).json["until"] >= first.json["until"]
    refused = town.post(held)
    assert (refused.status_code, refused.json["code"]) == (423, "row-held")
    assert refused.json["held_by"]["id"] == str(wang.known.id)
    decided = town.decide(doubted.visit, "confirm")
    assert (decided.json["code"], decided.json["held_by"]["id"]) == ("row-held", str(wang.known.id))
    assert {one["held_by"]["id"] for one in town.get("queue").json["items"]} == {str(wang.known.id)}
    assert [one["held_by"] for one in wang.get("queue").json["items"]] == [None, None]
    assert town.delete(held).status_code == 204  # what is not his he cannot give back
    assert town.post(held).status_code == 423
    assert wang.delete(held).status_code == 204
    assert town.post(held).status_code == 200
    opened.write(lambda s: s.execute(text("UPDATE finding SET lease_until = now() - interval '1 second'")))
    assert wang.decide(doubted.visit, "confirm").status_code == 201


def test_a_finding_that_opens_while_another_has_the_visit_does_not_let_a_second_in(
    wang: Browser, browse: Open, doubt: Doubt, beigou: Village, opened: House, value: Ask
) -> None:
    town, doubted = browse(Role.VERIFIER, beigou.town), doubt()
    wang.post(f"visits/{doubted.visit}/lease")
    opened.write(lambda s: add_finding(s, doubted.visit, Cause.DRAWN, "2026-01-01/x"))
    assert town.post(f"visits/{doubted.visit}/lease").status_code == 423
    assert value("SELECT count(*) FROM finding WHERE lease_by = :p", p=town.known.id) == 0


def both(*work: Callable[[], Any]) -> list[Any]:
    """Run at the same moment, each in a thread of its own."""
    barrier = Barrier(len(work))

    def run(one: Callable[[], Any]) -> Any:
        barrier.wait()
        return one()

    with ThreadPoolExecutor(len(work)) as pool:
        return [future.result() for future in [pool.submit(run, one) for one in work]]


def test_two_verifiers_who_press_at_once_never_have_the_same_row(
    wang: Browser, browse: Open, doubt: Doubt, beigou: Village
) -> None:
    town = browse(Role.VERIFIER, beigou.town)
    for _ in range(8):
        path = f"visits/{doubt().visit}/lease"
        answers = both(lambda path=path: wang.post(path), lambda path=path: town.post(path))  # type: ignore[misc]
        assert sorted(one.status_code for one in answers) == [200, 423]


def test_two_verifiers_who_decide_at_once_decide_once(
    wang: Browser, browse: Open, doubt: Doubt, beigou: Village, value: Ask
) -> None:
    town = browse(Role.VERIFIER, beigou.town)
    for n in range(8):
        visit = doubt().visit
        answers = both(
            lambda visit=visit: wang.decide(visit, "confirm"),  # type: ignore[misc]
            lambda visit=visit: town.decide(visit, "confirm"),  # type: ignore[misc]
        )
        assert sorted(one.status_code for one in answers) == [201, 409]
        assert value("SELECT count(*) FROM decision") == n + 1


def test_a_group_and_the_same_request_twice_at_once_decide_each_visit_once(
    wang: Browser, browse: Open, doubt: Doubt, beigou: Village, value: Ask
) -> None:
    town, id_ = browse(Role.VERIFIER, beigou.town), str(ids.uuid7())
    for _ in range(20):
        doubt()
    first, repeated, other = both(
        lambda: wang.decide_group("confirm", **address(beigou), id=id_),
        lambda: wang.decide_group("confirm", **address(beigou), id=id_),
        lambda: town.decide_group("confirm", **address(beigou)),
    )
    assert first.json == repeated.json
    assert first.json["decided"] + other.json["decided"] == 20
    assert value("SELECT count(*), count(DISTINCT visit_id) FROM decision") == (20, 20)


def test_the_same_request_twice_at_once_about_a_group_that_is_empty_by_now_is_one_act(
    wang: Browser, beigou: Village, value: Ask
) -> None:
    for _ in range(8):
        id_ = str(ids.uuid7())
        first, repeated = both(*[lambda id_=id_: wang.decide_group("confirm", **address(beigou), id=id_)] * 2)  # type: ignore[misc]
        assert first.json == repeated.json
        written = "SELECT count(*) FROM event WHERE verb = 'visits.decided' AND subject_id = :id"
        assert value(written, id=id_) == 1


def test_a_group_costs_the_same_statements_however_large(
    opened: House, wang: Browser, doubt: Doubt, beigou: Village
) -> None:
    actor = actor_from(wang.known.id, [(Role.VERIFIER.value, str(beigou.county))])

    def statements(count: int) -> int:
        for _ in range(count):
            doubt()
        seen: list[str] = []
        note = lambda *args: seen.append(args[2])  # noqa: E731
        event.listen(opened.engine, "before_cursor_execute", note)
        wish = Wish(id=ids.uuid7(), deciding=Deciding.CONFIRM)
        choice = Choice(cause=Cause.ADDRESS, key=str(beigou.home))
        done = opened.write(lambda s: decide_group(s, opened.policy, actor, choice, wish, clock.now()))
        event.remove(opened.engine, "before_cursor_execute", note)
        assert done.decided == count
        return len(seen)

    assert statements(2) == statements(40)
