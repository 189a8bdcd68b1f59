"""What describes one kind of list: its columns, its checks, its writes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sync.words import Word


class Fault(NamedTuple):
    """Why a row cannot be imported: line of the file (the heading is line 1), column, value, reason."""

    line: int
    column: str
    value: str
    zh: str
    en: str


class ColumnError(ValueError):
    """A value that a column does not take; carries the reason in Chinese and English."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its Chinese heading, what turns text into a value of the staging row."""

    name: str
    zh: str
    read: Callable[[str], Any] = str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """A select of the lines that are wrong: it may use the view `r` (staging row) with its columns."""

    column: str
    sql: str
    zh: str
    en: str


class Differing(NamedTuple):
    """A value of a list that was put right at the door since, or decided by a person: it is not overwritten.

    `value` as the list says it (JSON), or `cipher` for a telephone number.
    """

    line: int
    column: str
    place_id: UUID
    field: str
    contact_id: UUID | None
    value: Any
    cipher: bytes | None


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of list. `record` are the staging columns with SQL types; `writes` run for each chunk, in order,
    `after` once at the end. `touches` names the feed's kind of the rows that are written; with `carries`, a select over
    the :ids of rows that changed, of what shows them instead. `locks` holds what is written before it is looked at;
    `keeps` selects what is kept although the list says something else (columns of Differing)."""

    name: str
    columns: tuple[Column, ...]
    record: str
    checks: tuple[Check, ...]
    writes: tuple[str, ...]
    after: tuple[str, ...] = ()
    locks: str = ""
    keeps: str = ""
    located: bool = False
    touches: str = ""
    carries: str = ""
    inspect: Callable[[list[dict[str, Any]]], list[Fault]] = field(default=lambda _: [])
    order: Callable[[list[dict[str, Any]]], list[dict[str, Any]]] = field(default=lambda rows: rows)


def day(value: str) -> str:
    """A date YYYY-MM-DD (or YYYY/M/D, or 2026年3月1日)."""
    cleaned = value.strip().replace("年", "-").replace("月", "-").replace("日", "").replace("/", "-").split(" ")[0]
    try:
        year, month, day_ = (int(part) for part in cleaned.split("-"))
        return date(year, month, day_).isoformat()
    except ValueError as error:
        raise ColumnError("不是日期(YYYY-MM-DD)", "is not a date (YYYY-MM-DD)") from error


def number(low: float, high: float) -> Callable[[str], float]:
    """A number within bounds."""

    def read(value: str) -> float:
        try:
            parsed = float(value)
        except ValueError as error:
            raise ColumnError("不是数字", "is not a number") from error
        if not low <= parsed <= high:
            raise ColumnError(f"应在 {low:g} 与 {high:g} 之间", f"must be from {low:g} to {high:g}")
        return parsed

    return read


def whole(low: int, high: int) -> Callable[[str], int]:
    """A whole number within bounds."""

    def read(value: str) -> int:
        try:
            parsed = int(value)
        except ValueError as error:
            raise ColumnError("不是整数", "is not a whole number") from error
        if not low <= parsed <= high:
            raise ColumnError(f"应在 {low} 与 {high} 之间", f"must be from {low} to {high}")
        return parsed

    return read


def one_of(words: type[Word], refused: str = "") -> Callable[[str], str]:
    """A word of a closed list, by its English value or its Chinese label."""
    by_name = {word.value: word.value for word in words} | {word.zh: word.value for word in words}

    def read(value: str) -> str:
        if value not in by_name:
            names = "、".join(word.zh for word in words)
            raise ColumnError(f"{refused}只能是:{names}", f"must be one of: {', '.join(w.value for w in words)}")
        return by_name[value]

    return read
