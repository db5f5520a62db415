"""Pieces of a draft: prose with tokens, tables and charts that stay as the plan makes them, and what tokens ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from uuid import UUID

from shishi.apps.documents.compositions import Composition, planned_blocks
from shishi.apps.documents.quoting import Quotes, printed_aspect
from shishi.apps.documents.work_record import entries, record_of
from shishi.apps.indicators.selectors import Asked
from shishi.apps.programmes.selectors import programme_named
from shishi.core.assurance import Basis
from shishi.core.blocks import Block, Heading, Note, Paragraph, Run
from shishi.core.citations import UNREPORTED, Aspect, Citation, number_of
from shishi.core.documents import Document, cited_runs
from shishi.core.drafts import Source, Token, parts, tokens
from shishi.core.errors import Issue, Misuse, Refused
from shishi.core.printing import print_value

PROSE = ("paragraph", "heading", "note")
KINDS = {"paragraph": "正文", "heading": "标题", "note": "附注", "fixed": "表和图"}


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece. ``which``: of the tables and charts that the plan makes, the how many-th. ``revision`` grows with each
    change, so that two people can tell."""

    id: str
    kind: str
    text: str = ""
    level: int = 1
    which: int = 0
    revision: int = 1
    person: str = ""


@dataclass(frozen=True, slots=True)
class Asking:
    """What a number's token asks. ``bare``: without its unit, for a column whose head names it."""

    programme: str
    indicator: str
    division: str
    as_of: str
    basis: str = Basis.REPORTED.value
    period: str = ""
    aspect: str = Aspect.VALUE.value
    bare: bool = False

    @property
    def day(self) -> date:
        """The day of the figure."""
        return date.fromisoformat(self.as_of)


@dataclass(frozen=True, slots=True)
class Quoted:
    """Which entry of the work record a sentence's token stands for."""

    programme: str
    entry: str


@dataclass(frozen=True, slots=True)
class Content:
    """A draft's pieces in order, and by their keys what its tokens stand for. ``last`` is the last id given out."""

    pieces: tuple[Piece, ...] = ()
    figures: Mapping[str, Asking] = field(default_factory=dict)
    entries: Mapping[str, Quoted] = field(default_factory=dict)
    last: int = 0

    def document(self) -> dict[str, object]:
        """As it is stored."""
        return {
            "pieces": [asdict(item) for item in self.pieces],
            "figures": {key: asdict(item) for key, item in self.figures.items()},
            "entries": {key: asdict(item) for key, item in self.entries.items()},
            "last": self.last,
        }

    def piece(self, identifier: str) -> Piece:
        """``Misuse`` (unknown_piece) when it is not there any more."""
        found = next((item for item in self.pieces if item.id == identifier), None)
        if found is None:
            raise Misuse("unknown_piece", "这一段已经不在了，可能刚被别人删去。请刷新后再看。")
        return found


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where in a piece something goes: after ``offset`` characters of its revision ``seen``. In a piece that was
    changed since, and without an offset, it goes to the end."""

    piece: str
    offset: int | None = None
    seen: int | None = None


NOWHERE = Cursor("")
"""In no piece."""


def content_of(document: Mapping[str, object]) -> Content:
    """What :meth:`Content.document` wrote."""
    told: Mapping[str, list[dict[str, object]]] = document  # type: ignore[assignment]  # our own JSON
    figures: Mapping[str, dict[str, object]] = document["figures"]  # type: ignore[assignment]  # as the lines above
    quoted: Mapping[str, dict[str, object]] = document["entries"]  # type: ignore[assignment]  # as the lines above
    return Content(
        pieces=tuple(Piece(**item) for item in told["pieces"]),  # type: ignore[arg-type]  # as the lines above
        figures={key: Asking(**item) for key, item in figures.items()},  # type: ignore[arg-type]  # as the lines above
        entries={key: Quoted(**item) for key, item in quoted.items()},  # type: ignore[arg-type]  # as the lines above
        last=int(str(document["last"])),
    )


def taken_apart(composition: Composition, by: str) -> Content:
    """The brief as the plan composes it, as pieces for people to go on with."""
    quotes = composition.quotes()
    return _Taking(quotes, composition, by).content(composition.blocks(quotes))


class _Taking:
    """Turns blocks into pieces; the same number gets the same key."""

    def __init__(self, quotes: Quotes, composition: Composition, by: str) -> None:
        self._quotes, self._composition, self._by = quotes, composition, by
        self._keys: dict[str, Token] = {}
        self._figures: dict[str, Asking] = {}
        self._entries: dict[str, Quoted] = {}

    def content(self, blocks: Iterable[Block]) -> Content:
        pieces: list[Piece] = []
        fixed = 0
        for block in blocks:
            identifier = f"p{len(pieces) + 1}"
            if isinstance(block, Paragraph):
                text = "".join(self._word(run) for run in block.runs)
                pieces.append(Piece(identifier, "paragraph", text, person=self._by))
            elif isinstance(block, Heading):
                pieces.append(Piece(identifier, "heading", block.text, block.level, person=self._by))
            elif isinstance(block, Note):
                pieces.append(Piece(identifier, "note", block.text, person=self._by))
            else:
                pieces.append(Piece(identifier, "fixed", block.title, which=fixed, person=self._by))
                fixed += 1
        return Content(tuple(pieces), self._figures, self._entries, len(pieces) + len(self._keys))

    def _word(self, run: Run) -> str:
        if not run.citation:
            return run.text.replace("{", "（").replace("}", "）")
        if run.citation not in self._keys:
            self._keys[run.citation] = self._token(run)
        return str(self._keys[run.citation])

    def _token(self, run: Run) -> Token:
        cited = next((item for item in self._quotes.citations if item.id == run.citation), None)
        if cited is None:
            entry = next(item for item in self._quotes.entries if item.id == run.citation)
            key = str(len(self._entries) + 1)
            self._entries[key] = Quoted(entry.programme, str(entry.entry))
            return Token(Source.ENTRY, key)
        key = str(len(self._figures) + 1)
        self._figures[key] = self._asking(cited)
        return Token(Source.FIGURE, key)

    def _asking(self, cited: Citation) -> Asking:
        told = (item for item in self._composition.programmes if item.name == cited.programme)
        indicator = next(told).indicator(cited.indicator)
        bare = cited.aspect is Aspect.VALUE and cited.printed != print_value(indicator, cited.value)
        question = (cited.programme, cited.indicator, cited.division, cited.as_of.isoformat())
        return Asking(*question, cited.basis.value, cited.period, cited.aspect.value, bare)


def put_together(content: Content, composition: Composition, title: str = "") -> Document:
    """The document that the pieces make, with every number reckoned as known at the request's moment. ``Refused``
    (draft_faulty) with each piece that can't be printed."""
    quotes = composition.quotes()
    planned = planned_blocks(composition, quotes)
    faults: list[Issue] = []
    blocks: list[Block] = []
    for at, piece in enumerate(content.pieces, start=1):
        try:
            blocks += _blocks(piece, content, composition, quotes, planned)
        except (Refused, Misuse) as wrong:
            faults.append(Issue(wrong.code, f"第 {at} 段：{wrong.message}", field=piece.id))
    if faults:
        raise Refused("draft_faulty", f"有 {len(faults)} 段还不能成文。", faults)
    return _only_cited(composition.document(title, tuple(blocks), quotes))


def _only_cited(made: Document) -> Document:
    """Without what only the composed text had cited."""
    used = {run.citation for _, run in cited_runs(made)}
    citations = tuple(item for item in made.citations if item.id in used)
    return replace(made, citations=citations, entries=tuple(item for item in made.entries if item.id in used))


def _blocks(
    piece: Piece, content: Content, composition: Composition, quotes: Quotes, planned: Sequence[Block]
) -> Iterator[Block]:
    if piece.kind == "fixed":
        if piece.which >= len(planned):
            raise Refused("table_gone", f"这一天没有“{piece.text}”可列。请删去这一段。")
        yield planned[piece.which]
    elif not piece.text.strip():
        return
    elif piece.kind == "heading":
        yield Heading(piece.level, _wordless(piece.text))
    elif piece.kind == "note":
        yield Note(_wordless(piece.text))
    else:
        for line in piece.text.splitlines():
            if line.strip():
                yield Paragraph(tuple(_runs(line.strip(), content, composition, quotes)))


def _wordless(text: str) -> str:
    if any(isinstance(part, Token) for part in parts(text)):
        raise Refused("token_in_title", "标题和附注里不放引用。请把数字写进正文。")
    return text.strip()


def _runs(text: str, content: Content, composition: Composition, quotes: Quotes) -> Iterator[Run]:
    for part in parts(text):
        yield Run(part) if isinstance(part, str) else resolved(part, content, composition, quotes)


def resolved(token: Token, content: Content, composition: Composition, quotes: Quotes) -> Run:
    """What is printed for a token, with its citation. ``Refused`` (token_unknown, entry_gone)."""
    require_known(content, str(token))
    if token.source is Source.ENTRY:
        return _sentence(content.entries[token.key], composition, quotes)
    return figure_run(content.figures[token.key], composition, quotes)


def require_known(content: Content, text: str) -> None:
    """``Refused`` (token_unknown) for a token that stands for nothing in this draft."""
    for token in tokens(text):
        held: Mapping[str, object] = content.figures if token.source is Source.FIGURE else content.entries
        if token.key not in held:
            message = f"这份拟稿没有 {token} 这条引用。请用“插入引用”选一个数。"
            raise Refused("token_unknown", message, [Issue("token_unknown", message, field="text")])


def figure_run(asking: Asking, composition: Composition, quotes: Quotes) -> Run:
    """The number that answers a question, as it is printed."""
    aspect = Aspect(asking.aspect)
    asked = Asked(
        programme=asking.programme,
        as_of=asking.day,
        known_at=composition.known_at,
        division=asking.division,
        basis=Basis(asking.basis),
        period=asking.period or composition.period,
    )
    reckoning, unit = composition.reckonings.of(asked), composition.reckonings.unit(asked)
    known = {item.code: item for item in reckoning.programme.indicators}
    if asking.indicator not in known:
        raise Refused("indicator_gone", f"“{reckoning.programme.title}”那天没有指标“{asking.indicator}”。请换一个数。")
    figure = reckoning.figure(known[asking.indicator], unit)
    within = quotes.within(asking.programme, asking.period or quotes.period)
    if aspect is not Aspect.VALUE:
        return within.run(figure, aspect, printed_aspect(figure.indicator, aspect, number_of(figure, aspect)))
    if figure.value is None:
        return within.run(figure, aspect, UNREPORTED)
    return within.bare(figure) if asking.bare else within.value(figure)


def _sentence(quoted: Quoted, composition: Composition, quotes: Quotes) -> Run:
    known_at, as_of = composition.known_at, composition.as_of
    _, programme = programme_named(quoted.programme, as_of, known_at)
    table = record_of(programme)
    for item in entries(composition.person, programme, as_of, at=known_at, known_at=known_at) if table else ():
        if item.entry == UUID(quoted.entry) and item.publish and table:
            within = quotes.within(programme.name, quotes.period)
            return within.sentence(item, table.name, as_of, known_at)
    raise Refused("entry_gone", "引用的工作纪实已撤回或改为不公开。请删去这一句，或另选一条。")
