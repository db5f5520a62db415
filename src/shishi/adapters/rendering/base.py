"""The port: a renderer lays a document out into a file. Measures of GB/T 9704-2012 that both renderers share."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import Protocol

from shishi.core.documents import Document, DocumentKind
from shishi.core.typography import chinese_date, text_width

LINES, CHARACTERS = 22, 28
BODY_WIDTH = 442
MARK_LARGEST, MARK_SMALLEST = 36, 22
LONGEST_WORD = 12


class Renderer(Protocol):
    """Lays ``document`` out into the file at ``path``, whole or not at all; the same document gives the same bytes.

    Raises ``Refused``: ``font_missing``, ``glyph_missing`` (with the characters), ``render_failed``.
    """

    def __call__(self, document: Document, path: Path) -> None:
        """Write the file."""
        ...


def mark_size(document: Document) -> int:
    """Type size of the red mark in points: as large as its one line allows."""
    widest = text_width(document.issuer_mark, 100) or 100
    return max(MARK_SMALLEST, min(MARK_LARGEST, BODY_WIDTH * 100 // widest))


def issuer_size(document: Document) -> int:
    """Type size, in tenths of a point, of the line with issuer and date: body size, or what lets a long name stand in
    one line with the date, a character in from both sides and two between."""
    line = one_line(document.issuer or document.signatory) + chinese_date(document.date)
    return min(158, BODY_WIDTH * 1000 // (text_width(line, 100) + 450))


def mark_drop(document: Document) -> int:
    """Millimetres from the top of the type area to the mark: 35 on a brief that is sent
    out, less on the day's own sheets."""
    sent = (DocumentKind.WEEKLY, DocumentKind.HALF_MONTH, DocumentKind.MONTHLY, DocumentKind.CIRCULAR)
    return 35 if document.kind in sent else 8


def is_letter(document: Document) -> bool:
    """Whether the document takes the form of a letter 信函格式."""
    return document.kind is DocumentKind.NOTICE


def one_line(text: str) -> str:
    """The text without line breaks and tabs."""
    return re.sub(r"[ \t\r\n]+", " ", text).strip(" ")


def breakable(text: str) -> str:
    """One line of text in which long unbroken words of other scripts have places to break."""
    return re.sub(rf"[!-~]{{{LONGEST_WORD},}}", lambda word: "\u200b".join(word.group()), one_line(text))


def proof_lines(document: Document) -> tuple[str, str]:
    """The root of the audit chain as it is printed: its title, and the root in groups that an eye can compare."""
    if document.proof is None:
        return "", ""
    root = document.proof.root
    groups = " ".join(root[start : start + 8] for start in range(0, len(root), 8))
    return f"审计根（{chinese_date(document.proof.day)}）", groups


def colophon(document: Document) -> tuple[str, str, str]:
    """版记: the 抄送 line, who prints, and the day of printing; empty when there is nothing to say."""
    copies = f"抄送：{'，'.join(document.cc)}。" if document.cc else ""
    printed = f"{chinese_date(document.date)}印发" if document.printed_by else ""
    return copies, document.printed_by, printed


def write_whole(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path`` so that a reader sees all of it or the former file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
