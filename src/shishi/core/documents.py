"""Documents 公文与简报: what a page says, apart from how it is drawn (layout: ``adapters/rendering``, GB/T 9704-2012).

Every number that came from a figure is a run, cell or bar that names its citation, and so is every sentence that came
from the work record; a document that disagrees with its citations cannot be made.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date as Day  # noqa: N812 - a document has a field called date

from shishi.core.blocks import Block, Grid, Heading, Note, Paragraph, Run, block_texts, run_of
from shishi.core.charts import BarChart
from shishi.core.citations import Citation, EntryCitation
from shishi.core.errors import Misuse, Refused
from shishi.core.labels import Labelled

DEMONSTRATION = "演示数据　仅供演示，不反映任何单位的真实情况"


class DocumentKind(Labelled):
    """The papers of a stocktake, the circular and the notice. Briefs and circulars carry a red head; a notice is a
    working document in a letter's form."""

    DAILY = "daily", "日汇总"
    ANALYSIS = "analysis", "日分析"
    WEEKLY = "weekly", "周调度"
    HALF_MONTH = "half-month", "半月报告"
    MONTHLY = "monthly", "月报"
    CIRCULAR = "circular", "通报"
    NOTICE = "notice", "工作提示单"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A paper behind the document 附件, on its own page."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """The root of the audit chain on a day, printed so that a cut tail can be found (hexadecimal SHA-256)."""

    day: Day
    root: str


@dataclass(frozen=True, slots=True)
class Document:
    """A paper, complete. ``issuer_mark`` is the red 发文机关标志, ``issuer`` who edits it, ``number`` as printed
    (``提示〔2021〕3号``, ``第18期``), ``addressee`` 主送, ``cc`` 抄送,
    ``after`` what stands under the signature (附注, 签收). ``citations`` are those of numbers, ``entries`` those of
    sentences from the work record. Text is plain; nothing in it is ever read as code.

    Raises ``Misuse`` (``citation_unknown``, ``citation_not_printed``, ``citation_twice``) when numbers and citations
    disagree, ``Refused("text_unprintable")`` for characters that no printer can show.
    """

    kind: DocumentKind
    title: str
    issuer_mark: str
    number: str
    date: Day
    blocks: tuple[Block, ...]
    issuer: str = ""
    addressee: str = ""
    signatory: str = ""
    signed_on: Day | None = None
    cc: tuple[str, ...] = ()
    printed_by: str = ""
    citations: tuple[Citation, ...] = ()
    entries: tuple[EntryCitation, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    after: tuple[Block, ...] = ()
    demonstration: bool = False
    proof: Proof | None = None

    def __post_init__(self) -> None:
        """Numbers and citations agree, every character can be printed."""
        cited: tuple[Citation | EntryCitation, ...] = (*self.citations, *self.entries)
        known = {citation.id: citation for citation in cited}
        for identity, times in Counter(citation.id for citation in cited).items():
            if times > 1:
                raise Misuse("citation_twice", f"引用编号“{identity}”出现{times}次。请为每个数字使用不同的编号。")
        for place, run in cited_runs(self):
            _agree(place, run, known)
        for text in texts(self):
            _printable(text)


def everything(document: Document) -> Iterator[Block]:
    """The blocks of the document, from the body to its attachments."""
    yield from (*document.blocks, *document.after)
    for attachment in document.attachments:
        yield from attachment.blocks


def cited_runs(document: Document) -> Iterator[tuple[str, Run]]:
    """Every run, cell and bar that names a citation, with its place in Chinese (第3段, 表1第2行第4列, 图1)."""
    met = Counter[str]()
    for block in everything(document):
        word = "段" if isinstance(block, Paragraph) else "表" if isinstance(block, Grid) else "图"
        met[word] += not isinstance(block, (Heading, Note))
        if isinstance(block, Paragraph):
            found = ((f"第{met[word]}段", run) for run in block.runs)
        elif isinstance(block, Grid):
            found = (
                (f"表{met[word]}第{line}行第{column}列", run_of(cell))
                for line, row in enumerate(block.rows, start=1)
                for column, cell in enumerate(row, start=1)
            )
        elif isinstance(block, BarChart):
            found = ((f"图{met[word]}", Run(bar.printed, bar.citation)) for bar in block.bars)
        else:
            continue
        yield from ((place, run) for place, run in found if run.citation)


def texts(document: Document) -> Iterator[str]:
    """Every text that the document shows."""
    yield from (document.title, document.issuer_mark, document.number, document.issuer, document.addressee)
    yield from (document.signatory, document.printed_by, *document.cc)
    yield from (attachment.title for attachment in document.attachments)
    for block in everything(document):
        yield from block_texts(block)


def _agree(place: str, run: Run, known: Mapping[str, Citation | EntryCitation]) -> None:
    citation = known.get(run.citation)
    if citation is None:
        raise Misuse("citation_unknown", f"{place}引用了“{run.citation}”，但文件没有这条引用。请一并给出。")
    if citation.printed not in run.text:
        message = f"{place}写作“{run.text}”，所引数字是“{citation.printed}”。请按引用的数字书写。"
        raise Misuse("citation_not_printed", message)


def _printable(text: str) -> None:
    for character in text:
        if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn"} and character not in "\n\t\u200b":
            message = f"文字“{text[:20]}”中有无法印出的字符 U+{ord(character):04X}。请在来源中删去后重新生成。"
            raise Refused("text_unprintable", message.replace(character, "�"))


def citations_document(document: Document) -> dict[str, object]:
    """The ``.json`` beside a document: each printed number, its frozen question, and where it stands."""
    places: dict[str, list[str]] = {}
    for place, run in cited_runs(document):
        places.setdefault(run.citation, []).append(place)
    return {
        "format": "shishi-citations",
        "version": 1,
        "kind": document.kind.value,
        "title": document.title,
        "number": document.number,
        "date": document.date.isoformat(),
        "demonstration": document.demonstration,
        "proof": document.proof and {"day": document.proof.day.isoformat(), "root": document.proof.root},
        "citations": [citation.document() | {"places": places.get(citation.id, [])} for citation in document.citations],
        "entries": [entry.document() | {"places": places.get(entry.id, [])} for entry in document.entries],
    }
