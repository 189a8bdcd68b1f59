"""Files to rows of text: CSV in UTF-8, UTF-8 with BOM or GB 18030, and XLSX."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from openpyxl import load_workbook

from sync.registry.imports.spec import Column

ROWS_MAX = 2_000_000


class FileError(Exception):
    """A file that is not a list of this kind at all; the text is for the person who chose it."""


def read_file(path: Path, columns: tuple[Column, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, values by column name) of every row that is not empty; raises FileError for a wrong heading."""
    rows = _xlsx(path) if path.suffix.lower() == ".xlsx" else _csv(path)
    heading = next(rows, None)
    if heading is None:
        raise FileError(f"{path.name}: 文件是空的 / the file is empty")
    names = {column.zh: column.name for column in columns} | {column.name: column.name for column in columns}
    known = [names.get(title.strip()) for title in heading]
    unknown = [title for title, name in zip(heading, known, strict=True) if name is None and title.strip()]
    missing = [f"{column.zh}({column.name})" for column in columns if column.required and column.name not in known]
    if unknown or missing:
        raise FileError(f"{path.name}: 缺少列 / missing columns {missing}, 不认识的列 / unknown columns {unknown}")
    for line, row in enumerate(rows, start=2):
        values = {name: value.strip() for name, value in zip(known, row, strict=False) if name and value.strip()}
        if values:
            yield line, values
        if line > ROWS_MAX:
            raise FileError(f"{path.name}: 超过 {ROWS_MAX} 行 / more than {ROWS_MAX} rows")


def _csv(path: Path) -> Iterator[list[str]]:
    raw = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        yield from csv.reader(io.StringIO(text, newline=""))
        return
    raise FileError(f"{path.name}: 编码应为 UTF-8 或 GB18030 / encoding must be UTF-8 or GB 18030")


def _xlsx(path: Path) -> Iterator[list[str]]:
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except Exception as error:
        raise FileError(f"{path.name}: 不是 XLSX 文件 / is not an XLSX file") from error
    try:
        sheet = book.worksheets[0]
        for row in sheet.iter_rows(values_only=True):
            yield ["" if value is None else _cell(value) for value in row]
    finally:
        book.close()


def _cell(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
