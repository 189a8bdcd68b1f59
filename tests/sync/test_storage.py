"""The store forgets only what nobody offers, whoever stops or dies in between."""

import hashlib
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sync import clock
from sync.storage import SHELVES, LocalBlobs

CONTENT = b"a well with yellow water"
SHA256 = hashlib.sha256(CONTENT).digest()
MAY = datetime(2026, 5, 1, 9, tzinfo=UTC)
JUNE = datetime(2026, 6, 1, 9, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> LocalBlobs:
    """A store that was offered CONTENT in May."""
    store = LocalBlobs(tmp_path)
    with clock.frozen(MAY):
        store.put(SHA256, [CONTENT])
    return store


def on_the_shelf(store: LocalBlobs) -> list[tuple[bytes, datetime]]:
    return [found for number in range(SHELVES) for found in store.shelf(number)]


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).parts[0] for path in folder.rglob("*") if path.is_file()}


def test_a_shelf_tells_what_stands_on_it_and_when_it_was_last_offered(store: LocalBlobs) -> None:
    assert on_the_shelf(store) == [(SHA256, MAY)]
    assert list(store.shelf(int(SHA256.hex()[:3], 16))) == [(SHA256, MAY)]
    with clock.frozen(JUNE):
        store.put(SHA256, [CONTENT])
    assert on_the_shelf(store) == [(SHA256, JUNE)]


def test_what_was_offered_long_ago_is_discarded_and_what_was_offered_since_stays(
    store: LocalBlobs, tmp_path: Path
) -> None:
    assert not store.discard(SHA256, MAY)
    assert store.has(SHA256)
    assert store.discard(SHA256, JUNE)
    assert files(tmp_path) == set()
    assert store.discard(SHA256, JUNE)


def _at(monkeypatch: pytest.MonkeyPatch, owner: object, name: str, act: Callable[[], object]) -> None:
    """Let something happen right before the first call of a function."""
    original, acted = getattr(owner, name), []

    def interrupted(*arguments: object, **named: object) -> object:
        if not acted:
            acted.append(True)
            act()
        return original(*arguments, **named)

    monkeypatch.setattr(owner, name, interrupted)


@pytest.mark.parametrize("step", ["rename", "unlink"])
def test_bytes_offered_while_they_are_discarded_are_there_afterwards(
    store: LocalBlobs, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def offer() -> None:
        with clock.frozen(JUNE):
            store.put(SHA256, [CONTENT])

    _at(monkeypatch, Path, step, offer)
    store.discard(SHA256, MAY + timedelta(days=1))
    with store.open(SHA256) as file:
        assert file.read() == CONTENT


def test_bytes_discarded_while_they_are_offered_are_linked_again(
    store: LocalBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    _at(monkeypatch, os, "utime", lambda: None)
    links = []
    link = store._link

    def linked(beside: Path, final: Path) -> bool:
        links.append(link(beside, final))
        if links == [False]:
            store.discard(SHA256, JUNE)
        return links[-1]

    monkeypatch.setattr(store, "_link", linked)
    store.put(SHA256, [CONTENT])
    assert links == [False, True]
    assert store.has(SHA256)


@pytest.mark.parametrize(("offered", "stays"), [(MAY, False), (JUNE, True)])
def test_what_a_dead_process_was_discarding_is_discarded_or_put_back(
    store: LocalBlobs, tmp_path: Path, offered: datetime, stays: bool
) -> None:
    final = tmp_path / SHA256.hex()[:3] / SHA256.hex()
    leaving = tmp_path / "leaving"
    leaving.mkdir()
    final.rename(leaving / f"{SHA256.hex()}.018f")
    os.utime(leaving / f"{SHA256.hex()}.018f", (offered.timestamp(), offered.timestamp()))
    store.clear_unfinished(MAY + timedelta(days=1))
    assert store.has(SHA256) is stays
    assert list(leaving.iterdir()) == []


def test_what_was_put_back_by_somebody_else_meanwhile_is_kept_once(store: LocalBlobs, tmp_path: Path) -> None:
    leaving = tmp_path / "leaving"
    leaving.mkdir()
    (leaving / f"{SHA256.hex()}.018f").write_bytes(CONTENT)
    store.clear_unfinished(MAY)
    assert files(tmp_path) == {SHA256.hex()[:3]}


def test_unfinished_uploads_are_cleared_when_they_are_old(store: LocalBlobs, tmp_path: Path) -> None:
    for name, at in (("old", MAY), ("new", JUNE)):
        path = tmp_path / "incoming" / name
        path.write_bytes(b"half")
        os.utime(path, (at.timestamp(), at.timestamp()))
    store.clear_unfinished(MAY + timedelta(days=1))
    assert [path.name for path in (tmp_path / "incoming").iterdir()] == ["new"]


def test_rotten_bytes_are_set_aside_and_good_ones_take_their_place(store: LocalBlobs, tmp_path: Path) -> None:
    path = tmp_path / SHA256.hex()[:3] / SHA256.hex()
    path.write_bytes(b"rotten")
    store.set_aside(SHA256)
    assert not store.has(SHA256)
    assert (tmp_path / "rotten" / SHA256.hex()).read_bytes() == b"rotten"
    store.set_aside(SHA256)
    store.put(SHA256, [CONTENT])
    assert path.read_bytes() == CONTENT


def test_a_torn_file_is_replaced_by_whole_bytes(store: LocalBlobs, tmp_path: Path) -> None:
    path = tmp_path / SHA256.hex()[:3] / SHA256.hex()
    path.write_bytes(CONTENT[:5])
    assert store.put(SHA256, [CONTENT]) == len(CONTENT)
    assert path.read_bytes() == CONTENT
    assert files(tmp_path) == {SHA256.hex()[:3]}
