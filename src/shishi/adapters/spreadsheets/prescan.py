"""A look into a workbook before any library opens it: sizes are counted while inflating, never believed.

A workbook of 1.4 KB can end a process (a value in XFD1048576) or fill the memory (a bomb of zeros, one
endless cell). What is found here is refused in words; what gets past ends a child process that was
limited beforehand, and nothing else.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from xml.etree import ElementTree
from xml.parsers.expat import ExpatError

from shishi.adapters.spreadsheets import ods
from shishi.adapters.spreadsheets.base import column_index, column_letter
from shishi.adapters.spreadsheets.sheet_marks import (
    SheetMarks,
    cells_shown_otherwise,
    note,
    note_shown,
    number_formats,
)
from shishi.adapters.spreadsheets.texts import Text, decode, is_markup, table_of
from shishi.core.errors import Refused

MAX_FILE = 100 * 2**20
MAX_INFLATED = 2**30
MAX_RATIO = 200
RATIO_FROM = 32 * 2**20
MAX_PARTS = 10_000
MAX_SHEETS = 64
MAX_ROWS = 1_000_000
MAX_CELLS = 20_000_000
MAX_MERGED = 1_000_000
MAX_RUN = 2**20
_CHUNK = 256 * 1024
_TELL_EACH = 16 * 2**20
_OVERLAP = 4096
_LONGEST_CELL = 2**16
_STYLES, _TABLES = "xl/styles.xml", "content.xml"

_ENCRYPTED, _WORD, _MACROS = (word.encode("utf-16-le") for word in ("EncryptedPackage", "WordDocument", "_VBA_PROJECT"))
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    ElementTree.ParseError,
    ExpatError,
    KeyError,
    ValueError,
)
_MERGE = re.compile(rb"mergeCell\s+ref=[\"']([A-Z]+)(\d+):([A-Z]+)(\d+)[\"']")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass(frozen=True, slots=True)
class Scan:
    """``kind`` is ``xlsx``, ``xls``, ``ods`` or ``csv``; ``sheets`` the marks by sheet name (not of ``xls``);
    ``epoch`` the year from which serial days count; ``text`` the table of a ``csv``."""

    kind: str
    sheets: dict[str, SheetMarks] = field(default_factory=dict)
    epoch: int = 1900
    text: Text | None = None


def unreadable(why: str) -> Refused:
    """``workbook_unreadable`` with the reason and the way out."""
    return Refused("workbook_unreadable", f"{why}请用 Excel 或 WPS 另存为 .xlsx 后重新报送。")


def too_large(why: str) -> Refused:
    """``workbook_too_large`` with the reason and the way out."""
    return Refused("workbook_too_large", f"{why}请删去无关内容，或分成几个工作簿分别报送。")


def scan(path: Path, columns: int, told: Callable[[int, int], None] | None = None) -> Scan:
    """Look into the file; ``columns`` is the last column (counted from 1) that may hold anything. ``told`` is called
    now and then with the inflated bytes that were looked at, and how many there are."""
    size = path.stat().st_size
    if size > MAX_FILE:
        raise too_large(f"文件有 {size // 2**20} MiB，上限 {MAX_FILE // 2**20} MiB。")
    with path.open("rb") as file:
        head = file.read(8)
        if head.startswith(b"PK"):
            return _scan_zip(path, file, columns, told)
        if head.startswith(b"\xd0\xcf\x11\xe0"):
            return _scan_compound(file.read())
        if head.startswith(b"%PDF"):
            raise unreadable("这是一个 PDF 文件，不是工作簿。")
        if not head:
            raise unreadable("这个文件是空的。")
        return _scan_text(head + file.read())


def _scan_compound(content: bytes) -> Scan:
    """An old ``.xls`` stands in a container that others use too."""
    if _ENCRYPTED in content:
        raise unreadable("工作簿设有打开密码，无法读取。请先取消密码（文件→信息→保护工作簿），")
    if _WORD in content:
        raise unreadable("这是一个 Word 文档，不是工作簿。")
    if _MACROS in content:
        raise _has_macros()
    return Scan("xls")


def _has_macros() -> Refused:
    message = "工作簿带有宏（程序），为安全起见不读取。请用 Excel 或 WPS 另存为不带宏的 .xlsx 后重新报送。"
    return Refused("workbook_has_macros", message)


def _scan_text(content: bytes) -> Scan:
    decoded = decode(content)
    if decoded is None:
        raise unreadable("这个文件不是 Excel 工作簿，也不是文本表格。")
    if is_markup(decoded[0]):
        raise unreadable("这是一个网页或 XML 文件，虽然名字像工作簿。")
    table = table_of(*decoded)
    if table is None:
        raise unreadable("这个文件不是 Excel 工作簿，也看不出分列的表格。")
    return Scan("csv", text=table)


def _scan_zip(path: Path, file: BinaryIO, columns: int, told: Callable[[int, int], None] | None) -> Scan:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = {part.filename: part for part in archive.infolist()}
        _refuse_container(parts)
        looker = _Looker(columns, told, sum(part.file_size for part in parts.values()))
        styles = parts.get(_STYLES)
        if styles is not None:
            looker.look_at_styles(b"".join(looker.look(_STYLES, _inflate(file, styles))))
        tables = None
        for name, part in parts.items():
            if name == _TABLES:
                tables = ods.look(looker.look(name, _inflate(file, part)), looker.count_ods)
            elif name.endswith((".xml", ".rels", ".vml")) and name != _STYLES:
                for _ in looker.look(name, _inflate(file, part)):
                    pass
        return _scan_parts(looker, file, parts) if "xl/workbook.xml" in parts else Scan("ods", tables or {})
    except _BROKEN as error:
        raise unreadable("文件已损坏或没有传完整。") from error


def _refuse_container(parts: Mapping[str, zipfile.ZipInfo]) -> None:
    if len(parts) > MAX_PARTS:
        raise too_large(f"工作簿内有 {len(parts)} 个部件，上限 {MAX_PARTS} 个。")
    if "xl/workbook.bin" in parts:
        raise unreadable("这是二进制工作簿（.xlsb）。")
    if "word/document.xml" in parts:
        raise unreadable("这是一个 Word 文档，不是 Excel 工作簿。")
    if "xl/workbook.xml" not in parts and _TABLES not in parts:
        raise unreadable("这个文件是压缩包，但不是 Excel 工作簿。")
    if any(name.endswith("vbaProject.bin") or name.startswith("xl/macrosheets/") for name in parts):
        raise _has_macros()


def _inflate(file: BinaryIO, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """The part's bytes from its own stream, to its real end; that it is as long as declared is checked there."""
    if part.flag_bits & 1:
        raise unreadable("工作簿设有密码，无法读取。请先取消密码，")
    if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise unreadable("工作簿使用了不常见的压缩方式。")
    file.seek(part.header_offset)
    name, extra = struct.unpack("<26xHH", file.read(30))
    file.seek(name + extra, 1)
    left, seen = part.compress_size, 0
    inflater = zlib.decompressobj(-15) if part.compress_type == zipfile.ZIP_DEFLATED else None
    while left > 0 and not (inflater and inflater.eof):
        packed = file.read(min(_CHUNK, left))
        if not packed:
            raise EOFError
        left -= len(packed)
        while packed:
            plain = inflater.decompress(packed, _CHUNK) if inflater else packed
            packed = inflater.unconsumed_tail if inflater else b""
            seen += len(plain)
            if seen > max(RATIO_FROM, MAX_RATIO * part.compress_size):
                raise too_large("工作簿的内容高度重复，展开后过大。")
            yield plain
    if seen != part.file_size:
        raise EOFError


class _Looker:
    """Looks at every XML part as it is inflated, and keeps the budgets of the whole workbook."""

    def __init__(self, columns: int, told: Callable[[int, int], None] | None, size: int) -> None:
        self.marks: dict[str, SheetMarks] = {}
        self._inflated = self._cells = self._merged = 0
        self._told, self._size, self._next = told, size, _TELL_EACH
        self._columns, self._last = columns, column_letter(columns - 1)
        self._far, self._maybe_far = _far_patterns(columns)
        self._formats: Mapping[bytes, int] = {}
        self._shown: re.Pattern[bytes] | None = None

    def look_at_styles(self, styles: bytes) -> None:
        """How numbers are shown, before the sheets come by."""
        self._formats = number_formats(styles)
        self._shown = cells_shown_otherwise(self._formats)

    def look(self, name: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """The part's chunks, each after it was found harmless."""
        marks = self.marks.setdefault(name, SheetMarks())
        tail, run = b"", 0
        for chunk in chunks:
            self._count(name, chunk)
            if not tail and chunk[:2] in (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<"):
                raise unreadable("工作簿的文字编码不是 UTF-8。")
            first = chunk.find(b"<")
            run = run + len(chunk) if first < 0 else run + first
            if run > MAX_RUN:
                raise too_large("有一个单元格的内容过长。")
            run = run if first < 0 else len(chunk) - chunk.rfind(b"<")
            buffer = tail + chunk
            self._refuse(buffer)
            if "sheets/" in name:
                note(buffer, len(tail), marks)
                note_shown(buffer, self._shown, self._formats, marks)
            yield chunk
            # A cell that the chunk cut in two is looked at again as a whole.
            cut = buffer.rfind(b"<c ", -_LONGEST_CELL)
            tail = buffer[cut if cut >= 0 else -_OVERLAP :]

    def count_ods(self, row: int, column: int, rows: int, columns: int) -> None:
        """Keep the budgets over a cell of an OpenDocument table that is repeated."""
        if column + columns > self._columns or row + rows > MAX_ROWS:
            place = f"{column_letter(column + columns - 1)}{row + rows - 1}"
            raise self._too_far(place)
        self._cells += rows * columns
        self._keep_cells()

    def _keep_cells(self) -> None:
        if self._cells > MAX_CELLS:
            raise too_large(f"工作簿的单元格超过 {MAX_CELLS} 个。")

    def _too_far(self, place: str) -> Refused:
        return too_large(f"单元格 {place} 离数据太远（最远 {self._last} 列、第 {MAX_ROWS - 1} 行）。")

    def _count(self, name: str, chunk: bytes) -> None:
        self._inflated += len(chunk)
        if self._inflated > MAX_INFLATED:
            raise too_large(f"工作簿展开后超过 {MAX_INFLATED // 2**20} MiB。")
        if self._told and self._inflated >= self._next:
            self._next += _TELL_EACH
            self._told(self._inflated, self._size)
        if "sheet" in name:
            self._cells += chunk.count(b"<c ") + chunk.count(b"<c>")
            if b":" in chunk:
                self._cells += chunk.count(b":c ")
            self._keep_cells()

    def _refuse(self, buffer: bytes) -> None:
        # A single sign is looked for ten times as fast as two: most pieces have none of the rare ones.
        if b"!" in buffer and (b"<!DOCTYPE" in buffer or b"<!ENTITY" in buffer):
            raise unreadable("工作簿含有不允许的文档类型声明（DTD）。")
        if b"'" in buffer or self._maybe_far.search(buffer):
            far = self._far.search(buffer)
            if far:
                raise self._too_far(far.group(1).decode())
        if b"<c>" in buffer and any(row.count(b"<c>") > self._columns for row in buffer.split(b"<row")):
            raise too_large(f"有的行超过 {self._columns} 格。")
        if b"mergeCell" in buffer:
            for left, top, right, bottom in _MERGE.findall(buffer):
                width = column_index(right.decode()) - column_index(left.decode()) + 1
                self._merged += width * (int(bottom) - int(top) + 1)
            if self._merged > MAX_MERGED:
                raise too_large("合并单元格的范围过大。")


def _far_patterns(columns: int) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """Finds a cell with content beyond the column or the millionth row (empty formatted cells may be anywhere), and,
    faster, what may be one in the commonest spelling."""
    letters = column_letter(min(max(columns, 27), 702) - 1)
    first, second = letters[0], letters[1]
    beyond = [rb"[A-Z]{3,}"]
    if first < "Z":
        beyond.append(f"[{chr(ord(first) + 1)}-Z][A-Z]".encode())
    if second < "Z":
        beyond.append(f"{first}[{chr(ord(second) + 1)}-Z]".encode())
    place = rb"(?:" + rb"|".join(beyond) + rb")\d+|[A-Z]+\d{7,}"
    return re.compile(rb"r=[\"'](" + place + rb")[\"'][^>]*(?<!/)>"), re.compile(rb'r="(?:' + place + rb')"')


def _scan_parts(looker: _Looker, file: BinaryIO, parts: Mapping[str, zipfile.ZipInfo]) -> Scan:
    """The marks by sheet name: the workbook names its sheets, its relations tell their parts."""

    def tree(name: str) -> ElementTree.Element:
        return ElementTree.fromstring(b"".join(_inflate(file, parts[name])))  # noqa: S314 - no DTD, scanned before

    targets = {item.get("Id"): item.get("Target", "") for item in tree("xl/_rels/workbook.xml.rels")}
    book = list(tree("xl/workbook.xml").iter())
    sheets = [item for item in book if item.tag.endswith("}sheet")]
    if len(sheets) > MAX_SHEETS:
        raise too_large(f"工作簿有 {len(sheets)} 个工作表，上限 {MAX_SHEETS} 个。")
    found = {}
    for item in sheets:
        relation = item.get(_RELATION) or next((text for key, text in item.items() if key.endswith("}id")), "")
        target = targets.get(relation, "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        found[item.get("name", "")] = looker.marks.get(part, SheetMarks())
    second = any(item.tag.endswith("}workbookPr") and item.get("date1904") in ("1", "true") for item in book)
    return Scan("xlsx", found, 1904 if second else 1900)
