"""PDF by Typst. The page is one fixed template; a document goes in as JSON, so no text of it can become code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from shishi.adapters.rendering import base
from shishi.adapters.rendering.fonts import Face, FontSet, book_of, find_fonts
from shishi.core.blocks import Block, Grid, Heading, Note, Paragraph, block_texts, numbered, text_of
from shishi.core.calendars import SHANGHAI
from shishi.core.charts import BarChart, CurveChart
from shishi.core.documents import DEMONSTRATION, Document, everything, texts
from shishi.core.errors import Refused
from shishi.core.typography import chinese_date, title_lines

if TYPE_CHECKING:
    import typst

TEMPLATE = Path(__file__).with_name("gongwen.typ")
PICTURE = Path(__file__).with_name("picture.typ")
ONE_AT_A_TIME = Lock()
"""A kept compiler serves one caller; threads of a web server wait their turn (milliseconds)."""

Data = dict[str, object]


def render_pdf(document: Document, path: Path, fonts: FontSet | None = None) -> None:
    """Lay the document out into ``path`` (see :class:`shishi.adapters.rendering.base.Renderer`)."""
    base.write_whole(path, pdf_bytes(document, fonts or find_fonts()))


def pdf_bytes(document: Document, fonts: FontSet) -> bytes:
    """The document as PDF, tagged for screen readers; the only date inside is the document's own."""
    check_glyphs(document, fonts)
    sent = json.dumps(paper(document, fonts), ensure_ascii=False)
    day = document.date
    moment = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
    return _compile(_compiler(TEMPLATE, fonts.folder), {"paper": sent}, moment=moment)


def chart_png(chart: BarChart | CurveChart, fonts: FontSet, dots_per_inch: int = 220) -> bytes:
    """A chart as a picture for Word."""
    svg = chart.svg(", ".join(fonts.families(Face.CHART)))
    return _compile(_compiler(PICTURE, fonts.folder), {"svg": svg}, dots_per_inch=dots_per_inch)


def check_glyphs(document: Document, fonts: FontSet) -> None:
    """Raise ``Refused("glyph_missing")`` when a text of the document has a character that its face cannot draw."""
    fonts.check(Face.CHART, "".join(base.proof_lines(document)))
    fonts.check(Face.TITLE, base.breakable(document.title + document.issuer_mark))
    fonts.check(Face.BODY, "".join(map(base.breakable, texts(document))))
    for face, text in _faced(document):
        fonts.check(face, base.breakable(text))


def paper(document: Document, fonts: FontSet) -> Data:
    """What the template reads: plain strings, numbers and lists."""
    copies, printer, printed_on = base.colophon(document)
    proof_title, root = base.proof_lines(document)
    return {
        "faces": {face.value: list(fonts.families(face)) for face in Face},
        "letter": base.is_letter(document),
        "mark": base.breakable(document.issuer_mark),
        "mark_size": base.mark_size(document),
        "mark_drop": base.mark_drop(document),
        "issuer_size": base.issuer_size(document),
        "issuer": base.breakable(document.issuer or document.signatory),
        "number": base.breakable(document.number),
        "date": chinese_date(document.date),
        "title": base.breakable(document.title),
        "title_lines": [base.breakable(line) for line in title_lines(document.title)],
        "addressee": base.breakable(document.addressee),
        "blocks": [block_data(block, fonts) for block in numbered(document.blocks)],
        "attachments": [
            {"title": base.breakable(one.title), "blocks": [block_data(block, fonts) for block in numbered(one.blocks)]}
            for one in document.attachments
        ],
        "after": [block_data(block, fonts) for block in document.after],
        "signatory": base.breakable(document.signatory),
        "signed_on": chinese_date(document.signed_on) if document.signed_on else "",
        "copies": base.breakable(copies),
        "printer": base.breakable(printer),
        "printed_on": printed_on,
        "demonstration": DEMONSTRATION if document.demonstration else None,
        "proof": {"title": proof_title, "root": root} if root else None,
    }


def block_data(block: Block, fonts: FontSet) -> Data:
    """One block for the template."""
    if isinstance(block, Heading):
        return {"type": "heading", "level": block.level, "text": base.breakable(block.text)}
    if isinstance(block, Paragraph):
        return {
            "type": "paragraph",
            "indent": block.indent,
            "text": base.breakable("".join(r.text for r in block.runs)),
        }
    if isinstance(block, Note):
        return {"type": "note", "text": base.breakable(block.text)}
    if isinstance(block, Grid):
        return {
            "type": "grid",
            "title": base.breakable(block.title),
            "header": [base.breakable(text) for text in block.header],
            "rows": [[base.breakable(text_of(cell)) for cell in row] for row in block.rows],
            "align": [side.value for side in block.align],
            "shares": list(block.shares()),
            "total": block.total_row,
            "unit": base.breakable(block.unit),
            "note": base.breakable(block.note),
        }
    return {
        "type": "chart",
        "title": base.breakable(block.title),
        "unit": base.breakable(block.unit),
        "note": base.breakable(block.note),
        "svg": block.svg(", ".join(fonts.families(Face.CHART))),
        "alt": block.description(),
    }


def _faced(document: Document) -> Iterator[tuple[Face, str]]:
    for block in everything(document):
        if isinstance(block, Heading):
            yield (Face.HEI if block.level == 1 else Face.KAI if block.level == 2 else Face.BODY), block.text
        elif isinstance(block, Note):
            yield Face.KAI, block.text
        elif isinstance(block, Grid):
            yield Face.HEI, block.title + "".join(block.header)
            yield Face.KAI, block.note
        elif isinstance(block, (BarChart, CurveChart)):
            yield Face.CHART, "".join(block_texts(block))


@cache
def _compiler(source: Path, folder: Path) -> typst.Compiler:
    import typst

    return typst.Compiler(str(source), root=str(TEMPLATE.parent), font_paths=book_of(folder), ignore_system_fonts=True)


def compiled(source: Path, fonts: FontSet, inputs: dict[str, str], dots_per_inch: int) -> bytes:
    """A page of a template of ours as PNG."""
    return _compile(_compiler(source, fonts.folder), inputs, dots_per_inch=dots_per_inch)


def compile_with(compiler: typst.Compiler, inputs: dict[str, str], moment: datetime | None = None) -> bytes:
    """A PDF of a template of ours by a compiler of the caller's."""
    return _compile(compiler, inputs, moment=moment)


def _compile(
    compiler: typst.Compiler, inputs: dict[str, str], moment: datetime | None = None, dots_per_inch: int = 0
) -> bytes:
    import typst

    try:
        with ONE_AT_A_TIME:
            if dots_per_inch:
                made, warnings = compiler.compile_with_warnings(format="png", ppi=dots_per_inch, sys_inputs=inputs)
            else:
                made, warnings = compiler.compile_with_warnings(format="pdf", timestamp=moment, sys_inputs=inputs)
    except typst.TypstError as fault:
        raise Refused("render_failed", f"排版没有完成：{fault.message}。请把本条信息交给系统管理员。") from fault
    if warnings or not isinstance(made, bytes):
        said = "；".join(str(warning) for warning in warnings)
        raise Refused("render_failed", f"排版有未解决的提示：{said}。请把本条信息交给系统管理员。")
    return made
