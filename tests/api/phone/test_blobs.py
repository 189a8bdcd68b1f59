"""Photos by the main road."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from sync import clock, ids
from sync.house import House
from sync.storage import LocalBlobs
from tests.api.phone.conftest import Phone
from tests.factories import batches
from tests.factories.village import Village

PHOTO = b"\xff\xd8 a well with yellow water"
SHA256 = hashlib.sha256(PHOTO).hexdigest()
Work = Callable[[], Any]


def url(sha256: str = SHA256) -> str:
    return f"/phone/v1/blobs/{sha256}"


def test_a_photo_is_stored_once_however_often_it_comes(phone: Phone, house: House) -> None:
    for _ in range(2):
        answer = phone.client.put(url(), data=PHOTO, headers=phone.auth)
        assert (answer.status_code, answer.get_json()) == (201, {"sha256": SHA256, "size": len(PHOTO)})
    with house.blobs.open(bytes.fromhex(SHA256)) as stored:
        assert stored.read() == PHOTO
    assert phone.client.head(url(), headers=phone.auth).status_code == 200


def test_nobody_learns_what_another_phone_handed_in(
    phone: Phone, phone_of: Callable[[UUID], Phone], village: Village
) -> None:
    phone.client.put(url(), data=PHOTO, headers=phone.auth)
    other = phone_of(village.chen)
    assert other.client.head(url(), headers=other.auth).status_code == 404


@pytest.mark.parametrize("before", [True, False])
def test_a_photo_before_or_after_its_visit_becomes_present(
    phone: Phone, village: Village, house: House, work: Work, before: bool
) -> None:
    photo = {"id": ids.uuid7(), "sha256": SHA256, "size": len(PHOTO)}
    batch, json = batches.body([batches.visit(village, clock.now() - timedelta(hours=1), photos=[photo])])
    if before:
        phone.client.put(url(), data=PHOTO, headers=phone.auth)
    phone.put(batch, json)
    work()
    if not before:
        assert phone.get(f"batches/{batch}").get_json()["results"][0]["photos_missing"] == [SHA256]
        phone.client.put(url(), data=PHOTO, headers=phone.auth)
    assert "photos_missing" not in phone.get(f"batches/{batch}").get_json()["results"][0]
    assert house.read(lambda s: s.scalar(text("SELECT state FROM photo"))) == "present"


def test_quoting_the_hash_of_another_phones_photo_is_not_possession(
    phone: Phone, phone_of: Callable[[UUID], Phone], village: Village, work: Work
) -> None:
    other = phone_of(village.chen)
    other.client.put(url(), data=PHOTO, headers=other.auth)
    photo = {"id": ids.uuid7(), "sha256": SHA256, "size": len(PHOTO)}
    batch, json = batches.body([batches.visit(village, clock.now() - timedelta(hours=1), photos=[photo])])
    phone.put(batch, json)
    work()
    assert phone.get(f"batches/{batch}").get_json()["results"][0]["photos_missing"] == [SHA256]


def test_a_cut_photo_is_not_stored(phone: Phone, house: House) -> None:
    answer = phone.client.put(
        url(),
        input_stream=BytesIO(PHOTO[:10]),
        environ_overrides={"CONTENT_LENGTH": str(len(PHOTO))},
        headers=phone.auth,
    )
    assert answer.get_json()["code"] == "body-truncated"
    assert not house.blobs.has(bytes.fromhex(SHA256))


@pytest.mark.parametrize(
    ("sha256", "data", "status"),
    [("00" * 32, PHOTO, 400), ("xyz", PHOTO, 404), (SHA256.upper(), PHOTO, 404), (SHA256, b"", 400)],
)
def test_a_wrong_photo_gets_a_clear_problem(phone: Phone, sha256: str, data: bytes, status: int) -> None:
    assert phone.client.put(url(sha256), data=data, headers=phone.auth).status_code == status


def test_a_photo_over_the_limit_is_refused(phone: Phone) -> None:
    data = b"x" * 8_400_000
    answer = phone.client.put(url(hashlib.sha256(data).hexdigest()), data=data, headers=phone.auth)
    assert answer.status_code == 413


def test_a_full_store_takes_no_photo(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.storage.LocalBlobs.free_share", lambda _: 0.01)
    assert phone.client.put(url(), data=PHOTO, headers=phone.auth).status_code == 507


def test_bytes_are_synced_before_they_get_their_name_and_the_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    steps: list[str] = []
    sync_, link = os.fsync, os.link
    monkeypatch.setattr("os.fsync", lambda handle: steps.append("fsync") or sync_(handle))
    monkeypatch.setattr("os.link", lambda a, b: steps.append("link") or link(a, b))
    LocalBlobs(tmp_path).put(bytes.fromhex(SHA256), [PHOTO])
    assert steps[0] == "fsync"
    assert steps[steps.index("link") + 1 :]
    assert steps[-1] == "fsync"


def test_the_same_photo_from_many_threads_is_one_file(tmp_path: Path) -> None:
    store = LocalBlobs(tmp_path)
    with ThreadPoolExecutor(4) as pool:
        sizes = list(pool.map(lambda _: store.put(bytes.fromhex(SHA256), [PHOTO]), range(8)))
    assert sizes == [len(PHOTO)] * 8
    assert list((tmp_path / "incoming").iterdir()) == []
    store.delete(bytes.fromhex(SHA256))
    with pytest.raises(KeyError):
        store.open(bytes.fromhex(SHA256))
    assert 0 < store.free_share() <= 1
