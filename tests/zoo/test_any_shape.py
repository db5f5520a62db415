"""A table written in any shape reads back as the rows that it was written from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from shishi.core.tables import Value
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
    grouped: bool
    unit: str
    day: str
    total: bool
    numbering: bool
    serial: bool
    blank: bool
    note: bool
    again: bool


SHAPES = st.builds(
    Shape,
    order=st.permutations(NAMES),
    titles=st.fixed_dictionaries({name: st.sampled_from(titles) for name, titles in TITLES.items()}),
    above=st.integers(0, 12),
    grouped=st.booleans(),
    unit=st.sampled_from(list(UNITS)),
    day=st.sampled_from(DAYS),
    total=st.booleans(),
    numbering=st.booleans(),
    serial=st.booleans(),
    blank=st.booleans(),
    note=st.booleans(),
    again=st.booleans(),
)


def cell(shape: Shape, name: str, value: Value) -> object:
    if isinstance(value, date):
        return shape.day.format(value)
    if name == "cost" and isinstance(value, Decimal):
        return format(value / UNITS[shape.unit], "f")
    return STAGES.get(str(value), value) if name == "stage" else value


def lay_out(shape: Shape, rows: list[dict[str, Value]]) -> list[list[object]]:
    lead = ["序号"] if shape.serial else []
    lines: list[list[object]] = [[f"表 {at}"] for at in range(shape.above)]
    lines += [[f"（单位：{shape.unit}）"]] if shape.unit != "元" else []
    header = [*lead, *(shape.titles[name] for name in shape.order)]
    if shape.grouped:
        lines.append([None] * len(lead) + [GROUPS.get(name, "其他") for name in shape.order])
    lines.append(list(header))
    lines += [[*"甲乙"[: len(lead) + 1], *range(1, len(header) - len(lead))]] if shape.numbering else []
    for number, row in enumerate(rows, 1):
        lines.append([*([number] if lead else []), *(cell(shape, name, row.get(name)) for name in shape.order)])
        lines += [[]] if shape.blank else []
        lines += [list(header)] if shape.again and number == 1 else []
    if shape.total:
        sums = {name: sum((Decimal(str(row[name])) for row in rows), Decimal(0)) for name in ("area", "cost", "floors")}
        last = [cell(shape, name, sums[name]) if name in sums else None for name in shape.order]
        at = shape.order.index("project")
        lines.append([*([None] if lead else []), *last[:at], "合 计", *last[at + 1 :]])
    lines += [[], ["填表人：张三", None, "审核：李四"], ["注：数据截至月底"]] if shape.note else []
    return lines


@settings(max_examples=60, deadline=None)
@given(
    sheets=st.lists(st.tuples(SHAPES, st.lists(ROW, min_size=1, max_size=6)), min_size=1, max_size=3),
    hidden=st.sets(st.integers(1, 30)),
)
def test_a_table_in_any_shape_reads_back(sheets: list[tuple[Shape, list[dict[str, Value]]]], hidden: set[int]) -> None:
    rooms = iter(range(1, 100))
    wanted: list[dict[str, Value]] = []
    with TemporaryDirectory() as folder:
        path = Path(folder) / "表.xlsx"
        with xlsxwriter.Workbook(str(path)) as book:
            for number, (shape, rows) in enumerate(sheets):
                held = [row | {"room": f"{next(rooms):04}"} for row in rows]
                wanted += held
                sheet = book.add_worksheet(f"表{number}")
                for at, line in enumerate(lay_out(shape, held)):
                    sheet.write_row(at, 0, line)
                for row in hidden:
                    sheet.set_row(row, None, None, {"hidden": True})
        found = Specimen("任意", lambda _: None).try_on(path)
    assert found.refused == []
    assert found.rows == [
        {name: value for name, value in row.items() if value is not None}
        | {"area": row["area"].quantize(Decimal("0.001")), "cost": row["cost"].quantize(Decimal("0.01"))}
        for row in wanted
    ]
