"""Why a row is not in a figure: the live rows beside it, each with the conditions that it does not meet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from shishi.apps.indicators.selectors import Reckoning
from shishi.apps.indicators.source import row_pages
from shishi.apps.indicators.why import RowBehind, asked_of, indicator_of, part_of, rows_behind, rows_of
from shishi.core.assurance import Basis
from shishi.core.criteria import ALWAYS, All, Criterion, Not
from shishi.core.criterion_forms import describe
from shishi.core.indicators import Figure, Indicator, Measure, Span
from shishi.core.questions import Question

_STATES = {Basis.EVIDENCED: "有佐证", Basis.VERIFIED: "已核实"}


@dataclass(frozen=True, slots=True)
class Failing:
    """A condition that a row does not meet; ``known`` is false where a cell that it asks for is empty."""

    condition: str
    known: bool = True


@dataclass(frozen=True, slots=True)
class RowBeside:
    """A live row that is not counted, and why."""

    row: RowBehind
    failing: tuple[Failing, ...]


@dataclass(frozen=True, slots=True)
class NotCounted:
    """The figure, how many live rows of its division are not in it, and those of this page."""

    figure: Figure
    part: Indicator
    total: int
    rows: tuple[RowBeside, ...]


def not_counted(
    reckoning: Reckoning, code: str, *, part: str = "numerator", offset: int = 0, limit: int = 50
) -> NotCounted:
    """The live rows under the reckoning's division that the figure does not count, paged. Of a ratio those of one part.
    ``Misuse`` as ``explain``."""
    programme = reckoning.programme
    indicator, unit = indicator_of(programme, code), reckoning.nodes()[0]
    counted = part_of(programme, indicator, part)
    question = reckoning.question(counted, reckoning.asked.basis)
    sides = asked_of(reckoning, question, unit.code)
    total, page = rows_behind(reckoning, sides, counted=False, offset=offset, limit=limit)
    rows = rows_of(programme.table(counted.table), page, question)
    failing = _failing(question, page)
    told = tuple(RowBeside(row, tuple(failing.get(UUID(row.entry), ()))) for row in rows)
    return NotCounted(reckoning.figure(indicator, unit), counted, total, told)


def _failing(question: Question, entries: tuple[UUID, ...]) -> Mapping[UUID, list[Failing]]:
    """Of each entry the conditions that it fails, asked one by one."""
    found: dict[UUID, list[Failing]] = {entry: [] for entry in entries}
    pages = row_pages()
    for words, asked, opposite in _conditions(question):
        met = pages.meeting(asked, entries)
        against = pages.meeting(opposite, entries) if opposite is not None else frozenset(entries)
        for entry in entries:
            if entry not in met:
                found[entry].append(Failing(words, entry in against))
    told = "不是这个区划最近一次填的数" if question.indicator.measure is Measure.REPORTED else ""
    field = question.counted
    if field is not None and not told:
        told = f"“{field.title}”没有填"
    for failing in found.values():
        if not failing and told:
            failing.append(Failing(told))
    return found


def _conditions(question: Question) -> Iterator[tuple[str, Question, Question | None]]:
    """Each condition of the question in words, the question that asks it alone, and its opposite where there is one."""
    bare = replace(question.indicator, where=ALWAYS, span=Span.STOCK, by="", measure=Measure.COUNT, field="")
    alone = replace(question, indicator=bare, basis=Basis.REPORTED, accepted="")
    for part in _parts(question.indicator.where):
        words = describe(part, question.table, question.tables)
        yield (
            words,
            replace(alone, indicator=replace(bare, where=part)),
            replace(alone, indicator=replace(bare, where=Not(part))),
        )
    first, last = question.window
    if question.indicator.by and (first or last):
        window = replace(bare, span=question.indicator.span, by=question.indicator.by, since=question.indicator.since)
        title = question.table.by_name[question.indicator.by].title
        days = "至".join(day.isoformat() for day in (first, last) if day)
        yield f"“{title}”在 {days} 之内", replace(alone, indicator=window), None
    if question.basis is not Basis.REPORTED:
        yield f"佐证状态为“{_STATES[question.basis]}”", replace(alone, basis=question.basis), None
    if question.accepted:
        yield "所在的填报已经逐级接收", replace(alone, accepted=question.accepted), None


def _parts(where: Criterion) -> tuple[Criterion, ...]:
    return tuple(one for part in where.parts for one in _parts(part)) if isinstance(where, All) else (where,)
