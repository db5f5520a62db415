"""Shapes: titles, units, headers of several rows, sheets, totals, notes, what is hidden."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from shishi.core.tables import Field, FieldType
from tests.adapters.units_table import TABLE
from tests.zoo.specimen import CELLS, HEADER, ROWS, Sheet, Specimen, book, row

PLAIN = [HEADER, *CELLS]
SUMS: list[object] = ["合计", None, None, None, 249.62, 2000.5, None, 23]
_MORE = (
    Field("issued", "已办证套数", FieldType.INTEGER, unit="套"),
    Field("due", "应办证套数", FieldType.INTEGER, unit="套"),
)
COUNTS = replace(TABLE, fields=(*TABLE.fields[:4], *_MORE), checks=())
COUNTED = [
    {name: item[name] for name in ("project", "room", "county", "stage")} | {"issued": 3, "due": 5} for item in ROWS
]


def _swapped(*order: int) -> list[list[object]]:
    return [[line[at] for at in order] for line in PLAIN]


def _less(line: list[object]) -> list[object]:
    """A line without the county."""
    return [*line[:2], *line[3:]]


def _with(**units: object) -> list[list[object]]:
    return [[units.get(str(cell), cell) for cell in line] for line in PLAIN]


SHAPES = [
    Specimen("规整", book(PLAIN), ROWS),
    Specimen("标题行和单位行在前", book([["难办证台账"], ["单位：元、平方米"], [], *PLAIN]), ROWS),
    Specimen("标题合并居中", book(Sheet([["难办证台账"], *PLAIN], merges=["A1:H1"])), ROWS),
    Specimen("表头在第三十行", book([*[[f"说明{at}"] for at in range(29)], *PLAIN]), ROWS),
    Specimen("表头在第三十五行", book([*[[f"说明{at}"] for at in range(34)], *PLAIN]), refused=[("", "header_not_found")]),
    Specimen("从C4格开始", book([[], [], [], *[[None, None, *line] for line in PLAIN]]), ROWS),
    Specimen("列次打乱", book(_swapped(7, 3, 5, 0, 2, 6, 1, 4)), ROWS),
    Specimen("同义词和字段名", book([["小区名称", "ROOM", *HEADER[2:]], *CELLS]), ROWS),
    Specimen("表头有换行星号和空格", book([["＊项目\n名称", "室 号：", *HEADER[2:]], *CELLS]), ROWS),
    Specimen("表头带单位括号", book(_with(建筑面积="建筑面积（平方米）", 补缴金额="补缴金额(元)")), ROWS),
    Specimen("序号列和多余列", book([["序号", *HEADER, "经办人"], *[[1, *line, "王五"] for line in CELLS]]), ROWS,
             told=["经办人"]),
    Specimen("缺主键列", book([line[1:] for line in PLAIN]), refused=[("数据!1", "column_missing")]),
    Specimen("同一栏目两列", book([[*line, line[1]] for line in PLAIN]), refused=[("数据!I1", "column_twice")]),
    Specimen("没有表头", book([["甲", "乙"], *CELLS]), refused=[("", "header_not_found")]),
    Specimen("两层表头有合并", book(Sheet(
        [["项目名称", "室号", "县市区", "办证阶段", "套数", None], [None, None, None, None, "已办证", "应办证"],
         *[[*line[:4], 3, 5] for line in CELLS]],
        merges=["A1:A2", "B1:B2", "C1:C2", "D1:D2", "E1:F1"])), COUNTED, table=replace(
            COUNTS, fields=(*COUNTS.fields[:4], replace(_MORE[0], synonyms=("套数已办证",)),
                            replace(_MORE[1], synonyms=("套数应办证",))))),
    Specimen("三层表头取末层和上层合起来", book(Sheet(
        [["基本情况", None, None, None, "办证情况", None], ["项目", None, "归属", None, "已办证", "应办证"],
         ["项目名称", "室号", "县市区", "办证阶段", "套数", "套数"], *[[*line[:4], 3, 5] for line in CELLS]],
        merges=["A1:D1", "E1:F1", "A2:B2", "C2:D2"])), COUNTED, table=COUNTS),
    Specimen("四层表头末层是单位", book(Sheet(
        [["台账", None, None, None, "情况", None], ["项目名称", "室号", "县市区", "办证阶段", "其中：", None],
         [None, None, None, None, "已办证套数", "应办证套数"], [None, None, None, None, "套", "套"],
         *[[*line[:4], 3, 5] for line in CELLS]],
        merges=["A1:D1", "E1:F1", "A2:A4", "B2:B4", "C2:C4", "D2:D4", "E2:F2"])), COUNTED, table=COUNTS),
    Specimen("表头下有栏次行", book([HEADER, ["甲", "乙", "丙", "丁", 1, 2, 3, 4], *CELLS]), ROWS, told=["栏次"]),
    Specimen("表头下有单位行", book([HEADER, [None, None, None, None, "平方米", "万元", None, "层"],
                          *[[*line[:5], Decimal(str(line[5])) / 10000, *line[6:]] for line in CELLS]]), ROWS,
             told=["乘以 10000"]),
    Specimen("单位万元", book([["单位：万元"], HEADER, *[[*line[:5], Decimal(str(line[5])) / 10000, *line[6:]]
                                              for line in CELLS]]), ROWS, told=["万元"]),
    Specimen("单位万元在右上角", book([[*[None] * 7, "（单位：万元）"], HEADER,
                             [*CELLS[0][:5], "0.12", *CELLS[0][6:]]]), ROWS[:1]),
    Specimen("单位千元写在列上", book([[*HEADER[:5], "补缴金额（千元）", *HEADER[6:]], [*CELLS[0][:5], 1.2, *CELLS[0][6:]]]),
             ROWS[:1]),
    Specimen("单位万元而格里写万", book([["单位：万元"], HEADER, [*CELLS[0][:5], "0.12万", *CELLS[0][6:]]]),
             refused=[("数据!F3", "unit_ambiguous")]),
    Specimen("单位万元而格里写全", book([["单位：万元"], HEADER, [*CELLS[0][:5], "1200元", *CELLS[0][6:]]]), ROWS[:1]),
    Specimen("单位亩", book([["单位：亩"], *PLAIN]), refused=[("数据!E2", "unit_mismatch")]),
    Specimen("单位只写万", book([["单位：万"], *PLAIN]),
             refused=[("数据!E2", "unit_mismatch"), ("数据!F2", "unit_mismatch")]),
    Specimen("列上只写万", book(_with(补缴金额="补缴金额（万）")), refused=[("数据!F1", "unit_mismatch")]),
    Specimen("没有单位的栏目写了万", book(_with(层数="层数（万层）")), refused=[("数据!H1", "unit_mismatch")]),
    Specimen("没有单位的栏目写了层", book(_with(层数="层数（层）")), ROWS),
    Specimen("列上写美元", book(_with(补缴金额="补缴金额（美元）")), refused=[("数据!F1", "unit_mismatch")]),
    Specimen("单位是一个机关", book([["单位：宣城市住房和城乡建设局"], *PLAIN]), ROWS),
    Specimen("合计相符", book([*PLAIN, SUMS]), ROWS, told=["合计"]),
    Specimen("合计在最上面", book([HEADER, SUMS, *CELLS]), ROWS),
    Specimen("合计不符", book([*PLAIN, [*SUMS[:5], 2000.6, *SUMS[6:]]]), refused=[("数据!F5", "total_differs")]),
    Specimen("小计和总计", book([HEADER, *CELLS[:2], ["宣州区小计", None, None, None, 189.62, 2000.5], CELLS[2],
                          ["郎溪县小计", None, None, None, 60, 0], ["总 计", None, None, None, 249.62]]), ROWS),
    Specimen("小计不符", book([HEADER, *CELLS[:2], ["小计", None, None, None, 189.62, 2000.5, None, 13], CELLS[2], SUMS]),
             refused=[("数据!H4", "total_differs")]),
    Specimen("合计以万元计也核对", book([["单位：万元"], HEADER, *[[*line[:5], 0.12, *line[6:]] for line in CELLS],
                              ["合计", None, None, None, None, 0.37]]), refused=[("数据!F6", "total_differs")]),
    Specimen("末尾附注和签名", book([*PLAIN, [], ["填表人：", "张三", None, "审核：", "李四", "联系电话：", 13900000000],
                            ["备注：以上数据截至9月底"], ["1.含历史遗留项目"]]), ROWS, told=["附注或签名"]),
    Specimen("签名各占一格", book([*PLAIN, ["单位负责人（签字）：", None, "填 表 人", "张三"], ["填报日期：2021年9月30日"]]), ROWS),
    Specimen("中间空行", book([HEADER, CELLS[0], [], [None, " "], CELLS[1], [], CELLS[2]]), ROWS),
    Specimen("中间重复表头", book([HEADER, *CELLS[:2], HEADER, CELLS[2]]), ROWS, told=["重复的表头"]),
    Specimen("分组标题行", book([HEADER, ["一、宣州区"], *CELLS[:2], ["二、郎溪县"], CELLS[2]]), ROWS, told=["分组标题"]),
    Specimen("隐藏的行", book(Sheet(PLAIN, hidden=(3, 4))), ROWS),
    Specimen("筛选剩下一行", book(Sheet(PLAIN, hidden=(2, 3), filtered="A1:H4")), ROWS),
    Specimen("隐藏的列", book(Sheet(PLAIN, hidden_columns=("B", "E"))), ROWS, told=["隐藏的 B、E 列"]),
    Specimen("每县一张表", book(Sheet([["宣州区"], HEADER, *CELLS[:2]], "宣州区"),
                          Sheet(_swapped(3, 0, 1, 2, 4, 5, 6, 7)[::3], "郎溪县")), ROWS),
    Specimen("另有说明表和汇总表", book(Sheet(PLAIN), Sheet([["请如实填报"]], "说明"),
                               Sheet([["县市区", "建筑面积"], ["宣州区", 1]], "汇总")), ROWS, told=["汇总"]),
    Specimen("一张表缺主键", book(Sheet(PLAIN), Sheet([line[1:] for line in PLAIN], "乙")),
             refused=[("乙!1", "column_missing")]),
    Specimen("隐藏的工作表", book(Sheet(PLAIN[:3]), Sheet([HEADER, CELLS[2]], "藏", invisible=True)), ROWS,
             told=["隐藏的工作表"]),
    Specimen("县名纵向合并", book(Sheet([HEADER, CELLS[0], [*CELLS[1][:2], None, *CELLS[1][3:]], CELLS[2]],
                             merges=["C2:C3"])), ROWS, told=["合并"]),
    Specimen("金额纵向合并", book(Sheet([HEADER, CELLS[0], [*CELLS[1][:5], None, *CELLS[1][6:]], CELLS[2]],
                             merges=["F2:F3"])), refused=[("数据!F3", "merged_number")]),
    Specimen("人工指定表头", book([["楼盘", *HEADER[1:]], *CELLS]), ROWS, corrected={"楼盘": "project"}),
    Specimen("没有指定的表头", book([["楼盘", *HEADER[1:]], *CELLS]), refused=[("数据!1", "column_missing")]),
    Specimen("人工指定胜过同义词", book([["项目名称", "小区名称", *HEADER[1:]], *[[line[0], "旧名", *line[1:]] for line in CELLS]]),
             ROWS, corrected={"项目名称": "project"}),
    Specimen("公式按结果读取", book([HEADER, [*CELLS[0][:4], ("=80+9.12", 89.12), *CELLS[0][5:]]]), ROWS[:1],
             told=["1 个公式"]),
    Specimen("公式取自别的文件", book([HEADER, [*CELLS[0][:4], ("=[台账.xlsx]Sheet1!A1", 89.12), *CELLS[0][5:]]]),
             refused=[("数据!E2", "formula_outside")]),
    Specimen("公式没有结果", book([HEADER, [*CELLS[0][:4], ("=1+1", ""), *CELLS[0][5:]]]),
             refused=[("数据!E2", "formula_without_value")]),
    Specimen("公式结果是错误", book([HEADER, [*CELLS[0][:4], ("=VLOOKUP(1,A:B,2)", "#N/A"), ("=A0", "#REF!"), *CELLS[0][6:]]]),
             refused=[("数据!E2", "formula_error"), ("数据!F2", "formula_error")]),
    Specimen("县名只在表名里", book(Sheet([_less(HEADER), *map(_less, CELLS[:2])], "宣州区"),
                            Sheet([_less(HEADER), _less(CELLS[2])], "2.郎溪县（9月）")), ROWS,
             told=["按表名算作“宣州区”", "按表名算作“郎溪县”"]),
    Specimen("没有县名的一栏表名也不是县", book(Sheet([_less(HEADER), *map(_less, CELLS)], "小区台账")),
             refused=[("小区台账!1", "column_missing")]),
    Specimen("表名是一个不认得的县", book(Sheet([_less(HEADER), _less(CELLS[0])], "某某县")),
             refused=[("某某县!2", "division_unknown")]),
    Specimen("有县名的一栏就不看表名", book(Sheet(PLAIN, "郎溪县")), ROWS),
    Specimen("合计只加没有隐藏的行", book(Sheet([*PLAIN, ["合计", None, None, None, ("=SUBTOTAL(109,E2:E4)", 149.12), 1200,
                                                None, 17]], hidden=(3,))), ROWS, told=["第 5 行的合计只加了没有隐藏的行"]),
    Specimen("合计与没有隐藏的行也不符", book(Sheet([*PLAIN, ["合计", None, None, None, 150, 1200]], hidden=(3,))),
             refused=[("数据!E5", "total_differs")]),
    Specimen("空表", book([HEADER]), []),
    Specimen("只有序号没有内容的行", book([["序号", *HEADER], [1, *CELLS[0]], [2], [3]]), ROWS[:1]),
    Specimen("改一行也读", book([HEADER, [*CELLS[0][:7], 7]]), [row("0101", floors=7)]),
]  # fmt: skip
