"""Totals 合计, 小计: not imported, but each is checked against the rows that it stands for."""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from decimal import Decimal

from shishi.adapters.spreadsheets.base import RawCell, ReadRow
from shishi.adapters.spreadsheets.headers import condensed
from shishi.adapters.spreadsheets.measures import NUMERIC, amount_of
from shishi.core.cells import scale_of, unit_of_field
from shishi.core.errors import Issue
from shishi.core.tables import Field, Table
from shishi.core.units import unit_of

_NOT_ADDED = "share"


@dataclass(frozen=True, slots=True)
class Total:
    """A total row: after how many data rows of its sheet it stands, what it calls itself, its cells."""

    after: int
    label: str
    read: ReadRow


@dataclass(frozen=True, slots=True)
class _Span:
    """The data rows, from ``first`` up to ``last``, that a total may stand for; only the ``visible`` ones of them where
    it was computed over a filtered sheet (SUBTOTAL)."""

    first: int
    last: int
    visible: bool = False


class Amounts:
    """The numbers of a sheet's data rows, kept for the totals that may come below them. ``hidden``: rows that the sheet
    does not show."""

    def __init__(self, table: Table, hidden: Set[int] = frozenset()) -> None:
        self.hidden = hidden
        self.fields = [item for item in table.fields if _adds_up(item)]
        self.numbers = array("I")
        self._kept: dict[str, list[Sequence[RawCell]]] = {item.name: [] for item in self.fields}

    @property
    def many(self) -> int:
        """How many data rows there are so far."""
        return len(self.numbers)

    def keep(self, numbers: Sequence[int], columns: Mapping[str, Sequence[RawCell]]) -> None:
        """Add a block of rows."""
        for name, kept in self._kept.items():
            cells = columns.get(name, [None] * len(numbers))
            floats = [cell for cell in cells if type(cell) is float]
            kept.append(array("d", floats) if len(floats) == len(cells) else cells)
        self.numbers.extend(numbers)

    def between(self, field: Field, span: _Span) -> Iterator[RawCell]:
        """The field's cells in the rows of the span."""
        cells: Iterable[RawCell] = itertools.chain.from_iterable(self._kept[field.name])
        if span.visible:
            cells = (None if number in self.hidden else cell for number, cell in zip(self.numbers, cells, strict=True))
        return itertools.islice(cells, span.first, span.last)

    def hides(self, span: _Span) -> bool:
        """Whether a row of the span is hidden."""
        return bool(self.hidden) and not self.hidden.isdisjoint(self.numbers[span.first : span.last])


@dataclass(frozen=True, slots=True)
class Checked:
    """``issues``: ``total_differs`` at each number that is not the sum of its rows, with both numbers. ``visible``: the
    rows of totals that are the sum of only those rows that are not hidden."""

    issues: tuple[Issue, ...] = ()
    visible: tuple[int, ...] = ()


def check_totals(rows: Amounts, totals: Sequence[Total]) -> Checked:
    """A total may stand below or above its rows, and leave out hidden ones; it is taken for the span that most of its
    numbers fit."""
    issues: list[Issue] = []
    visible: list[int] = []
    sums = _Sums(rows)
    for at, total in enumerate(totals):
        said = {
            item: amount
            for item in sums.fields
            if item.name in total.read.cells and (amount := amount_of(item, total.read.cells[item.name][1])) is not None
        }
        if said:
            spans = list(dict.fromkeys(_spans(totals, at, rows.many)))
            spans += [replace(span, visible=True) for span in spans if rows.hides(span)]
            span = max(spans, key=lambda span: sum(_agrees(f, n, sums.over(f, span)) for f, n in said.items()))
            differing = tuple(_differing(total, said, sums, span, rows))
            issues += differing
            if span.visible and not differing and total.read.row:
                visible.append(total.read.row)
    return Checked(tuple(issues), tuple(visible))


def _adds_up(field: Field) -> bool:
    unit = unit_of(field.unit) if field.unit else None
    return field.type in NUMERIC and (unit is None or unit.kind != _NOT_ADDED)


def _spans(totals: Sequence[Total], at: int, end: int) -> Iterator[_Span]:
    """What the total may stand for, the likeliest first."""
    here = totals[at].after
    before = totals[at - 1].after if at else 0
    after = next((other.after for other in totals[at + 1 :] if other.after > here), end)
    alike = [other.after for other in totals[:at] if other.label == totals[at].label]
    small = "小计" in totals[at].label
    if small:
        yield _Span(before, here) if here > before else _Span(here, after)
    elif here:
        yield _Span(0, here)
    yield _Span(0, end)
    yield _Span(alike[-1] if alike else 0, here)
    yield _Span(before, here)
    yield _Span(here, after)


class _Sums:
    """Sums of each field over spans of rows; ``None`` where a cell is no number."""

    def __init__(self, rows: Amounts) -> None:
        self.fields = rows.fields
        self._rows = rows
        self._known: dict[tuple[str, _Span], Decimal | None] = {}

    def over(self, field: Field, span: _Span) -> Decimal | None:
        """The exact sum."""
        if (field.name, span) not in self._known:
            self._known[field.name, span] = self._sum(field, span)
        return self._known[field.name, span]

    def _sum(self, field: Field, span: _Span) -> Decimal | None:
        found = Decimal(0)
        for raw in self._rows.between(field, span):
            amount = Decimal(0) if raw is None else amount_of(field, raw)
            if amount is None:
                return None
            found += amount
        return found


def _agrees(field: Field, said: Decimal, summed: Decimal | None) -> bool:
    """To the last place that the field keeps: a sum that a spreadsheet computed carries noise far behind it."""
    return summed is None or abs(said - summed) * 2 < Decimal(1).scaleb(-scale_of(field))


def _differing(
    total: Total,
    said: Mapping[Field, Decimal],
    sums: _Sums,
    span: _Span,
    rows: Amounts,
) -> Iterator[Issue]:
    where = f"第 {rows.numbers[span.first]}–{rows.numbers[span.last - 1]} 行" if span.last > span.first else "表中各行"
    for field, amount in said.items():
        summed = sums.over(field, span)
        if summed is None or _agrees(field, amount, summed):
            continue
        unit = unit_of_field(field)
        shown = sums.over(field, replace(span, visible=True)) if rows.hides(span) and not span.visible else None
        seen = f"（其中没有隐藏的行是 {shown:f}{unit}）" if shown is not None else ""
        where = f"{where}没有隐藏的" if span.visible else where
        message = (
            f"“{condensed(total.label)}”写的{field.title}是 {amount:f}{unit}，而{where}加起来是 {summed:f}{unit}{seen}，"
            f"相差 {abs(amount - summed):f}{unit}。请核对各行，或改正、删去这个{condensed(total.label)}。"
        )
        letter = total.read.cells[field.name][0]
        yield Issue("total_differs", message, total.read.sheet, total.read.row, letter, field.name)
