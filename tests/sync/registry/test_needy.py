"""Lists of needy homes from files: by code or by address, each ends by itself, a second import changes nothing."""

from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import text

from sync import ids
from sync.house import House
from sync.pipeline import merge_place
from sync.registry.imports.kinds import KINDS
from sync.registry.imports.reading import FileError, read_file
from sync.registry.imports.run import Outcome, import_rows
from tests.factories.rows import add_place
from tests.factories.village import Village, found

HEADING = "走访对象编号,单位代码,地址,名单,来源,开始日期,结束日期"


@pytest.fixture
def village(house: House) -> Village:
    """Beigou with codes: its homes BG-1 and BG-2, the second with an address."""
    made = house.write(found)

    def name(session: Any) -> None:
        for place, code in ((made.home, "BG-1"), (made.unmapped, "BG-2")):
            session.execute(
                text("UPDATE place SET code = :c, address = :c || '门' WHERE id = :p"), {"c": code, "p": place}
            )
        for unit, code in ((made.village, "V1"), (made.town, "T1")):
            add = "INSERT INTO unit_code (unit_id, edition, code) VALUES (:u, '2023', :c)"
            session.execute(text(add), {"u": unit, "c": code})

    house.write(name)
    return made


@pytest.fixture
def bring(house: House, tmp_path: Path) -> Any:
    def bring(*rows: str, **options: Any) -> Outcome:
        path = tmp_path / "needy.csv"
        path.write_text("\n".join([HEADING, *rows]), encoding="utf-8")
        kind = KINDS["needy"]
        return import_rows(house.write, kind, read_file(path, kind.columns), **options)

    return bring


def listed(house: House) -> list[Any]:
    query = "SELECT place_id, list, source, valid::text FROM needy ORDER BY list, lower(valid)"
    return [tuple(row) for row in house.read(lambda s: s.execute(text(query)).all())]


def numbers(outcome: Outcome) -> tuple[int, int, int, int]:
    return outcome.rows, outcome.new, outcome.changed, outcome.unchanged


ROWS = ("BG-1,,,低保,民政局2026年1月,2026-01-01,2026-12-31", ",V1,BG-2门,五保,,2026-01-01,2026年12月31日")


def test_homes_are_found_by_code_or_by_address_and_a_second_import_changes_nothing(
    house: House, village: Village, bring: Any
) -> None:
    assert numbers(bring(*ROWS, dry_run=True)) == (2, 0, 0, 2)
    assert listed(house) == []
    assert numbers(bring(*ROWS)) == (2, 2, 0, 0)
    assert listed(house) == [
        (village.unmapped, "五保", "", "[2026-01-01,2027-01-01)"),
        (village.home, "低保", "民政局2026年1月", "[2026-01-01,2027-01-01)"),
    ]
    assert numbers(bring(*ROWS)) == (2, 0, 0, 2)


def test_a_list_that_goes_on_is_moved_on_and_the_next_year_stands_beside_it(
    house: House, village: Village, bring: Any
) -> None:
    bring(ROWS[0])
    later = "BG-1,,,低保,民政局2026年2月,2026-01-01,2026-06-30"
    assert numbers(bring(later, "BG-1,,,低保,,2027-01-01,2027-12-31")) == (2, 1, 1, 0)
    assert [row[2:] for row in listed(house)] == [
        ("民政局2026年2月", "[2026-01-01,2026-07-01)"),
        ("", "[2027-01-01,2028-01-01)"),
    ]


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("BG-9,,,低保,,,2026-12-31", "place_code", "no such place"),
        (",V1,,低保,,,2026-12-31", "place_code", "needs a place code, or unit code and address"),
        (",V9,BG-2门,低保,,,2026-12-31", "unit_code", "no such unit"),
        (",V1,没有的门,低保,,,2026-12-31", "address", "no home at this address in the unit"),
        (",T1,两户的门,低保,,,2026-12-31", "address", "several homes at this address, give the place code"),
        ("BG-1,,,五保,,,", "valid_to", "is required"),
        ("BG-1,,,,,,2026-12-31", "list", "is required"),
        ("BG-1,,,五保,,2026-12-31,2026-01-01", "to", "it ends before it begins"),
        ("BG-1,,,五保,,,2026-02-30", "valid_to", "is not a date (YYYY-MM-DD)"),
        ("BG-2,,,低保,,2025-06-01,2026-03-31", "valid_from", "overlaps days that are there"),
    ],
)
def test_a_bad_row_is_named_with_line_and_reason_and_nothing_is_written(
    house: House, village: Village, bring: Any, row: str, column: str, reason: str
) -> None:
    def two_homes(session: Any) -> None:
        for _ in range(2):
            place = add_place(session, village)
            session.execute(text("UPDATE place SET address = '两户的门' WHERE id = :p"), {"p": place})

    house.write(two_homes)
    bring("BG-2,,,低保,,2026-01-01,2026-12-31")
    outcome = bring(ROWS[0], row)
    assert [(fault.line, fault.column, fault.en) for fault in outcome.faults] == [(3, column, reason)]
    assert len(listed(house)) == 1


def test_a_home_stands_on_a_list_once_by_whichever_name(house: House, village: Village, bring: Any) -> None:
    outcome = bring("BG-1,,,低保,,2026-01-01,2026-12-31", ",V1,BG-1门,低保,,2026-05-01,2027-01-31")
    assert [(fault.line, fault.column) for fault in outcome.faults] == [(2, "valid_from"), (3, "valid_from")]
    assert bring("BG-1,,,低保,,,2026-12-31", "BG-1,,,五保,,,2026-12-31").new == 2


def test_a_merged_home_is_listed_as_the_one_it_stands_for(house: House, village: Village, bring: Any) -> None:
    house.write(lambda s: merge_place(s, ids.uuid7(), village.unmapped, village.home, village.li))
    bring(ROWS[1], "BG-2,,,低保,,,2026-12-31")
    assert {row[0] for row in listed(house)} == {village.home}


def test_a_sheet_of_a_workbook_is_read_as_well(house: House, village: Village, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["place_code", "list", "valid_to"])
    sheet.append(["BG-1", "低保", "2026-12-31"])
    book.save(tmp_path / "needy.xlsx")
    kind = KINDS["needy"]
    outcome = import_rows(house.write, kind, read_file(tmp_path / "needy.xlsx", kind.columns))
    assert (outcome.new, outcome.faults) == (1, [])
    (tmp_path / "wrong.csv").write_text("走访对象编号,名单\nBG-1,低保")
    with pytest.raises(FileError, match="valid_to"):
        list(read_file(tmp_path / "wrong.csv", kind.columns))
