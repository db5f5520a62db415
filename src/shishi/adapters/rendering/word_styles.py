"""The styles, page and grid of a Word document by GB/T 9704-2012. Word shows Normal as
正文, Title as 标题, Heading 1 as 标题 1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from shishi.adapters.rendering.fonts import Face

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from docx.oxml.xmlchemy import BaseOxmlElement
    from docx.section import Section
    from docx.styles.style import BaseStyle
    from docx.text.paragraph import Paragraph

PAGE = {"w": 11906, "h": 16838}
MARGINS = {"top": 2098, "right": 1474, "bottom": 1984, "left": 1588, "header": 794, "footer": 1389, "gutter": 0}
TEXT_WIDTH = PAGE["w"] - MARGINS["left"] - MARGINS["right"]
LINE = 579
CHARACTER = 316
CHARACTER_SPACE = -848
"""Twips (1/1440 inch), but the last: 1/4096 pt that each character stands closer than its 16 pt, so that 28 fit."""

MARK_LINE = 900
CLOSER = -5
BODY_SIZE = 32
"""Word, WPS and LibreOffice each read a grid of characters differently. The page declares it; the styles meet it by
themselves, whatever the program: lines of exactly 28.95 pt, body characters a quarter point closer, so that 28 fit."""

RED = "B3261E"
MILLIMETRE = 1440 / 25.4


ORDER = {
    "w:pPr": "pStyle keepNext keepLines pageBreakBefore framePr widowControl pBdr tabs wordWrap snapToGrid "
    "spacing ind jc outlineLvl rPr",
    "w:tblPr": "tblStyle tblpPr tblW jc tblBorders tblLayout tblCellMar tblLook",
    "w:tcPr": "tcW tcBorders vAlign",
    "w:tcBorders": "top bottom",
    "w:sectPr": "headerReference footerReference type pgSz pgMar cols titlePg docGrid",
}
"""The order in which ECMA-376 wants the properties; Word refuses a file that has another."""


@dataclass(frozen=True, slots=True)
class Look:
    """A paragraph style. Sizes in half-points, ``line`` in twips; ``indent`` in hundredths of a character."""

    name: str
    face: Face = Face.BODY
    size: int = 32
    align: str = "both"
    line: int = LINE
    before: int = 0
    after: int = 0
    indent: int = 0
    keep: bool = False
    level: int | None = None
    colour: str = ""


LOOKS = (
    Look("Normal"),
    Look("Title", Face.TITLE, 44, "center", 660, after=LINE, keep=True),
    Look("Heading 1", Face.HEI, indent=200, keep=True, level=0),
    Look("Heading 2", Face.KAI, indent=200, keep=True, level=1),
    Look("Heading 3", indent=200, keep=True, level=2),
    Look("Heading 4", indent=200, keep=True, level=3),
    Look("公文段落", indent=200),
    Look("发文机关标志", Face.TITLE, 72, "center", MARK_LINE, colour=RED),
    Look("发文字号", align="center"),
    Look("主送机关", align="left"),
    Look("落款", align="right"),
    Look("表题", Face.HEI, 28, "center", 480, before=120, keep=True),
    Look("表格单位", size=21, align="right", line=340, keep=True),
    Look("表头", Face.HEI, 24, "center", 380),
    Look("表格文字", size=24, align="left", line=380),
    Look("注", Face.KAI, 24, "left", 400, before=60, after=60),
    Look("图", align="center", line=0),
    Look("附件标识", Face.HEI, align="left", after=LINE),
    Look("版记", size=28, align="left", line=480),
    Look("审计根", Face.CHART, 16, "left", 240, after=60),
    Look("演示标识", Face.HEI, 21, "center", 320),
    Look("页码", Face.SONG, 28, "left", 400),
)


def set_up(word: WordDocument, names: Mapping[Face, str]) -> None:
    """Give an empty document its page, grid and styles."""
    _set_defaults(word, names)
    known = {style.name for style in word.styles}
    for look in LOOKS:
        _set_style(word, look, names[look.face].split(",")[0], look.name in known)
    set_page(word.sections[0])
    word.settings.odd_and_even_pages_header_footer = True


def set_page(section: Section) -> None:
    """Margins 37, 28, 26 and 35 mm and a grid of 22 lines of 28 characters."""
    properties = section._sectPr
    for name, values in (
        ("w:pgSz", PAGE),
        ("w:pgMar", MARGINS),
        ("w:docGrid", {"type": "linesAndChars", "linePitch": LINE, "charSpace": CHARACTER_SPACE}),
    ):
        old = properties.find(_named(name))
        made = element(name, **{key: str(value) for key, value in values.items()})
        if old is None:
            properties.append(made)
        else:
            properties.replace(old, made)


def element(tag: str, **attributes: str) -> BaseOxmlElement:
    """A WordprocessingML element; attributes are in the ``w`` namespace."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made = OxmlElement(tag)
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), value)
    return made


def settle(root: BaseOxmlElement) -> None:
    """Put the properties below ``root`` into their order; of two that say the same thing the later one holds."""
    for tag, names in ORDER.items():
        ranks = {_named(f"w:{name}"): rank for rank, name in enumerate(names.split())}
        for holder in root.iter(_named(tag)):
            many = tag == "w:sectPr"
            kept = {(child.tag, position if many else 0): child for position, child in enumerate(list(holder))}
            for child in list(holder):
                holder.remove(child)
            for child in sorted(kept.values(), key=lambda child: ranks[child.tag]):
                holder.append(child)


def font_table(names: Mapping[Face, str]) -> bytes:
    """``word/fontTable.xml``: each font with those that stand in for it."""
    entries = []
    for chain in sorted(set(names.values())):
        name, *others = [escape(part.strip(), quote=True) for part in chain.split(",")]
        standing = f'<w:altName w:val="{",".join(others)}"/>' if others else ""
        entries.append(f'<w:font w:name="{name}">{standing}<w:charset w:val="86"/></w:font>')
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<w:fonts xmlns:w='
    space = '"http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    return f"{head}{space}{''.join(entries)}</w:fonts>".encode()


def _named(tag: str) -> str:
    from docx.oxml.ns import qn

    return str(qn(tag))


def _set_defaults(word: WordDocument, names: Mapping[Face, str]) -> None:
    defaults = word.styles.element.find(_named("w:docDefaults"))
    for old in list(defaults):
        defaults.remove(old)
    run = element("w:rPr")
    for part in (_fonts(names[Face.BODY].split(",")[0]), element("w:sz", val="32"), element("w:szCs", val="32")):
        run.append(part)
    run.append(element("w:lang", val="en-US", eastAsia="zh-CN", bidi="ar-SA"))
    holder = element("w:rPrDefault")
    holder.append(run)
    defaults.append(holder)
    defaults.append(element("w:pPrDefault"))


def in_style(line: Paragraph, name: str) -> Paragraph:
    """Give the paragraph a style, and give it back. By the style's id: to be told a name, python-docx looks through all
    styles each time, which is half the time that a document takes."""
    line.paragraph_format.element.style = None if name == "Normal" else name.replace(" ", "")
    return line


def _set_style(word: WordDocument, look: Look, font: str, known: bool) -> None:
    from docx.enum.style import WD_STYLE_TYPE

    style = word.styles[look.name] if known else word.styles.add_style(look.name, WD_STYLE_TYPE.PARAGRAPH)
    if not known:
        style.base_style = word.styles["Normal"]
        style.quick_style = True
    _dress(style, look, font)


def _dress(style: BaseStyle, look: Look, font: str) -> None:
    holder = style.element
    for tag in ("w:pPr", "w:rPr"):
        for old in holder.findall(_named(tag)):
            holder.remove(old)
    paragraph, run = element("w:pPr"), element("w:rPr")
    if look.keep:
        paragraph.append(element("w:keepNext"))
    paragraph.append(element("w:widowControl", val="0"))
    paragraph.append(element("w:wordWrap", val="0"))
    paragraph.append(element("w:snapToGrid", val="0"))
    rule = {"line": str(look.line), "lineRule": "exact"} if look.line else {"line": "240", "lineRule": "auto"}
    paragraph.append(element("w:spacing", before=str(look.before), after=str(look.after), **rule))
    first = {"firstLineChars": str(look.indent), "firstLine": str(look.indent * CHARACTER // 100)}
    paragraph.append(element("w:ind", left="0", right="0", **first))
    paragraph.append(element("w:jc", val=look.align))
    if look.level is not None:
        paragraph.append(element("w:outlineLvl", val=str(look.level)))
    run.append(_fonts(font))
    for tag in ("w:b", "w:bCs", "w:i"):
        run.append(element(tag, val="0"))
    run.append(element("w:snapToGrid", val="0"))
    run.append(element("w:color", val=look.colour or "000000"))
    if look.size == BODY_SIZE:
        run.append(element("w:spacing", val=str(CLOSER)))
    for tag in ("w:sz", "w:szCs"):
        run.append(element(tag, val=str(look.size)))
    holder.append(paragraph)
    holder.append(run)


def _fonts(name: str) -> BaseOxmlElement:
    return element("w:rFonts", ascii=name, hAnsi=name, eastAsia=name, cs=name)
