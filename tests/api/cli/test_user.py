"""`doorstep user` as an operator uses it."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import text

from sync.house import House
from tests.api.cli.conftest import Run
from tests.factories.village import Village

GOOD = "open the door please"


@pytest.fixture(scope="module", autouse=True)
def coded(opened: House, beigou: Village) -> Iterator[None]:
    """The town and the village bear their codes."""
    insert = text("INSERT INTO unit_code (unit_id, edition, code) VALUES (:u, '2023', :c)")
    codes = {beigou.town: "370614106000", beigou.village: "370614106201"}
    opened.write(lambda session: [session.execute(insert, {"u": u, "c": c}) for u, c in codes.items()])
    return None


def can_log_in(app: Flask, username: str, password: str) -> bool:
    answer = app.test_client().post("/console/v1/login", json={"username": username, "password": password})
    return answer.status_code == 200


def test_an_operator_adds_verifier_wang_who_logs_in(run: Run, app: Flask) -> None:
    added = run(
        "user", "add", "V001", "王敏", "--username", "Wang.Min", "--password", "--role", "verifier", "--unit",
        "370614106000", "--phone", "138 1234 5678", types=f"{GOOD}\n{GOOD}\n",
    )  # fmt: skip
    assert added.exit_code == 0, added.output
    assert GOOD not in added.output
    listed = run("user", "list").output
    assert re.search(r"V001.*王敏.*wang\.min.*核验员 verifier.*北沟镇", listed)
    assert "138" not in listed
    assert can_log_in(app, "wang.min", GOOD)


def test_a_password_that_was_made_is_shown_once_and_works(run: Run, app: Flask) -> None:
    run("user", "add", "D001", "赵强")
    made = run("user", "password", "D001", "--username", "zhao", "--generate").output
    first = re.search(r"password: (\S+)", made)
    assert first
    assert can_log_in(app, "zhao", first[1])
    assert first[1] not in run("user", "list").output
    again = re.search(r"password: (\S+)", run("user", "password", "D001", "--generate").output)
    assert again
    assert not can_log_in(app, "zhao", first[1])
    assert can_log_in(app, "zhao", again[1])


def test_a_made_password_comes_with_the_person_too(run: Run, app: Flask) -> None:
    made = re.search(r"password: (\S+)", run("user", "add", "D002", "孙", "--username", "sun").output)
    assert made
    assert can_log_in(app, "sun", made[1])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["add", "X1", "某", "--role", "leader"], "--unit"),
        (["add", "X2", "某", "--role", "leader", "--unit", "999"], "999"),
        (["add", "X3", "某", "--role", "king", "--unit", "370614106000"], "king"),
        (["add", "D001", "某"], "工号已存在"),
        (["add", "X4", "某", "--username", "zhao"], "用户名已被使用"),
        (["add", "X5", "某", "--username", "!"], "用户名不符合要求"),
        (["add", "X6", "某", "--phone", "call me"], "电话"),
        (["password", "NOBODY", "--generate"], "NOBODY"),
        (["password", "NOLOGIN", "--generate"], "--username"),
        (["role", "D001", "leader", "--unit", "370614106000", "--end"], "未找到"),
        (["disable", "NOLOGIN"], "未找到"),
    ],
)
def test_a_mistake_is_told_in_one_line_and_changes_nothing(run: Run, arguments: list[str], said: str) -> None:
    run("user", "add", "D001", "赵强", "--username", "zhao")
    run("user", "add", "NOLOGIN", "无账号")
    result = run("user", *arguments)
    assert result.exit_code != 0
    assert said in result.output
    assert "Traceback" not in result.output
    assert " 某 " not in run("user", "list").output


def test_a_weak_password_is_refused(run: Run) -> None:
    refused = run("user", "add", "X7", "某", "--username", "weak", "--password", types="short\nshort\n")
    assert "密码太短" in refused.output
    own_name = run("user", "add", "X8", "某", "--username", "weak", "--password", types="i am Weak yes\n" * 2)
    assert "密码太短" in own_name.output


def test_roles_are_given_for_days_and_ended(run: Run) -> None:
    run("user", "add", "L001", "陈")
    given = run(
        "user", "role", "L001", "leader", "--unit", "370614106201", "--since", "2020-01-01", "--until", "2030-01-01"
    )
    assert given.exit_code == 0, given.output
    listed = run("user", "list", "--unit", "370614106201").output
    assert "2020-01-01 → 2030-01-01" in listed
    twice = run("user", "role", "L001", "leader", "--unit", "370614106201")
    assert "该角色在此期间已存在" in twice.output
    ended = run("user", "role", "L001", "leader", "--unit", "370614106201", "--end", "--until", "2026-03-05")
    assert ended.exit_code == 0, ended.output
    assert "2020-01-01 → 2026-03-05" in run("user", "list").output
    gone = run("user", "role", "L001", "leader", "--unit", "370614106201", "--end", "--until", "2019-01-01")
    assert gone.exit_code == 0, gone.output
    assert "leader" not in run("user", "list", "--unit", "370614106201").output


def test_a_disabled_person_opens_nothing_and_is_shown_as_such(run: Run, app: Flask) -> None:
    made = re.search(r"password: (\S+)", run("user", "add", "G001", "郭", "--username", "guo").output)
    assert made
    assert run("user", "disable", "G001").exit_code == 0
    assert not can_log_in(app, "guo", made[1])
    assert "停用" in run("user", "list").output
