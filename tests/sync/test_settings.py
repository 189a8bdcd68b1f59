"""Settings from the environment."""

from dataclasses import fields
from pathlib import Path

import pytest

from sync.policy import PolicyError, load
from sync.settings import Settings, SettingsError

GOOD = {
    "DOORSTEP_DATABASE_URL": "postgresql://d",
    "DOORSTEP_REDIS_URL": "redis://r",
    "DOORSTEP_SECRET_KEY": "s" * 32,
    "DOORSTEP_CONTACT_KEYS": "k",
    "DOORSTEP_BLOB_DIR": "/blobs",
}


def test_what_is_not_said_has_its_default() -> None:
    settings = Settings.from_env(GOOD | {"DOORSTEP_WORKERS": "3", "DOORSTEP_SECURE_COOKIES": "1", "PATH": "x"})
    assert (settings.workers, settings.secure_cookies, settings.blob_dir) == (3, True, Path("/blobs"))
    assert settings.timezone.key == "Asia/Shanghai"


def test_every_fault_is_named_at_once() -> None:
    wrong = {"WORKERS": "0", "TIMEZONE": "Mars/Base", "SECURE_COOKIES": "maybe", "X": "1"}
    with pytest.raises(SettingsError) as raised:
        Settings.from_env({f"DOORSTEP_{name}": value for name, value in wrong.items()})
    for word in ("DATABASE_URL is missing", "WORKERS='0'", "TIMEZONE", "SECURE_COOKIES", "DOORSTEP_X is not a setting"):
        assert word in str(raised.value)


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(SettingsError, match="fewer than 32"):
        Settings.from_env(GOOD | {"DOORSTEP_SECRET_KEY": "short"})


def test_secrets_do_not_show() -> None:
    assert "s" * 32 not in repr(Settings.from_env(GOOD))


def test_the_readme_lists_every_setting() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    for spec in fields(Settings):
        assert f"`DOORSTEP_{spec.name.upper()}`" in readme


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[push]\nrecords_max = 'many'", "records_max"),
        ("[push]\nrecord_max = 5", "unknown"),
        ("[nonsense]\na = 1", "do not match"),
    ],
)
def test_a_wrong_policy_number_is_named(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(text)
    with pytest.raises(PolicyError, match=words):
        load(file)


def test_an_installation_replaces_single_numbers(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text("version = 'ours'\n[verify]\nradius_town_m = 150\n")
    policy = load(file)
    assert (policy.version, policy.verify.radius_town_m, policy.push.records_max) == ("ours", 150.0, 500)
