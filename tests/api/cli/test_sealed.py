"""`doorstep sealed` on an officer's own machine: no settings, no database."""

import base64
import stat
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from api.cli import doorstep
from sync.identity import sealing

WORDS = "举报某站所收取好处费"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(doorstep, ["sealed", *map(str, arguments)])


@pytest.fixture
def key(tmp_path: Path) -> Path:
    made = run("keygen", "--out", tmp_path / "key.json")
    assert made.exit_code == 0, made.output
    (tmp_path / "public.json").write_text(made.output)
    return tmp_path / "key.json"


@pytest.mark.parametrize("curve", [sealing.P256, sealing.X25519])
def test_a_key_is_made_for_its_owner_alone_and_shows_its_public_part(tmp_path: Path, curve: str) -> None:
    file = tmp_path / "key.json"
    shown = orjson.loads(run("keygen", "--out", file, "--curve", curve).output)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    private = orjson.loads(file.read_bytes())
    assert "d" not in shown
    assert sealing.public_of(private) == shown
    assert "文件已存在" in run("keygen", "--out", file, "--curve", curve).output
    assert orjson.loads(file.read_bytes()) == private, "a key is never overwritten"


def test_a_matter_is_opened_as_it_came_and_as_the_console_gives_it(tmp_path: Path, key: Path) -> None:
    public = orjson.loads((tmp_path / "public.json").read_bytes())
    cipher = sealing.seal(WORDS.encode(), [public | {"kid": "1"}])
    bare, given = tmp_path / "bare", tmp_path / "given"
    bare.write_bytes(cipher)
    given.write_bytes(orjson.dumps({"id": "x", "cipher": base64.b64encode(cipher).decode()}))
    for file in (bare, given):
        assert run("open", file, "--key", key).output.strip() == WORDS


def test_what_cannot_be_opened_is_told_in_one_line(tmp_path: Path, key: Path) -> None:
    stranger = sealing.public_of(sealing.new_key()) | {"kid": "1"}
    files = {
        "other": sealing.seal(b"x", [stranger]), "text": b"hello", "list": b"[1]", "empty": b"{}",
        "odd": b'{"cipher": "!"}',
    }  # fmt: skip
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        told = run("open", tmp_path / name, "--key", key)
        assert told.exit_code == 1, name
        assert len(told.output.strip().splitlines()) == 1
    whole = run("again", tmp_path / "other", "--key", key, "--to", tmp_path / "empty")
    assert whole.exit_code == 1
