"""The sheet of a year as text that fits on A4: numbers alone, months in their order."""

from collections.abc import Iterable
from unicodedata import east_asian_width

from sync.duty.sheets import Line, Sheet

WIDTH = 84  # columns of a page in ten-point type
COLUMNS = (
    ("应访", "按时", "超期", "未访", "说明", "未到期"),
    ("due", "in time", "late", "missed", "excused", "open"),
)


def width(text: str) -> int:
    """Columns on paper: a Chinese character takes two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def lines(sheet: Sheet, unit: str) -> Iterable[str]:
    """The lines of the sheet, none wider than the page."""
    yield _middle(f"{unit} {sheet.year} 年联系群众情况")
    yield _middle(f"Contact with households, {sheet.year}")
    yield ""
    yield f"一、联系 links      在册户 homes {sheet.homes}    已结对 linked {sheet.linked}"
    yield f"    结对不足 too few: {sheet.holders_short} 人 holders, 缺 missing {sheet.missing_links} 户 links"
    yield ""
    yield "二、应访 contact owed under programmes, by month of the due day"
    yield from (_row("", heads) for heads in COLUMNS)
    for month, line in sheet.months.items():
        yield _row(f"{month:>2} 月", _cells(line))
    yield _row("全年 year", _cells(sheet.total))
    yield ""
    yield "三、必访 contact owed after life events, within 48 hours"
    yield from (_row("", heads) for heads in COLUMNS)
    yield _row("全年 year", _cells(sheet.events))
    yield f"    当时无人负责 nobody was responsible: {sheet.nobody}"
    yield ""
    yield f"四、走访 visits {sheet.visits},其中未见到 of them attempts {sheet.attempts}"
    yield ""
    yield "注:只列数字,不列户名,不排名;位置核验不计入。同一天多次走访按一次计;"
    yield "    在医院等处见面、外出户电话联系均算已访;未见到的,应访暂停 7 天。"
    yield "    Numbers only: no home, no ranking; verdicts do not enter."
    if sheet.provisional:
        yield f"其中 {sheet.provisional} 项期限经过尚未公布的节假日。Due times over days not announced yet."


def _cells(line: Line) -> tuple[str, ...]:
    return tuple(str(n) for n in (line.due, *line))


def _row(head: str, cells: Iterable[str]) -> str:
    return "    " + _padded(head, 10, left=True) + "".join(_padded(cell, 11) for cell in cells)


def _padded(text: str, columns: int, *, left: bool = False) -> str:
    spaces = " " * max(columns - width(text), 0)
    return text + spaces if left else spaces + text


def _middle(text: str) -> str:
    return " " * ((WIDTH - width(text)) // 2) + text
