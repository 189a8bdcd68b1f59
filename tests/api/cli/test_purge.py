"""`doorstep purge record`: words that must never have been entered go everywhere, the visit itself stays."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, ids
from sync.house import House
from sync.photos import garbage
from sync.pipeline import apply_batches
from tests.api.cli.conftest import Run
from tests.factories.batches import problem, this_morning, visit
from tests.factories.everywhere import where
from tests.factories.handing import hand_in, put, results
from tests.factories.stored import StoredVisit, photo
from tests.factories.village import Village

SECRET = "某部队番号八七三〇"
BASIS = ["--basis", "保密办〔2026〕5号", "--by", "陈"]


@pytest.fixture(autouse=True)
def nothing_kept(opened: House) -> None:
    """Each test finds only what it wrote."""
    opened.write(
        lambda s: s.execute(
            text("TRUNCATE visit, visit_rev, problem, said, batch, batch_body, batch_conflict, subject_request CASCADE")
        )
    )


def given(opened: House, beigou: Village, *records: Any) -> list[dict[str, Any]]:
    return opened.write(lambda s: hand_in(s, beigou.phone_li, *records))


def value(opened: House, query: str, **facts: Any) -> Any:
    return opened.read(lambda s: s.scalar(text(query), facts))


def test_every_revision_body_and_problem_of_a_record_is_purged_and_the_visit_stays(
    run: Run, opened: House, beigou: Village
) -> None:
    told = visit(beigou, this_morning(), note=SECRET, problems=[problem(text=SECRET, wish=SECRET)])
    given(opened, beigou, told, visit(beigou, this_morning(), place=beigou.unmapped, note="别家"))
    given(opened, beigou, told | {"note": SECRET + "补充"})
    opened.write(lambda s: photo(s, StoredVisit(clock.now(), id=told["id"]), ids.key()))
    assert {"visit_rev", "problem", "batch_body"} <= opened.read(lambda s: where(s, SECRET))
    dry = run("purge", "record", told["id"], *BASIS)
    assert "预演" in dry.output
    assert "诉求 problems 1, 照片 photos 1" in dry.output
    assert opened.read(lambda s: where(s, SECRET)), "a dry run purges nothing"
    done = run("purge", "record", told["id"], *BASIS, "--go")
    assert done.exit_code == 0, done.output
    assert "2 份原文 bodies" in done.output
    assert "此后的备份也含有" in done.output
    assert opened.read(lambda s: where(s, SECRET)) == set()
    assert value(opened, "SELECT count(*) FROM visit WHERE erased_at IS NULL") == 2
    assert value(opened, "SELECT text FROM problem") == "(误录信息,已清除)"
    assert value(opened, "SELECT count(*) FROM visit_rev WHERE content ->> 'note' = '别家'") == 1
    assert value(opened, "SELECT count(*) FROM photo") == 0
    opened.write(lambda s: garbage.collect(s, opened.blobs, opened.policy.photos, "condemn/"))
    assert value(opened, "SELECT lost_at IS NOT NULL FROM blob"), "its bytes wait for no term"
    flags = value(opened, "SELECT jsonb_agg(r -> 'forget') FROM batch, jsonb_array_elements(results) r")
    assert sorted(flags, key=str) == [None, True, True], "the phone is told to forget its copy"
    again = run("purge", "record", told["id"], *BASIS, "--go")
    assert "0 份原文 bodies" in again.output


def test_a_purged_record_comes_in_no_more_but_what_is_said_of_it_does(run: Run, opened: House, beigou: Village) -> None:
    told = visit(beigou, this_morning(), note=SECRET)
    given(opened, beigou, told)
    assert run("purge", "record", told["id"], *BASIS, "--go").exit_code == 0
    [refused] = given(opened, beigou, told | {"note": SECRET + "再来"})
    assert (refused["state"], refused["reason"]) == ("rejected", "erased")
    said = {"kind": "attestation", "id": ids.uuid7(), "visit": told["id"], "codes": ["NO_SIGNAL"],
            "said": {"wall": clock.now()}}  # fmt: skip
    assert given(opened, beigou, said)[0]["state"] == "applied"


def test_a_statement_and_a_record_that_still_waits_are_purged_too(run: Run, opened: House, beigou: Village) -> None:
    told = visit(beigou, this_morning())
    said = {
        "kind": "attestation",
        "id": ids.uuid7(),
        "visit": told["id"],
        "text": SECRET,
        "said": {"wall": clock.now()},
    }
    given(opened, beigou, told)
    given(opened, beigou, said)
    held = visit(beigou, this_morning(), note=SECRET, place=ids.uuid7())
    part = opened.write(lambda s: put(s, beigou.phone_li, held))
    odd = {"kind": "diary", "id": ids.uuid7(), "words": SECRET}
    given(opened, beigou, odd)
    for record in (said["id"], held["id"], odd["id"]):
        assert run("purge", "record", record, *BASIS, "--go").exit_code == 0
    assert opened.read(lambda s: where(s, SECRET)) == set()
    assert value(opened, "SELECT count(*) FROM waiting_record") == 0

    def applied(session: Session) -> list[dict[str, Any]]:
        apply_batches(session, opened.policy, [part])
        return results(session, part)

    assert opened.write(applied)[0]["reason"] == "erased", "it was not applied yet"


def test_copies_of_the_words_are_named(run: Run, opened: House, beigou: Village) -> None:
    at = this_morning()
    told = visit(beigou, at, note=SECRET)
    given(opened, beigou, told)
    twice = visit(beigou, at, note=SECRET)
    given(opened, beigou, twice)
    assert str(twice["id"]) in run("purge", "record", told["id"], *BASIS).output


def test_a_record_that_nobody_knows_and_a_purge_without_a_basis_are_refused(
    run: Run, opened: House, beigou: Village
) -> None:
    assert "找不到" in run("purge", "record", UUID(int=1), *BASIS, "--go").output
    told = visit(beigou, this_morning())
    given(opened, beigou, told)
    assert "请写明理由" in run("purge", "record", told["id"], "--basis", " ", "--by", "陈", "--go").output
    assert "未找到" in run("purge", "record", told["id"], "--basis", "x", "--by", "?").output
    assert value(opened, "SELECT count(*) FROM subject_request") == 0
