"""The retention table and its reports, for the system administrator of the whole cell."""

import pytest
from flask import Flask

from sync import clock
from sync.house import House
from sync.privacy import retention
from sync.privacy.rules import KEPT
from sync.words import Role
from tests.api.conftest import Enter, Hire
from tests.factories.village import Village
from worker.drain import until_empty


def test_a_system_administrator_sees_the_table_and_what_the_nights_let_go_of(
    app: Flask, hire: Hire, enter: Enter, opened: House, beigou: Village
) -> None:
    opened.write(lambda s: retention.begin(s, opened.policy))
    until_empty(opened, 60, 0, lambda: False)
    running = opened.write(lambda s: retention.begin(s, opened.policy))
    admin = app.test_client()
    enter(admin, hire(Role.SYSTEM_ADMIN, beigou.county))
    shown = admin.get("/console/v1/retention").json
    assert [(one["what"], one["days"]) for one in shown["rules"]] == [
        (kept.what.value, kept.days(opened.policy)) for kept in KEPT
    ]
    assert shown["rules"][0]["label"] == {"zh": "上传记录原文", "en": "bodies"}
    newest, ended = shown["reports"][:2]
    assert (newest["id"], newest["ended_at"], newest["lines"]) == (str(running), None, [])
    assert [line["what"] for line in ended["lines"]] == [kept.what.value for kept in KEPT]
    assert all(line["gone"] == 0 and line["why_stayed"] is None for line in ended["lines"])
    assert ended["policy_version"] == opened.policy.version
    assert clock.today().isoformat() > ended["lines"][0]["before"]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SYSTEM_ADMIN])
def test_nobody_else_sees_it(app: Flask, hire: Hire, enter: Enter, beigou: Village, role: Role) -> None:
    other = app.test_client()
    enter(other, hire(role, beigou.county))
    assert other.get("/console/v1/retention").json["code"] == "forbidden"


def test_a_system_administrator_of_a_part_sees_no_report_of_the_whole(
    app: Flask, hire: Hire, enter: Enter, beigou: Village
) -> None:
    admin = app.test_client()
    enter(admin, hire(Role.SYSTEM_ADMIN, beigou.village))
    assert admin.get("/console/v1/retention").json["reports"] == []
