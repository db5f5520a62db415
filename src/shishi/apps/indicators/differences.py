"""The difference between two moments of one figure, explained row by row: what came in, what went out, what changed.

What the parts add is the difference, exactly. Of a ratio numerator and denominator are explained each for itself, and
what either did to the quotient is told beside.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from shishi.apps.accounts.models import Person
from shishi.apps.audit.selectors import last_event
from shishi.apps.divisions.selectors import load_tree
from shishi.apps.indicators.selectors import Asked, Reckoning
from shishi.apps.indicators.source import differing
from shishi.apps.indicators.why import Trace, asked_of, indicator_of, part_of, referred_keys, told, trace
from shishi.apps.ledger.origins import Origin, origins, revisions_numbered
from shishi.apps.ledger.sealing import Sealed, decode, typed
from shishi.apps.ledger.selectors import states
from shishi.core.calendars import day_of
from shishi.core.divisions import Division
from shishi.core.errors import Misuse
from shishi.core.indicators import Figure, Indicator, Measure
from shishi.core.ledger import RevisionKind
from shishi.core.questions import Question
from shishi.core.rollup import nodes_above, ratio, reported, total
from shishi.core.tables import Table
from shishi.core.values import KEY_SEPARATOR

if TYPE_CHECKING:
    from shishi.adapters.engines.differing import Change, Differences, Moved, Side, Sum
    from shishi.apps.ledger.models import RevisionRow


@dataclass(frozen=True, slots=True)
class CellDifference:
    """A cell that says something else: shown forms, sensitive ones masked."""

    title: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RowDifference:
    """A row that makes a difference of ``amount``. ``cause``: the revision that did it; without one ``unmoved`` says
    what else did. ``now``: the row's last state by the later moment, ``None`` where it was voided altogether."""

    entry: str
    key: str
    change: Change
    before: Decimal | None
    after: Decimal | None
    amount: Decimal
    cause: Trace | None
    now: Trace | None
    cells: tuple[CellDifference, ...]
    unmoved: str = ""


@dataclass(frozen=True, slots=True)
class UnitDifference:
    """What the rows right under a division, or its own, add to the difference."""

    unit: Division
    parts: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class OriginDifference:
    """What the rows of a batch add to the difference; ``None``: no batch did it."""

    origin: Origin | None
    parts: int
    amount: Decimal


@dataclass(frozen=True)
class Difference:
    """``before`` and ``after``: the figures; ``counted``: what is counted row by row (of a ratio the part asked for),
    with what it made at either moment. ``effects``: of a ratio what numerator and denominator did to it, in that order.
    ``total`` of the parts in all; ``rows`` are those of this page."""

    before: Figure
    after: Figure
    counted: Indicator
    counted_before: Decimal | None
    counted_after: Decimal | None
    effects: tuple[Decimal, Decimal] | None
    sums: Mapping[Change, Sum]
    units: tuple[UnitDifference, ...]
    origins: tuple[OriginDifference, ...]
    total: int
    rows: tuple[RowDifference, ...]

    @property
    def amount(self) -> Decimal:
        """What is counted now less what was counted; what was never reported is nothing here."""
        return (self.counted_after or Decimal(0)) - (self.counted_before or Decimal(0))

    @property
    def explained(self) -> Decimal:
        """What the parts add."""
        return total(item.amount for item in self.sums.values())

    @property
    def points(self) -> Decimal | None:
        """The figure now less the figure then, where there are both."""
        if self.before.value is None or self.after.value is None:
            return None
        return self.after.value - self.before.value


@dataclass(frozen=True, slots=True)
class Moments:
    """The earlier of two moments; the later one stands in the request. ``known_at`` ``None``: as the later."""

    as_of: date
    known_at: datetime | None = None


def difference(
    person: Person,
    asked: Asked,
    earlier: Moments,
    code: str,
    *,
    part: str = "numerator",
    change: Change | None = None,
    offset: int = 0,
    limit: int = 50,
    at: datetime,
) -> Difference:
    """How the figure of ``asked`` came from what it was at the ``earlier`` moment. Raises ``Misuse``
    (moments_reversed, no_rows_behind, out_of_reach …)."""
    look = _Look(person, asked, earlier, code, part, last_event(), day_of(at), at)
    found = _compared(look)
    page = found.differences.page(offset, limit, change)
    chosen = found.sums if change is None else {key: item for key, item in found.sums.items() if key is change}
    return Difference(
        before=found.before,
        after=found.after,
        counted=found.counted,
        counted_before=found.values[0],
        counted_after=found.values[1],
        effects=found.effects,
        sums=found.sums,
        units=found.units,
        origins=found.origins,
        total=sum(item.parts for item in chosen.values()),
        rows=_rows(found, page),
    )


def forget() -> None:
    """Drop what is kept: another store stands behind the same process."""
    _compared.cache_clear()


@dataclass(frozen=True, slots=True)
class _Look:
    """What an answer depends on: with nothing written meanwhile a day has one answer."""

    person: Person
    asked: Asked
    earlier: Moments
    code: str
    part: str
    trail: int
    today: date
    at: datetime = field(compare=False)


@dataclass(frozen=True)
class _Compared:
    """An answer without its rows."""

    before: Figure
    after: Figure
    counted: Indicator
    values: tuple[Decimal | None, Decimal | None]
    effects: tuple[Decimal, Decimal] | None
    questions: tuple[Question, Question]
    differences: Differences
    sums: Mapping[Change, Sum]
    units: tuple[UnitDifference, ...]
    origins: tuple[OriginDifference, ...]


@lru_cache(maxsize=8)
def _compared(look: _Look) -> _Compared:
    before, after = _both(look)
    unit = after.nodes()[0]
    indicators = [indicator_of(side.programme, look.code) for side in (before, after)]
    counted = [part_of(side.programme, item, look.part) for side, item in zip((before, after), indicators, strict=True)]
    if counted[0].table != counted[1].table:
        message = f"“{counted[1].title}”在这两个时点数的不是同一张台账，不能逐行比较。请选口径相同的两个时点。"
        raise Misuse("tables_differ", message)
    basis = look.asked.basis
    questions = [side.question(item, basis) for side, item in zip((before, after), counted, strict=True)]
    values = [side.value(item, unit.code, basis).value for side, item in zip((before, after), counted, strict=True)]
    sides = [
        _sides(reckoning, question, unit.code, value is not None)
        for reckoning, question, value in zip((before, after), questions, values, strict=True)
    ]
    found = differing().differences(*sides)
    first, second = (side.figure(item, unit) for side, item in zip((before, after), indicators, strict=True))
    return _Compared(
        before=first,
        after=second,
        counted=counted[1],
        values=(values[0], values[1]),
        effects=_effects(first, second),
        questions=(questions[0], questions[1]),
        differences=found,
        sums=found.sums(),
        units=() if counted[1].measure is Measure.DISTINCT else _units(found, after, unit),
        origins=_origins(found, counted[1].table),
    )


def _both(look: _Look) -> tuple[Reckoning, Reckoning]:
    after = Reckoning(look.person, replace(look.asked, level=None, indicators=()), look.at)
    earlier = replace(after.asked, as_of=look.earlier.as_of, known_at=look.earlier.known_at or after.known_at)
    before = Reckoning(look.person, earlier, look.at)
    if before.asked.as_of > after.asked.as_of or before.known_at > after.known_at:
        raise Misuse("moments_reversed", "要比较的“从前”晚于“现在”。请把两个时点对调。")
    return before, after


def _sides(reckoning: Reckoning, question: Question, node: str, told: bool) -> list[Side]:
    """What is asked of the rows; of divisions' own figures only of those that count for the node."""
    from shishi.adapters.engines.differing import Side

    if not told:
        return [Side(question, frozenset())]
    sides = [Side(asked, codes) for asked, codes in asked_of(reckoning, question, node)]
    if question.indicator.measure is not Measure.REPORTED:
        return sides or [Side(question, frozenset())]
    leaves = reckoning.engine.leaves(question)
    counting = _counting(leaves, question, reckoning, node)
    return [replace(side, codes=side.codes & counting) for side in sides]


def _counting(leaves: Mapping[str, Decimal | None], question: Question, reckoning: Reckoning, node: str) -> set[str]:
    """The raw codes whose own figures make the node's: those that are not outdone on the way up, by what counts first
    (``core.rollup.reported``)."""
    indicator, tree, on = question.indicator, reckoning.climbing, question.as_of
    amounts = reported(leaves, indicator, tree, on)
    found = set()
    for code, value in leaves.items():
        line = nodes_above(tree, code, on)
        if value is None or node not in line:
            continue
        own = bool(code) and tree.find(code, on) is not None
        way = line[line.index(node) :][::-1]
        ends = [own, *(False for _ in way[1:])]
        if all(_own_counts(indicator, amounts[step]) is mine for step, mine in zip(way, ends, strict=True)):
            found.add(code)
    return found


def _own_counts(indicator: Indicator, amount: object) -> bool:
    own, parts = (getattr(amount, name) is not None for name in ("own", "parts"))
    return own if indicator.own_counts else own and not parts


def _effects(before: Figure, after: Figure) -> tuple[Decimal, Decimal] | None:
    """What the numerator did to a ratio, then what the denominator did: together the difference, to the last digit."""
    between = ratio(after.indicator, after.numerator, before.denominator).value
    if after.indicator.measure is not Measure.RATIO or None in (before.value, after.value, between):
        return None
    first, second, third = (value or Decimal(0) for value in (before.value, between, after.value))
    return second - first, third - second


def _units(found: Differences, after: Reckoning, unit: Division) -> tuple[UnitDifference, ...]:
    by_code = found.by_code()
    on, tree = after.asked.as_of, load_tree(codes={code for code in by_code if code}, known_at=after.known_at)
    gathered: defaultdict[str, list[Sum]] = defaultdict(list)
    for code, item in by_code.items():
        line = nodes_above(tree, code, on)
        place = line.index(unit.code) if unit.code in line else None
        below = unit.code if place is None or place + 1 == len(line) else line[place + 1]
        gathered[below].append(item)
    units = [
        UnitDifference(tree.find(code, on) or unit, sum(item.parts for item in items), total(i.amount for i in items))
        for code, items in gathered.items()
    ]
    return tuple(sorted(units, key=lambda item: (-abs(item.amount), item.unit.code)))


def _origins(found: Differences, table: str) -> tuple[OriginDifference, ...]:
    causes = found.causes()
    known = {item.first: item for item in origins(table, *causes)} if causes else {}
    told = [
        OriginDifference(known.get(first) if first is not None else None, item.parts, item.amount)
        for first, item in found.by_cause(list(known)).items()
    ]
    return tuple(sorted(told, key=lambda item: (item.origin is None, -abs(item.amount), -item.parts)))


def _rows(found: _Compared, page: Sequence[Moved]) -> tuple[RowDifference, ...]:
    earlier, later = found.questions
    table, entries = later.table, [item.entry for item in page]
    before, after = (
        {row.entry: row for row in states(table.name, one.as_of, one.known_at, entries).select_related("batch")}
        for one in (earlier, later)
    )
    causes = revisions_numbered([item.cause for item in page if item.cause is not None])
    held = [row for rows in (before, after) for row in rows.values()]
    keys = referred_keys(table, held, later)
    told = []
    for item in page:
        was, now = before.get(item.entry), after.get(item.entry)
        cause = causes.get(item.cause) if item.cause is not None else None
        shown = now or was or cause
        told.append(
            RowDifference(
                entry=str(item.entry),
                key=shown.key.replace(KEY_SEPARATOR, " ") if shown else "",
                change=item.change,
                before=item.before,
                after=item.after,
                amount=item.amount,
                cause=trace(cause) if cause else None,
                now=trace(now) if now else None,
                cells=_cells(table, was, now, keys),
                unmoved="" if cause else _unmoved(found),
            )
        )
    return tuple(told)


def _cells(
    table: Table, was: RevisionRow | None, now: RevisionRow | None, keys: Mapping[str, str]
) -> tuple[CellDifference, ...]:
    """Cells that differ between two live states; of a row that was not there, or is not, none."""
    if was is None or now is None or RevisionKind.WITHDRAWN in (was.kind, now.kind) or was.sequence == now.sequence:
        return ()
    first, second = decode(was.cells), decode(now.cells)
    sides = [typed(table, cells) for cells in (first, second)]
    found = []
    for item in table.fields:
        if first.get(item.name) == second.get(item.name):
            continue
        shown = [told(item, side.get(item.name), keys) if side.get(item.name) is not None else "" for side in sides]
        sealed = isinstance(second.get(item.name) or first.get(item.name), Sealed)
        found.append(CellDifference(item.title, shown[0], f"{shown[1]}（已改）" if sealed and shown[1] else shown[1]))
    return tuple(found)


def _unmoved(found: _Compared) -> str:
    """What can have made a row count otherwise that says what it said."""
    earlier, later = found.questions
    why = []
    if found.before.versions != found.after.versions:
        why.append("口径换了版本")
    if later.assurances:
        why.append("佐证或核实的状态变了")
    if later.ties:
        why.append("与它相关联的行变了")
    if later.as_of != earlier.as_of and (later.days_named or later.indicator.by):
        why.append("计算到的日子变了")
    return f"这一行本身没有改动：{'，或'.join(why) or '统计范围变了'}。"
