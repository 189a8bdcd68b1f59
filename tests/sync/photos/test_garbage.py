"""Fault 23 and its neighbours: what is forgotten, what is not, and who wins when both happen at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from threading import Event
from typing import Any

import pytest
from sqlalchemy.orm import Session

from sync import clock, errands
from sync.house import House
from sync.photos import garbage
from sync.photos.actions import possesses, record_upload
from sync.photos.citing import cite
from sync.words import Job
from tests.factories import pictures
from tests.sync.photos.conftest import CONTENT, Store
from worker.jobs import JOBS

Work = Callable[[], None]


@pytest.fixture
def collect(house: House, work: Work, monkeypatch: pytest.MonkeyPatch) -> Work:
    """One round of garbage collection, with all that it owes; every shelf has its turn each day."""
    monkeypatch.setitem(JOBS, Job.READ_PHOTO, lambda *_: None)
    often = replace(house, policy=replace(house.policy, photos=replace(house.policy.photos, garbage_chunk=2)))

    def steps(session: Session, _: House, claims: Any) -> None:
        for claim in claims:
            garbage.collect(session, often.blobs, often.policy.photos, claim.subject)

    monkeypatch.setitem(JOBS, Job.COLLECT_GARBAGE, steps)

    def collect() -> None:
        for day in range(house.policy.photos.stray_days):
            today = clock.now() + timedelta(days=day)
            monkeypatch.setattr(clock, "today", lambda today=today: clock.local(today).date())
            house.write(lambda session: errands.owe(session, Job.COLLECT_GARBAGE, Job.COLLECT_GARBAGE.value))
            work()

    return collect


def doomed(store: Store) -> list[bool]:
    return [row[0] for row in store.rows("SELECT doomed_at IS NOT NULL FROM blob")]


def test_what_nothing_cites_is_doomed_after_a_month_and_gone_a_week_later(store: Store, collect: Work) -> None:
    sha256 = store.offer()
    store.pass_days(29)
    collect()
    assert doomed(store) == [False]
    store.pass_days(2)
    collect()
    assert doomed(store) == [True]
    store.pass_days(6)
    collect()
    assert store.house.blobs.has(sha256)
    store.pass_days(2)
    collect()
    assert doomed(store) == []
    assert store.files() == set()


def test_what_is_cited_stays(store: Store, collect: Work) -> None:
    sha256 = store.offer()
    assert store.cite(sha256)
    for _ in range(4):
        store.pass_days(31)
        collect()
    assert doomed(store) == [False]
    assert store.house.blobs.has(sha256)


@pytest.mark.parametrize("how", ["cite", "offer"])
def test_a_citation_or_an_upload_takes_the_doom_away(store: Store, collect: Work, how: str) -> None:
    sha256 = store.offer()
    store.pass_days(31)
    collect()
    assert doomed(store) == [True]
    if how == "cite":
        assert store.cite(sha256)
    else:
        store.offer()
    assert doomed(store) == [False]
    store.pass_days(8)
    collect()
    assert store.house.blobs.has(sha256)
    assert doomed(store) == [False]


def test_many_are_collected_in_chunks(store: Store, collect: Work) -> None:
    contents = [bytes([n]) * 10 for n in range(9)]
    hashes = [store.offer(content) for content in contents]
    assert store.cite(hashes[4], contents[4])
    store.pass_days(31)
    collect()
    store.pass_days(8)
    collect()
    assert store.files() == {hashes[4].hex()}
    assert len(store.rows("SELECT FROM blob")) == 1


def test_a_photo_cited_although_doomed_by_an_older_version_is_spared(store: Store, collect: Work) -> None:
    """An old server beside us may cite without a look at the doom; the second look finds the citation."""
    sha256 = store.offer()
    store.cite(sha256)
    store.run("UPDATE blob SET doomed_at = :at", at=clock.now() - timedelta(days=9))
    store.pass_days(8)
    collect()
    assert doomed(store) == [False]
    assert store.rows("SELECT lost_at FROM blob") == [(None,)]


def condemned(store: Store) -> bytes:
    """A photo whose file and row are about to go."""
    sha256 = store.offer()
    store.pass_days(31)
    long_ago = clock.now() - timedelta(days=8)
    store.run("UPDATE blob SET doomed_at = :at, lost_at = now()", at=long_ago)
    return sha256


def test_a_visit_that_cites_what_is_about_to_go_has_its_phone_asked_and_the_bytes_come_back(
    store: Store, house: House, work: Work
) -> None:
    sha256 = condemned(store)
    assert not store.cite(sha256)
    assert house.read(lambda session: possesses(session, store.village.phone_li, sha256)) is None
    remove(store)
    assert doomed(store) == [False]
    store.offer()
    assert store.rows("SELECT state FROM photo") == [("present",)]
    assert store.rows("SELECT lost_at FROM blob") == [(None,)]
    assert store.path(sha256).read_bytes() == CONTENT


def remove(store: Store) -> None:
    store.house.write(lambda session: garbage.collect(session, store.house.blobs, store.house.policy.photos, "remove/"))


class Pause:
    """A transaction that does its work and then waits to be let on before it commits."""

    def __init__(self, house: House, act: Callable[[Session], Any]) -> None:
        self.done, self.go = Event(), Event()
        self._pool = ThreadPoolExecutor(1)

        def work(session: Session) -> Any:
            answer = act(session)
            self.done.set()
            assert self.go.wait(10)
            return answer

        self._running = self._pool.submit(house.write, work)
        assert self.done.wait(10)

    def end(self) -> Any:
        self.go.set()
        answer = self._running.result(10)
        self._pool.shutdown()
        return answer


def waits(work: Callable[[], Any]) -> tuple[ThreadPoolExecutor, Any]:
    """Begin something that has to wait for a lock."""
    pool = ThreadPoolExecutor(1)
    running = pool.submit(work)
    with pytest.raises(TimeoutError):
        running.result(0.3)
    return pool, running


def test_a_visit_that_cites_at_the_very_moment_of_the_removal_waits_and_asks_the_phone(
    store: Store, house: House
) -> None:
    sha256 = store.offer()
    store.pass_days(31)
    store.run("UPDATE blob SET doomed_at = :at", at=clock.now() - timedelta(days=8))
    condemning = Pause(house, lambda session: garbage.collect(session, house.blobs, house.policy.photos, "condemn/"))
    pool, citing = waits(lambda: store.cite(sha256))
    condemning.end()
    assert citing.result(10) is False
    pool.shutdown()
    remove(store)
    assert store.rows("SELECT state FROM photo") == [("awaited",)]
    store.offer()
    assert store.rows("SELECT state FROM photo") == [("present",)]
    assert store.house.blobs.has(sha256)


def test_garbage_collection_at_the_very_moment_of_a_citation_leaves_the_blob_alone(store: Store, house: House) -> None:
    sha256 = store.offer()
    store.pass_days(31)
    store.run("UPDATE blob SET doomed_at = :at", at=clock.now() - timedelta(days=8))
    photo = store.cited(sha256)
    citing = Pause(house, lambda session: cite(session, [photo], clock.now(), look=False))
    for step in ("condemn/", "remove/", "doom/"):
        house.write(lambda session, step=step: garbage.collect(session, house.blobs, house.policy.photos, step))
    assert citing.end() == set()
    for step in ("condemn/", "remove/", "doom/"):
        house.write(lambda session, step=step: garbage.collect(session, house.blobs, house.policy.photos, step))
    assert doomed(store) == [False]
    assert store.rows("SELECT state FROM photo") == [("present",)]
    assert store.path(sha256).read_bytes() == CONTENT


@pytest.mark.parametrize("first", ["bytes", "removal"])
def test_an_upload_at_the_very_moment_of_the_removal_is_never_acknowledged_without_its_bytes(
    store: Store, house: House, first: str
) -> None:
    sha256 = condemned(store)
    if first == "bytes":
        house.blobs.put(sha256, [CONTENT])  # the request has stored them and is about to write its row
    removing = Pause(house, lambda session: garbage.collect(session, house.blobs, house.policy.photos, "remove/"))
    if first == "removal":
        house.blobs.put(sha256, [CONTENT])
    record = partial(record_upload, device_id=store.village.phone_li, sha256=sha256, size=len(CONTENT))
    pool, uploading = waits(lambda: house.write(record))
    removing.end()
    uploading.result(10)
    pool.shutdown()
    assert store.path(sha256).read_bytes() == CONTENT
    assert store.rows("SELECT doomed_at, lost_at FROM blob") == [(None, None)]
    remove(store)
    assert store.path(sha256).read_bytes() == CONTENT


def test_thumbnails_go_with_the_last_picture_that_shows_them(
    store: Store, house: House, collect: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sync.photos import reading

    scene = pictures.scene(1)
    contents = [pictures.jpeg(scene), pictures.jpeg(scene, exif=pictures.exif("2026:05:04 10:00:00"))]
    hashes = [store.offer(content) for content in contents]
    for sha256 in hashes:
        house.write(lambda session, sha=sha256: reading.read(session, house.blobs, house.policy.photos, sha))
    assert len(store.files()) == 4
    assert store.cite(hashes[1], contents[1])
    store.pass_days(31)
    collect()
    store.pass_days(8)
    collect()
    assert len(store.files()) == 3
    store.run("DELETE FROM photo")
    collect()
    store.pass_days(8)
    collect()
    collect()
    assert store.files() == set()


def test_files_without_rows_go_after_a_week(store: Store, house: House, collect: Work) -> None:
    sha256 = store.offer()
    stray = b"\x01" * 32
    path = store.path(stray)
    path.parent.mkdir()
    path.write_bytes(b"stray")
    store.pass_days(6)
    collect()
    assert path.exists()
    store.pass_days(2)
    collect()
    assert not path.exists()
    assert house.blobs.has(sha256)


def test_bytes_that_are_also_a_thumbnail_of_another_picture_stay_in_the_store(store: Store, house: House) -> None:
    sha256 = condemned(store)
    other = store.offer(b"another")
    store.run(
        "INSERT INTO picture (sha256, state, small_sha256, read_at) VALUES (:other, 'read', :sha256, now())",
        other=other, sha256=sha256,
    )  # fmt: skip
    store.run("UPDATE blob SET doomed_at = NULL, lost_at = NULL WHERE sha256 = :other", other=other)
    remove(store)
    assert store.rows("SELECT sha256 FROM blob") == [(other,)]
    assert house.blobs.has(sha256)
