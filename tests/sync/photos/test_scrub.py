"""Rotten bytes are noticed, asked for and replaced."""

import errno
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from sync import errands
from sync.house import House
from sync.photos import scrub
from sync.photos.actions import possesses
from sync.photos.presence import Presence
from sync.policy import defaults
from sync.storage import LocalBlobs
from sync.words import Job
from tests.factories import pictures
from tests.sync.photos.conftest import CONTENT, Store

Work = Callable[[], None]


@pytest.fixture
def scrubbed(house: House, work: Work) -> Work:
    """What a sweeper owes once a day, and all that follows from it."""

    def scrubbed() -> None:
        house.write(lambda session: errands.owe(session, Job.SCRUB_BLOBS, Job.SCRUB_BLOBS.value))
        work()

    return scrubbed


def test_each_blob_is_hashed_again_once_in_its_days(
    store: Store, house: House, scrubbed: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[bytes] = []
    look_at = scrub.look_at
    monkeypatch.setattr(scrub, "look_at", lambda blobs, sha256: looked.append(sha256) or look_at(blobs, sha256))
    hashes = {store.offer(bytes([n])) for n in range(205)}
    scrubbed()
    assert looked == []
    store.pass_days(31)
    scrubbed()
    assert (len(looked), set(looked)) == (205, hashes)
    scrubbed()
    assert len(looked) == 205
    store.run("UPDATE blob SET scrubbed_at = NULL")
    scrubbed()
    assert len(looked) == 410


@pytest.mark.parametrize("harm", ["rotten", "gone"])
def test_a_bad_original_is_asked_for_and_comes_back_for_everybody_who_had_it(
    store: Store, house: House, scrubbed: Work, harm: str
) -> None:
    sha256 = store.offer()
    store.offer(device=store.village.phone_chen)
    assert store.cite(sha256)
    assert store.cite(sha256, device=store.village.phone_chen)
    store.run("UPDATE feed_head SET head = 0")
    store.pass_days(31)
    store.path(sha256).write_bytes(b"rotten") if harm == "rotten" else store.path(sha256).unlink()
    scrubbed()
    assert store.rows("SELECT state, present_at IS NULL FROM photo") == [("awaited", False)] * 2
    for phone in (store.village.phone_li, store.village.phone_chen):
        assert house.read(lambda session, phone=phone: possesses(session, phone, sha256)) is None
    assert (sha256.hex() in store.files()) is (harm == "rotten")
    assert not house.blobs.has(sha256)
    assert not store.cite(sha256)
    store.offer(device=store.village.phone_chen)
    assert store.rows("SELECT state FROM photo") == [("present",)] * 3
    assert store.path(sha256).read_bytes() == CONTENT
    assert store.rows("SELECT lost_at FROM blob") == [(None,)]


def test_bytes_that_the_disk_cannot_read_are_lost_and_other_trouble_is_not(
    store: Store, house: House, scrubbed: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256 = store.offer()
    number = errno.EMFILE

    def fail(*_: object) -> BinaryIO:
        raise OSError(number, "trouble")

    monkeypatch.setattr(LocalBlobs, "open", fail)
    with pytest.raises(OSError, match="trouble"):
        scrub.look_at(house.blobs, sha256)
    number = errno.EIO
    assert scrub.look_at(house.blobs, sha256) is scrub.Held.ROTTEN
    store.pass_days(31)
    scrubbed()
    assert not house.blobs.has(sha256)
    assert store.rows("SELECT lost_at IS NOT NULL FROM blob") == [(True,)]


def test_a_bad_thumbnail_is_made_anew(store: Store, house: House, scrubbed: Work, work: Work) -> None:
    content = pictures.jpeg(pictures.scene(1))
    sha256 = store.offer(content)
    work()
    [(small,)] = store.rows("SELECT small_sha256 FROM picture")
    whole = store.path(small).read_bytes()
    store.path(small).write_bytes(b"rotten")
    store.pass_days(31)
    scrubbed()
    assert store.path(small).read_bytes() == whole
    assert store.rows("SELECT sha256, state FROM picture") == [(sha256, "read")]
    assert store.rows("SELECT lost_at FROM blob") == [(None,)]


def test_what_is_lost_is_asked_for_once(store: Store, house: House, scrubbed: Work) -> None:
    sha256 = store.offer()
    store.cite(sha256)
    store.path(sha256).unlink()
    for _ in range(2):
        store.pass_days(31)
        scrubbed()
    lost_at = house.read(lambda session: session.scalar(text("SELECT lost_at < now() - interval '30 days' FROM blob")))
    assert lost_at


def _away(store: Store) -> Path:
    """Take the whole store away, as a mount that did not come up does; where its files are meanwhile."""
    folder = store.house.settings.blob_dir
    elsewhere = folder.with_name("elsewhere")
    folder.rename(elsewhere)
    folder.mkdir()
    return elsewhere


@pytest.mark.parametrize("due", [30, 3])
def test_a_store_that_is_not_mounted_loses_no_photo(store: Store, scrubbed: Work, work: Work, due: int) -> None:
    """However few of them it is the turn of: others are looked for besides."""
    hashes = [store.offer(bytes([n])) for n in range(30)]
    assert {store.cite(sha256, bytes([n])) for n, sha256 in enumerate(hashes)} == {True}
    store.run("UPDATE blob SET scrubbed_at = now()")
    old = "UPDATE blob SET scrubbed_at = now() - interval '31 days' WHERE sha256 = ANY(:some)"
    store.run(old, some=hashes[:due])
    elsewhere = _away(store)
    scrubbed()
    assert store.rows("SELECT count(*) FROM blob WHERE lost_at IS NOT NULL") == [(0,)]
    assert store.rows("SELECT DISTINCT state FROM photo") == [("present",)]
    waiting = "SELECT last_error, done_at IS NULL FROM errand WHERE job = 'scrub_blobs'"
    assert store.rows(waiting) == [("store-missing", True)]
    assert store.rows("SELECT count(*) FROM blob WHERE scrubbed_at < now() - interval '30 days'") == [(due,)]
    store.house.settings.blob_dir.rmdir()
    elsewhere.rename(store.house.settings.blob_dir)
    store.run("UPDATE errand SET due_at = now() WHERE job = 'scrub_blobs'")
    work()
    assert store.rows("SELECT count(*) FROM blob WHERE scrubbed_at < now() - interval '30 days'") == [(0,)]
    assert store.rows("SELECT last_error, done_at IS NULL FROM errand WHERE job = 'scrub_blobs'") == [(None, False)]


def test_a_photo_that_waits_to_be_looked_at_is_not_lost_with_the_store(store: Store, house: House, work: Work) -> None:
    hashes = [store.offer(bytes([n])) for n in range(10)]
    assert store.cite(hashes[0], b"\0")
    _away(store)
    work()
    assert store.rows("SELECT count(*) FROM blob WHERE lost_at IS NOT NULL") == [(0,)]
    assert store.rows("SELECT DISTINCT last_error FROM errand WHERE job = 'read_photo' AND done_at IS NULL") == [
        ("store-missing",)
    ]


def test_a_few_missing_among_many_are_lost_and_so_is_everything_once_a_person_says_so(
    store: Store, house: House, scrubbed: Work
) -> None:
    hashes = [store.offer(bytes([n])) for n in range(60)]
    for sha256 in hashes[:9]:
        store.path(sha256).unlink()
    store.path(hashes[9]).write_bytes(b"rotten")
    store.pass_days(31)
    scrubbed()
    assert store.rows("SELECT count(*) FROM blob WHERE lost_at IS NOT NULL") == [(10,)]
    _away(store)
    store.pass_days(31)
    photos = replace(house.policy.photos, missing_share_max=1.0)
    house.write(lambda session: scrub.scrub(session, house.blobs, photos))
    assert store.rows("SELECT count(*) FROM blob WHERE lost_at IS NULL") == [(0,)]


def test_rotten_bytes_stay_where_they_are_while_the_store_is_away(
    store: Store, house: House, scrubbed: Work, work: Work
) -> None:
    hashes = [store.offer(bytes([n])) for n in range(20)]
    work()
    for sha256 in hashes[1:]:
        store.path(sha256).unlink()
    store.path(hashes[0]).write_bytes(b"rotten")
    store.pass_days(31)
    scrubbed()
    assert house.blobs.has(hashes[0])
    assert store.rows("SELECT count(*) FROM blob WHERE lost_at IS NOT NULL") == [(0,)]


@given(looked=st.integers(0, 200), missing=st.integers(0, 200))
def test_the_store_is_away_when_much_is_missing_both_in_number_and_in_share(looked: int, missing: int) -> None:
    policy = defaults().photos
    seen = Presence(looked, min(looked, missing))
    assert seen.is_away(policy) is (seen.missing >= 5 and seen.missing > 0.2 * looked)
