"""The login form, as a browser without scripts uses it."""

import re

import pytest
from flask.testing import FlaskClient

from sync.words import Role
from tests.api.conftest import PASSWORD, Hire, Known
from tests.factories.village import Village


@pytest.fixture
def zhao(hire: Hire, beigou: Village) -> Known:
    return hire(Role.DISPATCHER, beigou.town)


def form_csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found
    return found[1]


def submit(caller: FlaskClient, username: str, password: str, next_: str = "/"):  # type: ignore[no-untyped-def]
    csrf = form_csrf(caller.get("/login").get_data(as_text=True))
    return caller.post("/login", data={"csrf": csrf, "username": username, "password": password, "next": next_})


def test_a_stranger_is_sent_to_the_form_and_back_to_where_he_wanted(caller: FlaskClient, zhao: Known) -> None:
    sent = caller.get("/?live=1")
    assert (sent.status_code, sent.location) == (303, "/login?next=/%3Flive%3D1")
    assert 'name="next" value="/?live=1"' in caller.get(sent.location).get_data(as_text=True)
    entered = submit(caller, zhao.username, PASSWORD, "/?live=1")
    assert (entered.status_code, entered.location) == (303, "/?live=1")
    assert caller.get("/").status_code == 200


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1", "", "/a\nb"]
)
def test_nobody_is_sent_to_another_site(caller: FlaskClient, zhao: Known, elsewhere: str) -> None:
    assert submit(caller, zhao.username, PASSWORD, elsewhere).location == "/"


def test_a_wrong_password_shows_the_form_again_with_the_name(caller: FlaskClient, zhao: Known) -> None:
    answer = submit(caller, zhao.username, "wrong wrong")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 401
    assert "用户名或密码不正确" in page
    assert f'value="{zhao.username}"' in page
    assert "wrong wrong" not in page


def test_a_locked_account_is_told_how_long_to_wait(caller: FlaskClient, zhao: Known) -> None:
    for _ in range(5):
        submit(caller, zhao.username, "wrong wrong")
    answer = submit(caller, zhao.username, PASSWORD)
    assert answer.status_code == 429
    assert re.search(r"\d+ 秒后再试", answer.get_data(as_text=True))
    assert answer.headers["Retry-After"]


def test_a_form_from_elsewhere_is_refused(caller: FlaskClient, zhao: Known) -> None:
    data = {"username": zhao.username, "password": PASSWORD}
    assert caller.post("/login", data=data).status_code == 403
    caller.get("/login")
    assert caller.post("/login", data=data | {"csrf": "lf_guess"}).status_code == 403


def test_what_is_typed_is_never_markup(caller: FlaskClient) -> None:
    page = submit(caller, '"><script>alert(1)</script>', "x").get_data(as_text=True)
    assert "<script" not in page


def test_logging_out_needs_the_page_it_stands_on(caller: FlaskClient, zhao: Known) -> None:
    submit(caller, zhao.username, PASSWORD)
    assert caller.post("/logout").status_code == 403
    csrf = form_csrf(caller.get("/").get_data(as_text=True))
    assert caller.post("/logout", data={"csrf": csrf}).location == "/login"
    assert caller.get("/").status_code == 303
    assert caller.post("/logout", data={"csrf": csrf}).status_code == 401


def test_style_and_sign_come_from_here_and_pages_hold_neither_script_nor_inline_style(
    caller: FlaskClient, zhao: Known
) -> None:
    for path in ("/static/console.css", "/static/door.svg"):
        answer = caller.get(path)
        assert answer.status_code == 200
        answer.close()
    submit(caller, zhao.username, PASSWORD)
    for path in ("/login", "/", "/?live=1"):
        page = caller.get(path).get_data(as_text=True)
        assert "<script" not in page
        assert "style=" not in page
        assert "http://" not in page
        assert "https://" not in page
