"""The command line over a database of the module with Beigou village in it."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from api.cli import doorstep
from sync.house import House
from sync.settings import Settings
from tests.factories.village import Village

Run = Callable[..., Result]


@pytest.fixture
def run(settings: Settings, opened: House, beigou: Village, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `doorstep …` and give what it printed and its exit code."""
    for name in ("database_url", "redis_url", "secret_key", "contact_keys", "blob_dir", "policy_file"):
        monkeypatch.setenv(f"DOORSTEP_{name.upper()}", str(getattr(settings, name)))
    monkeypatch.setenv("COLUMNS", "240")

    def run(*arguments: str, types: str | None = None) -> Result:
        return CliRunner().invoke(doorstep, [str(argument) for argument in arguments], input=types)

    return run
