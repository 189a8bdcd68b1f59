"""A household's data is erased: nowhere in the database, on no phone, and it does not come back."""

import gzip
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text
from sqlalchemy.orm import Session

from api.cli import doorstep
from sync import changes, clock, errands, ids, pipeline
from sync.house import House
from sync.identity.contact_cipher import ContactCipher
from sync.insight import counting
from sync.privacy import subjects
from sync.words import FeedKind, Job
from tests.api.phone.conftest import Phone
from tests.conftest import CONTACT_KEY
from tests.factories import rows
from tests.factories.batches import body, problem, this_morning, visit
from tests.factories.everywhere import where
from tests.factories.owing import obligation, owe_event
from tests.factories.pulling import PullingPhone
from tests.factories.village import Village

NOTE, ASKED, HOUSE, WIFE = "老人独居常年吃药", "院墙要倒了没人管", "北沟村1号", "王桂芳"
NUMBER = "13812345678"
WORDS = (NOTE, ASKED, HOUSE, WIFE, NUMBER, "120.759")
PHOTO = b"a picture of the wall"
Run = Callable[..., Result]


@pytest.fixture
def run(house: House, village: Village, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in ("database_url", "redis_url", "secret_key", "contact_keys", "blob_dir"):
        monkeypatch.setenv(f"DOORSTEP_{name.upper()}", str(getattr(house.settings, name)))
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *arguments: CliRunner().invoke(doorstep, [str(one) for one in arguments])


@pytest.fixture
def lived_in(house: House, village: Village) -> Village:
    """People of the home with a number, a code, a position that was corrected once."""

    def work(session: Session) -> None:
        sealed, digest = ContactCipher(CONTACT_KEY).seal(NUMBER)
        facts = {"i": ids.uuid7(), "p": village.home, "n": WIFE, "c": sealed, "h": digest}
        session.execute(
            text("INSERT INTO contact (id, place_id, name, phone_cipher, phone_hash) VALUES (:i, :p, :n, :c, :h)"),
            facts,
        )
        session.execute(text("UPDATE place SET code = 'BG-1', address = '北沟村1号院' WHERE id = :p"), facts)
        changes.touched(session, FeedKind.LINK, session.scalars(text("SELECT id FROM link")))
        session.execute(
            text(
                "INSERT INTO place_position (place_id, n, position, method, at)"
                " SELECT id, 1, position, 'imported', now() FROM place WHERE id = :p"
            ),
            facts,
        )

    house.write(work)
    return village


def pulling(phone: Phone) -> PullingPhone:
    def get(path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        answer = phone.client.get(f"/phone/v1/{path}", headers={**phone.auth, **headers})
        return answer.status_code, dict(answer.headers), answer.data

    return PullingPhone(get)


def put(phone: Phone, *records: Any, **changes: Any) -> tuple[UUID, bytes]:
    batch, json = body(list(records), **changes)
    assert phone.put(batch, json).status_code in (201, 202)
    return batch, json


def results(phone: Phone, batch: UUID) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = phone.get(f"batches/{batch}").get_json()["results"]
    return found


def story(village: Village, phone: Phone, **changes: Any) -> dict[str, Any]:
    """A visit with a note, a photo and a problem with a photo of its own."""
    sha256 = hashlib.sha256(PHOTO).hexdigest()
    sent = phone.client.put(f"/phone/v1/blobs/{sha256}", data=PHOTO, headers=phone.auth)
    assert sent.status_code == 201, sent.data
    cited = {"sha256": sha256, "size": len(PHOTO)}
    told = problem(text=ASKED, wish=ASKED, photos=[{"id": ids.uuid7(), **cited}])
    return visit(village, this_morning(), note=NOTE, photos=[{"id": ids.uuid7(), **cited}], problems=[told]) | changes


def close_tasks(house: House) -> None:
    house.write(lambda s: s.execute(text("UPDATE task SET state = 'closed', ended_at = now()")))


def erase(run: Run, place: str) -> Result:
    """The dry run, then what it said."""
    dry = run("subject", "erase", "--place", place, "--asker", "self", "--basis", "申请2026-17", "--by", "陈")
    assert dry.exit_code == 0, dry.output
    return run("subject", "erase", "--go", dry.output.split()[-1])


def test_what_was_erased_is_nowhere_and_phones_are_told(
    house: House, lived_in: Village, phone: Phone, work: Callable[[], Any], run: Run
) -> None:
    told = story(lived_in, phone)
    first, json = put(phone, told)
    appeal = {"kind": "attestation", "id": ids.uuid7(), "visit": told["id"], "text": f"{NOTE}不在家", "codes": [],
              "said": {"wall": clock.now()}}  # fmt: skip
    second, _ = put(phone, appeal, device_seq=2)
    held = visit(lived_in, this_morning(), place=lived_in.home, programme=ids.uuid7(), note=NOTE)
    third, _ = put(phone, held, device_seq=3)
    assert phone.put(first, json.replace(b'"device_seq":1', b'"device_seq":9')).status_code == 409
    work()
    li = pulling(phone)
    li.pull()
    assert str(lived_in.home) in li.all("place")
    assert str(told["id"]) in li.all("visit")
    assert {"visit_rev", "problem", "contact", "place", "said", "batch_body"} <= house.read(lambda s: where(s, *WORDS))

    dry = run("subject", "erase", "--place", "BG-1", "--asker", "self", "--basis", "申请2026-17", "--by", "陈")
    assert "预演" in dry.output
    assert "visit_rev" in dry.output
    assert house.read(lambda s: where(s, *WORDS)), "a dry run erases nothing"
    close_tasks(house)
    owed = house.write(lambda s: owe_event(s, lived_in.home, clock.now()))
    done = run("subject", "erase", "--go", dry.output.split()[-1])
    assert done.exit_code == 0, done.output
    assert house.read(lambda s: where(s, *WORDS)) == set()
    assert house.read(lambda s: obligation(s, owed).state) == "excused"

    assert li.pull() > 0
    assert str(lived_in.home) not in li.all("place")
    assert li.all("link") == {}
    assert str(told["id"]) not in li.all("visit")
    assert [one["forget"] for one in results(phone, first)] == [True]
    assert [one["forget"] for one in results(phone, second)] == [True]
    assert results(phone, third) == [
        {"ord": 0, "kind": "visit", "id": str(held["id"]), "state": "rejected", "reason": "erased", "forget": True}
    ]
    assert house.read(lambda s: s.scalar(text("SELECT count(*) FROM waiting_record"))) == 0
    doomed = text("SELECT doomed_at IS NOT NULL FROM blob")
    assert house.read(lambda s: s.scalars(doomed).all()) == [True]
    assert house.read(lambda s: s.scalar(text("SELECT count(*) FROM visit WHERE erased_at IS NOT NULL"))) == 1
    assert house.read(counting.differences) == 0
    again = run("subject", "erase", "--go", dry.output.split()[-1])
    assert again.output == done.output, "carried out once"


def test_it_does_not_come_back_under_old_or_new_ids(
    house: House, lived_in: Village, phone: Phone, work: Callable[[], Any], run: Run
) -> None:
    told = story(lived_in, phone)
    put(phone, told)
    work()
    close_tasks(house)
    assert erase(run, "BG-1").exit_code == 0
    found = {"id": lived_in.home, "kind": "household", "unit": lived_in.village, "name": HOUSE}
    outside = problem(kind="problem", place=lived_in.home, told={"wall": clock.now()}, text=ASKED)
    records = [
        told,
        told | {"note": NOTE + "又"},
        visit(lived_in, this_morning(), note=NOTE),
        visit(lived_in, this_morning(), note=NOTE, new_place=found),
        outside,
        {"kind": "attestation", "id": ids.uuid7(), "visit": told["id"], "text": NOTE, "said": {"wall": clock.now()}},
    ]
    for seq, record in enumerate(records, 2):
        batch, _ = put(phone, record, device_seq=seq)
        work()
        [result] = results(phone, batch)
        assert (result["state"], result["reason"], result["forget"]) == ("rejected", "erased", True)
    assert house.read(lambda s: where(s, *WORDS)) == set(), "the bytes of what was refused went as well"
    other = visit(lived_in, this_morning(), place=lived_in.unmapped, note="别家")
    batch, _ = put(phone, other, device_seq=9)
    work()
    assert results(phone, batch)[0]["state"] == "applied", "neighbours go on"


def test_neighbours_in_the_same_batch_keep_their_words(
    house: House, lived_in: Village, phone: Phone, work: Callable[[], Any], run: Run
) -> None:
    mine, other = story(lived_in, phone), visit(lived_in, this_morning(), place=lived_in.unmapped, note="别家的事")
    seen = [{"id": ids.uuid7(), "event": "hospital", "place": lived_in.home}, {"id": ids.uuid7(), "event": "death"}]
    other |= {"life_events": seen}
    put(phone, mine, other)
    work()
    close_tasks(house)
    assert erase(run, "BG-1").exit_code == 0
    kept = house.read(lambda s: s.scalars(text("SELECT content ->> 'note' FROM visit_rev ORDER BY 1")).all())
    assert kept == ["别家的事", None]
    bodies = house.read(lambda s: s.scalars(text("SELECT body FROM batch_body")).all())
    records = orjson.loads(gzip.decompress(bodies[0]))["records"]
    assert records[0] == {"kind": "visit", "id": str(mine["id"]), "blanked": True}
    assert records[1]["note"] == "别家的事"
    assert [one["event"] for one in records[1]["life_events"]] == ["death"], "what was seen in the erased home is cut"


def test_an_open_matter_stays_until_it_is_closed_and_goes_by_itself_then(
    house: House, lived_in: Village, phone: Phone, work: Callable[[], Any], run: Run
) -> None:
    put(phone, story(lived_in, phone))
    work()
    done = erase(run, "BG-1")
    assert "在办诉求" in done.output
    assert house.read(lambda s: where(s, NOTE, WIFE, HOUSE)) == set()
    assert house.read(lambda s: where(s, ASKED)) == {"problem"}, "somebody is still working on it"
    house.write(lambda s: errands.owe(s, Job.RETAIN, Job.RETAIN.value))
    work()
    assert house.read(lambda s: where(s, ASKED)) == {"problem"}
    close_tasks(house)
    house.write(lambda s: errands.owe(s, Job.RETAIN, Job.RETAIN.value))
    work()
    assert house.read(lambda s: where(s, ASKED)) == set()
    assert house.read(lambda s: s.scalar(text("SELECT is_open FROM subject_request"))) is False


def test_what_was_merged_into_the_home_goes_with_it_and_counts_stay_right(
    house: House, lived_in: Village, phone: Phone, work: Callable[[], Any], run: Run
) -> None:
    shed = house.write(lambda s: rows.add_place(s, lived_in, "北沟村1号偏房"))
    put(phone, story(lived_in, phone, place=shed))
    work()
    house.write(lambda s: pipeline.merge_place(s, ids.uuid7(), shed, lived_in.home, lived_in.chen))
    close_tasks(house)
    assert erase(run, str(shed)).exit_code == 0
    assert house.read(lambda s: where(s, *WORDS)) == set()
    merge = house.read(lambda s: s.scalar(text("SELECT id FROM place_merge")))
    house.write(lambda s: pipeline.undo_merge(s, merge, lived_in.chen))
    query, both = text("SELECT DISTINCT state FROM place WHERE id = ANY(:p)"), [shed, lived_in.home]
    states = house.read(lambda s: s.scalars(query, {"p": both}).all())
    assert states == ["gone"], "taking the merge apart brings nothing back"
    assert house.read(counting.differences) == 0
    seen = text("SELECT count(*) FROM place_seen WHERE met_at IS NOT NULL OR tried_at IS NOT NULL")
    assert house.read(lambda s: s.scalar(seen)) == 0, "coverage knows the home no more"


def test_one_person_of_the_home_goes_and_the_home_stays(
    house: House, lived_in: Village, phone: Phone, work: Callable[[], Any], run: Run
) -> None:
    naming = visit(lived_in, this_morning(), note=f"{WIFE}不在家")
    put(phone, naming, visit(lived_in, this_morning(), place=lived_in.unmapped, note=f"说起{WIFE}"))
    work()
    li = pulling(phone)
    li.pull()
    assert li.all("place")[str(lived_in.home)]["contacts"]
    contact = run("subject", "find", NUMBER).output.split()[2]
    dry = run("subject", "erase", "--contact", contact, "--asker", "self", "--basis", "申请2026-18", "--by", "陈")
    request = dry.output.split()[-1]
    assert f"decide whether to purge it: {naming['id']}" in dry.output
    assert dry.output.count("decide whether to purge it") == 1, "of this home alone"
    done = run("subject", "erase", "--go", request)
    assert done.exit_code == 0, done.output
    assert house.read(lambda s: where(s, NUMBER)) == set()
    assert house.read(lambda s: where(s, WIFE)) == {"visit_rev", "batch_body"}
    li.pull()
    assert li.all("place")[str(lived_in.home)]["contacts"] == []
    assert run("subject", "erase", "--go", request).output == done.output


def test_an_export_is_a_file_that_a_resident_reads(
    house: House, lived_in: Village, phone: Phone, work: Callable[[], Any], run: Run, tmp_path: Path
) -> None:
    put(phone, story(lived_in, phone))
    house.write(lambda s: rows.add_task(s, lived_in, lived_in.li, lived_in.home, sealed=True, text="密件原文"))
    work()
    out, photos = tmp_path / "copy.html", tmp_path / "photos"
    asked = ["subject", "export", "--asker", "self", "--basis", "申请<17>", "--by", "陈", "--out", out]
    done = run(*asked, "--place", "BG-1", "--photos", photos)
    assert done.exit_code == 0, done.output
    page = out.read_text()
    for word in (NOTE, ASKED, HOUSE, WIFE, NUMBER, "见到", "李", "困难群众", "诉求"):
        assert word in page, word
    assert "密件原文" not in page
    assert "<script" not in page
    assert [file.read_bytes() for file in photos.iterdir()] == [PHOTO]
    trail = text("SELECT place_id, fields, duty FROM read_audit WHERE fields = 'export'")
    read = house.read(lambda s: s.execute(trail).one())
    request = house.read(lambda s: s.execute(text("SELECT id, asker, basis, by, done_at FROM subject_request")).one())
    assert (read.place_id, read.duty) == (lived_in.home, f"subject_request/{request.id}")
    assert (request.asker, request.basis, request.by) == ("self", "申请<17>", lived_in.chen)
    assert "文件已存在" in run(*asked, "--place", "BG-1").output


def test_a_colleague_sees_what_is_kept_about_him(
    lived_in: Village, phone: Phone, work: Callable[[], Any], run: Run, tmp_path: Path
) -> None:
    put(phone, story(lived_in, phone))
    work()
    pulling(phone).pull()
    out = tmp_path / "li.html"
    done = run(
        "subject", "export", "--asker", "self", "--basis", "本人申请", "--by", "陈", "--staff", "李", "--out", out
    )
    assert done.exit_code == 0, done.output
    page = out.read_text()
    assert "走访干部" in page
    assert "feed" in page
    assert NOTE not in page, "what residents said is not about him"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["erase", "--place", "NOPE", "--asker", "self", "--basis", "x", "--by", "陈"], "NOPE"),
        (["erase", "--place", "BG-1", "--asker", "self", "--basis", " ", "--by", "陈"], "请写明理由"),
        (["erase", "--place", "BG-1", "--asker", "self", "--basis", "x", "--by", "?"], "未找到"),
        (["erase", "--place", "BG-1"], "--asker"),
        (["erase", "--contact", str(UUID(int=1)), "--asker", "self", "--basis", "x", "--by", "陈"], "找不到"),
        (["erase", "--go", str(UUID(int=1))], "未找到"),
        (["export", "--asker", "self", "--basis", "x", "--by", "陈", "--out", "/nowhere/x"], "--staff"),
        (["find", "not a number"], "电话"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_and_changes_nothing(
    run: Run, house: House, lived_in: Village, arguments: list[str], said: str
) -> None:
    assert lived_in.home
    told = run("subject", *arguments)
    assert told.exit_code != 0
    assert said in told.output
    assert house.read(lambda s: s.scalar(text("SELECT count(*) FROM subject_request"))) == 0


def test_a_household_is_found_by_id_or_code(house: House, lived_in: Village) -> None:
    for told in ("BG-1", str(lived_in.home)):
        assert house.read(lambda s, told=told: subjects.place_named(s, told)) == lived_in.home
