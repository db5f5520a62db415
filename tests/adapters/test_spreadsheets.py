"""Workbooks go out as templates, come back filled, are read whole, and return marked."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shishi.adapters.spreadsheets.base import column_index, column_letter
from shishi.adapters.spreadsheets.export import write_export
from shishi.adapters.spreadsheets.marking import mark_workbook
from shishi.adapters.spreadsheets.reading import read_workbook
from shishi.adapters.spreadsheets.template import write_template
from shishi.core.errors import Issue, Refused
from shishi.core.tables import Field, FieldType, Point, Table
from tests.adapters.units_table import DIVISIONS, ROW, STAGES, TABLE, typed

TITLES = [item.title for item in TABLE.fields]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "表.xlsx"


def write(path: Path, *sheets: tuple[str, list[list[object]]], hidden: tuple[int, ...] = ()) -> Path:
    """A workbook as a clerk's own program makes it."""
    with xlsxwriter.Workbook(str(path)) as book:
        for name, rows in sheets:
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for at, cell in enumerate(row):
                    if cell is not None:
                        sheet.write(number, at, cell)
            for row in hidden:
                sheet.set_row(row - 1, None, None, {"hidden": True})
    return path


def code(path: Path, table: Table = TABLE) -> str:
    with pytest.raises(Refused) as caught:
        read_workbook(path, table)
    assert caught.value.message.endswith("。")
    return caught.value.code


def test_a_template_is_made_to_be_filled_in(path):
    write_template(TABLE, path, divisions=DIVISIONS, demonstration=True)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["难办证单元", "填表说明", "_shishi"]
    assert book["_shishi"].sheet_state == "hidden"
    sheet = book.worksheets[0]
    assert sheet["A1"].value == "难办证单元"
    assert "填报说明" in sheet["A2"].value
    assert all("演示数据" in str([cell.value for row in each.iter_rows() for cell in row]) for each in book.worksheets)
    assert sheet.freeze_panes == "C5"
    assert sheet["B4"].value == "＊项目名称"
    assert sheet["I4"].value == "建筑面积\n（平方米）"
    assert "必填" in sheet["B4"].comment.text
    assert sheet["A5"].value == "示例"
    assert (sheet["B5"].value, sheet["C5"].value, sheet["D5"].value) == ("锦绣家园", "3-1", "341802 宣州区")
    assert sheet["B5"].font.italic
    assert sheet.protection.sheet
    assert sheet["B4"].protection.locked
    assert not sheet.column_dimensions["C"].protection.locked
    assert sheet.column_dimensions["C"].number_format == "@"


def test_drop_downs_hold_what_may_be_chosen(path):
    many = [(f"3418{number:02}", f"很长的区划名称{number}") for number in range(90)]
    write_template(TABLE, path, divisions=many)
    book = openpyxl.load_workbook(path)
    rules = {
        str(rule.sqref).rstrip("0123456789").split(":")[-1]: rule
        for rule in book.worksheets[0].data_validations.dataValidation
    }
    assert rules["E"].formula1 == '"已测绘,已受理,已颁证"'
    assert rules["L"].formula1 == '"是,否"'
    assert rules["D"].formula1 == "_shishi!$B$1:$B$90"
    assert book["_shishi"]["B90"].value == "341889 很长的区划名称89"
    assert rules["I"].type == "decimal"
    assert "单位：平方米" in rules["I"].prompt


def test_the_guide_describes_every_column_and_rule(path):
    write_template(TABLE, path)
    cells = [cell.value for row in openpyxl.load_workbook(path)["填表说明"].iter_rows() for cell in row]
    assert set(TITLES) <= set(cells)
    assert "面积超过300平方米，请核实。" in cells


def test_an_empty_template_reads_as_no_rows(path):
    write_template(TABLE, path, divisions=DIVISIONS)
    found = read_workbook(path, TABLE)
    assert found.rows == ()
    assert found.stamp.version == 3
    assert "示例" in found.skipped[0]


SHOWN = st.characters(codec="utf-8", exclude_categories=["C", "Z"])
TEXTS = st.one_of(
    st.text(SHOWN, min_size=1, max_size=30),
    st.sampled_from(["=1+1", "+86", "-1", "@a", "001", "1e5", "http://a.b", "_x0041_"]),
)
ROWS = st.fixed_dictionaries(
    {
        "project": TEXTS,
        "room": TEXTS,
        "county": st.sampled_from(["341802", "341882"]),
        "stage": st.sampled_from([c.value for c in STAGES]),
    },
    optional={
        "owner": TEXTS,
        "citizen": st.just("11010519491231002X"),
        "issued_on": st.dates(date(2000, 1, 1), date(2099, 12, 31)),
        "area": st.decimals(0, 10**20, places=3),
        "cost": st.decimals(-(10**20), 10**20, places=2),
        "floors": st.integers(-(10**17), 10**17),
        "shop": st.booleans(),
        "seen_at": st.datetimes(
            datetime.fromisoformat("1992-01-01"), datetime.fromisoformat("2099-01-01"), timezones=st.just(UTC)
        ),
        "place": st.builds(Point, st.decimals(-180, 180, places=6), st.decimals(-90, 90, places=6)),
        "kinds": st.sampled_from([("surveyed",), ("surveyed", "filed"), ("issued",)]),
    },
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROWS, max_size=12))
def test_what_is_filled_in_beforehand_reads_back_as_it_was(path, rows):
    rows = [row | ({"seen_at": row["seen_at"].replace(microsecond=0)} if "seen_at" in row else {}) for row in rows]
    write_template(TABLE, path, divisions=DIVISIONS, rows=rows)
    found = read_workbook(path, TABLE)
    back = [{name: value for name, value in typed(row.cells).items() if value is not None} for row in found.rows]
    assert back == rows
    assert [row.row for row in found.rows] == list(range(6, 6 + len(rows)))


def test_a_header_is_found_below_titles_in_any_order_by_any_name(path):
    header = ["序号", "办证\n阶段", "＊ 小区名称", "ROOM", "县市区：", "建筑面积（平方米）", "备注"]
    rows = [
        ["宣城市难办证台账"],
        ["单位：平方米"],
        [],
        header,
        [1, "已颁证", "锦绣苑", "101", "341802", 89.12, "x"],
        [],
        [None, " "],
    ]
    found = read_workbook(write(path, ("数据", rows)), TABLE)
    assert found.header == {"stage": "B", "project": "C", "room": "D", "county": "E", "area": "F"}
    assert [(row.sheet, row.row) for row in found.rows] == [("数据", 5)]
    assert found.rows[0].cells["area"] == ("F", 89.12)
    assert any("G 列“备注”" in note for note in found.skipped)


HEADER: list[object] = ["项目名称", "室号", "县市区", "办证阶段", "建筑面积", "核实说明"]
LINE: list[object] = ["锦绣苑", "101", "341802", "已颁证", 400, "商铺，已核实"]


def test_total_rows_are_passed_over_aloud_and_hidden_rows_are_read_aloud(path):
    rows = [HEADER, LINE, ["小 计", None, None, None, 400], ["合计苑", "1", "341802", "已颁证"], ["总计："], LINE]
    found = read_workbook(write(path, ("数据", rows), hidden=(2, 6)), TABLE)
    assert [row.row for row in found.rows] == [2, 4, 6]
    assert found.hidden_rows == 2
    assert [note for note in found.skipped if "合计行" in note] == [
        "工作表“数据”第 3、5 行是合计行，已与各行核对，未计入。"
    ]
    assert found.issues == ()


def test_an_explanation_is_read_beside_its_row(path):
    found = read_workbook(write(path, ("数据", [HEADER, LINE])), TABLE)
    assert found.rows[0].explanation == "商铺，已核实"


def test_every_sheet_with_the_header_is_read(path):
    book = write(path, ("甲", [HEADER, LINE]), ("说明", [HEADER, LINE]), ("乙", [HEADER, LINE]), ("丙", [["别的"]]))
    found = read_workbook(book, TABLE)
    assert [row.sheet for row in found.rows] == ["甲", "乙"]
    assert found.skipped == ("工作表“丙”没有表头，未读取。",)


def test_cells_with_errors_are_not_taken_for_empty(path):
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("数据")
        sheet.write_row(0, 1, HEADER)
        sheet.write_row(1, 1, LINE)
        sheet.write_formula(1, 5, "=1/0", None, "#DIV/0!")
    (row,) = read_workbook(path, TABLE).rows
    assert row.cells["area"] == ("F", "#DIV/0!")


@pytest.mark.parametrize(
    ("header", "expected", "column"),
    [
        ([*HEADER, "室号"], "column_twice", "G"),
        (HEADER[1:], "column_missing", ""),
        (["项目名称", "室号", "县市区"], "column_missing", ""),
        (["甲", "乙"], "header_not_found", ""),
    ],
)
def test_a_header_that_does_not_fit_is_refused(path, header, expected, column):
    assert code(write(path, ("数据", [header, LINE]))) == expected
    with pytest.raises(Refused) as caught:
        read_workbook(path, TABLE)
    assert caught.value.issues[0].column == column


def test_a_workbook_of_another_table_names_both(path):
    write_template(TABLE, path)
    other = dataclasses.replace(TABLE, name="xuancheng/2021/resettlement_homes/homes", title="安置房")
    assert code(path, other) == "other_table"
    with pytest.raises(Refused, match=r"难办证单元.*安置房"):
        read_workbook(path, other)


def changed(name: str, **to: object) -> Table:
    fields = tuple(dataclasses.replace(item, **to) if item.name == name else item for item in TABLE.fields)
    return dataclasses.replace(TABLE, version=4, fields=fields)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (changed("owner", required=True), "“权利人”改为必填"),
        (changed("floors", type=FieldType.DECIMAL), "“层数”的类型已改变"),
        (dataclasses.replace(TABLE, version=4, key=("project",)), "唯一标识"),
        (
            dataclasses.replace(
                TABLE, version=4, fields=(*TABLE.fields, Field("n", "新栏", FieldType.TEXT, required=True))
            ),
            "新增必填栏目“新栏”",
        ),
        (
            dataclasses.replace(TABLE, version=4, fields=tuple(f for f in TABLE.fields if f.name != "stage")),
            "必填栏目“办证阶段”已取消",
        ),
    ],
)
def test_an_outdated_template_is_refused_and_says_what_changed(path, table, said):
    write_template(TABLE, path)
    assert code(path, table) == "template_outdated"
    with pytest.raises(Refused, match=said):
        read_workbook(path, table)


def test_an_older_template_without_such_a_change_is_read_with_a_note(path):
    write_template(TABLE, path, rows=[ROW])
    newer = (*TABLE.fields, Field("note", "备注", FieldType.TEXT))
    found = read_workbook(path, dataclasses.replace(TABLE, version=4, fields=newer))
    assert len(found.rows) == 1
    assert "第 3 版" in found.skipped[0]


def test_a_marked_workbook_shows_each_fault_in_its_cell_and_lists_it(path, tmp_path):
    write_template(TABLE, path, divisions=DIVISIONS, rows=[ROW, ROW])
    issues = [
        Issue("required", "“权利人”必填，请补上。", "难办证单元", 6, "F", "owner"),
        Issue("odd", "又一个问题。", "难办证单元", 6, "F", "owner"),
        Issue("duplicate_key", "=1+1", "难办证单元", 7, "B", "project"),
        Issue("batch_empty", "整个文件的问题。"),
    ]
    marked = tmp_path / "退回.xlsx"
    mark_workbook(path, issues, marked)
    book = openpyxl.load_workbook(marked)
    assert book.sheetnames[0] == "错误清单"
    sheet = book["难办证单元"]
    assert sheet["F6"].fill.fgColor.rgb == "FFFFC7CE"
    assert "“权利人”必填" in sheet["F6"].comment.text
    assert "又一个问题" in sheet["F6"].comment.text
    assert sheet["G6"].fill.fill_type is None
    listed = list(book["错误清单"].iter_rows(min_row=3, values_only=True))
    assert [(row[2], row[3], row[5]) for row in listed] == [
        (6, "F", "required"), (6, "F", "odd"), (7, "B", "duplicate_key"), (None, None, "batch_empty"),
    ]  # fmt: skip
    assert book["错误清单"]["E5"].data_type == "s"
    assert book["错误清单"]["C3"].hyperlink.location or book["错误清单"]["C3"].hyperlink.target
    assert sheet.protection.sheet
    assert len(sheet.data_validations.dataValidation) == len(TABLE.fields)


def test_a_marked_workbook_is_read_again_and_loses_its_old_marks(path, tmp_path):
    write_template(TABLE, path, divisions=DIVISIONS, rows=[ROW, ROW])
    once, twice = tmp_path / "一.xlsx", tmp_path / "二.xlsx"
    mark_workbook(path, [Issue("required", "必填。", "难办证单元", 6, "F", "owner")], once)
    found = read_workbook(once, TABLE)
    assert [typed(row.cells) for row in found.rows] == [ROW, ROW]
    assert found.stamp is not None
    mark_workbook(once, [Issue("required", "必填。", "难办证单元", 7, "F", "owner")], twice)
    sheet = openpyxl.load_workbook(twice)["难办证单元"]
    assert sheet["F6"].fill.fill_type is None
    assert sheet["F6"].comment is None
    assert sheet["F7"].fill.fgColor.rgb == "FFFFC7CE"
    assert "必填" in sheet["B4"].comment.text


def test_an_export_masks_what_is_sensitive_and_never_writes_a_formula(path):
    dangerous = {"project": "=HYPERLINK(1)", "room": "+1", "owner": "@张三", "cost": Decimal("12345678901234567.89")}
    assert write_export(TABLE, [ROW, ROW | dangerous], path, "难办证单元台账", "截至2021年9月30日") == 2
    sheet = openpyxl.load_workbook(path).active
    header = {cell.value.split("（")[0]: cell.column for cell in sheet[4]}
    assert sheet["A1"].value == "难办证单元台账"
    assert sheet.cell(5, header["身份证号"]).value == "110105********002X"
    assert sheet.cell(5, header["权利人"]).value != "张三丰"
    assert sheet.cell(5, header["补缴金额"]).value == 1234.5
    assert sheet.cell(6, header["项目名称"]).value == "=HYPERLINK(1)"
    assert sheet.cell(6, header["项目名称"]).data_type == "s"
    assert sheet.cell(6, header["补缴金额"]).value == "12,345,678,901,234,567.89"
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)


def test_an_unmasked_export_reads_back(path):
    write_export(TABLE, [ROW], path, "台账", "", masked=False)
    assert [typed(row.cells) for row in read_workbook(path, TABLE).rows] == [ROW]


@given(st.integers(0, 16383))
def test_columns_have_letters(index):
    assert column_index(column_letter(index)) == index
    assert [column_letter(at) for at in (0, 25, 26, 701, 702, 16383)] == ["A", "Z", "AA", "ZZ", "AAA", "XFD"]
