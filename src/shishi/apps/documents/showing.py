"""Showing a draft: each piece with what its tokens print now, what each asks, and what can't be printed yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shishi.apps.accounts.models import Person
from shishi.apps.documents.composing import period_of_brief
from shishi.apps.documents.compositions import Composition, composition_of, planned_blocks
from shishi.apps.documents.models import Draft
from shishi.apps.documents.pieces import Asking, Content, Piece, content_of, resolved
from shishi.apps.documents.quoting import Quotes, printed_aspect
from shishi.apps.documents.work_record import entries
from shishi.apps.indicators.selectors import Asked
from shishi.core.assurance import Basis
from shishi.core.blocks import Align, Block, Grid, text_of
from shishi.core.citations import Aspect, number_of
from shishi.core.documents import DocumentKind
from shishi.core.drafts import Source, Token, parts, typed_numbers
from shishi.core.errors import Misuse, Refused
from shishi.core.indicators import Figure
from shishi.core.printing import print_value
from shishi.core.programmes import Programme
from shishi.core.work_record import WorkEntry

ASPECTS = {
    Aspect.VALUE: "",
    Aspect.TARGET: "目标",
    Aspect.EXPECTED: "序时应达",
    Aspect.BEHIND_POINTS: "差距（百分点）",
    Aspect.RATE: "完成率",
    Aspect.DUE: "应报单位",
    Aspect.RECEIVED: "已报单位",
    Aspect.SILENT: "未报单位",
}
BASES = {Basis.REPORTED: "", Basis.EVIDENCED: "有佐证", Basis.VERIFIED: "已核实"}


@dataclass(frozen=True, slots=True)
class Word:
    """A stretch of a piece. ``token`` is empty for what people wrote; ``about`` says what the token asks."""

    text: str
    token: str = ""
    about: str = ""
    asking: Asking | None = None


@dataclass(frozen=True, slots=True)
class ShownPiece:
    """A piece as it reads now. ``fault``: why it can't be printed; ``typed``: numbers in it that answer no question;
    ``grid``: a table's head and rows; ``words_in``: which of its columns (from 0) hold words."""

    piece: Piece
    words: tuple[Word, ...] = ()
    fault: str = ""
    typed: tuple[str, ...] = ()
    grid: tuple[tuple[str, ...], ...] = ()
    words_in: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """A number that may be cited: how it would be printed, and its question."""

    printed: str
    title: str
    asking: Asking


def shown(draft: Draft, *, by: Person, at: datetime) -> tuple[ShownPiece, ...]:
    """Every piece of a draft, whatever is wrong with any of them."""
    composition = composition_of(draft, by=by, at=at)
    content, quotes = content_of(draft.content), composition.quotes()
    planned = planned_blocks(composition, quotes)
    return tuple(_shown(piece, content, composition, quotes, planned) for piece in content.pieces)


def _shown(
    piece: Piece, content: Content, composition: Composition, quotes: Quotes, planned: Sequence[Block]
) -> ShownPiece:
    if piece.kind == "fixed":
        if piece.which >= len(planned):
            return ShownPiece(piece, fault="这一天没有它可列，请删去。")
        block = planned[piece.which]
        left = [at for at, side in enumerate(block.align) if side is Align.LEFT] if isinstance(block, Grid) else []
        return ShownPiece(piece, (Word(piece.text),), grid=_grid(block), words_in=tuple(left))
    try:
        words = tuple(_words(piece.text, content, composition, quotes))
    except (Refused, Misuse) as wrong:
        return ShownPiece(piece, (Word(piece.text),), wrong.message)
    typed = typed_numbers(piece.text) if piece.kind == "paragraph" else ()
    return ShownPiece(piece, words, typed=typed)


def _grid(block: Block) -> tuple[tuple[str, ...], ...]:
    if not isinstance(block, Grid):
        return ()
    return (block.header, *(tuple(text_of(cell) for cell in row) for row in block.rows))


def _words(text: str, content: Content, composition: Composition, quotes: Quotes) -> Iterator[Word]:
    for part in parts(text):
        if isinstance(part, str):
            yield Word(part)
            continue
        run = resolved(part, content, composition, quotes)
        asking = content.figures[part.key] if part.source is Source.FIGURE else None
        yield Word(run.text, str(part), _about(part, asking, composition), asking)


def _about(token: Token, asking: Asking | None, composition: Composition) -> str:
    """What a token asks, in words."""
    if asking is None:
        return f"{token} 工作纪实"
    known_at = composition.known_at
    asked = Asked(programme=asking.programme, as_of=asking.day, known_at=known_at, division=asking.division)
    reckoning = composition.reckonings.of(asked)
    name = reckoning.tree.name(asking.division, asking.day) or asking.division
    title = reckoning.programme.indicator(asking.indicator).title
    words = [title + ASPECTS.get(Aspect(asking.aspect), ""), name, f"截至{asking.as_of}", BASES[Basis(asking.basis)]]
    return f"{token} {'　'.join(word for word in words if word)}"


def choices(draft: Draft, asked: Asked, *, by: Person, at: datetime) -> tuple[Choice, ...]:
    """The numbers of a programme's figures for a division, day and basis, ready to be cited."""
    composition = composition_of(draft, by=by, at=at)
    reckoning = composition.reckonings.of(replace(asked, known_at=composition.known_at))
    unit = composition.reckonings.unit(replace(asked, known_at=composition.known_at))
    found: list[Choice] = []
    for indicator in reckoning.programme.indicators:
        figure = reckoning.figure(indicator, unit)
        found += _choices_of(figure, reckoning.programme.name, asked)
    return tuple(found)


def _choices_of(figure: Figure, programme: str, asked: Asked) -> Iterator[Choice]:
    indicator = figure.indicator
    question = Asking(programme, indicator.code, figure.division, asked.as_of.isoformat(), asked.basis.value)
    yield Choice(print_value(indicator, figure.value), indicator.title, question)
    for aspect in (Aspect.TARGET, Aspect.EXPECTED, Aspect.BEHIND_POINTS, Aspect.RATE):
        value = number_of(figure, aspect)
        if value is not None:
            title = indicator.title + ASPECTS[aspect]
            yield Choice(printed_aspect(indicator, aspect, value), title, replace(question, aspect=aspect.value))


def sentences(draft: Draft, programme: str, *, by: Person, at: datetime) -> tuple[WorkEntry, ...]:
    """The entries of a programme's work record (full name) in the brief's period that may be quoted, newest first."""
    composition = composition_of(draft, by=by, at=at)
    period = period_of_brief(DocumentKind(draft.kind), draft.as_of)
    known_at = composition.known_at
    found: list[WorkEntry] = []
    for item in composition.programmes:
        if item.name == programme:
            found += entries(by, item, draft.as_of, at=at, known_at=known_at, within=draft.division)
    inside = [item for item in found if item.publish and period.start <= item.held_on <= draft.as_of]
    return tuple(reversed(inside))


def told_of(draft: Draft, *, by: Person, at: datetime) -> tuple[Programme, ...]:
    """The programmes of which a draft tells: its own, or those of its list in their order."""
    return composition_of(draft, by=by, at=at).programmes
