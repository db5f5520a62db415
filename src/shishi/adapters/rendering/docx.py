"""Word text by python-docx: real styles, a real grid, real page number fields; every word stays editable."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from shishi.adapters.rendering import base
from shishi.adapters.rendering.fonts import Face, FontSet, find_fonts
from shishi.adapters.rendering.word_styles import (
    CHARACTER,
    LINE,
    MARGINS,
    MARK_LINE,
    MILLIMETRE,
    RED,
    TEXT_WIDTH,
    element,
    font_table,
    in_style,
    set_up,
    settle,
)
from shishi.adapters.rendering.word_tables import add_grid, foot_table
from shishi.core.blocks import Block, Grid, Heading, Note, Paragraph, block_texts, numbered
from shishi.core.charts import BarChart, CurveChart
from shishi.core.documents import DEMONSTRATION, Document, everything
from shishi.core.typography import chinese_date, text_width, title_lines

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from docx.section import _Footer, _Header
    from docx.text.paragraph import Paragraph as WordParagraph

EPOCH = (1980, 1, 1, 0, 0, 0)
CHART_WIDTH = 156


@dataclass(frozen=True, slots=True)
class Edge:
    """A rule at one side of a paragraph: ``size`` in eighths of a point, ``space`` to the text in points."""

    side: str
    kind: str
    size: int
    space: int = 1
    colour: str = RED


def render_docx(document: Document, path: Path, fonts: FontSet | None = None) -> None:
    """Write the document as Word text (see :class:`shishi.adapters.rendering.base.Renderer`)."""
    base.write_whole(path, docx_bytes(document, fonts or find_fonts()))


def docx_bytes(document: Document, fonts: FontSet) -> bytes:
    """The document as a ``.docx`` file; the only date inside is the document's own."""
    import docx

    for block in everything(document):
        if isinstance(block, (BarChart, CurveChart)):
            fonts.check(Face.CHART, "".join(block_texts(block)))
    word = docx.Document()
    set_up(word, fonts.word)
    _describe(word, document)
    _running_lines(word, document)
    _head(word, document)
    _body(word, document, fonts)
    _end(word, document)
    section = word.sections[0]
    for part in (
        *(section.header, section.even_page_header, section.first_page_header),
        *(section.footer, section.even_page_footer, section.first_page_footer),
    ):
        if not part.is_linked_to_previous:
            settle(part._element)
    settle(word.element)
    made = io.BytesIO()
    word.save(made)
    return _settled(made.getvalue(), font_table(fonts.word))


def _describe(word: WordDocument, document: Document) -> None:
    properties = word.core_properties
    properties.title = base.one_line(document.title)
    properties.author = properties.last_modified_by = base.one_line(document.signatory or document.issuer)
    properties.comments = DEMONSTRATION if document.demonstration else ""
    properties.language = "zh-CN"
    day = document.date
    properties.created = properties.modified = datetime(day.year, day.month, day.day, tzinfo=UTC)


def _running_lines(word: WordDocument, document: Document) -> None:
    section = word.sections[0]
    for header in (section.header, section.even_page_header):
        header.is_linked_to_previous = False
        _demonstration_line(header.paragraphs[0], document)
    _page_number(section.footer, "right")
    _page_number(section.even_page_footer, "left")
    if base.is_letter(document):
        section.different_first_page_header_footer = True
        _letter_head(section.first_page_header, document)
        _letter_foot(section.first_page_footer)


def _demonstration_line(line: WordParagraph, document: Document) -> None:
    in_style(line, "演示标识")
    if document.demonstration:
        line.add_run(DEMONSTRATION)
        _rule(line, *(Edge(side, "single", 4, 3, "55514A") for side in ("top", "left", "bottom", "right")))
        line._p.get_or_add_pPr().append(element("w:ind", left="2100", right="2100"))


def _page_number(footer: _Footer, side: str) -> None:
    footer.is_linked_to_previous = False
    line = footer.paragraphs[0]
    in_style(line, "页码")
    properties = line._p.get_or_add_pPr()
    properties.append(element("w:ind", **{side: str(280)}))
    properties.append(element("w:jc", val=side))
    line.add_run("— ")
    field = element("w:fldSimple", instr=" PAGE ")
    run = element("w:r")
    text = element("w:t")
    text.text = "1"
    run.append(text)
    field.append(run)
    line._p.append(field)
    line.add_run(" —")


def _letter_head(header: _Header, document: Document) -> None:
    """The mark 30 mm below the edge of the page, over a red thick and thin rule of 170 mm."""
    header.is_linked_to_previous = False
    first = header.paragraphs[0]
    _demonstration_line(first, document)
    first.paragraph_format.space_after = _points((30 * MILLIMETRE - MARGINS["header"] - 320 - _lead(document)) / 20)
    mark = header.add_paragraph(base.one_line(document.issuer_mark), "发文机关标志")
    _resize(mark, base.mark_size(document))
    properties = mark._p.get_or_add_pPr()
    _rule(mark, Edge("bottom", "thickThinSmallGap", 24, 11))
    properties.append(element("w:ind", left=str(-round(8 * MILLIMETRE)), right=str(-round(6 * MILLIMETRE))))


def _letter_foot(footer: _Footer) -> None:
    footer.is_linked_to_previous = False
    line = footer.paragraphs[0]
    in_style(line, "页码")
    properties = line._p.get_or_add_pPr()
    place = {"x": round(20 * MILLIMETRE), "y": round(277 * MILLIMETRE), "w": round(170 * MILLIMETRE), "h": 120}
    anchors = {"hRule": "exact", "wrap": "around", "vAnchor": "page", "hAnchor": "page"}
    properties.append(element("w:framePr", **{name: str(value) for name, value in (place | anchors).items()}))
    _rule(line, Edge("top", "thinThickSmallGap", 24, 0))


def _head(word: WordDocument, document: Document) -> None:
    if base.is_letter(document):
        line = word.add_paragraph(base.one_line(document.number), "发文字号")
        line._p.get_or_add_pPr().append(element("w:jc", val="right"))
        title_space = 2
    else:
        _red_head(word, document)
        title_space = 2 if base.mark_drop(document) > 20 else 1
    title = in_style(word.add_paragraph(), "Title")
    for place, text in enumerate(title_lines(document.title)):
        run = title.add_run(base.one_line(text))
        if place:
            run._r.insert(0, element("w:br"))
    title.paragraph_format.space_before = _points(title_space * LINE / 20)
    if document.addressee:
        word.add_paragraph(base.one_line(document.addressee) + "：", "主送机关")


def _red_head(word: WordDocument, document: Document) -> None:
    drop = base.mark_drop(document)
    mark = word.add_paragraph(base.one_line(document.issuer_mark), "发文机关标志")
    _resize(mark, base.mark_size(document))
    mark.paragraph_format.space_before = _points((drop * MILLIMETRE - _lead(document)) / 20)
    roomy = drop > 20
    if document.number:
        line = word.add_paragraph(base.one_line(document.number), "发文字号")
        line.paragraph_format.space_before = _points(LINE / 20 if roomy else 0)
    line = in_style(word.add_paragraph(), "发文字号")
    line.paragraph_format.space_before = _points(LINE / 20 if roomy else 0)
    line.add_run(f"{base.one_line(document.issuer or document.signatory)}\t{chinese_date(document.date)}")
    _resize(line, base.issuer_size(document) // 10)
    properties = line._p.get_or_add_pPr()
    tabs = element("w:tabs")
    tabs.append(element("w:tab", val="right", pos=str(TEXT_WIDTH - CHARACTER)))
    properties.append(tabs)
    properties.append(element("w:ind", leftChars="100", left=str(CHARACTER)))
    properties.append(element("w:jc", val="left"))
    _rule(line, Edge("bottom", "single", 12, 11))


def _body(word: WordDocument, document: Document, fonts: FontSet) -> None:
    for block in numbered(document.blocks):
        _block(word, block, fonts)
    if document.signatory and isinstance(document.blocks[-1], (Paragraph, Note)):
        word.paragraphs[-1].paragraph_format.keep_with_next = True
    _attachment_list(word, document)
    _signature(word, document)
    for block in document.after:
        _block(word, block, fonts)
    for place, behind in enumerate(document.attachments, start=1):
        label = word.add_paragraph(f"附件{place if len(document.attachments) > 1 else ''}", "附件标识")
        label.paragraph_format.page_break_before = True
        word.add_paragraph(base.one_line(behind.title), "Title")
        for block in numbered(behind.blocks):
            _block(word, block, fonts)


def _block(word: WordDocument, block: Block, fonts: FontSet) -> None:
    if isinstance(block, Heading):
        word.add_paragraph(base.one_line(block.text), f"Heading {block.level}")
    elif isinstance(block, Paragraph):
        prose = in_style(word.add_paragraph(), "公文段落" if block.indent else "Normal")
        for run in block.runs:
            prose.add_run(run.text if run.text.isspace() else _spaced(run.text))
    elif isinstance(block, Note):
        word.add_paragraph(base.one_line(block.text), "注")
    elif isinstance(block, Grid):
        add_grid(word, block)
    else:
        _chart(word, block, fonts)


def _spaced(text: str) -> str:
    """As one line, with the spaces at the ends of a run kept: a sentence is made of several runs."""
    head = " " if text[:1].isspace() else ""
    tail = " " if text[-1:].isspace() else ""
    return f"{head}{base.one_line(text)}{tail}"


def _chart(word: WordDocument, chart: BarChart | CurveChart, fonts: FontSet) -> None:
    from docx.shared import Mm

    from shishi.adapters.rendering.pdf import chart_png

    word.add_paragraph(base.one_line(chart.title), "表题")
    if chart.unit:
        word.add_paragraph(base.one_line(chart.unit), "表格单位")
    line = in_style(word.add_paragraph(), "图")
    picture = line.add_run().add_picture(io.BytesIO(chart_png(chart, fonts)), width=Mm(CHART_WIDTH))
    picture._inline.docPr.set("descr", chart.description())
    picture._inline.docPr.set("title", base.one_line(chart.title))
    if chart.note:
        word.add_paragraph(base.one_line(chart.note), "注")


def _attachment_list(word: WordDocument, document: Document) -> None:
    several = len(document.attachments) > 1
    for place, behind in enumerate(document.attachments, start=1):
        label = "附件：" if place == 1 else "　　　"
        line = word.add_paragraph(f"{label}{f'{place}.' if several else ''}{base.one_line(behind.title)}", "公文段落")
        line.paragraph_format.keep_with_next = True
        if place == 1:
            line.paragraph_format.space_before = _points(LINE / 20)


def _signature(word: WordDocument, document: Document) -> None:
    """The office two characters from the right; the date's first character two to the right of the office's."""
    day = chinese_date(document.signed_on) if document.signed_on else ""
    office = base.one_line(document.signatory)
    wide, dated = text_width(office, CHARACTER), text_width(day, CHARACTER) if day else 0
    box = max(wide, dated + 2 * CHARACTER)
    for place, (text, room) in enumerate(((office, box - wide), (day, box - dated - 2 * CHARACTER))):
        if text:
            line = word.add_paragraph(text, "落款")
            line._p.get_or_add_pPr().append(element("w:ind", right=str(2 * CHARACTER + room)))
            line.paragraph_format.keep_with_next = place == 0
            line.paragraph_format.space_before = _points(0 if place and office else LINE / 20)


def _end(word: WordDocument, document: Document) -> None:
    """The audit root and 版记, at the foot of the last page."""
    copies, printer, printed_on = base.colophon(document)
    proof_title, root = base.proof_lines(document)
    rows = [("审计根", f"{proof_title}{root}")] if root else []
    if copies:
        rows.append(("版记", base.one_line(copies)))
    if printer:
        rows.append(("版记", f"{base.one_line(printer)}\t{printed_on}"))
    if rows:
        foot_table(word, rows, ruled=not base.is_letter(document))
        in_style(word.add_paragraph(), "审计根")


def _lead(document: Document) -> int:
    """Twips of empty space that the mark's line has above its characters."""
    return (MARK_LINE - base.mark_size(document) * 20) // 2


def _resize(line: WordParagraph, points: int) -> None:
    for run in line.runs:
        run.font.size = _points(points)


def _points(points: float) -> int:
    from docx.shared import Pt

    return Pt(points)


def _rule(line: WordParagraph, *edges: Edge) -> None:
    borders = element("w:pBdr")
    for edge in edges:
        measures = {"sz": str(edge.size), "space": str(edge.space)}
        borders.append(element(f"w:{edge.side}", val=edge.kind, color=edge.colour, **measures))
    line._p.get_or_add_pPr().append(borders)


def _settled(content: bytes, fonts: bytes) -> bytes:
    """The same package with fixed times, so that the same document gives the same bytes, and with our font table."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            data = fonts if entry.filename == "word/fontTable.xml" else source.read(entry)
            target.writestr(zipfile.ZipInfo(entry.filename, EPOCH), data, zipfile.ZIP_DEFLATED)
    return made.getvalue()
