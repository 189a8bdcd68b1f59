"""The nightly walk through the retention table, as a worker does it: what goes, what stays, and the report of both."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text
from sqlalchemy.orm import Session

from api.cli import doorstep
from sync import clock, errands, ids, partitions
from sync.house import House
from sync.privacy import retention
from sync.privacy.rules import KEPT
from sync.words import Job, Retained
from tests.factories import review, rows
from tests.factories.batches import body, receive
from tests.factories.everywhere import where
from tests.factories.village import Village, found
from worker.drain import until_empty

OLD, YOUNG = "旧话", "新话"
YEARS = timedelta(days=366)


@pytest.fixture
def village(house: House) -> Village:
    return house.write(found)


@pytest.fixture
def run(house: House, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    for name in ("database_url", "redis_url", "secret_key", "contact_keys", "blob_dir"):
        monkeypatch.setenv(f"DOORSTEP_{name.upper()}", str(getattr(house.settings, name)))
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *arguments: CliRunner().invoke(doorstep, arguments)


def night(house: House) -> dict[str, dict[str, Any]]:
    """One run; its lines by what."""
    house.write(lambda s: errands.owe(s, Job.RETAIN, Job.RETAIN.value, dedupe_key=Job.RETAIN.value))
    until_empty(house, 60, 0, lambda: False)
    query = text("SELECT lines, ended_at FROM retention_report ORDER BY began_at DESC LIMIT 1")
    report = house.read(lambda s: s.execute(query).one())
    assert report.ended_at is not None
    assert house.read(lambda s: s.scalar(text("SELECT count(*) FROM errand WHERE last_error IS NOT NULL"))) == 0
    lines: dict[str, dict[str, Any]] = report.lines
    assert list(lines) == [] or set(lines) == {kept.what.value for kept in KEPT}
    return lines


def visited(session: Session, village: Village, at: datetime, words: str) -> Any:
    """A visit of that time with fixes, words, a photo with a fix and an exact spot."""
    visit = review.add_visit(session, village, at=at, received_at=at)
    facts = {"v": visit, "at": at, "h": ids.key(), "i": ids.uuid7(), "w": words, "d": village.phone_li, "on": at.date()}
    for statement in (
        "INSERT INTO visit_rev (visit_id, rev, device_id, batch_id, received_at, sha256, content)"
        " VALUES (:v, 1, :d, :i, :at, :h, jsonb_build_object('note', CAST(:w AS text)))",
        "UPDATE visit SET spot = 7 WHERE id = :v",
        "INSERT INTO blob (sha256, size, stored_at) VALUES (:h, 1, :at)",
        "INSERT INTO photo (id, visit_id, device_id, batch_id, sha256, size, state, fix, cited_at, present_at)"
        " VALUES (:i, :v, :d, :i, :h, 1, 'present', '{\"lon\": 1}', :at, :at)",
        "INSERT INTO said (id, visit_id, kind, codes, text, person_id, device_id, batch_id, at)"
        " VALUES (:i, :v, 'attestation', '{}', :w, :d, :d, :i, :at)",
        "INSERT INTO question (id, visit_id, text, by, at) VALUES (:i, :v, :w, :d, :at)",
        "INSERT INTO decision (id, visit_id, deciding, before, reason, by, at)"
        " VALUES (:i, :v, 'ask', 'doubtful', :w, :d, :at)",
    ):
        session.execute(text(statement), {name: facts[name] for name in facts if f":{name}" in statement})
    return visit


def count(house: House, what: str) -> int:
    return int(house.read(lambda s: s.scalar(text(f"SELECT count(*) FROM {what}"))) or 0)


def test_what_is_old_goes_what_is_young_stays_and_a_second_night_finds_nothing(house: House, village: Village) -> None:
    now = clock.now()
    house.write(lambda s: partitions.make(s, clock.today() - timedelta(days=200)))
    house.write(lambda s: partitions.make(s, clock.today()))
    house.write(lambda s: visited(s, village, now - 4 * YEARS, OLD))
    house.write(lambda s: visited(s, village, now - timedelta(days=200), YOUNG))
    house.write(lambda s: visited(s, village, now - timedelta(days=1), YOUNG))
    lines = night(house)
    assert lines["fixes"]["gone"] == 2 + 2 + 2, "series, exact spots, fixes beside photos"
    assert (count(house, "trace"), count(house, "visit WHERE spot IS NOT NULL"), count(house, "visit")) == (1, 1, 3)
    assert count(house, "photo WHERE fix IS NOT NULL") == 1
    assert lines["photos"]["gone"] == 1
    assert (count(house, "photo"), count(house, "blob WHERE doomed_at IS NOT NULL")) == (2, 1)
    assert lines["stories"]["gone"] == 4, "note, statement, question, decision"
    assert house.read(lambda s: where(s, OLD)) == set()
    assert house.read(lambda s: where(s, YOUNG)) == {"visit_rev", "said", "question", "decision"}
    again = night(house)
    assert {what: line["gone"] for what, line in again.items()} == dict.fromkeys(lines, 0)


def test_bytes_of_batches_go_by_days_but_for_what_still_waits(house: House, village: Village) -> None:
    def old(session: Session, *, waits: bool) -> None:
        batch, json = body([])
        receive(session, village.phone_li, batch, json)
        facts = {"b": batch, "at": clock.now() - timedelta(days=190), "d": village.phone_li}
        facts["on"] = clock.local(facts["at"]).date()
        session.execute(text("UPDATE batch SET received_on = :on, received_at = :at WHERE id = :b"), facts)
        session.execute(text("UPDATE batch_body SET received_on = :on WHERE batch_id = :b"), facts)
        session.execute(
            text(
                "INSERT INTO batch_conflict (device_id, batch_id, sha256, received_at, encoding, body)"
                " VALUES (:d, :b, 'h', :at, 'identity', 'x')"
            ),
            facts,
        )
        if waits:
            session.execute(
                text(
                    "INSERT INTO waiting_record (device_id, batch_id, ord, state, kind, since, reason)"
                    " VALUES (:d, :b, 0, 'quarantined', 'visit', :at, 'absurd-date')"
                ),
                facts,
            )

    house.write(lambda s: partitions.make(s, clock.today() - timedelta(days=190)))
    house.write(lambda s: old(s, waits=False))
    house.write(lambda s: old(s, waits=True))
    lines = night(house)
    assert (lines["bodies"]["gone"], lines["bodies"]["stayed"]) == (1, 1)
    assert lines["conflicts"]["gone"] == 2
    assert (count(house, "batch_body"), count(house, "batch"), count(house, "batch_conflict")) == (1, 2, 0)


def test_words_of_closed_tasks_go_ten_years_after_their_last_move(house: House, village: Village) -> None:
    long_ago = clock.now() - 11 * YEARS

    def age(session: Session, task: Any, moved: datetime | None = None) -> None:
        session.execute(text("UPDATE task SET received_at = :at WHERE id = :t"), {"at": long_ago, "t": task})
        session.execute(text("UPDATE problem SET received_at = :at WHERE task_id = :t"), {"at": long_ago, "t": task})
        if moved:
            session.execute(
                text("INSERT INTO event (at, verb, subject_id, facts) VALUES (:at, 'task.closed', :t, '{}')"),
                {"at": moved, "t": task},
            )

    told = {"gone": "closed", "open": "dispatched", "moved": "closed"}
    tasks = {
        words: house.write(
            lambda s, words=words, state=state: rows.add_task(
                s, village, village.li, village.home, text=words, state=state
            )
        )
        for words, state in told.items()
    }
    for words, task in tasks.items():
        moved = clock.now() - YEARS if words == "moved" else None
        house.write(lambda s, task=task, moved=moved: age(s, task, moved))
    solved = "UPDATE problem SET task_id = NULL, solved_on_spot = '换了灯泡' WHERE text = 'solved'"
    spot = house.write(lambda s: rows.add_task(s, village, village.li, village.home, text="solved"))
    house.write(lambda s: age(s, spot))
    house.write(lambda s: s.execute(text(solved)))
    lines = night(house)
    assert (lines["closed_tasks"]["gone"], lines["closed_tasks"]["stayed"]) == (2, 2)
    left = house.read(lambda s: s.scalars(text("SELECT text FROM problem WHERE text IS NOT NULL ORDER BY 1")).all())
    assert left == ["moved", "open"]
    assert count(house, "problem WHERE place_id IS NULL AND solved_on_spot = ''") == 1
    assert count(house, "task") == 4, "numbers stay"


def test_trails_and_requests_go_after_three_years_and_histories_stay_with_their_tasks(
    house: House, village: Village
) -> None:
    old = clock.now() - 4 * YEARS

    def work(session: Session) -> None:
        for verb in ("task.received", "device.lost"):
            session.execute(text("INSERT INTO event (at, verb, facts) VALUES (:at, :v, '{}')"), {"at": old, "v": verb})
        for on in (clock.local(old).date(), clock.today()):
            session.execute(
                text(
                    'INSERT INTO read_audit ("on", at, person_id, fields, duty, request)'
                    " VALUES (:on, :on, :p, 'name', 'reason', '/')"
                ),
                {"on": on, "p": village.li},
            )
        for is_open in (True, False):
            session.execute(
                text(
                    "INSERT INTO subject_request"
                    " (id, act, place_id, asker, basis, by, asked_at, foreseen, done_at, is_open)"
                    " VALUES (:i, 'export', :p, 'self', 'x', :p, :at, '{}', :at, :open)"
                ),
                {"i": ids.uuid7(), "p": village.home, "at": old, "open": is_open},
            )

    house.write(work)
    lines = night(house)
    assert (lines["events"]["gone"], lines["events"]["stayed"]) == (1, 1)
    assert lines["reads"]["gone"] == 1
    assert count(house, "read_audit") == 1
    assert (lines["requests"]["gone"], lines["requests"]["stayed"]) == (1, 1)


def test_much_goes_in_pieces_and_is_counted_once(house: House, village: Village, tmp_path: Any) -> None:
    old = clock.now() - 4 * YEARS
    file = tmp_path / "policy.toml"
    file.write_text("[retention]\nchunk = 2\n")
    small = House.open(replace(house.settings, policy_file=file))
    try:
        for _ in range(5):
            house.write(lambda s: visited(s, village, old, OLD))
        lines = night(small)
    finally:
        small.close()
    assert lines["photos"]["gone"] == 5
    assert lines["stories"]["gone"] == 20
    assert lines["fixes"]["gone"] == 15
    steps = count(house, "errand WHERE job = 'retain'")
    assert steps > len(KEPT) + 4, "step after step"


def test_a_photo_that_a_younger_visit_cites_keeps_its_bytes(house: House, village: Village) -> None:
    house.write(lambda s: visited(s, village, clock.now() - 4 * YEARS, OLD))
    house.write(lambda s: visited(s, village, clock.now(), YOUNG))
    same = text("UPDATE photo SET sha256 = (SELECT sha256 FROM photo ORDER BY cited_at LIMIT 1)")
    house.write(lambda s: s.execute(same))
    assert night(house)["photos"]["gone"] == 1
    assert count(house, "blob WHERE doomed_at IS NOT NULL") == 0


def test_table_and_report_are_printed_and_a_run_is_begun_by_hand(
    house: House, village: Village, run: Callable[..., Result]
) -> None:
    assert village.home
    assert "还没有运行过" in run("retention", "report").output
    table = run("retention", "table").output
    for kept in KEPT:
        assert kept.what.zh in table
        assert str(kept.days(house.policy)) in table
    house.write(lambda s: rows.add_task(s, village, village.li, village.home))
    house.write(lambda s: s.execute(text("UPDATE task SET received_at = :at"), {"at": clock.now() - 11 * YEARS}))
    assert run("retention", "run").exit_code == 0
    assert "进行中" in run("retention", "report").output
    until_empty(house, 60, 0, lambda: False)
    report = run("retention", "report", "--newest", "3").output
    assert "尚未办结" in report
    assert Retained.BODIES.zh in report
    assert "进行中" not in report


def test_every_line_of_the_table_has_its_step_and_its_reasons() -> None:
    assert retention.STEPS.keys() == {kept.what for kept in KEPT} == set(Retained)
    assert all(kept.why.zh and kept.why.en and kept.then.zh for kept in KEPT)
