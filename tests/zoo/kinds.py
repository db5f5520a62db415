"""Cells: days, numbers, identifiers as clerks and their programs write them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from shishi.core.tables import Field, FieldType
from tests.adapters.units_table import TABLE
from tests.zoo.specimen import CELLS, HEADER, ROWS, Specimen, book, row

DAY = date(2021, 9, 30)
SHARES = replace(TABLE, fields=(*TABLE.fields[:4], Field("share", "完成率", FieldType.DECIMAL, unit="%", scale=1),
                                Field("ratio", "比率", FieldType.DECIMAL, scale=3)), checks=())  # fmt: skip
_FIRST = {name: ROWS[0][name] for name in ("project", "room", "county", "stage")}


def _one(title: str, *cells: object) -> list[list[object]]:
    """Sheets of one row, once with each of the cells under the title."""
    at = HEADER.index(title)
    return [HEADER, *[[*CELLS[0][:1], f"{number:04}", *CELLS[0][2:at], cell, *CELLS[0][at + 1 :]]
                      for number, cell in enumerate(cells, 101)]]  # fmt: skip


def _all(many: int, **values: object) -> list[dict[str, object]]:
    return [ROWS[0] | values | {"room": f"{number:04}"} for number in range(101, 101 + many)]


DAYS = ["2021年9月30日", "2021.9.30", "2021/9/30", "20210930", "2021-09-30 00:00:00", "２０２１年９月３０日",
        "2021 年 9 月 30 日", "2021年9月30号", 20210930, 44469, "44469", (44469, "yyyy-mm-dd"), (44469, 31),
        (44469, 'yyyy"年"m"月"d"日"')]  # fmt: skip
COSTS = [1200, "1200", "1,200.00", "１，２００", "0.12万", "0.12万元", "1200元", "￥1,200", " 1200 \n", ("=1000+200", 1200),
         (1200, "#,##0.00"), (1200, '0!.0,"万"')]  # fmt: skip

KINDS = [
    Specimen("日期的各种写法", book(_one("颁证日期", *DAYS)), _all(len(DAYS), issued_on=DAY)),
    Specimen("日期从1904年起算", book(_one("颁证日期", 44469 - 1462, (44469 - 1462, "yyyy-mm-dd"), "2021-09-30"),
                                date_1904=True), _all(3, issued_on=DAY), told=["1904"]),
    Specimen("日期不清楚", book(_one("颁证日期", "2021年9月", "21.9.30", 20219, "2021-02-30", "九月", 1.5)),
             refused=[(f"数据!G{number}", "date_malformed") for number in range(2, 8)]),
    Specimen("金额的各种写法", book(_one("补缴金额", *COSTS)), _all(len(COSTS), cost=Decimal("1200.00"))),
    Specimen("亿和全角", book(_one("补缴金额", "1.2亿", "０．００００００１２万亿元")), [
        _all(1, cost=Decimal("120000000.00"))[0], _all(2, cost=Decimal("120000.00"))[1]]),
    Specimen("数字读不准", book(_one("补缴金额", "约1200", "1200-1300", "1.2美元", "1,23", "—", "壹仟")),
             refused=[(f"数据!F{number}", "not_a_number") for number in range(2, 8)]),
    Specimen("小数位数太多", book(_one("补缴金额", 1200.005, "0.1200001万")),
             refused=[("数据!F2", "too_many_decimals"), ("数据!F3", "too_many_decimals")]),
    Specimen("尾差不算多出的小数", book(_one("补缴金额", 1199.9 + 0.1, 0.1 + 1199.9)), _all(2, cost=Decimal("1200.00"))),
    Specimen("百分数", book([[*HEADER[:4], "完成率", "比率"], [*CELLS[0][:4], "87.7%", "87.7％"],
                          [*CELLS[0][:4], (0.877, "0.0%"), (0.877, "0.00%")], [*CELLS[0][:4], 87.7, 0.877]]),
             [_FIRST | {"share": Decimal("87.7"), "ratio": Decimal("0.877")}] * 3, table=SHARES),
    Specimen("千分数写在列上", book([[*HEADER[:4], "完成率（‰）"], [*CELLS[0][:4], 877]]),
             [_FIRST | {"share": Decimal("87.7")}], table=SHARES),
    Specimen("室号有前导零", book(_one("建筑面积", 89.12)), _all(1)),
    Specimen("室号用格式补零", book([HEADER, [CELLS[0][0], (101, "0000"), *CELLS[0][2:]]]), ROWS[:1]),
    Specimen("室号变成日期", book([HEADER, [CELLS[0][0], (44256, "yyyy-mm-dd"), *CELLS[0][2:]]]),
             refused=[("数据!B2", "text_became_date")]),
    Specimen("室号是科学计数", book([HEADER, [CELLS[0][0], "3.41802E+17", *CELLS[0][2:]]]),
             refused=[("数据!B2", "digits_lost")]),
    Specimen("身份证号存成数值", book([[*HEADER, "身份证号"], [*CELLS[0], 110105194912310021]]),
             refused=[("数据!I2", "citizen_number_rounded_by_excel")]),
    Specimen("身份证号是科学计数", book([[*HEADER, "身份证号"], [*CELLS[0], "1.10105E+17"]]),
             refused=[("数据!I2", "citizen_number_rounded_by_excel")]),
    Specimen("身份证号有空格和全角", book([[*HEADER, "身份证号"], [*CELLS[0], "'１１０１０５ 19491231 002x"]]),
             [row("0101", citizen="11010519491231002X")]),
    Specimen("区划代码存成数值", book([HEADER, [*CELLS[0][:2], 341802, *CELLS[0][3:]]]), ROWS[:1]),
    Specimen("区划代码和名称", book([HEADER, [*CELLS[0][:2], "341802 宣州区", *CELLS[0][3:]]]), ROWS[:1]),
    Specimen("文字里有换行和空格", book([HEADER, ["  锦绣苑\n", "\u200b0101 ", *CELLS[0][2:]]]), ROWS[:1]),
    Specimen("没有这一项", book([HEADER, [*CELLS[0][:3], "办好了", *CELLS[0][4:]]]), refused=[("数据!D2", "value_not_listed")]),
    Specimen("时刻的各种写法", book([[*HEADER, "巡查时间"], *[[*CELLS[0], cell] for cell in (
        "2021-09-30 14:30", "2021年9月30日 14:30", (44469.6041666667, "yyyy-mm-dd hh:mm"), 44469.6041666667)]]),
             [ROWS[0] | {"seen_at": datetime(2021, 9, 30, 6, 30, tzinfo=UTC)}] * 4),
    Specimen("整数里有小数", book(_one("层数", 6.5)), refused=[("数据!H2", "too_many_decimals")]),
]  # fmt: skip
