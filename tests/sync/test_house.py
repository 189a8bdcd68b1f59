"""An installation refuses a database that may forget."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from sync import db
from sync.db import UnsafeDatabaseError
from sync.house import House


def test_a_database_that_may_lose_work_is_refused_with_every_setting_named(house: House) -> None:
    strict = replace(house, settings=replace(house.settings, durability_check=True))
    with pytest.raises(UnsafeDatabaseError) as caught:
        strict.refuse_unsafe()
    for name in ("fsync = off", "full_page_writes = off", "synchronous_commit = off"):
        assert name in str(caught.value)
    assert "server_encoding" not in str(caught.value)
    assert "locale" not in str(caught.value)


def test_tests_may_say_not_to_look(house: House) -> None:
    house.refuse_unsafe()


def test_another_order_of_text_is_refused(house: House) -> None:
    def in_another_locale(session) -> None:  # type: ignore[no-untyped-def]
        name = session.scalar(text("SELECT current_database()"))
        session.execute(text("UPDATE pg_database SET datcollate = 'en_US.UTF-8' WHERE datname = :n"), {"n": name})
        with pytest.raises(UnsafeDatabaseError, match="locale = en_US"):
            db.check_durability(session)

    house.read(in_another_locale)


def test_numbers_of_the_policy_are_replaced_by_a_file(house: House, tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text("[devices]\nactive_max = 3\n")
    other = House.open(replace(house.settings, policy_file=file))
    assert other.policy.devices.active_max == 3
    assert other.policy.push == house.policy.push
