"""Opening a household file takes a duty or a reason; the trail and the weekly list are for two administrators apart."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from sync import clock, ids
from sync.house import House
from sync.privacy import outliers
from sync.privacy.outliers import find_outliers, monday_of
from sync.words import Role
from tests.api.conftest import Enter, Hire, Known
from tests.factories import review, rows
from tests.factories.stored import StoredVisit
from tests.factories.village import Village

Browse = Callable[[Role, UUID], tuple[FlaskClient, Known]]
WHY = {"Doorstep-Reason": quote("群众来电核对门牌")}


@pytest.fixture
def browse(app: Flask, hire: Hire, enter: Enter) -> Browse:
    """A browser of somebody with a role."""

    def browse(role: Role, unit: UUID) -> tuple[FlaskClient, Known]:
        caller, known = app.test_client(), hire(role, unit)
        enter(caller, known)
        return caller, known

    return browse


def lines(opened: House, person: UUID) -> list[Any]:
    query = text("SELECT place_id, fields, duty, reason FROM read_audit WHERE person_id = :p ORDER BY id")
    return [tuple(row) for row in opened.read(lambda s: s.execute(query, {"p": person}).all())]


def test_a_file_without_a_duty_asks_for_a_reason_that_stands_on_the_trail(
    browse: Browse, opened: House, beigou: Village
) -> None:
    wang, known = browse(Role.VERIFIER, beigou.town)
    path = f"/console/v1/places/{beigou.unmapped}"
    for headers in ({}, {"Doorstep-Reason": quote(" 看看 ")}, {"Doorstep-Reason": "x" * 301}):
        refused = wang.get(path, headers=headers)
        assert (refused.status_code, refused.json["code"]) == (422, "reason-missing")
        assert refused.json["length_min"] == 5
    for wrong in ("%ff%fe", "%00" * 9):
        assert wang.get(path, headers={"Doorstep-Reason": wrong}).status_code == 422
    assert lines(opened, known.id) == [], "a file that was not opened is not on the trail"
    assert wang.get(path, headers=WHY).json["duty"] == "reason"
    assert lines(opened, known.id) == [(beigou.unmapped, "name,address,position", "reason", "群众来电核对门牌")]


def test_a_link_a_finding_or_a_task_is_a_duty_and_needs_no_reason(
    browse: Browse, opened: House, beigou: Village
) -> None:
    chen, cadre = browse(Role.CADRE, beigou.village)
    home = opened.write(lambda s: rows.add_place(s, beigou))
    assert chen.get(f"/console/v1/places/{home}").status_code == 404, "not the own home"
    link = opened.write(lambda s: rows.add_link(s, beigou, cadre.id, home))
    assert chen.get(f"/console/v1/places/{home}").json["duty"] == f"link/{link}"
    wang, verifier = browse(Role.VERIFIER, beigou.town)
    assert wang.get(f"/console/v1/places/{home}").status_code == 422
    visit = opened.write(lambda s: review.add_visit(s, beigou, place=home))
    finding = opened.write(lambda s: review.add_finding(s, visit))
    assert wang.get(f"/console/v1/places/{home}").json["duty"] == f"finding/{finding}"
    assert [line[2:] for line in lines(opened, verifier.id)] == [(f"finding/{finding}", None)]
    opened.write(lambda s: s.execute(text("UPDATE finding SET state = 'decided' WHERE id = :f"), {"f": finding}))
    assert wang.get(f"/console/v1/places/{home}").status_code == 422, "the finding is decided"


def test_a_task_at_the_home_is_a_duty_of_whoever_works_on_it(browse: Browse, opened: House, beigou: Village) -> None:
    both, known = browse(Role.VERIFIER, beigou.town)
    home = opened.write(lambda s: rows.add_place(s, beigou))
    task = opened.write(lambda s: rows.add_task(s, beigou, beigou.li, home, holder=beigou.waterworks))
    assert both.get(f"/console/v1/places/{home}").status_code == 422
    opened.write(lambda s: rows.hold_role(s, known.id, Role.HANDLER, beigou.waterworks))
    assert both.get(f"/console/v1/places/{home}").json["duty"] == f"task/{task}"


def test_pages_that_name_homes_are_on_the_trail_once_each(browse: Browse, opened: House, beigou: Village) -> None:
    wang, known = browse(Role.VERIFIER, beigou.town)
    visit = opened.write(lambda s: review.add_visit(s, beigou))
    opened.write(lambda s: review.add_finding(s, visit))
    for path in ("review/queue", "review/groups"):
        assert wang.get(f"/console/v1/{path}").json["items"]
    assert lines(opened, known.id) == [(None, "name", "verifier", None)] * 2


def test_the_trail_is_for_the_audit_administrator_page_by_page(browse: Browse, opened: House, beigou: Village) -> None:
    wang, known = browse(Role.VERIFIER, beigou.town)
    for _ in range(3):
        wang.get(f"/console/v1/places/{beigou.unmapped}", headers=WHY)
    auditor, _ = browse(Role.AUDIT_ADMIN, beigou.county)
    today = clock.today()
    asked = {"person": str(known.id), "place": str(beigou.unmapped), "unit": str(beigou.village), "limit": 2,
             "from": today - timedelta(days=1), "until": today + timedelta(days=1)}  # fmt: skip
    first = auditor.get("/console/v1/reads", query_string=asked).json
    second = auditor.get("/console/v1/reads", query_string=asked | {"cursor": first["next"]}).json
    found = first["items"] + second["items"]
    assert (len(first["items"]), len(found), second["next"]) == (2, 3, None)
    assert [one["id"] for one in found] == sorted((one["id"] for one in found), reverse=True)
    assert found[0]["person"] == {"id": str(known.id), "name": found[0]["person"]["name"]}
    assert found[0]["unit"] == {"id": str(beigou.village), "name": "北沟村"}
    assert (found[0]["place"], found[0]["duty"], found[0]["reason"]) == (
        str(beigou.unmapped), "reason", "群众来电核对门牌",
    )  # fmt: skip
    assert "北沟村2号" not in str(found), "homes are told by id alone"
    long_ago = auditor.get("/console/v1/reads", query_string={"until": "2020-01-01"}).json
    assert long_ago == {"items": [], "next": None}
    elsewhere, _ = browse(Role.AUDIT_ADMIN, beigou.roads)
    assert elsewhere.get("/console/v1/reads").json["items"] == []


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.AUDIT_ADMIN, Role.SECURITY_ADMIN)])
def test_nobody_else_reads_the_trail_or_the_list(browse: Browse, beigou: Village, role: Role) -> None:
    other, _ = browse(role, beigou.county)
    assert other.get("/console/v1/reads").json["code"] == "forbidden"
    assert other.get("/console/v1/reads/outliers").json["code"] == "forbidden"


def test_trail_and_list_are_not_one_administrators(browse: Browse, beigou: Village) -> None:
    security, _ = browse(Role.SECURITY_ADMIN, beigou.county)
    audit, _ = browse(Role.AUDIT_ADMIN, beigou.county)
    assert security.get("/console/v1/reads").status_code == 403
    assert audit.get("/console/v1/reads/outliers").status_code == 403


def read(opened: House, person: UUID, times: int, at: datetime, duty: str = "finding/1", place: bool = True) -> None:
    statement = text(
        'INSERT INTO read_audit ("on", at, person_id, place_id, fields, duty, request)'
        " SELECT :on, :at, :p, CASE WHEN :place THEN gen_random_uuid() END, 'name', :duty, '/'"
        " FROM generate_series(1, :times)"
    )
    facts = {"on": clock.local(at).date(), "at": at, "p": person, "place": place, "duty": duty, "times": times}
    opened.write(lambda s: s.execute(statement, facts))


def test_a_week_of_unusual_reading_is_a_list_for_the_security_administrator(
    browse: Browse, opened: House, hire: Hire, beigou: Village
) -> None:
    monday = monday_of(clock.today()) - outliers.WEEK
    noon = clock.midnight(monday) + timedelta(days=2, hours=12)
    usual = [hire(Role.VERIFIER, beigou.county) for _ in range(3)]
    many, nosy, owl, quiet = (hire(Role.VERIFIER, beigou.county) for _ in range(4))
    for known in usual:
        read(opened, known.id, 12, noon)
    read(opened, many.id, 61, noon)
    read(opened, nosy.id, 10, noon, "reason")
    read(opened, owl.id, 20, noon + timedelta(hours=11))
    read(opened, quiet.id, 400, noon, place=False)  # lists of names are no openings
    read(opened, quiet.id, 400, noon - outliers.WEEK)
    opened.write(lambda s: s.execute(text("DELETE FROM installation WHERE key = 'read_outliers'")))
    assert opened.write(lambda s: find_outliers(s, opened.policy.privacy)) == [monday]
    assert opened.write(lambda s: find_outliers(s, opened.policy.privacy)) == [], "a week has one list"
    sun, _ = browse(Role.SECURITY_ADMIN, beigou.county)
    page = sun.get(f"/console/v1/reads/outliers?week={monday}").json
    listed = {one["person"]["id"]: one for one in page["items"]}
    assert {id_: one["why"] for id_, one in listed.items()} == {
        str(many.id): ["many"], str(nosy.id): ["without_duty"], str(owl.id): ["at_night"],
    }  # fmt: skip
    assert listed[str(many.id)] | {"person": None} == {
        "week": monday.isoformat(), "person": None, "opened": 61, "places": 61, "without_duty": 0, "at_night": 0,
        "usual": 12, "why": ["many"],
    }  # fmt: skip
    pages = [sun.get("/console/v1/reads/outliers?limit=2").json]
    pages.append(sun.get(f"/console/v1/reads/outliers?limit=2&cursor={pages[0]['next']}").json)
    assert [len(one["items"]) for one in pages] == [2, 1]
    elsewhere, _ = browse(Role.SECURITY_ADMIN, beigou.roads)
    assert elsewhere.get("/console/v1/reads/outliers").json["items"] == []


def test_weeks_that_an_outage_missed_are_caught_up_with(opened: House) -> None:
    monday = monday_of(clock.today())
    mark = text(
        "UPDATE installation SET value = jsonb_build_object('week', CAST(:w AS text)) WHERE key = 'read_outliers'"
    )
    opened.write(lambda s: find_outliers(s, opened.policy.privacy))
    opened.write(lambda s: s.execute(mark, {"w": (monday - 4 * outliers.WEEK).isoformat()}))
    assert len(opened.write(lambda s: find_outliers(s, opened.policy.privacy))) == 3
    opened.write(lambda s: s.execute(mark, {"w": "2020-01-06"}))
    assert len(opened.write(lambda s: find_outliers(s, opened.policy.privacy))) == outliers.WEEKS_BACK


def test_a_stored_visit_alone_is_no_duty(browse: Browse, opened: House, beigou: Village) -> None:
    wang, _ = browse(Role.VERIFIER, beigou.town)
    home = opened.write(lambda s: rows.add_place(s, beigou))
    opened.write(lambda s: StoredVisit(clock.now(), place=home).put(s, beigou))
    assert wang.get(f"/console/v1/places/{home}").status_code == 422
    assert wang.get(f"/console/v1/places/{ids.uuid7()}", headers=WHY).status_code == 404
