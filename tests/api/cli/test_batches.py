"""`doorstep batches`: list, show, replay."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from api.cli import batches as door
from api.cli import doorstep
from sync import clock, ids, pipeline
from sync.house import House
from tests.conftest import settings_for
from tests.factories.batches import body, receive, visit
from tests.factories.village import Village, found

Run = Callable[..., Result]


@pytest.fixture
def house(own_database: str, redis_url: str, tmp_path: Path) -> Iterator[House]:
    """An installation of one test."""
    house = House.open(settings_for(own_database, redis_url, tmp_path / "blobs"))
    yield house
    house.close()


@pytest.fixture
def village(house: House) -> Village:
    return house.write(found)


@pytest.fixture
def run(house: House, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    settings = settings_for(house.settings.database_url, redis_url, house.settings.blob_dir)
    monkeypatch.setattr(door, "settings", lambda: settings)

    def run(*arguments: object) -> Result:
        words = ["batches", *map(str, arguments)]
        return CliRunner().invoke(doorstep, words, env={"COLUMNS": "250"}, catch_exceptions=False)

    return run


def _hand_in(
    house: House, village: Village, records: list[object], phone: UUID | None = None, **changes: object
) -> UUID:
    batch, json = body(records, **changes)
    phone = phone or village.phone_li
    house.write(lambda session: receive(session, phone, batch, json))
    house.write(lambda session: pipeline.apply_batches(session, house.policy, [pipeline.Part(phone, batch)]))
    return batch


def test_the_newest_come_first_with_their_state_and_results(house: House, village: Village, run: Run) -> None:
    first = _hand_in(house, village, [visit(village, clock.now())])
    second = _hand_in(house, village, [visit(village, clock.now()), {"kind": "visit", "id": str(ids.uuid7())}])
    output = run("list").output
    assert output.index(str(second)) < output.index(str(first))
    assert "applied 1, quarantined 1" in output
    assert str(first) not in run("list", "--newest", 1).output


def test_a_list_is_narrowed_by_state_by_waiting_records_and_by_phone(house: House, village: Village, run: Run) -> None:
    sound = _hand_in(house, village, [visit(village, clock.now())])
    newer = _hand_in(house, village, [], schema=99)
    broken = _hand_in(house, village, [{"kind": "visit", "id": str(ids.uuid7())}], phone=village.phone_chen)

    def listed(*arguments: object) -> list[bool]:
        output = run("list", *arguments).output
        return [str(batch) in output for batch in (sound, newer, broken)]

    assert listed("--state", "done") == [True, False, True]
    assert listed("--state", "parked") == [False, True, False]
    assert listed("--records", "quarantined") == [False, False, True]
    assert listed("--device", village.phone_chen) == [False, False, True]
    assert "no such batch" in run("list", "--state", "quarantined").output


def test_one_batch_is_shown_with_each_record(house: House, village: Village, run: Run) -> None:
    batch = _hand_in(house, village, [visit(village, clock.now()), {"kind": "visit", "id": str(ids.uuid7())}])
    output = run("show", batch).output
    assert "已入账 applied" in output
    assert "quarantined" in output
    assert "reason=" in output


def test_a_quarantined_batch_shows_why(house: House, village: Village, run: Run) -> None:
    batch = ids.uuid7()
    house.write(lambda session: receive(session, village.phone_li, batch, b"[not json"))
    house.write(lambda session: pipeline.apply_batches(session, house.policy, [pipeline.Part(village.phone_li, batch)]))
    assert "原因 reason" in run("show", batch).output


def test_an_unknown_batch_is_one_clear_sentence(run: Run) -> None:
    result = run("show", ids.uuid7())
    assert result.exit_code == 1
    assert "there is no batch" in result.output


def test_one_id_from_two_phones_needs_the_phone(house: House, village: Village, run: Run) -> None:
    batch, json = body([visit(village, clock.now())])
    for phone in (village.phone_li, village.phone_chen):
        house.write(lambda session, phone=phone: receive(session, phone, batch, json))
    assert str(village.phone_chen) in run("show", batch).output
    assert run("show", batch).exit_code == 1
    assert run("show", batch, "--device", village.phone_li).exit_code == 0


def test_a_replay_is_owed_once_and_noted(house: House, village: Village, run: Run) -> None:
    batch = _hand_in(house, village, [{"kind": "visit", "id": str(ids.uuid7())}])
    for _ in range(2):
        assert run("replay", batch).exit_code == 0
    with house.sessions() as session:
        [subject] = session.scalars(text("SELECT subject FROM errand WHERE job = 'apply_batch'")).all()
        assert subject == f"{village.phone_li}/{batch}"
        verbs = session.scalars(text("SELECT verb FROM event WHERE subject_id = :id"), {"id": batch}).all()
        assert verbs == ["batch.replayed"] * 2
