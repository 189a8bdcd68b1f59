"""Where a pull begins and where its page ends."""

from hashlib import sha256
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from sync.feed.cursor import SCHEMA, Cursor, Mark
from sync.feed.rules import Head, Item, advanced, checksum, etag, fitting, plan
from sync.words import FeedKind, FeedOp

SCOPES = {"c:li": 6, "g": 8}


def at(scope: str, seq: int) -> Item:
    return Item(scope, FeedKind.PLACE, UUID(int=seq), seq, FeedOp.PUT)


def cursor(**marks: Mark) -> Cursor:
    return Cursor(1, {scope.replace("_", ":"): mark for scope, mark in marks.items()})


def test_a_new_phone_reads_everything_from_the_beginning() -> None:
    made = plan(SCOPES, {"c:li": Head(7, 2)}, 1, None)
    assert made.added == ("c:li", "g")
    assert made.starts == {"c:li": Mark(0, 6, 7), "g": Mark(0, 8, 0)}
    assert (made.reset, made.dropped, made.is_ahead) == ((), (), False)


def test_a_phone_that_was_here_goes_on_where_it_was() -> None:
    made = plan(SCOPES, {"c:li": Head(7), "g": Head(3)}, 1, cursor(c_li=Mark(5, 6), g=Mark(3, 8)))
    assert made.starts == {"c:li": Mark(5, 6), "g": Mark(3, 8)}
    assert (made.reset, made.added, made.dropped) == ((), (), ())


def test_only_the_scope_whose_past_was_purged_begins_afresh() -> None:
    made = plan(SCOPES, {"c:li": Head(70, 6), "g": Head(3)}, 1, cursor(c_li=Mark(5, 6), g=Mark(3, 8)))
    assert made.reset == ("c:li",)
    assert made.starts == {"c:li": Mark(0, 6, 70), "g": Mark(3, 8)}


def test_a_first_reading_that_is_under_way_is_not_reset_by_what_was_purged_before_it_began() -> None:
    heads = {"c:li": Head(70, 60), "g": Head(3)}
    assert plan(SCOPES, heads, 1, cursor(c_li=Mark(5, 6, until=65), g=Mark(3, 8))).reset == ()
    assert plan(SCOPES, heads, 1, cursor(c_li=Mark(5, 6, until=59), g=Mark(3, 8))).reset == ("c:li",)


def test_another_epoch_or_schema_begins_everything_afresh() -> None:
    known = {"c:li": Mark(5, 6), "g": Mark(3, 8)}
    heads = {"c:li": Head(2), "g": Head(3)}
    for before in (Cursor(2, known), Cursor(1, known, SCHEMA + 1)):
        made = plan(SCOPES, heads, 1, before)
        assert made.reset == ("c:li", "g")
        assert not made.is_ahead


def test_somebody_who_may_see_other_kinds_now_reads_that_scope_afresh() -> None:
    made = plan(SCOPES, {"c:li": Head(7), "g": Head(3)}, 1, cursor(c_li=Mark(5, 2), g=Mark(3, 8)))
    assert made.reset == ("c:li",)


def test_scopes_come_and_go() -> None:
    made = plan(SCOPES, {"g": Head(3)}, 1, cursor(u_roads=Mark(9, 1), g=Mark(3, 8)))
    assert (made.added, made.dropped) == (("c:li",), ("u:roads",))


def test_a_cursor_that_knows_more_than_the_database_is_ahead_and_not_reset() -> None:
    heads = {"c:li": Head(7), "g": Head(3)}
    for mark in (Mark(8, 6), Mark(2, 6, until=8)):
        made = plan(SCOPES, heads, 1, cursor(c_li=mark, g=Mark(3, 8)))
        assert (made.is_ahead, made.reset) == (True, ())
    assert plan(SCOPES, {"g": Head(3)}, 1, cursor(c_li=Mark(1, 6), g=Mark(3, 8))).is_ahead


@given(st.lists(st.integers(1, 100), max_size=30), st.integers(1, 300))
def test_a_page_holds_as_much_as_fits_and_never_nothing(sizes: list[int], most: int) -> None:
    count = fitting(sizes, most)
    assert count >= min(1, len(sizes))
    assert sum(sizes[:count]) <= most or count == 1
    assert count == len(sizes) or sum(sizes[: count + 1]) > most


def test_a_scope_that_was_read_to_its_end_stands_at_its_head_and_another_at_its_last_item() -> None:
    made = plan({"c:li": 6, "u:roads": 1, "g": 8}, {"c:li": Head(7), "u:roads": Head(5), "g": Head(3)}, 1, None)
    read = [at("c:li", 2), at("c:li", 6), at("u:roads", 1)]
    marks = advanced(made, read, {"c:li": True, "u:roads": False, "g": False})
    assert marks == {"c:li": Mark(7, 6), "u:roads": Mark(1, 1, until=5), "g": Mark(0, 8, until=3)}


def test_the_tag_changes_with_everything_that_a_phone_would_notice() -> None:
    heads = {"c:li": 7, "g": 3}
    base = etag(1, SCOPES, heads)
    assert base == etag(1, dict(reversed(SCOPES.items())), heads)
    others = {
        etag(2, SCOPES, heads),
        etag(1, SCOPES | {"c:li": 2}, heads),
        etag(1, SCOPES | {"u:roads": 1}, heads),
        etag(1, SCOPES, heads | {"g": 4}),
        etag(1, SCOPES, heads, [{"kind": "wipe"}]),
    }
    assert len(others | {base}) == 6


def test_the_checksum_does_not_depend_on_the_order_and_counts_each_change() -> None:
    one, two = UUID(int=1), UUID(int=2)
    assert checksum({one: 1, two: 2}) == checksum({two: 2, one: 1})
    assert checksum({one: 1, two: 2}) != checksum({one: 2, two: 1})
    assert checksum({}) == (0, "0" * 16)
    assert checksum({one: 7}) == (1, f"{int.from_bytes(sha256(f'{one}:7'.encode()).digest()[:8], 'big'):016x}")
