"""Fault 22: a photo before its visit, after it, never, twice, and quoted by somebody who never had it."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, ids
from sync.errands import Claim
from sync.house import House
from sync.words import Job
from tests.api.phone.conftest import Phone
from tests.factories import batches, pictures
from tests.factories.village import Village
from worker.jobs import JOBS

Work = Callable[[], Any]
PHOTO = pictures.jpeg(pictures.scene(22))
SHA256 = hashlib.sha256(PHOTO).hexdigest()


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Subjects of judgements that were owed and run."""
    subjects: list[str] = []

    def judge(_s: Session, _h: House, claims: Sequence[Claim]) -> None:
        subjects.extend(claim.subject for claim in claims)

    monkeypatch.setitem(JOBS, Job.REJUDGE, judge)
    return iter([subjects])


@pytest.fixture
def later(house: House, work: Work, judged: Iterator[list[str]]) -> Callable[[], list[str]]:
    """Let everything owed be done; which photos had their visits judged again since the last time."""
    subjects = next(judged)

    def later() -> list[str]:
        work()
        house.write(lambda session: session.execute(text("UPDATE errand SET due_at = now() WHERE done_at IS NULL")))
        work()
        told = [subject for subject in subjects if subject.startswith("photo/")]
        subjects.clear()
        return told

    return later


def put(phone: Phone, content: bytes = PHOTO) -> int:
    sha256 = hashlib.sha256(content).hexdigest()
    return phone.client.put(f"/phone/v1/blobs/{sha256}", data=content, headers=phone.auth).status_code


def visit(phone: Phone, village: Village, *sizes: int) -> UUID:
    """Hand in a visit that cites PHOTO, once for each size it declares; the batch."""
    photos = [{"id": ids.uuid7(), "sha256": SHA256, "size": size} for size in sizes or (len(PHOTO),)]
    batch, json = batches.body([batches.visit(village, clock.now() - timedelta(hours=1), photos=photos)])
    assert phone.put(batch, json).status_code == 202
    return batch


def missing(phone: Phone, batch: UUID) -> list[str]:
    [result] = phone.get(f"batches/{batch}").get_json()["results"]
    assert result["state"] == "applied"
    return list(result.get("photos_missing", []))


def photos(house: House) -> list[tuple[Any, ...]]:
    query = text("SELECT p.state, c.state FROM photo p LEFT JOIN picture c USING (sha256) ORDER BY p.id")
    return [tuple(row) for row in house.read(lambda session: session.execute(query).all())]


def test_a_photo_before_its_visit_is_read_and_waits_for_it(
    phone: Phone, village: Village, house: House, later: Callable[[], list[str]]
) -> None:
    assert put(phone) == 201
    assert later() == []
    batch = visit(phone, village)
    later()
    assert missing(phone, batch) == []
    assert photos(house) == [("present", "read")]


def test_a_photo_after_its_visit_has_it_judged_again(
    phone: Phone, village: Village, house: House, later: Callable[[], list[str]]
) -> None:
    batch = visit(phone, village)
    later()
    assert missing(phone, batch) == [SHA256]
    assert put(phone) == 201
    assert missing(phone, batch) == []
    assert later() == [f"photo/{SHA256}"]
    assert photos(house) == [("present", "read")]


def test_a_photo_that_never_comes_keeps_nobody_waiting(
    phone: Phone, village: Village, house: House, later: Callable[[], list[str]]
) -> None:
    batch = visit(phone, village)
    later()
    assert phone.get(f"batches/{batch}").get_json()["state"] == "done"
    verdict = house.read(lambda session: session.scalar(text("SELECT verdict FROM visit")))
    assert verdict == "verified"
    assert photos(house) == [("awaited", None)]


def test_a_photo_that_comes_twice_is_one_and_is_read_once(
    phone: Phone, village: Village, house: House, later: Callable[[], list[str]]
) -> None:
    visit(phone, village)
    later()
    assert [put(phone), put(phone)] == [201, 201]
    assert later() == [f"photo/{SHA256}"]
    assert put(phone) == 201
    assert later() == []
    assert house.read(lambda session: session.scalar(text("SELECT count(*) FROM blob"))) == 1
    assert photos(house) == [("present", "read")]


def test_a_photo_quoted_by_a_cadre_who_never_had_it_is_awaited_from_his_phone_alone(
    phone: Phone,
    phone_of: Callable[[UUID], Phone],
    village: Village,
    house: House,
    later: Callable[[], list[str]],
) -> None:
    assert put(phone) == 201
    later()
    chen = phone_of(village.chen)
    batch = visit(chen, village)
    later()
    assert missing(chen, batch) == [SHA256]
    assert chen.client.head(f"/phone/v1/blobs/{SHA256}", headers=chen.auth).status_code == 404
    assert put(phone) == 201
    assert photos(house) == [("awaited", "read")]
    assert put(chen) == 201
    assert later() == [f"photo/{SHA256}"]
    assert missing(chen, batch) == []


def test_a_declared_size_that_is_wrong_never_becomes_present(
    phone: Phone, village: Village, house: House, later: Callable[[], list[str]]
) -> None:
    assert put(phone) == 201
    batch = visit(phone, village, len(PHOTO), len(PHOTO) + 1)
    later()
    assert missing(phone, batch) == [SHA256]
    assert sorted(photos(house)) == [("awaited", "read"), ("present", "read")]


def test_a_photo_that_the_store_lost_is_asked_for_again_and_the_phone_is_not_told_to_skip_it(
    phone: Phone, village: Village, house: House, later: Callable[[], list[str]]
) -> None:
    assert put(phone) == 201
    batch = visit(phone, village)
    later()
    assert missing(phone, batch) == []
    path = house.settings.blob_dir / SHA256[:3] / SHA256
    path.write_bytes(b"rotten")
    house.write(lambda session: session.execute(text("UPDATE blob SET scrubbed_at = NULL")))
    house.write(lambda session: JOBS[Job.SCRUB_BLOBS](session, house, []))
    assert missing(phone, batch) == [SHA256]
    assert phone.client.head(f"/phone/v1/blobs/{SHA256}", headers=phone.auth).status_code == 404
    assert put(phone) == 201
    assert missing(phone, batch) == []
    assert phone.client.head(f"/phone/v1/blobs/{SHA256}", headers=phone.auth).status_code == 200
    assert path.read_bytes() == PHOTO


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"no picture at all", "not-a-picture"),
        (pictures.png_that_claims(40_000, 40_000), "too-many-pixels"),
        (PHOTO[:9_000], "truncated"),
    ],
    ids=["no picture", "40,000 x 40,000 pixels", "cut off"],
)
def test_a_picture_that_is_none_is_acknowledged_kept_and_damaged(
    phone: Phone, village: Village, house: House, later: Callable[[], list[str]], content: bytes, fault: str
) -> None:
    assert put(phone, content) == 201
    later()
    row = house.read(lambda session: session.execute(text("SELECT state, fault FROM picture")).one())
    assert tuple(row) == ("damaged", fault)
    digest = hashlib.sha256(content).hexdigest()
    assert (house.settings.blob_dir / digest[:3] / digest).read_bytes() == content
