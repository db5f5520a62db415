"""A table written in any shape and format reads back as the rows that it was written from."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from shishi.core.tables import Value
from tests.zoo.formats import ods_rows, ods_sheets, text
from tests.zoo.specimen import Specimen

NAMES = ("project", "room", "county", "stage", "area", "cost", "issued_on", "floors")
TITLES = {
    "project": ("项目名称", "小区名称", "project"), "room": ("室号", "ROOM"), "county": ("县市区",), "stage": ("办证阶段", "＊办证\n阶段"),
    "area": ("建筑面积", "建筑面积（平方米）"), "cost": ("补缴金额",), "issued_on": ("颁证日期",), "floors": ("层数",),
}  # fmt: skip
GROUPS = {
    "project": "基本情况",
    "room": "基本情况",
    "county": "基本情况",
    "area": "数量",
    "cost": "数量",
    "floors": "数量",
}
UNITS = {"元": 1, "千元": 1000, "万元": 10_000, "亿元": 10**8}
STAGES = {"surveyed": "已测绘", "filed": "已受理", "issued": "已颁证"}
DAYS = ("{0:%Y-%m-%d}", "{0.year}年{0.month}月{0.day}日", "{0.year}.{0.month}.{0.day}", "{0:%Y/%m/%d}", "{0:%Y%m%d}")
ROW = st.fixed_dictionaries({
    "project": st.sampled_from(["锦绣苑", "阳光里", "合欢小区", "一品江南"]),
    "county": st.sampled_from(["341802", "341821"]),
    "stage": st.sampled_from(list(STAGES)),
    "area": st.decimals(0, 100_000, places=3),
    "cost": st.integers(0, 10**6).map(lambda cents: Decimal(cents) / 100),
    "issued_on": st.one_of(st.none(), st.dates(date(2000, 1, 1), date(2099, 12, 31))),
    "floors": st.integers(1, 99),
})  # fmt: skip


@dataclass(frozen=True)
class Shape:
    """How a clerk may lay the table out."""

    order: list[str]
    titles: dict[str, str]
    above: int
    header_rows: int
    unit: str
    unit_at: str
    day: str
    total: bool
    numbering: bool
    serial: bool
    blank: bool
    note: bool
    again: bool
    by_name: bool
    joined: bool


@dataclass(frozen=True)
class Laid:
    """A sheet as it is written: ``merges`` are top, left, bottom, right from 0."""

    name: str
    lines: list[list[object]]
    merges: list[tuple[int, int, int, int]]


SHAPES = st.builds(
    Shape,
    order=st.permutations(NAMES),
    titles=st.fixed_dictionaries({name: st.sampled_from(titles) for name, titles in TITLES.items()}),
    above=st.integers(0, 12),
    header_rows=st.integers(1, 4),
    unit=st.sampled_from(list(UNITS)),
    unit_at=st.sampled_from(["above", "header", "below"]),
    day=st.sampled_from(DAYS),
    total=st.booleans(),
    numbering=st.booleans(),
    serial=st.booleans(),
    blank=st.booleans(),
    note=st.booleans(),
    again=st.booleans(),
    by_name=st.booleans(),
    joined=st.booleans(),
)
JOINED = {"area": ("建筑", "面积"), "cost": ("补缴", "金额"), "stage": ("办证", "阶段"), "floors": ("层", "数")}
COUNTIES = {"341802": "宣州区", "341821": "郎溪县"}


def cell(shape: Shape, name: str, value: Value) -> object:
    if isinstance(value, date):
        return shape.day.format(value)
    if name == "cost" and isinstance(value, Decimal):
        return format(value / UNITS[shape.unit], "f")
    return STAGES.get(str(value), value) if name == "stage" else value


def names_of(shape: Shape) -> list[str]:
    """The columns in order; the county may stand in the sheet's name instead."""
    return [name for name in shape.order if not (shape.by_name and name == "county")]


def header_of(shape: Shape, lead: list[object]) -> tuple[list[list[object]], list[tuple[int, int, int, int]]]:
    """The header's rows, uppermost first, and what is merged in them (rows from its first one)."""
    names = names_of(shape)
    told = f"（{shape.unit}）"
    joined = JOINED if shape.joined and shape.header_rows > 1 else {}
    leaf: list[object] = [
        (joined[name][1] if name in joined else shape.titles[name])
        + (told if name == "cost" and shape.unit_at == "header" else "")
        for name in names
    ]
    rows: list[list[object]] = []
    merges: list[tuple[int, int, int, int]] = []
    for row in range(shape.header_rows - 1):
        last = row == shape.header_rows - 2
        groups = [
            (joined[name][0] if name in joined else GROUPS.get(name, "其他")) if last else f"第{'一二三'[row]}部分"
            for name in names
        ]
        line: list[object] = [None] * len(lead)
        for group, run in itertools.groupby(groups):
            many = len(list(run))
            if many > 1:
                merges.append((row, len(line), row, len(line) + many - 1))
            line += [group, *[None] * (many - 1)]
        rows.append(line)
    return [*rows, [*lead, *leaf]], merges


def lay_out(shape: Shape, rows: list[dict[str, Value]], name: str) -> Laid:
    """Everything above, in and below the table."""
    lead: list[object] = ["序号"] if shape.serial else []
    names = names_of(shape)
    lines: list[list[object]] = [[f"表 {at}"] for at in range(shape.above)]
    lines += [[f"（单位：{shape.unit}）"]] if shape.unit_at == "above" and shape.unit != "元" else []
    header, merges = header_of(shape, lead)
    merges = [(top + len(lines), left, low + len(lines), right) for top, left, low, right in merges]
    lines += header
    if shape.unit_at == "below":
        lines.append([*[None] * len(lead), *(shape.unit if item == "cost" else None for item in names)])
    elif shape.numbering:
        lines.append([*"甲乙"[: len(lead) + 1], *range(1, len(names))])
    for number, row in enumerate(rows, 1):
        lines.append([*([number] if lead else []), *(cell(shape, item, row.get(item)) for item in names)])
        lines += [[]] if shape.blank else []
        lines += [list(header[-1])] if shape.again and number == 1 else []
    if shape.total:
        sums = {item: sum((Decimal(str(row[item])) for row in rows), Decimal(0)) for item in ("area", "cost", "floors")}
        last = [cell(shape, item, sums[item]) if item in sums else None for item in names]
        at = names.index("project")
        lines.append([*([None] if lead else []), *last[:at], "合 计", *last[at + 1 :]])
    lines += [[], ["填表人：张三", None, "审核：李四"], ["注：数据截至月底"]] if shape.note else []
    return Laid(name, lines, merges)


def write_xlsx(path: Path, sheets: list[Laid], hidden: set[int]) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        for laid in sheets:
            sheet = book.add_worksheet(laid.name)
            for top, left, low, right in laid.merges:
                sheet.merge_range(top, left, low, right, "")
            for at, line in enumerate(laid.lines):
                for column, value in enumerate(line):
                    if value is not None:
                        sheet.write(at, column, value)
            for row in hidden:
                sheet.set_row(row, None, None, {"hidden": True})


def write_ods(path: Path, sheets: list[Laid], _: set[int]) -> None:
    told = []
    for laid in sheets:
        spans = {(top, left): (low - top + 1, right - left + 1) for top, left, low, right in laid.merges}
        told.append((laid.name, ods_rows(laid.lines, spans)))
    ods_sheets(told)(path)


def write_csv(path: Path, sheets: list[Laid], _: set[int]) -> None:
    """As a spreadsheet exports it: every line as wide as the widest."""
    (laid,) = sheets
    width = max(map(len, laid.lines))
    text([[*line, *[None] * (width - len(line))] for line in laid.lines], "gb18030")(path)


WRITERS = {".xlsx": write_xlsx, ".ods": write_ods, ".csv": write_csv}


@settings(max_examples=90, deadline=None)
@given(
    sheets=st.lists(st.tuples(SHAPES, st.lists(ROW, min_size=1, max_size=6)), min_size=1, max_size=3),
    hidden=st.sets(st.integers(1, 30)),
    suffix=st.sampled_from(list(WRITERS)),
)
def test_a_table_in_any_shape_reads_back(
    sheets: list[tuple[Shape, list[dict[str, Value]]]], hidden: set[int], suffix: str
) -> None:
    rooms = iter(range(1, 100))
    wanted: list[dict[str, Value]] = []
    laid: list[Laid] = []
    for number, (shape, rows) in enumerate(sheets[:1] if suffix == ".csv" else sheets):
        county = {"county": rows[0]["county"]} if shape.by_name else {}
        held = [row | {"room": f"{next(rooms):04}"} | county for row in rows]
        wanted += held
        name = f"{COUNTIES[str(rows[0]['county'])]}（{number}）" if shape.by_name else f"表{number}"
        laid.append(lay_out(shape, held, name))
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{laid[0].name}{suffix}"
        WRITERS[suffix](path, laid, hidden)
        found = Specimen("任意", lambda _: None).try_on(path)
    assert found.refused == [], found.notes
    assert found.rows == [
        {name: value for name, value in row.items() if value is not None}
        | {"area": row["area"].quantize(Decimal("0.001")), "cost": row["cost"].quantize(Decimal("0.01"))}
        for row in wanted
    ]
