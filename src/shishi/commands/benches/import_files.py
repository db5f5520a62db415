"""``bench import``: the tables, and workbooks of any number of rows. All of it is made up, and the same each time."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape

from shishi.core.criteria import Compare, Moment, Operator, OtherField
from shishi.core.divisions import Level
from shishi.core.programmes import Pack, Programme
from shishi.core.tables import Check, CheckKind, Choice, Field, FieldType, Sensitivity, Table

NAME = "bench/2021/homes"
COUNTIES = ("341802", "341821", "341823", "341824", "341825", "341881", "341882")
STAGES = ("已列入", "已登记", "已验收", "已发证", "已入住")
KINDS = ("多层", "小高层", "高层", "平房")
PROJECTS_HELD, BUILDINGS_HELD = 5_000, 20_000
CHANGED_EACH = 10
"""One row in so many is another one in the second workbook."""
AS_OF = date(2021, 9, 30)
_DAYS = {"signed_on": 0, "built_on": 300, "issued_on": 600}
_EPOCH, _FIRST_DAY = date(1899, 12, 30), date(2019, 1, 1)


def _parents(short: str, title: str) -> Table:
    fields = (
        Field("code", f"{title}编号", FieldType.TEXT, required=True),
        Field("county", "县市区", FieldType.DIVISION, required=True),
        Field("name", f"{title}名称", FieldType.TEXT),
    )
    return Table(f"{NAME}/{short}", title, 1, fields, ("code",), "county")


def _choices(titles: Sequence[str]) -> tuple[Choice, ...]:
    return tuple(Choice(f"v{at}", title) for at, title in enumerate(titles))


PROJECTS, BUILDINGS = _parents("projects", "项目"), _parents("buildings", "楼栋")
HOMES = Table(
    f"{NAME}/homes",
    "房屋",
    1,
    (
        Field("number", "房屋编号", FieldType.TEXT, required=True),
        Field("county", "县市区", FieldType.DIVISION, required=True),
        Field("project", "所属项目", FieldType.REFERENCE, required=True, references=PROJECTS.name),
        Field("building", "所属楼栋", FieldType.REFERENCE, references=BUILDINGS.name),
        Field("owner", "权利人", FieldType.TEXT, sensitivity=Sensitivity.MASKED),
        Field("phone", "联系电话", FieldType.PHONE, sensitivity=Sensitivity.ENCRYPTED),
        Field("stage", "阶段", FieldType.ENUMERATION, required=True, values=_choices(STAGES)),
        Field("kind", "房屋类型", FieldType.ENUMERATION, values=_choices(KINDS)),
        Field("area", "建筑面积", FieldType.DECIMAL, scale=2, unit="平方米", minimum=Decimal("0.01")),
        Field("price", "合同价款", FieldType.MONEY),
        Field("paid", "已付金额", FieldType.MONEY),
        Field("floor", "层数", FieldType.INTEGER),
        Field("rooms", "居室", FieldType.INTEGER),
        Field("signed_on", "签约日期", FieldType.DATE),
        Field("built_on", "竣工日期", FieldType.DATE),
        Field("issued_on", "发证日期", FieldType.DATE),
        Field("elderly", "老年家庭", FieldType.YES_NO),
        Field("certificate", "证书编号", FieldType.TEXT),
        Field("address", "坐落", FieldType.TEXT),
        Field("remark", "备注", FieldType.TEXT),
    ),
    ("number",),
    "county",
    checks=(
        Check("paid_too_much", CheckKind.ERROR, Compare("paid", Operator.AT_MOST, OtherField("price")), "已付过多。"),
        Check(
            "issued_early",
            CheckKind.ERROR,
            Compare("issued_on", Operator.ON_OR_AFTER, OtherField("built_on")),
            "发证早于竣工。",
        ),
        Check(
            "issued_late",
            CheckKind.ERROR,
            Compare("issued_on", Operator.ON_OR_BEFORE, Moment.AS_OF),
            "发证晚于截至日。",
        ),
        Check("area_large", CheckKind.QUERY, Compare("area", Operator.AT_MOST, 500), "面积超过 500 平方米。"),
    ),
    groups={"money": ("price", "paid")},
)
PROGRAMME = Programme(NAME, "房屋", "测量用。", "测量用", "341800", Level.COUNTY, (PROJECTS, BUILDINGS, HOMES), ())
PACK = Pack("bench", 2021, "测量用清单", "341800", "测量用", "", (PROGRAMME,))

Cells = list[object]


def parents(many: int, mark: str) -> Iterator[Cells]:
    """Rows of projects or buildings."""
    for at in range(many):
        yield [f"{mark}{at:06}", COUNTIES[at % len(COUNTIES)], f"{mark}示例{at}"]


def homes(many: int, *, changed: bool = False) -> Iterator[Cells]:
    """Rows of homes; ``changed``: one in ten paid more and says so."""
    for at in range(many):
        yield _home(at, more=1.25 if changed and at % CHANGED_EACH == 0 else 0.0)


def _home(at: int, more: float) -> Cells:
    dice = random.Random(at)  # noqa: S311 - the same rows each time
    first = (_FIRST_DAY - _EPOCH).days
    days = [first + offset + dice.randrange(300) for offset in _DAYS.values()]
    building = at % BUILDINGS_HELD
    return [
        *(f"FW{at:07}", COUNTIES[at % len(COUNTIES)], f"XM{building % PROJECTS_HELD:06}", f"LD{building:06}"),
        *(f"示例户主{at % 30_000:05}", f"139{at:08}", dice.choice(STAGES), KINDS[at % len(KINDS)]),
        *(round(40 + dice.random() * 100, 2), round(200_000 + dice.random() * 10**6, 2)),
        *(round(dice.random() * 190_000 + more, 2), 1 + at % 30, 1 + at % 5, *days),
        "是" if at % 9 == 0 else "否",
        f"示例（2021）第{at:07}号",
        f"示例路{at % 977}号{at % 31}幢{at % 13}单元{at % 1000}室",
        "补交" if more else None,
    ]


_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/>'
    f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_KIND}.sharedStrings+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="数据" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    f'<Relationship Id="rId3" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet {_MAIN}><fonts count="1"><font/></fonts>'
    '<fills count="1"><fill><patternFill patternType="none"/></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>',
}
_AT_ONCE = 2_000


def write_workbook(path: Path, table: Table, rows: Iterator[Cells], many: int) -> None:
    """A workbook as Excel writes it, with shared strings. Libraries take minutes to write ten million cells."""
    shared: dict[str, int] = {}
    days = {at for at, item in enumerate(table.fields) if item.type is FieldType.DATE}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in _PARTS.items():
            made.writestr(name, _HEAD + text)
        with made.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            last = f"{chr(64 + len(table.fields))}{many + 1}"
            sheet.write(f'{_HEAD}<worksheet {_MAIN}><dimension ref="A1:{last}"/><sheetData>'.encode())
            lines = [_line(1, [item.title for item in table.fields], set(), shared)]
            for number, cells in enumerate(rows, 2):
                lines.append(_line(number, cells, days, shared))
                if len(lines) == _AT_ONCE:
                    sheet.write("".join(lines).encode())
                    lines = []
            sheet.write(f"{''.join(lines)}</sheetData></worksheet>".encode())
        texts = "".join(f"<si><t>{escape(text)}</t></si>" for text in shared)
        made.writestr("xl/sharedStrings.xml", f'{_HEAD}<sst {_MAIN} uniqueCount="{len(shared)}">{texts}</sst>')


def _line(number: int, cells: Sequence[object], days: set[int], shared: dict[str, int]) -> str:
    parts = [f'<row r="{number}">']
    for at, cell in enumerate(cells):
        place = f"{chr(65 + at)}{number}"
        if isinstance(cell, str):
            parts.append(f'<c r="{place}" t="s"><v>{shared.setdefault(cell, len(shared))}</v></c>')
        elif cell is not None:
            style = ' s="1"' if at in days else ""
            parts.append(f'<c r="{place}"{style}><v>{cell!r}</v></c>')
    return f"{''.join(parts)}</row>"
