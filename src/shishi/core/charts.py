"""Charts 图: drawn by hand into SVG, for paper. The promised line first, the real one over it; what is not reported is
hatched; vermilion only for what is overdue, and always with a word, so that a black-and-white print says the same.

Lengths are points (1/72 inch); a chart is as wide as the type area of a page (156 mm).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from html import escape
from itertools import pairwise

from shishi.core.errors import Misuse
from shishi.core.typography import text_width

INK, INK_SOFT, RULE = "#1d1c1a", "#55514a", "#b9b3a6"
BLUE, BLUE_SOFT, SEAL = "#1f4e8c", "#b9cbe4", "#b3261e"
WIDTH = 442
SIZE = 10
ROW = 21
CURVE_HEIGHT = 190


class BarState(StrEnum):
    """What a bar says beside its length. *silent*: the last report is carried, or there never was one."""

    ON_COURSE = "on_course"
    BEHIND = "behind"
    OVERDUE = "overdue"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Bar:
    """One division. ``expected`` is where the trajectory stands; ``verified`` is the solid part of ``value``;
    ``printed`` and ``remark`` are the words at the end (``88.02%``, ``落后11天``)."""

    label: str
    value: Decimal | None
    printed: str
    expected: Decimal | None = None
    verified: Decimal | None = None
    state: BarState = BarState.ON_COURSE
    remark: str = ""
    citation: str = ""


@dataclass(frozen=True, slots=True)
class BarChart:
    """Bars by division. ``full`` is the value at the right end (100 for percent), ``full_title`` its
    words; bars keep the given order."""

    title: str
    bars: tuple[Bar, ...]
    full: Decimal
    unit: str = ""
    note: str = ""
    full_title: str = ""
    value_title: str = "完成"
    expected_title: str = "序时进度"

    def __post_init__(self) -> None:
        """A scale needs a length."""
        if self.full <= 0:
            raise Misuse("chart_scale", f"图“{self.title}”的满刻度须大于零。")

    def texts(self) -> Iterator[str]:
        """Every text on and around the chart."""
        yield from (self.title, self.unit, self.note, *self._legend(), self.full_title)
        yield from (text for bar in self.bars for text in (bar.label, bar.printed, bar.remark))

    def description(self) -> str:
        """The chart in words, for those who cannot see it."""
        said = (f"{bar.label}{bar.printed}{'（' + bar.remark + '）' if bar.remark else ''}" for bar in self.bars)
        return f"{self.title}：{'；'.join(said)}。"

    def svg(self, face: str) -> str:
        """The drawing, its labels in the font families ``face``."""
        return _svg(WIDTH, 36 + ROW * len(self.bars), face, self._parts())

    def _legend(self) -> tuple[str, ...]:
        solid = any(bar.verified is not None for bar in self.bars)
        silent = any(bar.state is BarState.SILENT for bar in self.bars)
        expected = any(bar.expected is not None for bar in self.bars)
        told = ((solid, "其中已核实"), (silent, "未报，沿用上次数"), (expected, self.expected_title))
        return (self.value_title, *(word for there, word in told if there))

    def _parts(self) -> Iterator[str]:
        left = Decimal(max((text_width(bar.label, SIZE) for bar in self.bars), default=0) + 10)
        words = max((text_width(bar.printed + bar.remark, SIZE) for bar in self.bars), default=0)
        length = Decimal(WIDTH - words - 26) - left
        yield from self._key(left)
        bottom = Decimal(32 + ROW * len(self.bars))
        for share in (0, 1):
            yield _line(left + length * share, 28, left + length * share, bottom, INK if share == 0 else RULE, "0.6")
        yield _text(left + length, Decimal(24), self.full_title, INK_SOFT, "middle")
        for index, bar in enumerate(self.bars):
            yield from self._bar(bar, left, length, Decimal(32 + ROW * index))

    def _key(self, left: Decimal) -> Iterator[str]:
        x = left
        for word in self._legend():
            if word == self.expected_title:
                yield _line(x + 8, 3, x + 8, 15, INK, "1.6")
            elif word.startswith("未报"):
                yield from _hatched(x, Decimal(5), Decimal(16), Decimal(8))
            else:
                soft = word == self.value_title and "其中已核实" in self._legend()
                yield _box(x, Decimal(5), Decimal(16), Decimal(8), BLUE_SOFT if soft else BLUE)
            yield _text(x + 21, Decimal(13), word, INK_SOFT)
            x += 21 + text_width(word, SIZE) + 16

    def _bar(self, bar: Bar, left: Decimal, length: Decimal, top: Decimal) -> Iterator[str]:
        def across(value: Decimal) -> Decimal:
            return length * min(max(value / self.full, Decimal(0)), Decimal(1))

        middle, height = top + 4, Decimal(10)
        yield _text(left - 6, top + 13, bar.label, INK, "end")
        if bar.state is BarState.SILENT:
            yield from _hatched(left, middle, across(self.full if bar.value is None else bar.value), height)
        elif bar.value is not None:
            yield _box(left, middle, across(bar.value), height, BLUE if bar.verified is None else BLUE_SOFT)
            yield _box(left, middle, across(bar.verified or Decimal(0)), height, BLUE)
        if bar.expected is not None:
            x = left + across(bar.expected)
            yield _line(x, middle, x, middle + height, "#ffffff", "3.6")
            yield _line(x, middle - 3, x, middle + height + 3, INK, "1.6")
        x = left + length + 8
        yield _text(x, top + 13, bar.printed, INK)
        colour = SEAL if bar.state is BarState.OVERDUE else INK_SOFT
        yield _text(x + text_width(bar.printed, SIZE) + 6, top + 13, bar.remark, colour)


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """A day's figure. ``reported`` false: carried from an earlier day, drawn hatched; ``None``: never reported."""

    day: date
    value: Decimal | None
    reported: bool = True


@dataclass(frozen=True, slots=True)
class CurveChart:
    """A promise over time: ``promised`` is the trajectory as straight pieces, ``real`` what was reported, oldest first;
    ``printed`` stands at its end (``13350套``), ``target_printed`` at the end of the promise (``目标15167套``)."""

    title: str
    promised: tuple[tuple[date, Decimal], ...]
    real: tuple[CurvePoint, ...]
    printed: str = ""
    target_printed: str = ""
    unit: str = ""
    note: str = ""
    value_title: str = "完成"
    expected_title: str = "序时进度"

    def __post_init__(self) -> None:
        """A line needs two different days."""
        days = [day for day, _ in self.promised] + [point.day for point in self.real]
        if len(set(days)) < 2:
            raise Misuse("chart_scale", f"图“{self.title}”至少要有两个不同的日期。")

    def texts(self) -> Iterator[str]:
        """Every text on and around the chart."""
        yield from (self.title, self.unit, self.note, self.printed, self.target_printed)
        yield from (self.value_title, self.expected_title, "未报", *(label for _, label in self._months()), "0")

    def description(self) -> str:
        """The chart in words, for those who cannot see it."""
        first, last = self._span()
        silent = sum(not point.reported for point in self.real)
        carried = f"，其中{silent}天未报" if silent else ""
        goal = f"，{self.target_printed}" if self.target_printed else ""
        return (
            f"{self.title}：{first.isoformat()}至{last.isoformat()}，{self.value_title}{self.printed}{goal}{carried}。"
        )

    def svg(self, face: str) -> str:
        """The drawing, its labels in the font families ``face``."""
        return _svg(WIDTH, CURVE_HEIGHT, face, self._parts())

    def _span(self) -> tuple[date, date]:
        days = [day for day, _ in self.promised] + [point.day for point in self.real]
        return min(days), max(days)

    def _months(self) -> tuple[tuple[date, str], ...]:
        first, last = self._span()
        months = [
            date(year, month, 1)
            for year in range(first.year, last.year + 1)
            for month in range(1, 13)
            if first <= date(year, month, 1) <= last
        ]
        step = -(-len(months) // 9) or 1
        shown = [day for index, day in enumerate(months) if index % step == 0] or [first, last]
        return tuple((day, f"{day.month}月" if day.day == 1 else f"{day.month}月{day.day}日") for day in shown)

    def _parts(self) -> Iterator[str]:
        first, last = self._span()
        values = [value for _, value in self.promised] + [p.value for p in self.real if p.value is not None]
        top, bottom, left = Decimal(26), Decimal(CURVE_HEIGHT - 22), Decimal(8)
        length = Decimal(WIDTH) - left - 12
        highest = max(values, default=Decimal(0)) or Decimal(1)

        def x(day: date) -> Decimal:
            return left + length * (day - first).days / (last - first).days

        def y(value: Decimal) -> Decimal:
            return bottom - (bottom - top) * value / highest

        yield from self._key(left)
        yield _line(left, bottom, left + length, bottom, INK, "0.6")
        for day, label in self._months():
            yield _line(x(day), bottom, x(day), bottom + 3, INK, "0.6")
            yield _text(x(day), bottom + 15, label, INK_SOFT, "middle" if x(day) > left + 12 else "start")
        points = [(point, x(point.day), y(point.value)) for point in self.real if point.value is not None]
        for (_, start, _), (point, end, height) in pairwise(points):
            if not point.reported:
                yield from _hatched(start, height, end - start, bottom - height)
        yield _path([(x(day), y(value)) for day, value in self.promised], INK, "0.9")
        yield _path([(across, up) for _, across, up in points], BLUE, "2.2")
        yield from self._ends(points, left + length)

    def _ends(self, points: list[tuple[CurvePoint, Decimal, Decimal]], right: Decimal) -> Iterator[str]:
        if points:
            _, across, up = points[-1]
            yield f'<circle cx="{_n(across)}" cy="{_n(up)}" r="3.2" fill="{BLUE}"/>'
            anchor = "end" if across > WIDTH // 2 else "start"
            drop = -8 if self._ahead() else 16
            yield _text(across - 2 if anchor == "end" else across + 6, up + drop, self.printed, BLUE, anchor)
        if self.promised and self.target_printed:
            yield _text(right, Decimal(20), self.target_printed, INK, "end")

    def _ahead(self) -> bool:
        """Whether the last figure stands above the promised line, so that its words do not lie on that line."""
        day, value = next((p.day, p.value) for p in reversed(self.real) if p.value is not None)
        for (start, low), (end, high) in pairwise(self.promised):
            if start <= day <= end and end > start and value is not None:
                return value >= low + (high - low) * (day - start).days / (end - start).days
        return True

    def _key(self, left: Decimal) -> Iterator[str]:
        yield _line(left, 9, left + 18, 9, INK, "0.9")
        yield _text(left + 23, Decimal(13), self.expected_title, INK_SOFT)
        x = left + 39 + text_width(self.expected_title, SIZE)
        yield _line(x, 9, x + 18, 9, BLUE, "2.2")
        yield _text(x + 23, Decimal(13), self.value_title, INK_SOFT)
        if any(not point.reported for point in self.real):
            x += 39 + text_width(self.value_title, SIZE)
            yield from _hatched(x, Decimal(5), Decimal(16), Decimal(8))
            yield _text(x + 21, Decimal(13), "未报", INK_SOFT)


def _n(number: Decimal | int) -> str:
    return f"{number:.2f}"


def _svg(width: int, height: int, face: str, parts: Iterator[str]) -> str:
    family = escape(face, quote=True)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    return f'{head} font-family="{family}" font-size="{SIZE}">{"".join(parts)}</svg>'


def _text(x: Decimal, y: Decimal, text: str, colour: str, anchor: str = "start") -> str:
    return f'<text x="{_n(x)}" y="{_n(y)}" fill="{colour}" text-anchor="{anchor}">{escape(text)}</text>' if text else ""


def _box(x: Decimal, y: Decimal, width: Decimal, height: Decimal, colour: str) -> str:
    return f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" fill="{colour}"/>'


def _line(x1: Decimal, y1: Decimal | int, x2: Decimal, y2: Decimal | int, colour: str, width: str) -> str:
    ends = f'x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}"'
    return f'<line {ends} stroke="{colour}" stroke-width="{width}"/>'


def _path(points: list[tuple[Decimal, Decimal]], colour: str, width: str) -> str:
    if len(points) < 2:
        return ""
    way = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
    return f'<polyline points="{way}" fill="none" stroke="{colour}" stroke-width="{width}"/>'


def _hatched(x: Decimal, y: Decimal, width: Decimal, height: Decimal) -> Iterator[str]:
    """A box of slanted strokes, cut to its edges by reckoning: no clip path that a viewer may ignore."""
    if width <= 0 or height <= 0:
        return
    yield f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" fill="none" '
    yield f'stroke="{INK_SOFT}" stroke-width="0.5"/>'
    offset = -height + 4
    while offset < width:
        low, high = max(offset, Decimal(0)), min(offset + height, width)
        if high > low:
            yield _line(x + low, y + height - (low - offset), x + high, y + height - (high - offset), INK_SOFT, "0.5")
        offset += 4
