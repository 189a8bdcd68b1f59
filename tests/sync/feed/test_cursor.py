"""What a phone keeps of its position: nobody but the server can make one."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.errors import Problem
from sync.feed.cursor import Cursor, Mark, key_from, seal, unseal

KEY = key_from("s" * 32)
numbers = st.integers(0, 2**62)
marks = st.builds(Mark, numbers, st.integers(0, 2**20), numbers)
cursors = st.builds(Cursor, st.integers(1, 2**31), st.dictionaries(st.text(max_size=40), marks, max_size=5), numbers)


@given(cursors)
def test_what_is_sealed_comes_back(cursor: Cursor) -> None:
    text = seal(cursor, KEY)
    assert unseal(text, KEY) == cursor
    assert text.isascii()
    assert not set(text) & set("+/=&? ")


@given(cursors, st.data())
def test_a_changed_letter_is_noticed(cursor: Cursor, data: st.DataObject) -> None:
    raw = bytearray(base64.urlsafe_b64decode(seal(cursor, KEY) + "=="))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(Problem, match="cursor-invalid"):
        unseal(base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("="), KEY)


@pytest.mark.parametrize(
    "text", ["", "x", "????", "a" * 16, "QUJD", "中文", "a=b", seal(Cursor(1), key_from("t" * 32))]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(Problem, match="cursor-invalid"):
        unseal(text, KEY)


def test_the_key_is_not_that_of_another_purpose() -> None:
    assert key_from("s" * 32) != ("s" * 32).encode()
    assert key_from("s" * 32) != key_from("t" * 32)
