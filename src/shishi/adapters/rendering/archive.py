"""Archives as PDF, by Typst: a cover, contents, facts, pictures in pairs, tables, and the hash of every original.

What is told goes in as JSON and pictures as files that are named by number, so no text can become code.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from shishi.adapters.rendering import base
from shishi.adapters.rendering.fonts import Face, FontSet, book_of, find_fonts
from shishi.adapters.rendering.pdf import compile_with
from shishi.core.documents import DEMONSTRATION

TEMPLATE = Path(__file__).with_name("archive.typ")


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture of the book: its number, and the words under it."""

    number: int
    words: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Before and after of the same thing; one of them may be missing."""

    title: str
    before: Shot | None
    after: Shot | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: as many cells in each row as in the header."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Book:
    """What an archive holds. ``facts``: name and text; ``series``: pictures that stand in no pair, by the side of the
    work; ``hashes``: of every original."""

    title: str
    key: str
    programme: str
    made_at: datetime
    made: str
    about: str
    facts: tuple[tuple[str, str], ...]
    pairs: tuple[Pair, ...]
    series: tuple[tuple[str, tuple[Shot, ...]], ...]
    sheets: tuple[Sheet, ...]
    papers: tuple[str, ...]
    hashes: Sheet
    demonstration: bool


def archive_pdf(book: Book, pictures: Mapping[int, bytes], fonts: FontSet | None = None) -> bytes:
    """The book as PDF; ``pictures``: JPEG of every number that it names. ``Refused``: font_missing, glyph_missing,
    render_failed."""
    import typst

    found = fonts or find_fonts()
    told = asdict(book)
    del told["made_at"]
    found.check(Face.CHART, "".join(_texts(told)))
    data = told | {
        "faces": list(found.families(Face.CHART)),
        "demonstration": DEMONSTRATION if book.demonstration else "",
    }
    with TemporaryDirectory(prefix="shishi-") as folder:
        root = Path(folder)
        shutil.copy(TEMPLATE, root / TEMPLATE.name)
        for number, content in pictures.items():
            (root / f"{number:d}.jpg").write_bytes(content)
        compiler = typst.Compiler(
            str(root / TEMPLATE.name), root=folder, font_paths=book_of(found.folder), ignore_system_fonts=True
        )
        inputs = {"book": json.dumps(data, ensure_ascii=False)}
        return compile_with(compiler, inputs, moment=book.made_at.replace(microsecond=0))


def _texts(told: object) -> Iterator[str]:
    if isinstance(told, str):
        yield base.breakable(told)
    elif isinstance(told, Mapping):
        for value in told.values():
            yield from _texts(value)
    elif isinstance(told, list | tuple):
        for value in told:
            yield from _texts(value)
