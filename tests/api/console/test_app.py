"""The console's screens as the server hands them out."""

import gzip
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from api.console import app as screens
from api.headers import screen_policy
from sync.words import Role
from tests.api.conftest import PASSWORD, Enter, Hire, Known
from tests.api.console.test_pages import submit
from tests.factories.village import Village


@pytest.fixture
def wang(hire: Hire, beigou: Village) -> Known:
    return hire(Role.VERIFIER, beigou.county)


def test_a_stranger_is_sent_to_the_login_and_back(caller: FlaskClient, wang: Known) -> None:
    sent = caller.get("/console/review?cause=address")
    assert (sent.status_code, sent.location) == (303, "/login?next=/console/review%3Fcause%3Daddress")
    assert submit(caller, wang.username, PASSWORD, "/console/review?cause=address").location.startswith("/console/")
    assert caller.get("/console/review?cause=address").status_code == 200


@pytest.mark.parametrize(("role", "where"), [(Role.VERIFIER, "/console/"), (Role.DISPATCHER, "/")])
def test_who_asked_for_no_page_begins_where_his_work_is(
    caller: FlaskClient, hire: Hire, beigou: Village, role: Role, where: str
) -> None:
    known = hire(role, beigou.county)
    assert submit(caller, known.username, PASSWORD).location == where


def test_the_page_runs_its_own_scripts_alone_and_is_never_kept(caller: FlaskClient, wang: Known, enter: Enter) -> None:
    enter(caller, wang)
    page = caller.get("/console/")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
    assert "unsafe" not in policy
    assert page.headers["Cache-Control"] == "no-store"
    text = page.get_data(as_text=True)
    assert not re.search(r"<script(?![^>]*\bsrc=)|style=|https?://", text)


def test_files_of_the_bundle_are_compressed_and_kept_for_good(caller: FlaskClient, wang: Known, enter: Enter) -> None:
    enter(caller, wang)
    names = re.findall(r'(?:src|href)="(/console/assets/[^"]+)"', caller.get("/console/").get_data(as_text=True))
    assert {name.rpartition(".")[2] for name in names} == {"js", "css"}
    for name in names:
        packed = caller.get(name, headers={"Accept-Encoding": "gzip"})
        plain = caller.get(name, headers={"Accept-Encoding": "identity"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert "Content-Encoding" not in plain.headers
        assert gzip.decompress(packed.data) == plain.data
        assert packed.mimetype == plain.mimetype == ("text/css" if name.endswith("css") else "text/javascript")
        for answer in (packed, plain):
            assert "immutable" in answer.headers["Cache-Control"]
            assert answer.headers["Vary"] == "Accept-Encoding"
            answer.close()


@pytest.mark.parametrize("name", ["none.js", "..%2Fconsole.html", "console.html", ".built.js", "a.js.gz"])
def test_nothing_else_is_handed_out(caller: FlaskClient, wang: Known, enter: Enter, name: str) -> None:
    enter(caller, wang)
    assert caller.get(f"/console/assets/{name}").status_code == 404


def test_without_a_bundle_the_page_says_what_to_do(
    caller: FlaskClient, wang: Known, enter: Enter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    enter(caller, wang)
    monkeypatch.setattr(screens, "DIST", tmp_path)
    answer = caller.get("/console/")
    assert answer.status_code == 503
    assert "make setup" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("template", "allowed"),
    [
        ("", "img-src 'self' data: blob:;"),
        ("https://tiles.example/{z}/{x}/{y}.png", "blob: https://tiles.example;"),
        ("https://t{s}.example.cn/DataServer?x={x}&y={y}&l={z}&tk=k", "blob: https://*.example.cn;"),
        ("http://10.0.0.5:8080/{z}/{x}/{y}.png", "blob: http://10.0.0.5:8080;"),
    ],
)
def test_pictures_may_come_from_where_the_tiles_are(template: str, allowed: str) -> None:
    assert allowed in screen_policy(template)
