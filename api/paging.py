"""Pages of a list: keyset over a Select, so that a page costs the same however far down it lies."""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from marshmallow import Schema, fields, validate
from sqlalchemy import ColumnElement, Row, Select, literal, literal_column, tuple_
from sqlalchemy.orm import Session

from sync.errors import refuse

Rows = Select[*tuple[Any, ...]]
LIMIT_MAX = 200


class PageAsked(Schema):
    """Where a page begins (`next` of the page before) and how long it is."""

    cursor = fields.String(validate=validate.Length(1, 1000))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, LIMIT_MAX))


class Key(NamedTuple):
    """One key of the order: its column, its name in the rows, and how its value is read back."""

    column: ColumnElement[Any] | Any
    name: str
    read: Callable[[Any], Any]


class Page(NamedTuple):
    """Rows, and the cursor of the next page or None at the end."""

    rows: Sequence[Row[*tuple[Any, ...]]]
    next: str | None


def moment(value: Any) -> datetime:
    """An aware time of a cursor."""
    at = datetime.fromisoformat(value)
    if at.tzinfo is None:
        raise ValueError(value)
    return at


def day(value: Any) -> date:
    """A day of a cursor."""
    return date.fromisoformat(word(value))


def number(value: Any) -> int:
    """A count of a cursor; within what the database's integers hold."""
    if type(value) is not int or abs(value) >= 1 << 63:
        raise ValueError(value)
    return value


def word(value: Any) -> str:
    """A text of a cursor."""
    if type(value) is not str or "\0" in value:
        raise ValueError(value)
    return value


def uuid(value: Any) -> UUID:
    """An id of a cursor."""
    return UUID(word(value))


def page(
    session: Session, rows: Rows, keys: Sequence[Key], asked: dict[str, Any], *, descending: bool = False
) -> Page:  # fmt: skip
    """The page of `rows` that `asked` (PageAsked) describes, ordered by the keys, which are unique together.

    The keys all go up, or all down. Raises invalid for a cursor that did not come from here.
    """
    if cursor := asked.get("cursor"):
        after = [literal(value, key.column.type) for value, key in zip(_read(cursor, keys), keys, strict=True)]
        here = tuple_(*(key.column for key in keys))
        rows = rows.where(here < tuple_(*after) if descending else here > tuple_(*after))
    order = [key.column.desc() if descending else key.column for key in keys]
    # Written out, so that a prepared statement is planned for so many rows and not for a tenth of all.
    limit: ColumnElement[int] = literal_column(str(int(asked["limit"]) + 1))
    found = session.execute(rows.order_by(*order).limit(limit)).all()
    shown = found[: asked["limit"]]
    last = shown[-1] if len(found) > len(shown) else None
    return Page(shown, _write([getattr(last, key.name) for key in keys]) if last else None)


def _write(values: Sequence[Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")


def _read(cursor: str, keys: Sequence[Key]) -> list[Any]:
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        values = orjson.loads(raw)
        return [key.read(value) for key, value in zip(keys, values, strict=True)]
    except (binascii.Error, UnicodeEncodeError, ValueError, TypeError, AttributeError) as error:
        raise refuse("invalid", pointer="/cursor") from error
