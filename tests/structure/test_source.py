"""What the house asks of its source: small pieces, one clock, one reader of the environment, one who commits."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

FUNCTION_LINES = 40
MODULE_LINES = 300
VOCABULARY = {"sync/words.py"}  # one list of all closed words, with their names
SOURCES = sorted(
    path.relative_to(ROOT).as_posix()
    for room in ("api", "sync", "worker")
    for path in (ROOT / room).rglob("*.py")
    if ROOT / "api" / "web" not in path.parents  # packages of Node bring Python of their own
)
ONLY = {
    "the clock": (
        {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.monotonic"},
        ("sync/clock.py",),
    ),
    "the environment": ({"os.environ", "os.getenv"}, ("sync/settings.py", "api/cli/")),
    "chance": ({"random.", "secrets.", "uuid.uuid1", "uuid.uuid4"}, ("sync/ids.py", "api/demo/", "api/cli/")),
    "commits": ({".commit"}, ("sync/db.py",)),
}


def told(tree: ast.AST) -> Iterator[str]:
    """Dotted names that a module uses or imports; `import m` is told as "m."."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute():
                yield ast.unparse(node)
            case ast.ImportFrom(module=str(module)):
                yield from (f"{module}.{alias.name}" for alias in node.names)
            case ast.Import():
                yield from (f"{alias.name}." for alias in node.names)


def breaks(tree: ast.AST, words: set[str]) -> set[str]:
    """What is used of these words; ".x" is any attribute x, "m." anything of the module m."""
    return {
        name
        for name in told(tree)
        for word in words
        if name == word
        or (word.endswith(".") and name.startswith(word))
        or (word.startswith(".") and name.endswith(word))
    }


@pytest.mark.parametrize("rule", ONLY)
def test_only_its_room_touches(rule: str) -> None:
    words, rooms = ONLY[rule]
    others = [path for path in SOURCES if not path.startswith(rooms)]
    assert others
    found = {path: breaks(ast.parse(Path(ROOT, path).read_text()), words) for path in others}
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("the clock", "from datetime import datetime\nat = datetime.now()"),
        ("the clock", "from time import monotonic"),
        ("the environment", "import os\nhome = os.environ['HOME']"),
        ("chance", "from random import choice"),
        ("commits", "session.commit()"),
    ],
)
def test_the_check_sees_what_it_forbids(rule: str, code: str) -> None:
    assert breaks(ast.parse(code), ONLY[rule][0])


def test_functions_are_short() -> None:
    long = {
        f"{path}:{node.name}": length
        for path in SOURCES
        for node in ast.walk(ast.parse(Path(ROOT, path).read_text()))
        if isinstance(node, ast.FunctionDef) and (length := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES
    }
    assert long == {}


def test_modules_are_short() -> None:
    lines = {path: Path(ROOT, path).read_text().count("\n") for path in SOURCES if path not in VOCABULARY}
    assert {path: count for path, count in lines.items() if count > MODULE_LINES} == {}
