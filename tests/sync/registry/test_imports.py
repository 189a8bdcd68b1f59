"""Lists from files into the registry."""

from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import event, text

from sync.house import House
from sync.registry.imports.kinds import KINDS
from sync.registry.imports.reading import FileError, read_file
from sync.registry.imports.run import Outcome, import_rows
from sync.words import Datum

TREE = [
    ("370614", "蓬莱区", "county", "", "2023", "370684", "2019"),
    ("370614001", "登州街道", "town", "370614", "2023", "370684001", "2019"),
    ("370614001001", "东关社区", "village", "370614001", "2023", "", ""),
    ("D01", "水务局", "department", "370614", "2023", "", ""),
]
UNIT_HEADING = "代码,名称,类别,上级代码,版本,旧代码,旧版本"


def write_csv(path: Path, heading: str, rows: list[Any], encoding: str = "utf-8") -> Path:
    lines = [heading, *(",".join(row) for row in rows)]
    path.write_text("\n".join(lines), encoding=encoding)
    return path


def seal(number: str) -> tuple[bytes, bytes]:
    return f"sealed {number}".encode(), number.encode()


@pytest.fixture
def bring(house: House, tmp_path: Path) -> Any:
    """Import rows of a kind through a CSV file."""

    def bring(name: str, heading: str, rows: list[Any], **options: Any) -> Outcome:
        path = write_csv(tmp_path / f"{name}.csv", heading, rows)
        kind = KINDS[name]
        return import_rows(house.write, kind, read_file(path, kind.columns), seal=seal, **options)

    return bring


@pytest.fixture
def tree(bring: Any) -> None:
    assert bring("units", UNIT_HEADING, list(reversed(TREE))).new == 4


def rows_of(house: House, sql: str) -> list[Any]:
    return house.read(lambda session: [tuple(row) for row in session.execute(text(sql))])


def test_the_tree_comes_in_whatever_order_with_its_closure(house: House, tree: None) -> None:
    closure = rows_of(
        house,
        "SELECT u.name, a.name, depth FROM unit_above JOIN unit u ON u.id = unit_id JOIN unit a ON a.id = above_id"
        " WHERE u.kind = 'village' ORDER BY depth",
    )
    assert closure == [("东关社区", "东关社区", 0), ("东关社区", "登州街道", 1), ("东关社区", "蓬莱区", 2)]


def test_importing_again_changes_nothing(house: House, bring: Any, tree: None) -> None:
    before = rows_of(house, "SELECT xmin::text, ctid::text FROM unit ORDER BY id")
    again = bring("units", UNIT_HEADING, TREE)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 4)
    assert rows_of(house, "SELECT xmin::text, ctid::text FROM unit ORDER BY id") == before
    assert rows_of(house, "SELECT count(*) FROM import_row") == [(0,)]


def test_a_unit_with_a_new_code_stays_the_same_unit(house: House, bring: Any, tree: None) -> None:
    outcome = bring("units", UNIT_HEADING, [("370699", "蓬莱新区", "county", "", "2027", "370684", "2019")])
    assert (outcome.new, outcome.changed) == (0, 1)
    codes = rows_of(house, "SELECT code FROM unit_code JOIN unit ON id = unit_id WHERE name = '蓬莱新区' ORDER BY 1")
    assert codes == [("370614",), ("370684",), ("370699",)]


def test_a_moved_unit_takes_its_subtree_along(house: House, bring: Any, tree: None) -> None:
    bring("units", UNIT_HEADING, [("370614002", "新港街道", "town", "370614", "2023", "", "")])
    moved = ("370614001001", "东关社区", "village", "370614002", "2023", "", "")
    assert bring("units", UNIT_HEADING, [moved]).changed == 1
    above = rows_of(
        house,
        "SELECT a.name FROM unit_above JOIN unit u ON u.id = unit_id JOIN unit a ON a.id = above_id"
        " WHERE u.name = '东关社区' ORDER BY depth",
    )
    assert above == [("东关社区",), ("新港街道",), ("蓬莱区",)]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (("X1", "无上级", "village", "nowhere", "2023", "", ""), "parent_code"),
        (("X1", "怪类别", "galaxy", "370614", "2023", "", ""), "kind"),
        (("X1", "", "village", "370614", "2023", "", ""), "name"),
        (("370614", "蓬莱区", "county", "370614001", "2023", "", ""), "parent_code"),
        (("X1", "自己", "village", "X1", "2023", "", ""), "parent_code"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_written(
    house: House, bring: Any, tree: None, row: Any, column: str
) -> None:
    good = ("370614009", "好单位", "town", "370614", "2023", "", "")
    outcome = bring("units", UNIT_HEADING, [good, row])
    assert {(fault.line, fault.column) for fault in outcome.faults} == {(3, column)}
    assert rows_of(house, "SELECT count(*) FROM unit") == [(4,)]


def test_every_wrong_row_is_reported(bring: Any, tree: None) -> None:
    twice = [("370614009", "一", "town", "370614", "2023", "", "")] * 2
    outcome = bring("units", UNIT_HEADING, [*twice, ("X", "二", "?", "?", "2023", "", "")])
    assert [fault.line for fault in outcome.faults] == [2, 3, 4, 4]


def test_places_declare_their_datum_and_seal_their_phones(house: House, bring: Any, tree: None) -> None:
    heading = "编号,类别,单位代码,名称,经度,纬度,居住形态,联系人,电话"
    row = ("H1", "户", "370614001001", "张大爷家", "120.76", "37.81", "村庄", "张大爷", "13800000000")
    assert bring("places", heading, [row], datum=Datum.GCJ02).new == 1
    assert bring("places", heading, [row], datum=Datum.GCJ02).unchanged == 1
    ((lon, datum, town),) = rows_of(
        house,
        "SELECT ST_X(position::geometry), position_datum, u.name FROM place JOIN unit u ON u.id = town_id",
    )
    assert 0.001 < 120.76 - lon < 0.01
    assert (datum, town) == ("gcj02", "登州街道")
    assert rows_of(house, "SELECT phone_cipher, phone_hash FROM contact") == [(b"sealed 13800000000", b"13800000000")]
    lame = bring("places", heading, [("H2", "户", "no", "李家", "120.7", "", "村庄", "", "")], datum=Datum.WGS84)
    assert {fault.column for fault in lame.faults} == {"unit_code", "lon"}
    far = bring("places", heading, [("H3", "户", "370614", "远", "500", "x", "村庄", "", "")], datum=Datum.WGS84)
    assert [fault.en for fault in far.faults] == ["is not a number", "must be from -180 to 180"]


def test_cadres_hold_dated_roles(house: House, bring: Any, tree: None) -> None:
    heading = "工号,姓名,电话,单位代码,角色,开始日期,结束日期"
    li = ("G1", "李", "13800000001", "370614001001", "走访干部", "2026-01-01", "")
    first = ("G1", "李", "", "370614001001", "第一责任人", "2026/3/1", "2026年12月31日")
    assert bring("cadres", heading, [li, first]).new == 1
    assert bring("cadres", heading, [li, first]).unchanged == 2
    ended = (*li[:6], "2026-06-30")
    assert bring("cadres", heading, [ended]).changed == 1
    assert rows_of(house, "SELECT role, upper(valid)::text FROM person_role ORDER BY role") == [
        ("cadre", "2026-07-01"),
        ("first_responsible", "2027-01-01"),
    ]
    wrong = bring("cadres", heading, [li, li, ("G1", "王", "", "370614001001", "cadre", "2026-02-30", "")])
    assert {fault.column for fault in wrong.faults} == {"name", "valid_from"}


def test_links_are_dated_and_their_categories_closed(house: House, bring: Any, tree: None) -> None:
    bring("cadres", "staff_no,name,unit_code,role", [("G1", "李", "370614001001", "cadre")])
    bring("places", "code,kind,unit_code,name", [("H1", "household", "370614001001", "张家")], datum=Datum.WGS84)
    programme = ("5L", "五联", "某发〔2011〕1号", "D01", "", "")
    assert bring("programmes", "code,name,basis,office_code,valid_from,valid_to", [programme]).new == 1
    heading = "programme,category,staff_no,unit_code,place_code,valid_from,valid_to"
    link = ("5L", "困难群众", "G1", "", "H1", "2026-01-01", "")
    assert bring("links", heading, [link]).new == 1
    assert bring("links", heading, [link]).unchanged == 1
    overlapping = bring("links", heading, [("5L", "needy", "G1", "", "H1", "2026-05-01", "")])
    assert [fault.en for fault in overlapping.faults] == ["overlaps a link that is there"]
    policing = bring("links", heading, [("5L", "重点人员", "G1", "D01", "H9", "2026-01-01", "")])
    assert {fault.column for fault in policing.faults} == {"category", "place_code", "staff_no"}
    assert "不得用于管控对象" in next(f.zh for f in policing.faults if f.column == "category")


def test_routes_name_area_and_unit(house: House, bring: Any, tree: None) -> None:
    heading = "诉求类别,区域代码,承办单位代码,工单类别"
    assert bring("routes", heading, [("环境保护", "370614", "D01", "办理")]).new == 1
    assert bring("routes", heading, [("environment", "370614", "D01", "mediation")]).changed == 1
    assert len(bring("routes", heading, [("environment", "?", "?", "mediation")]).faults) == 2


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_files_of_an_office_pc_are_read(tmp_path: Path, encoding: str) -> None:
    path = write_csv(tmp_path / "u.csv", UNIT_HEADING, TREE, encoding)
    rows = list(read_file(path, KINDS["units"].columns))
    assert rows[0][1]["name"] == "蓬莱区"
    assert [line for line, _ in rows] == [2, 3, 4, 5]


def test_xlsx_is_read_like_csv(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(UNIT_HEADING.split(","))  # type: ignore[union-attr]
    book.active.append([370614, "蓬莱区", "county", None, 2023.0])  # type: ignore[union-attr]
    book.save(tmp_path / "u.xlsx")
    ((line, row),) = read_file(tmp_path / "u.xlsx", KINDS["units"].columns)
    assert (line, row["code"], row["edition"]) == (2, "370614", "2023")


def test_what_is_no_list_is_refused_as_a_whole(tmp_path: Path) -> None:
    columns = KINDS["units"].columns
    for name, content in (
        ("a.csv", b""),
        ("b.csv", "代码,星座\n1,2".encode()),
        ("c.csv", b"\xff\xff\xff"),
        ("d.xlsx", b"x"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(FileError, match=name):
            list(read_file(tmp_path / name, columns))


def test_a_dry_run_writes_nothing(house: House, bring: Any) -> None:
    assert bring("units", UNIT_HEADING, TREE, dry_run=True).faults == []
    assert rows_of(house, "SELECT count(*) FROM unit") == [(0,)]


def homes(count: int) -> list[tuple[int, dict[str, str]]]:
    same = {"kind": "户", "unit_code": "370614001001"}
    return [(n + 2, {"code": f"H{n}", "name": f"{n}号", **same}) for n in range(count)]


def test_an_import_that_was_cut_is_run_again(house: House, tree: None, tmp_path: Path) -> None:
    kind = KINDS["places"]
    rows = [
        (n + 2, {"code": f"H{n}", "kind": "户", "unit_code": "370614001001", "name": f"{n}号"}) for n in range(1200)
    ]

    def cut(done: int, _: int) -> None:
        if done >= 1000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_rows(house.write, kind, rows, datum=Datum.WGS84, progress=cut)
    again = import_rows(house.write, kind, rows, datum=Datum.WGS84)
    assert (again.new, again.unchanged) == (200, 1000)


def test_statements_grow_with_chunks_not_with_rows(house: House, tree: None) -> None:
    kind, counted = KINDS["places"], []
    event.listen(house.engine, "before_cursor_execute", lambda *_: counted.append(1))
    rows = homes(500)
    import_rows(house.write, kind, rows, datum=Datum.WGS84)
    assert len(counted) < 15


RULES = "code,name,office_code,category,event,holder,role,level,target,number,rhythm,term,term_kind"
NEEDY = ("5L", "五联", "D01", "困难群众", "", "个人", "走访干部", "村居", "户", "1", "每月", "", "")
ABLE = ("5L", "五联", "D01", "able_person", "", "cadre", "cadre", "village", "household", "1", "", "", "")
HOSPITAL = ("5V", "五必访", "", "", "生病住院", "", "", "", "", "", "", "48", "小时")


def test_programmes_come_with_their_rules_and_a_file_with_rules_replaces_them(
    house: House, bring: Any, tree: None
) -> None:
    assert bring("programmes", RULES, [NEEDY, ABLE, HOSPITAL]).new == 2
    assert bring("programmes", RULES, [NEEDY, ABLE, HOSPITAL]).unchanged == 3
    rules = "SELECT code, category, event, rhythm, term FROM programme_rule JOIN programme g ON g.id = programme_id"
    ordered = f"{rules} ORDER BY code DESC, category"
    assert rows_of(house, ordered) == [
        ("5V", None, "hospital", None, 48), ("5L", "able_person", None, None, None),
        ("5L", "needy", None, "month", None),
    ]  # fmt: skip
    assert bring("programmes", "code,name,office_code", [("5L", "五联", "D01")]).unchanged == 1  # keeps its rules
    quarterly = (*NEEDY[:10], "quarter", "10", "working_days")
    assert bring("programmes", RULES, [quarterly]).changed == 1
    assert rows_of(house, ordered) == [("5V", None, "hospital", None, 48), ("5L", "needy", None, "quarter", 10)]


def test_rules_that_contradict_themselves_are_told_and_nothing_is_written(house: House, bring: Any, tree: None) -> None:
    both = (*NEEDY[:4], "hospital", *NEEDY[5:])
    bare = ("5L", "五联", "D01", "", "", "cadre", "", "", "", "", "", "", "")
    other = ("5L", "五个联系", *NEEDY[2:])
    petition = ("5L", "五联", "D01", "petition_matter", "", "", "", "", "", "", "month", "3", "")
    wrong = bring("programmes", RULES, [NEEDY, NEEDY, both, bare, other, petition])
    assert {(fault.column, fault.en.split()[0]) for fault in wrong.faults} == {
        ("category", "told"), ("event", "not"), ("category", "a"), ("code", "lines"), ("rhythm", "not"), ("term", "a"),
    }  # fmt: skip
    whole = bring("programmes", RULES, [(*NEEDY[:9], "many", *NEEDY[10:]), (*ABLE[:9], "0", *ABLE[10:])])
    assert [fault.column for fault in whole.faults] == ["number", "number"]
    assert rows_of(house, "SELECT count(*) FROM programme") == [(0,)]


def test_the_shipped_programmes_can_be_imported(house: House, bring: Any) -> None:
    path = Path(__file__).parents[3] / "sync" / "duty" / "programmes.csv"
    kind = KINDS["programmes"]
    outcome = import_rows(house.write, kind, read_file(path, kind.columns))
    assert (outcome.faults, outcome.new) == ([], 5)
