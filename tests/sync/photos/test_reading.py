"""From bytes to a picture, by a worker that outlives every picture."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from sync import clock
from sync.errands import Claim
from sync.house import House
from sync.photos import darkroom, reading
from sync.photos.picture import look
from sync.words import Job
from tests.factories import pictures
from tests.sync.photos.conftest import CONTENT, Store
from worker.jobs import JOBS

Work = Callable[[], None]
PICTURE = "SELECT state, fault, format, width, height, orientation, taken_at, lon, lat, dhash IS NOT NULL FROM picture"


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Subjects of the judgements that are owed, noted when they are run."""
    subjects: list[str] = []

    def judge(_s: Session, _h: House, claims: Sequence[Claim]) -> None:
        subjects.extend(claim.subject for claim in claims)

    monkeypatch.setitem(JOBS, Job.REJUDGE, judge)
    return subjects


@pytest.fixture
def later(store: Store, work: Work) -> Work:
    """Let what is due soon be done as well."""

    def later() -> None:
        work()
        store.run("UPDATE errand SET due_at = now() WHERE done_at IS NULL")
        work()

    return later


def test_a_photo_is_read_once_and_its_visits_are_judged_again(store: Store, later: Work, judged: list[str]) -> None:
    told = pictures.exif("2026:05:04 10:00:00", "+08:00", {1: "N", 2: (37, 48, 0), 3: "E", 4: (120, 45, 0)}, 6)
    content = pictures.jpeg(pictures.scene(1), exif=told)
    sha256 = store.offer(content)
    assert store.cite(sha256, content)
    later()
    at = clock.local(clock.now()).replace(2026, 5, 4, 10, 0, 0, 0)
    assert store.rows(PICTURE) == [("read", None, "jpeg", 600, 800, 6, at, 120.75, 37.8, True)]
    assert judged == [f"photo/{sha256.hex()}"]
    [(small, large)] = store.rows("SELECT small_sha256, large_sha256 FROM picture")
    assert store.files() == {sha256.hex(), small.hex(), large.hex()}
    store.offer(content)
    later()
    assert len(judged) == 1


def test_nobody_cites_it_yet_and_nothing_is_judged(store: Store, later: Work, judged: list[str]) -> None:
    store.offer(pictures.jpeg(pictures.scene(1)))
    later()
    assert len(store.rows(PICTURE)) == 1
    assert judged == []


def test_another_phone_completes_its_photo_with_bytes_that_were_read_before(
    store: Store, later: Work, judged: list[str]
) -> None:
    content = pictures.jpeg(pictures.scene(1))
    sha256 = store.offer(content)
    later()
    assert not store.cite(sha256, content, store.village.phone_chen)
    store.offer(content, store.village.phone_chen)
    later()
    assert judged == [f"photo/{sha256.hex()}"]


def test_a_damaged_photo_is_kept_and_says_why(store: Store, later: Work, judged: list[str]) -> None:
    sha256 = store.offer()
    store.cite(sha256)
    later()
    assert store.rows(PICTURE) == [("damaged", "not-a-picture", *[None] * 7, False)]
    assert store.path(sha256).read_bytes() == CONTENT
    assert judged == [f"photo/{sha256.hex()}"]


def test_a_picture_that_kills_its_reader_is_damaged_after_some_tries_and_its_neighbours_are_read(
    store: Store, house: House, later: Work, judged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    killed = []

    def develop(content: bytes, policy: Any) -> Any:
        if content != CONTENT:
            return darkroom.develop(content, policy, look)
        killed.append(True)
        return darkroom.develop(content, policy, lambda *_: os._exit(9))

    monkeypatch.setattr(reading, "develop", develop)
    sha256 = store.offer()
    store.cite(sha256)
    store.offer(pictures.jpeg(pictures.scene(1)))
    for _ in range(6):
        later()
    assert len(killed) == house.policy.photos.tries_max
    assert sorted(store.rows("SELECT state, fault FROM picture")) == [("damaged", "unreadable"), ("read", None)]
    assert judged == [f"photo/{sha256.hex()}"]
    assert store.rows("SELECT count(*) FROM errand WHERE done_at IS NULL") == [(0,)]


@pytest.mark.parametrize("harm", ["rotten", "gone"])
def test_bytes_that_are_not_what_was_handed_in_are_lost_not_damaged(store: Store, later: Work, harm: str) -> None:
    sha256 = store.offer()
    store.cite(sha256)
    store.path(sha256).write_bytes(b"rotten") if harm == "rotten" else store.path(sha256).unlink()
    later()
    assert store.rows(PICTURE) == []
    assert store.rows("SELECT state FROM photo") == [("awaited",)]
    store.offer()
    later()
    assert store.rows("SELECT state FROM picture") == [("damaged",)]
    assert store.rows("SELECT state FROM photo") == [("present",)]


def test_what_is_gone_by_now_is_nobodys_business(store: Store, house: House, later: Work) -> None:
    store.offer()
    store.run("DELETE FROM blob")
    later()
    assert store.rows("SELECT count(*) FROM errand WHERE done_at IS NULL") == [(0,)]
    store.offer()
    store.run("UPDATE blob SET lost_at = :at", at=clock.now() - timedelta(days=1))
    later()
    assert store.rows(PICTURE) == []


def test_a_reading_counts_for_the_first_of_two_workers(store: Store, house: House, work: Work) -> None:
    sha256 = store.offer(pictures.jpeg(pictures.scene(1)))
    for _ in range(2):
        house.write(lambda session: reading.read(session, house.blobs, house.policy.photos, sha256))
    house.write(lambda session: reading.give_up(session, sha256))
    assert store.rows("SELECT state FROM picture") == [("read",)]
