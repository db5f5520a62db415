"""Hostile files: each is refused in words, in bounded time and memory, and the parent lives on."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests.zoo.formats import content, ods_of, ods_row
from tests.zoo.shapes import PLAIN
from tests.zoo.specimen import CELLS, HEADER, ROWS, Make, Specimen, book

_NAME = "xl/worksheets/sheet1.xml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_OPEN = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
_CLOSE = "</sheetData></worksheet>"
_LAUGHS = "".join(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' for at in range(1, 10))
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
MANY = 8_000_000
ENDLESS = 300 * 2**20

Part = bytes | Iterator[bytes]


def with_parts(parts: Mapping[str, Part]) -> Make:
    """A good workbook with some parts replaced or added; a part may be written piece by piece."""

    def make(path: Path) -> None:
        book(PLAIN)(path)
        good = path.read_bytes()
        with (
            zipfile.ZipFile(io.BytesIO(good)) as source,
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target,
        ):
            for name in source.namelist():
                if name not in parts:
                    target.writestr(name, source.read(name))
            for name, part in parts.items():
                with target.open(name, "w", force_zip64=True) as out:
                    for piece in [part] if isinstance(part, bytes) else part:
                        out.write(piece)

    return make


def sheet(body: str, close: str = _CLOSE, head: str = _HEAD) -> Make:
    """A workbook whose sheet is this XML."""
    return with_parts({_NAME: (head + _OPEN + body + close).encode()})


def _endless() -> Iterator[bytes]:
    yield (_HEAD + _OPEN + '<row r="1"><c r="A1" t="inlineStr"><is><t>').encode()
    for _ in range(ENDLESS // 2**20):
        yield b"a" * 2**20
    yield f"</t></is></c></row>{_CLOSE}".encode()


def _tiny() -> Iterator[bytes]:
    yield (_HEAD + _OPEN).encode()
    row = ("<row>" + "<c><v>1</v></c>" * 1000 + "</row>").encode()
    for _ in range(MANY // 1000):
        yield row
    yield _CLOSE.encode()


def _generated(pieces: Callable[[], Iterator[bytes]]) -> Make:
    return lambda path: with_parts({_NAME: pieces()})(path)


def _truncated(share: float) -> Make:
    def make(path: Path) -> None:
        book(PLAIN)(path)
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * share)])

    return make


def _cell(place: str) -> str:
    return f'<row r="{place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}"><c r="{place}"><v>1</v></c></row>'


def _zip(parts: Mapping[str, bytes]) -> Make:
    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in parts.items():
                archive.writestr(name, data)

    return make


_REPEATED = (
    '<table:table-row table:number-rows-repeated="1048576"><table:table-cell office:value-type="float" '
    'office:value="1" table:number-columns-repeated="16384"/></table:table-row>'
)
_SPANNED = (
    '<table:table-cell office:value-type="float" office:value="1" '
    'table:number-rows-spanned="1000000000" table:number-columns-spanned="9"/>'
)
_MERGE = '</sheetData><mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells></worksheet>'
TOO_LARGE, UNREADABLE = [("", "workbook_too_large")], [("", "workbook_unreadable")]


def _wild(name: str, make: Make, refused: list[tuple[str, str]], told: str = "", suffix: str = ".xlsx") -> Specimen:
    return Specimen(name, make, refused=refused, told=[told] if told else [], suffix=suffix, hostile=True)


HOSTILE = [
    _wild("压缩炸弹", with_parts({"xl/media.xml": b"<a/>" * 2**24}), TOO_LARGE, "重复"),
    _wild("实体炸弹", sheet(_cell("A1"), head=f"{_HEAD}<!DOCTYPE a [<!ENTITY l0 'lol'>{_LAUGHS}]>"), UNREADABLE, "DTD"),
    _wild("样式里的实体炸弹", with_parts({"xl/styles.xml": f"<!DOCTYPE a [{_LAUGHS}]><a>&l9;</a>".encode()}), UNREADABLE,
          "DTD"),
    _wild("外部实体", sheet(_cell("A1"), head=f'{_HEAD}<!DOCTYPE a SYSTEM "file:///etc/passwd">'), UNREADABLE, "DTD"),
    _wild("最远的格子", sheet(_cell("A1") + _cell("XFD1048576")), TOO_LARGE, "XFD1048576"),
    _wild("一个合并占满全表", sheet(_cell("A1"), _MERGE), TOO_LARGE, "合并"),
    _wild("合并躲在别的属性后", sheet(_cell("A1"), _MERGE.replace("mergeCell ref", "mergeCell x='1' ref")), TOO_LARGE, "合并"),
    _wild("ods合并十亿行", ods_of(ods_row([_SPANNED])), TOO_LARGE, "合并", suffix=".ods"),
    _wild("一格三百兆", _generated(_endless), TOO_LARGE),
    _wild("八百万个小格", _generated(_tiny), TOO_LARGE),
    _wild("两万个部件", _zip({f"xl/p{at}": b"" for at in range(20_000)} | {"xl/workbook.xml": b"<a/>"}), TOO_LARGE),
    _wild("加密的工作簿", content(_OLE + "EncryptedPackage".encode("utf-16-le")), UNREADABLE, "密码"),
    _wild("只有容器的旧工作簿", content(_OLE), UNREADABLE, suffix=".xls"),
    _wild("带宏的工作簿", with_parts({"xl/vbaProject.bin": b"macro"}), [("", "workbook_has_macros")], "宏"),
    _wild("带宏的旧工作簿", content(_OLE + "_VBA_PROJECT_CUR".encode("utf-16-le")), [("", "workbook_has_macros")],
          suffix=".xls"),
    _wild("截断一半", _truncated(0.5), UNREADABLE),
    _wild("少最后一字节", _truncated(0.9999), UNREADABLE),
    _wild("二进制工作簿", _zip({"xl/workbook.bin": b"x"}), UNREADABLE, "xlsb"),
    _wild("Word文档", _zip({"word/document.xml": b"<a/>"}), UNREADABLE, "Word"),
    _wild("别的压缩包", _zip({"a.txt": b"a"}), UNREADABLE, "压缩包"),
    _wild("ods重复铺满全表", ods_of(_REPEATED), TOO_LARGE, suffix=".ods"),
    _wild("ods重复六千万格", ods_of(_REPEATED.replace("1048576", "900000").replace("16384", "70")), TOO_LARGE,
          suffix=".ods"),
    _wild("csv一格两兆", content(b'"' + b"a" * 2**21 + b'",b\n'), TOO_LARGE, suffix=".csv"),
    _wild("csv十万列", content(b"a," * 100_000 + b"a\n"), TOO_LARGE, suffix=".csv"),
    _wild("动态数据交换", book([HEADER, [*CELLS[0][:4], ("=cmd|'/c calc'!A0", 1), *CELLS[0][5:]]]),
          [("数据!E2", "formula_outside")]),
    _wild("从网上取数", book([HEADER, [*CELLS[0][:4], ('=_xlfn.WEBSERVICE("http://a.b")', 1), *CELLS[0][5:]]]),
          [("数据!E2", "formula_outside")]),
    Specimen("带外部链接而没有用到", with_parts({"xl/externalLinks/externalLink1.xml": b"<a/>"}), ROWS, hostile=True),
]  # fmt: skip
