"""Ends are told for a while, then forgotten, and who was away longer reads afresh."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from sync import changes, clock
from sync.feed import epochs, purging, queries
from sync.house import House
from sync.words import FeedKind
from tests.factories.rows import add_link, add_place, end_link
from tests.factories.village import Village
from tests.sync.feed.conftest import Held


def floor(house: House, scope: str) -> int:
    return house.read(lambda s: queries.heads(s, {scope: 0})[scope].floor)


def leave(house: House, village: Village, count: int) -> list[UUID]:
    """Links that Chen got and lost."""
    links = [house.write(lambda s: add_link(s, village, village.chen, add_place(s, village))) for _ in range(count)]
    for link in links:
        house.write(lambda s, link=link: end_link(s, link, clock.today()))
    return links


def test_what_left_long_ago_is_forgotten_and_raises_the_floor_of_its_scope_alone(
    house: House, village: Village, held: Held
) -> None:
    scope = f"c:{village.chen}"
    leave(house, village, 2)
    assert not house.write(lambda s: purging.purge(s, house.policy.feed))
    head = house.read(lambda s: queries.heads(s, {scope: 0})[scope].head)
    with clock.frozen(clock.now() + timedelta(days=house.policy.feed.keep_days + 1)):
        house.write(lambda s: purging.purge(s, house.policy.feed))
    assert held(scope, FeedKind.LINK) == held(scope, FeedKind.PLACE) == {}
    assert floor(house, scope) == head
    assert floor(house, f"c:{village.li}") == 0
    assert held(f"c:{village.li}", FeedKind.PLACE) == {village.home: "P"}


def test_what_came_back_in_between_is_kept(house: House, village: Village, held: Held) -> None:
    [link] = leave(house, village, 1)
    house.write(
        lambda s: (
            s.execute(text("UPDATE link SET valid = '(,)' WHERE id = :i"), {"i": link}),
            changes.touched(s, FeedKind.LINK, [link]),
        )
    )
    with clock.frozen(clock.now() + timedelta(days=house.policy.feed.keep_days + 1)):
        house.write(lambda s: purging.purge(s, house.policy.feed))
    assert held(f"c:{village.chen}", FeedKind.LINK) == {link: "P"}
    assert floor(house, f"c:{village.chen}") == 0


def test_much_is_forgotten_piece_by_piece(
    house: House, village: Village, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(house, village, 4)
    monkeypatch.setattr(purging, "CHUNK", 3)
    pieces = 1
    with clock.frozen(clock.now() + timedelta(days=house.policy.feed.keep_days + 1)):
        while house.write(lambda s: purging.purge(s, house.policy.feed)):
            pieces += 1
    assert pieces == 3
    assert held(f"c:{village.chen}", FeedKind.PLACE) == {}


def test_the_epoch_begins_at_one_and_only_rises(house: House) -> None:
    assert house.read(queries.epoch) == 1
    first = house.write(epochs.bump)
    second = house.write(epochs.bump)
    assert 1 < first < second == house.read(queries.epoch)


def test_two_restores_of_one_backup_give_different_epochs(house: House) -> None:
    """The number is the second of the act: a count would be restored with the rest."""
    first = house.write(epochs.bump)
    house.write(lambda s: s.execute(text("DELETE FROM installation WHERE key = 'feed'")))
    with clock.frozen(clock.now() + timedelta(seconds=5)):
        assert house.write(epochs.bump) > first
