"""What was understood of a workbook 读懂了什么: shown before anything is written, so that a person can correct it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from shishi.core.errors import Issue, Refused


class NotUnderstood(Refused):
    """A workbook that could be opened, but whose sheets can't be read as they are; ``understood`` tells what was made
    of them."""

    def __init__(self, code: str, message: str, issues: Iterable[Issue], understood: Understood | None) -> None:
        super().__init__(code, message, issues)
        self.understood = understood


class How(StrEnum):
    """By what a header was matched with its field."""

    TITLE = "title"
    NAME = "name"
    SYNONYM = "synonym"
    JOINED = "joined"
    PART = "part"
    CORRECTED = "corrected"


class What(StrEnum):
    """What was passed over or made out."""

    TITLE = "title"
    UNIT = "unit"
    NUMBERING = "numbering"
    REPEATED_HEADER = "repeated_header"
    GROUP = "group"
    SAMPLE = "sample"
    TOTAL = "total"
    NOTE = "note"
    COLUMN = "column"
    SHEET = "sheet"


_HOW = {
    How.TITLE: "标题", How.NAME: "字段名", How.SYNONYM: "同义词", How.JOINED: "多层表头合起来", How.PART: "多层表头的末层",
    How.CORRECTED: "人工指定",
}  # fmt: skip
_WHAT = {
    What.TITLE: "标题行，未读取", What.UNIT: "单位行，已用于换算", What.NUMBERING: "栏次行，未读取",
    What.REPEATED_HEADER: "重复的表头，未读取", What.GROUP: "分组标题，未读取", What.SAMPLE: "示例行，未计入",
    What.TOTAL: "合计行，已与各行核对，未计入", What.NOTE: "附注或签名，未读取",
}  # fmt: skip
_SILENT = {What.TITLE, What.UNIT}
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Matched:
    """A column that was matched: its letter, the header as it stands there, the unit that was found for it and
    the factor into the field's unit (1 when none was said)."""

    field: str
    title: str
    column: str
    header: str
    how: How
    unit: str = ""
    factor: Decimal = Decimal(1)
    corrected_by_memory: bool = False

    def document(self) -> dict[str, object]:
        """As ``--json`` prints it."""
        return {
            "field": self.field,
            "title": self.title,
            "column": self.column,
            "header": self.header,
            "how": self.how.value,
            "unit": self.unit,
            "factor": format(self.factor, "f"),
        }

    def line(self) -> str:
        """For people."""
        times = f"，{self.unit}，乘以 {self.factor.normalize():f}" if self.factor != 1 else ""
        return f"{self.column} 列“{self.header}”→ {self.title}（{_HOW[self.how]}{times}）"


@dataclass(frozen=True, slots=True)
class Passed:
    """A row or a column that was not imported, with what stands there."""

    what: What
    row: int | None = None
    column: str = ""
    text: str = ""

    def document(self) -> dict[str, object]:
        """As ``--json`` prints it."""
        return {"what": self.what.value, "row": self.row, "column": self.column, "text": self.text}


@dataclass(slots=True)
class SheetRead:
    """One sheet. ``header`` is its first and last header row; ``matched`` is empty for a sheet without a header.
    ``division`` was taken from the sheet's name; ``visible_totals`` are rows of totals over the visible rows alone."""

    sheet: str
    header: tuple[int, int] = (0, 0)
    matched: tuple[Matched, ...] = ()
    passed: list[Passed] = field(default_factory=list)
    rows: int = 0
    hidden_rows: int = 0
    hidden_columns: tuple[str, ...] = ()
    formulas: int = 0
    filled_down: int = 0
    visible: bool = True
    division: str = ""
    visible_totals: tuple[int, ...] = ()

    def document(self) -> dict[str, object]:
        """As ``--json`` prints it."""
        return {
            "sheet": self.sheet,
            "header_rows": list(self.header) if self.matched else None,
            "rows": self.rows,
            "fields": [item.document() for item in self.matched],
            "skipped": [item.document() for item in self.passed],
            "hidden_rows": self.hidden_rows,
            "hidden_columns": list(self.hidden_columns),
            "formulas": self.formulas,
            "filled_down": self.filled_down,
            "visible": self.visible,
            "division": self.division,
            "visible_totals": list(self.visible_totals),
        }

    def notes(self) -> Iterator[str]:
        """What must be said aloud even when all went well."""
        name = f"工作表“{self.sheet}”"
        if not self.matched:
            yield f"{name}没有表头，未读取。"
            return
        unknown = "、".join(f"{item.column} 列“{item.text}”" for item in self.passed if item.what is What.COLUMN)
        if unknown:
            yield f"{name}有不属于本台账的栏目，未读取：{unknown}。"
        for what, words in _WHAT.items():
            rows = [str(item.row) for item in self.passed if item.what is what]
            if rows and what not in _SILENT:
                more = f" 等 {len(rows)} 行" if len(rows) > _SHOWN else " 行"
                yield f"{name}第 {'、'.join(rows[:_SHOWN])}{more}是{words}。"
        for item in self.matched:
            if item.factor != 1:
                yield f"{name}“{item.title}”按“{item.unit}”填写，已逐格乘以 {item.factor.normalize():f}。"
        yield from self._more_notes(name)

    def _more_notes(self, name: str) -> Iterator[str]:
        remembered = "、".join(f"“{item.header}”→{item.title}" for item in self.matched if item.corrected_by_memory)
        if remembered:
            yield f"{name}按您以前指定的读取：{remembered}。"
        if self.division:
            yield f"{name}没有写行政区划的一栏，各行都按表名算作“{self.division}”。"
        if self.visible_totals:
            rows = "、".join(map(str, self.visible_totals))
            yield f"{name}第 {rows} 行的合计只加了没有隐藏的行，与这些行相符；隐藏的行不在这个合计里，但已读入。"
        if not self.visible:
            yield f"{name}是隐藏的工作表，也已读入。"
        if self.hidden_columns:
            yield f"{name}隐藏的 {'、'.join(self.hidden_columns)} 列也已读入。"
        if self.formulas:
            yield f"{name}有 {self.formulas} 个公式，按已算出的结果读取。"
        if self.filled_down:
            yield f"{name}有 {self.filled_down} 个单元格在合并范围内，取合并单元格的内容。"

    def lines(self) -> Iterator[str]:
        """For people, before they say yes."""
        if self.matched:
            first, last = self.header
            rows = f"第 {first} 行" if first == last else f"第 {first}–{last} 行"
            yield f"工作表“{self.sheet}”：表头在{rows}，数据 {self.rows} 行。"
            for item in self.matched:
                yield f"  {item.line()}"


@dataclass(frozen=True, slots=True)
class Understood:
    """A whole workbook: its ``kind`` by content (``xlsx``, ``xls``, ``ods``, ``csv``), a text's ``encoding``,
    its sheets."""

    kind: str
    encoding: str = ""
    epoch: int = 1900
    sheets: tuple[SheetRead, ...] = ()
    remarks: tuple[str, ...] = ()

    def document(self) -> dict[str, object]:
        """As ``--json`` prints it."""
        return {
            "kind": self.kind,
            "encoding": self.encoding,
            "epoch": self.epoch,
            "sheets": [sheet.document() for sheet in self.sheets],
        }

    def notes(self) -> tuple[str, ...]:
        """What must be said aloud."""
        told = list(self.remarks)
        if self.encoding not in ("", "UTF-8", "UTF-8-SIG"):
            told.append(f"文件是文本表格，编码为 {self.encoding}。")
        if self.kind == "xls":
            told.append(
                "旧版 .xls 里看不出哪些行列被隐藏、哪些单元格是公式：所有的行都已读入，公式按存着的结果读取，取自别的文件的也看不出来。"
            )
        if self.epoch == 1904:
            told.append("这个工作簿的日期从 1904 年起算，已照此换算。")
        return (*told, *(note for sheet in self.sheets for note in sheet.notes()))

    def lines(self) -> Iterator[str]:
        """For people, before they say yes."""
        for sheet in self.sheets:
            yield from sheet.lines()
