"""Handouts as pictures, by Typst: what is shown goes in as JSON, so no text of it can become code."""

from __future__ import annotations

import json
from pathlib import Path

from shishi.adapters.rendering.fonts import Face, FontSet, find_fonts
from shishi.adapters.rendering.pdf import compiled
from shishi.core.documents import DEMONSTRATION
from shishi.core.handouts import Handout, told

TEMPLATE = Path(__file__).with_name("handout.typ")
MOST_ROWS = 80
"""Rows of one picture; a longer table says how many it leaves out."""


def picture_of(handout: Handout, fonts: FontSet | None = None, dots_per_inch: int = 144) -> bytes:
    """The handout as PNG. ``Refused``: font_missing, glyph_missing, render_failed."""
    found = fonts or find_fonts()
    sheet = handout.sheets[0]
    body, total = (sheet.rows[:-1], sheet.rows[-1:]) if sheet.total else (sheet.rows, ())
    left = len(body) - MOST_ROWS
    rows = [
        [told(cell, column, grouped=True) for cell, column in zip(row, sheet.columns, strict=True)]
        for row in (*body[:MOST_ROWS], *total)
    ]
    families = list(found.families(Face.CHART))
    data = {
        "faces": families,
        "title": handout.title,
        "facts": [list(fact) for fact in handout.facts],
        "heroes": [list(hero) for hero in handout.heroes],
        "svg": handout.chart.svg(", ".join(families)) if handout.chart else "",
        "columns": [column.title for column in sheet.columns],
        "numeric": [column.scale is not None for column in sheet.columns],
        "rows": rows,
        "total": sheet.total,
        "note": f"另有 {left} 行没有画出，请导出表格查看。" if left > 0 else "",
        "demonstration": DEMONSTRATION if handout.demonstration else "",
    }
    texts = [handout.title, *(word for fact in handout.facts for word in fact), *(cell for row in rows for cell in row)]
    found.check(Face.CHART, "".join(texts))
    sent = {"handout": json.dumps(data, ensure_ascii=False)}
    return compiled(TEMPLATE, found, sent, dots_per_inch=dots_per_inch)
