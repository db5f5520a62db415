"""A table is proposed from the sheet that an office has, whatever shape its clerks gave it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from shishi.adapters.spreadsheets.outlining import Outline, outline, outline_workbook
from shishi.adapters.spreadsheets.understanding import What
from shishi.core.guessing import GuessedTable, guess_table
from shishi.core.tables import FieldType, Sensitivity
from shishi.packs.naming import identifier_for

CITIZENS = ["11010519491231002X", "440524188001010014", "340524198001010019"]
TOWNS = ("宣州区", "郎溪县", "泾县", "绩溪县", "旌德县", "宁国市", "广德市")


def is_division(text: str) -> bool:
    return text in TOWNS


@dataclass(frozen=True)
class Column:
    """A column of an invented sheet: its title, what it should be taken for, and its cells."""

    title: str
    type: FieldType
    cell: Any
    unit: str = ""
    group: str = ""


def check_digit(first: str) -> str:
    weights = [2**place % 11 for place in range(17, 0, -1)]
    rest = sum(int(digit) * weight for digit, weight in zip(first, weights, strict=True)) % 11
    return "10X98765432"[rest]


def citizen(at: int) -> str:
    first = f"341802{1950 + at % 50}0{1 + at % 9}1{at % 10}{at % 1000:03d}"
    return first + check_digit(first)


KINDS = {
    "项目编号": Column("项目编号", FieldType.TEXT, lambda at: f"XM-{at:04d}", "", "基本情况"),
    "项目名称": Column("项目名称", FieldType.TEXT, lambda at: f"第{at}号老旧小区改造工程", "", "基本情况"),
    "县市区": Column("县市区", FieldType.DIVISION, lambda at: TOWNS[at % 7], "", "基本情况"),
    "惠及户数": Column("惠及户数", FieldType.INTEGER, lambda at: 30.0 + at * 7, "户", "改造内容"),
    "建筑面积": Column("建筑面积", FieldType.DECIMAL, lambda at: 1000.25 + at * 3, "平方米", "改造内容"),
    "总投资": Column("总投资", FieldType.DECIMAL, lambda at: 12.5 + at, "万元", "资金"),
    "补助金额": Column("补助金额", FieldType.MONEY, lambda at: 100.05 + at, "元", "资金"),
    "开工日期": Column("开工日期", FieldType.DATE, lambda at: date(2021, 3, 1) + timedelta(days=at), "", "进展"),
    "完工日期": Column("完工日期", FieldType.DATE, lambda at: f"2021年{1 + at % 12}月{1 + at % 27}日", "", "进展"),
    "进展": Column("进展", FieldType.ENUMERATION, lambda at: ("未开工", "已开工", "已完工")[at % 3], "", "进展"),
    "是否验收": Column("是否验收", FieldType.YES_NO, lambda at: "是" if at % 2 else "否", "", "进展"),
    "身份证号": Column("身份证号", FieldType.CITIZEN_NUMBER, citizen, "", "联系"),
    "联系电话": Column("联系电话", FieldType.PHONE, lambda at: f"138{at:08d}", "", "联系"),
    "施工单位信用代码": Column("施工单位信用代码", FieldType.CREDIT_CODE, lambda at: "91110000802100433B", "", "联系"),
    "情况说明": Column("情况说明", FieldType.TEXT, lambda at: f"第{at}项正在与业主协商，还没有定下来" if at % 3 else None, "", "联系"),
}  # fmt: skip


@dataclass
class Laid:
    """A sheet that was laid out: its rows and its merged cells."""

    rows: list[tuple[int, list[Any]]]
    merges: list[tuple[int, int, int, int]]


@st.composite
def sheets(draw: st.DrawFn) -> tuple[list[Column], Laid, int]:
    names = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=3, max_size=len(KINDS), unique=True))
    if not {"项目编号", "项目名称"} & {*names}:
        names = ["项目编号", *names]
    grouped, merged = draw(st.booleans()), draw(st.booleans())
    if grouped:
        names = sorted(names, key=lambda name: (KINDS[name].group, name))
    columns = [KINDS[name] for name in names]
    many = draw(st.integers(6, 40))
    lines: list[list[Any]] = []
    merges: list[tuple[int, int, int, int]] = []
    width = len(columns) + 1
    if draw(st.booleans()):
        lines.append(["2021年老旧小区改造项目台账", *[None] * (width - 1)])
        merges.append((1, 0, 1, width - 1))
    if draw(st.booleans()):
        lines.append(["填报单位：市住建局", *[None] * (width - 2), "填报日期：2021年9月"])
    in_heads = draw(st.booleans())
    heads = [f"{c.title}（{c.unit}）" if c.unit and in_heads else c.title for c in columns]
    if grouped:
        first = len(lines) + 1
        groups = [column.group for column in columns]
        lines.append(["序号", *[g if not at or groups[at - 1] != g else None for at, g in enumerate(groups)]])
        lines.append([None, *heads])
        merges.append((first, 0, first + 1, 0))
        for at, group in enumerate(groups, 1):
            last = at
            while last < len(groups) and groups[last] == group:
                last += 1
            if (at == 1 or groups[at - 2] != group) and last > at:
                merges.append((first, at, first, last))
    else:
        lines.append(["序号", *heads])
    if not in_heads and any(column.unit for column in columns):
        lines.append([None, *[column.unit or None for column in columns]])
    if draw(st.booleans()):
        lines.append([float(at) for at in range(1, width + 1)])
    lines += [[float(at + 1), *[column.cell(at) for column in columns]] for at in range(many)]
    if draw(st.booleans()):
        lines.append(["合计", *[None] * (width - 1)])
    if draw(st.booleans()):
        lines.append(["注：本表由各县市区填报，市级汇总。", *[None] * (width - 1)])
        lines.append(["填表人：张某", *[None] * (width - 2), "审核人：李某"])
    if not merged:
        merges = []
    return columns, Laid(list(enumerate(lines, 1)), merges), many


def proposed(laid: Laid) -> tuple[Outline, GuessedTable]:
    found = outline("Sheet1", laid.rows, laid.merges)
    assert found is not None
    return found, guess_table(found.columns, identifier_for, is_division)


@given(sheets())
def test_a_sheet_of_any_shape_gives_the_table_that_it_was_made_from(made: tuple[list[Column], Laid, int]) -> None:
    columns, laid, many = made
    seen, table = proposed(laid)
    assert seen.rows == many
    assert [(g.field.title, g.field.type) for g in table.guesses] == [(c.title, c.type) for c in columns]
    units = [g.field.unit for g in table.guesses if g.field.type in (FieldType.INTEGER, FieldType.DECIMAL)]
    assert units == [c.unit for c in columns if c.type in (FieldType.INTEGER, FieldType.DECIMAL)]
    titles = {column.title for column in columns}
    assert table.key == (("project_number",) if "项目编号" in titles else ("project_name",))
    assert table.division_field == ("county" if "县市区" in titles else "")


@given(sheets())
def test_whatever_is_no_data_is_passed_over_aloud(made: tuple[list[Column], Laid, int]) -> None:
    _, laid, many = made
    seen, _ = proposed(laid)
    told = {item.row for item in seen.passed}
    held = {number for number, cells in laid.rows if any(cell is not None for cell in cells)}
    first, last = seen.header
    assert len(held - told - {*range(first, last + 1)}) == many


def sheet(heads: Sequence[str], *rows: Sequence[Any]) -> GuessedTable:
    return proposed(Laid(list(enumerate([list(heads), *map(list, rows)], 1)), []))[1]


def test_every_guess_says_what_it_was_made_from() -> None:
    table = sheet(["编号", "姓名", "身份证号", "进展"], *[[f"A{n}", f"赵{n}", citizen(n), "在建"] for n in range(8)])
    by_title = {guess.field.title: guess for guess in table.guesses}
    assert "8 个值都通过校验位" in by_title["身份证号"].reasons[0]
    assert by_title["身份证号"].field.sensitivity is Sensitivity.ENCRYPTED
    assert by_title["姓名"].field.sensitivity is Sensitivity.MASKED
    assert [choice.title for choice in by_title["进展"].field.values] == ["在建"]
    assert "没有重复" in table.key_reason


def test_rows_that_nothing_tells_apart_leave_the_key_to_the_person() -> None:
    table = sheet(["名称", "数量"], *[["甲", 1.0], ["甲", 1.0], ["乙", 2.0], ["丙", 3.0]])
    assert table.key == ()
    assert "请您指定主键" in table.key_reason


def test_a_key_takes_as_few_columns_as_it_needs() -> None:
    rows = [[f"小区{n // 2}", f"{n % 2 + 1}号楼", float(n)] for n in range(12)]
    assert sheet(["小区", "楼栋", "套数"], *rows).key == ("estate", "building")


def test_numbers_with_leading_zeros_stay_text_and_stages_are_ranked() -> None:
    rows = [[f"00{n}", ("已完工", "未开工", "已开工")[n % 3]] for n in range(9)]
    table = sheet(["楼号", "状态"], *rows)
    assert table.guesses[0].field.type is FieldType.TEXT
    assert [choice.title for choice in table.guesses[1].field.values] == ["未开工", "已开工", "已完工"]


def test_two_columns_of_one_title_are_told_apart_by_what_stands_above_them() -> None:
    laid = Laid(
        list(enumerate([["名称", "计划", None, "实际", None], [None, "户数", "面积", "户数", "面积"],
                        *[[f"甲{n}", 1.0 + n, 2.5, 3.0, 4.5] for n in range(5)]], 1)),
        [(1, 0, 2, 0), (1, 1, 1, 2), (1, 3, 1, 4)],
    )  # fmt: skip
    assert [guess.field.title for guess in proposed(laid)[1].guesses] == [
        "名称",
        "计划户数",
        "计划面积",
        "实际户数",
        "实际面积",
    ]


def test_a_header_without_rows_is_guessed_from_its_words_alone() -> None:
    laid = Laid([(1, ["项目名称", "联系电话", "开工日期", "投资（万元）", "所在县区"])], [])
    kinds = [guess.field.type for guess in proposed(laid)[1].guesses]
    assert kinds == [FieldType.TEXT, FieldType.PHONE, FieldType.DATE, FieldType.DECIMAL, FieldType.DIVISION]


def test_a_workbook_is_read_through_the_caged_child(tmp_path: Path) -> None:
    path = tmp_path / "台账.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("台账")
        sheet.merge_range(0, 0, 0, 3, "老旧小区改造台账")
        for at, title in enumerate(["序号", "小区名称", "开工日期", "面积（平方米）"]):
            sheet.write_string(1, at, title)
        form = book.add_format({"num_format": "yyyy-mm-dd"})
        for at in range(6):
            sheet.write_number(2 + at, 0, at + 1)
            sheet.write_string(2 + at, 1, f"小区{at}")
            sheet.write_datetime(2 + at, 2, date(2021, 5, 1 + at), form)
            sheet.write_number(2 + at, 3, 100.5 + at)
        sheet.write_string(8, 0, "合计")
        book.add_worksheet("说明").write_string(0, 0, "怎么填")
    (found,) = outline_workbook(path)
    assert (found.title, found.header, found.rows) == ("老旧小区改造台账", (2, 2), 6)
    assert [item.what for item in found.passed] == [What.TITLE, What.TOTAL]
    fields = guess_table(found.columns, identifier_for).fields
    assert [(field.name, field.type) for field in fields] == [
        ("estate_name", FieldType.TEXT), ("started_on", FieldType.DATE), ("area", FieldType.DECIMAL)]  # fmt: skip
