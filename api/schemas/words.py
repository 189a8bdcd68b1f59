"""A field for the closed words: in the document an enum of values, on the way out a word or its stored value."""

from typing import Any

from marshmallow import fields

from sync.words import Word


class WordField(fields.Enum[Any]):
    """A word of one of the lists, by value. Rows of plain SQL hold the value, those of mapped tables the word."""

    def __init__(self, words: type[Word], **more: Any) -> None:
        super().__init__(words, by_value=True, **more)

    def _serialize(self, value: Any, *_: Any, **__: Any) -> str | None:
        return None if value is None else str(value)
