"""Handing links over: preview, one act, who may, races, and what becomes of late visits."""

import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from api.app import create_app
from sync import clock, ids
from sync.access import Actor, HeldRole
from sync.db import refusal_of
from sync.errors import Problem
from sync.house import House
from sync.pipeline import apply_batches, handing_over
from sync.pipeline.batch import Part
from sync.registry import handover
from sync.registry.handover import Asked, Holder
from sync.words import Role
from tests.api.conftest import Enter, take_on
from tests.api.console.conftest import Console
from tests.factories.batches import body, receive, visit
from tests.factories.rows import add_link, add_place, add_task, hold_role
from tests.factories.village import Village, found


@pytest.fixture
def opened(house: House) -> House:
    """An installation of each test: links are few and moved."""
    return house


@pytest.fixture
def beigou(opened: House) -> Village:
    made = opened.write(found)
    office = "UPDATE programme SET office_id = :o WHERE id = :p"
    opened.write(lambda s: s.execute(text(office), {"o": made.county, "p": made.programme}))
    return made


@pytest.fixture
def app(opened: House) -> Any:
    app = create_app(opened.settings)
    yield app
    app.extensions["doorstep"].close()


Log = Callable[[Role, UUID], Console]


@pytest.fixture
def log_in(app: Flask, opened: House, enter: Enter) -> Log:
    def log_in(role: Role, unit: UUID) -> Console:
        caller = app.test_client()
        return Console(caller, enter(caller, take_on(opened, role, unit)))

    return log_in


@pytest.fixture
def office(log_in: Log, beigou: Village) -> Console:
    return log_in(Role.PROGRAMME_OFFICE, beigou.county)


def links(house: House) -> dict[UUID, tuple[UUID | None, str]]:
    rows = house.read(lambda s: s.execute(text("SELECT id, cadre_id, valid::text AS days FROM link")).all())
    return {row.id: (row.cadre_id, row.days) for row in rows}


def wanted(beigou: Village, **more: Any) -> dict[str, Any]:
    return {
        "from": {"cadre": str(beigou.li)}, "to": {"cadre": str(beigou.chen)}, "starts_on": clock.today().isoformat(),
    } | more  # fmt: skip


def test_a_preview_shows_what_would_move_and_writes_nothing_but_that_it_was_read(
    opened: House, beigou: Village, office: Console
) -> None:
    opened.write(lambda s: add_task(s, beigou, beigou.zhou, beigou.home))
    before = links(opened)
    seen = office.post("handovers/preview", **wanted(beigou)).json
    assert (seen["count"], seen["giver"], seen["taker"]) == (1, "李", "陈")
    [one] = seen["moving"]
    assert (one["place"]["name"], one["programme"]["name"], one["category"]) == ("北沟村1号", "五联", "needy")
    assert (seen["places_before"], seen["places_after"], seen["open_tasks"]) == (0, 1, 1)
    assert seen["warnings"] == seen["left_out"] == []
    assert links(opened) == before
    reads = opened.read(lambda s: s.execute(text("SELECT fields, duty FROM read_audit")).all())
    assert [tuple(row) for row in reads] == [("link", "programme_office")]


def test_a_link_is_cut_and_goes_on_with_the_new_holder(opened: House, beigou: Village, office: Console) -> None:
    [old] = links(opened)
    id_ = str(ids.uuid7())
    done = office.post("handovers", id=id_, **wanted(beigou, reason="调离"))
    assert done.status_code == 201
    [moved] = done.json["moved"]
    new = UUID(moved["goes_on_as"])
    assert (moved["link"], moved["place"]) == (str(old), str(beigou.home))
    today = clock.today().isoformat()
    assert links(opened) == {old: (beigou.li, f"[2020-01-01,{today})"), new: (beigou.chen, f"[{today},)")}
    trail = opened.read(lambda s: s.execute(text("SELECT subject_id, facts FROM event WHERE verb LIKE 'link.%'")).all())
    assert [(row.subject_id, row.facts["hand_over"], row.facts["reason"]) for row in trail] == [(old, id_, "调离")]
    again = office.post("handovers", id=id_, **wanted(beigou, reason="调离"))
    assert again.json == done.json
    assert office.caller.get(f"/console/v1/handovers/{id_}").json == done.json
    assert len(links(opened)) == 2
    assert office.post("handovers", id=id_, **wanted(beigou, to={"cadre": str(beigou.zhou)})).status_code in (409, 422)
    assert office.post("handovers", id=id_, **wanted(beigou, links=[str(old)])).json["code"] == "conflict"


def test_a_whole_cadre_moves_but_for_what_the_taker_has_and_what_has_ended(
    opened: House, beigou: Village, office: Console
) -> None:
    places = [opened.write(lambda s: add_place(s, beigou)) for _ in range(3)]
    for place in places:
        opened.write(lambda s, p=place: add_link(s, beigou, beigou.li, p, date(2024, 1, 1)))
    opened.write(lambda s: add_link(s, beigou, beigou.chen, places[0]))
    opened.write(lambda s: add_link(s, beigou, beigou.li, beigou.unmapped, date(2020, 1, 1), date(2021, 1, 1)))
    done = office.post("handovers", id=str(ids.uuid7()), **wanted(beigou)).json
    assert {one["place"] for one in done["moved"]} == {str(beigou.home), str(places[1]), str(places[2])}
    assert [one["code"] for one in done["left_out"]] == ["already-linked"]


def test_a_link_that_has_not_begun_is_given_as_it_is(opened: House, beigou: Village, office: Console) -> None:
    later = clock.today() + timedelta(days=30)
    place = opened.write(lambda s: add_place(s, beigou))
    link = opened.write(lambda s: add_link(s, beigou, beigou.li, place, later))
    done = office.post("handovers", id=str(ids.uuid7()), **wanted(beigou, links=[str(link)])).json
    assert done["moved"] == [{"link": str(link), "place": str(place), "goes_on_as": str(link)}]
    assert links(opened)[link] == (beigou.chen, f"[{later.isoformat()},)")


def test_a_hand_over_may_be_dated_and_links_may_go_to_a_unit(opened: House, beigou: Village, office: Console) -> None:
    [old] = links(opened)
    later = (clock.today() + timedelta(days=7)).isoformat()
    to_unit = {"to": {"unit": str(beigou.waterworks)}, "starts_on": later}
    done = office.post("handovers", id=str(ids.uuid7()), **wanted(beigou, **to_unit)).json
    new = UUID(done["moved"][0]["goes_on_as"])
    assert links(opened) == {old: (beigou.li, f"[2020-01-01,{later})"), new: (None, f"[{later},)")}
    back = {"from": {"unit": str(beigou.waterworks)}, "to": {"cadre": str(beigou.li)}, "starts_on": later}
    assert office.post("handovers", id=str(ids.uuid7()), **wanted(beigou, **back)).status_code == 201
    assert links(opened)[new] == (beigou.li, f"[{later},)")


def test_links_that_are_not_there_or_not_the_givers_are_named(opened: House, beigou: Village, office: Console) -> None:
    stranger = ids.uuid7()
    [old] = links(opened)
    seen = office.post("handovers/preview", **wanted(beigou, links=[str(old), str(stranger)])).json
    assert seen["left_out"] == [{"link": str(stranger), "code": "not-held"}]
    none = office.post("handovers", id=str(ids.uuid7()), **wanted(beigou, links=[str(stranger)]))
    assert (none.status_code, none.json["code"]) == (409, "nothing-to-hand-over")
    assert none.json["left_out"] == [{"link": str(stranger), "code": "not-held"}]
    end = opened.write(lambda s: add_link(s, beigou, beigou.li, beigou.unmapped, date(2020, 1, 1), date(2021, 1, 1)))
    seen = office.post("handovers/preview", **wanted(beigou, links=[str(end)])).json
    assert (seen["count"], seen["left_out"]) == (0, [{"link": str(end), "code": "ended"}])


def test_too_much_for_one_phone_is_asked_about(opened: House, beigou: Village, office: Console) -> None:
    limit = opened.policy.feed.places_warn

    def many(session: Any) -> None:
        session.execute(
            text(
                "WITH p AS (INSERT INTO place (id, kind, unit_id, name, state) SELECT gen_random_uuid(), 'household',"
                " :u, '户' || n, 'active' FROM generate_series(1, :n) n RETURNING id)"
                " INSERT INTO link (id, programme_id, category, cadre_id, place_id, valid)"
                " SELECT gen_random_uuid(), :g, 'ordinary', :c, id, '(,)' FROM p"
            ),
            {"u": beigou.village, "n": limit, "g": beigou.programme, "c": beigou.chen},
        )

    opened.write(many)
    warning = {"code": "many-places", "places": limit + 1, "limit": limit}
    assert office.post("handovers/preview", **wanted(beigou)).json["warnings"] == [warning]
    id_ = str(ids.uuid7())
    refused = office.post("handovers", id=id_, **wanted(beigou))
    assert (refused.status_code, refused.json["code"], refused.json["warnings"]) == (409, "too-many-places", [warning])
    done = office.post("handovers", id=id_, **wanted(beigou, accept=["many-places"]))
    assert (done.status_code, done.json["warnings"]) == (201, [warning])


# Who may


@pytest.mark.parametrize("role", [Role.UNIT_ADMIN, Role.VERIFIER, Role.DISPATCHER, Role.LEADER, Role.CADRE])
def test_nobody_but_the_office_in_charge_hands_over(beigou: Village, log_in: Log, role: Role) -> None:
    other = log_in(role, beigou.county)
    for path, more in (("handovers/preview", {}), ("handovers", {"id": str(ids.uuid7())})):
        refused = other.post(path, **wanted(beigou, **more))
        assert (refused.status_code, refused.json["code"]) == (403, "forbidden")


def test_an_office_of_another_programme_finds_nothing(opened: House, beigou: Village, log_in: Log) -> None:
    other = log_in(Role.PROGRAMME_OFFICE, beigou.waterworks)
    [old] = links(opened)
    seen = other.post("handovers/preview", **wanted(beigou, links=[str(old)])).json
    assert (seen["moving"], seen["left_out"]) == ([], [{"link": str(old), "code": "not-held"}])
    assert other.post("handovers", id=str(ids.uuid7()), **wanted(beigou)).json["code"] == "nothing-to-hand-over"


def test_only_its_own_programmes_links_go_with_a_cadre(opened: House, beigou: Village, office: Console) -> None:
    other = Village(**vars(beigou) | {"programme": ids.uuid7()})
    opened.write(
        lambda s: s.execute(
            text("INSERT INTO programme (id, code, name) VALUES (:i, 'X', '包村')"), {"i": other.programme}
        )
    )
    kept = opened.write(lambda s: add_link(s, other, beigou.li, beigou.home))
    office.post("handovers", id=str(ids.uuid7()), **wanted(beigou))
    assert links(opened)[kept] == (beigou.li, "(,)")


def test_another_s_hand_over_cannot_be_read(beigou: Village, office: Console, log_in: Log) -> None:
    id_ = str(ids.uuid7())
    office.post("handovers", id=id_, **wanted(beigou))
    other = log_in(Role.PROGRAMME_OFFICE, beigou.county)
    assert other.caller.get(f"/console/v1/handovers/{id_}").status_code == 404
    assert other.post("handovers", id=id_, **wanted(beigou)).json["code"] == "conflict"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"starts_on": "2020-01-01"}, "invalid"),
        ({"to": {}}, "invalid"),
        ({"to": {"cadre": str(UUID(int=5)), "unit": str(UUID(int=5))}}, "invalid"),
        ({"to": {"cadre": str(UUID(int=5))}}, "receiver-unfit"),
        ({"to": {"unit": str(UUID(int=5))}}, "receiver-unfit"),
        ({"links": []}, "invalid"),
    ],
)
def test_what_cannot_be_is_refused(beigou: Village, office: Console, more: dict[str, Any], code: str) -> None:
    refused = office.post("handovers/preview", **wanted(beigou, **more))
    assert (refused.status_code, refused.json["code"]) == (422, code)


def test_nobody_hands_over_to_oneself_or_to_a_reporter(beigou: Village, office: Console) -> None:
    assert office.post("handovers/preview", **wanted(beigou, to={"cadre": str(beigou.li)})).json["code"] == "invalid"
    refused = office.post("handovers/preview", **wanted(beigou, to={"cadre": str(beigou.zhou)}))
    assert refused.json["code"] == "receiver-unfit"


# Two at once, and late visits


def _cross(opened: House, beigou: Village, starts_on: date) -> list[str]:
    """Li's link goes to Chen and to Wang at the same moment; the outcomes."""
    wang, officer = ids.uuid7(), ids.uuid7()

    def hire(session: Any) -> None:
        for person, name in ((wang, "王"), (officer, "孙")):
            session.execute(
                text("INSERT INTO person (id, staff_no, name) VALUES (:i, :n, :n)"), {"i": person, "n": name}
            )
        hold_role(session, wang, Role.CADRE, beigou.village)

    opened.write(hire)
    actor = Actor(officer, (HeldRole(Role.PROGRAMME_OFFICE, beigou.county),))
    barrier, outcomes = threading.Barrier(2), []

    def move(taker: UUID) -> None:
        asked = Asked(Holder(beigou.li, None), Holder(taker, None), starts_on)
        barrier.wait()
        try:
            opened.write(
                lambda s: handing_over.hand_over(s, actor, ids.uuid7(), asked, opened.policy.feed, clock.now())
            )
            outcomes.append("moved")
        except Problem as problem:
            outcomes.append(problem.code)

    threads = [threading.Thread(target=move, args=(taker,)) for taker in (beigou.chen, wang)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


@pytest.mark.parametrize("days", [0, 3])
def test_of_two_crossing_hand_overs_one_wins_and_the_other_is_told(opened: House, beigou: Village, days: int) -> None:
    outcomes = _cross(opened, beigou, clock.today() + timedelta(days=days))
    assert outcomes == ["moved", "nothing-to-hand-over"]
    assert len(links(opened)) == 2


def test_a_link_that_the_taker_got_in_between_is_refused_by_its_key(opened: House, beigou: Village) -> None:
    asked = Asked(Holder(beigou.li, None), Holder(beigou.chen, None), clock.today())
    actor = Actor(ids.uuid7(), (HeldRole(Role.PROGRAMME_OFFICE, beigou.county),))

    def work(session: Any) -> None:
        moving = handover.find(session, actor, asked, lock=True).moving
        add_link(session, beigou, beigou.chen, beigou.home)  # stands for another transaction that was quicker
        handover.move(session, asked, moving)

    with pytest.raises(IntegrityError) as raised:
        opened.write(work)
    refusal = refusal_of(raised.value)
    assert refusal is not None
    assert refusal.code == "already-linked"


def test_late_visits_of_the_former_holder_are_kept_and_credited_as_of_their_day(
    opened: House, beigou: Village, office: Console
) -> None:
    """Li visited yesterday and today, was offline, and hands in after Chen has the home from today on."""
    yesterday = clock.now() - timedelta(days=1)
    told = {
        "before": visit(beigou, yesterday),
        "after": visit(beigou, clock.now() - timedelta(minutes=1), fixes=[]),
        "of chen": visit(beigou, clock.now() - timedelta(minutes=2), fixes=[]),
    }
    office.post("handovers", id=str(ids.uuid7()), **wanted(beigou))
    for phone, names in ((beigou.phone_li, ("before", "after")), (beigou.phone_chen, ("of chen",))):
        batch, json = body([told[name] for name in names])
        opened.write(lambda s, p=phone, b=batch, j=json: receive(s, p, b, j))
        opened.write(lambda s, p=phone, b=batch: apply_batches(s, opened.policy, [Part(p, b)]))
    query = text(
        "SELECT v.recorder_id, x.reasons FROM visit v JOIN visit_verdict x ON x.visit_id = v.id WHERE v.id = :v"
    )

    def seen(name: str) -> tuple[UUID, bool]:
        row = opened.read(lambda s: s.execute(query, {"v": told[name]["id"]}).one())
        return row.recorder_id, any(one["code"] == "LINK_NOT_ASSIGNED" for one in row.reasons)

    assert seen("before") == (beigou.li, False)
    assert seen("after") == (beigou.li, True), "told as a fact; it weighs nothing"
    assert seen("of chen") == (beigou.chen, False)
