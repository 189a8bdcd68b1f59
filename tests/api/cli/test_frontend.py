"""The build of the browser's files."""

import gzip
import json
import re

from setuptools import find_namespace_packages

from api.cli import frontend
from sync.words import Verdict
from tests.conftest import ROOT

FIRST_LOAD_KIB = 150


def test_the_bundle_is_that_of_these_sources() -> None:
    stamps = [path.name for path in frontend.DIST.glob(".built-*")]
    assert stamps == [f".built-{frontend.fingerprint(frontend.sources())}"], "run make setup"


def test_the_first_load_is_small() -> None:
    page = (frontend.DIST / "console.html").read_text()
    names = re.findall(r'(?:src|href)="/console/(assets/[^"]+)"', page)
    assert len(names) >= 2
    packed = len(gzip.compress(page.encode())) + sum((frontend.DIST / f"{name}.gz").stat().st_size for name in names)
    assert packed <= FIRST_LOAD_KIB * 1024


def test_labels_are_those_of_the_words() -> None:
    found = re.search(r"export const Verdict = (\{.*?\}) as const;", frontend.labels(), re.DOTALL)
    assert found
    assert json.loads(found[1]) == {word.value: {"zh": word.zh, "en": word.en} for word in Verdict}
    assert 'export const Cause = {\n "address"' in frontend.labels()


def test_the_lock_names_no_address_of_a_registry() -> None:
    lock = json.loads(frontend.LOCK.read_text())
    assert len(lock["packages"]) > 20
    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []


def test_nothing_of_node_goes_into_the_wheel() -> None:
    import tomllib

    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    found = find_namespace_packages(str(ROOT), **tools["packages"]["find"])
    assert "api.console" in found
    assert [name for name in found if name.startswith("api.web")] == []
    assert tools["package-data"]["api"] == ["web/dist/*.html", "web/dist/assets/*"]
