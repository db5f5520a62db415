"""What a roll-up 汇总 means, in plain Python: engines compile the same meaning and agree with it to the last digit.

Every live row of the asked table contributes to the leaf of its division code: its value (1 for a count) where
it belongs, 0 where it does not, and nothing where it belongs but its value is empty. A leaf to which its rows
contribute nothing is ``None``, not 0, and so is a node with only such; without rows there is no leaf at all.
A row belongs when its criterion is met, its ``by`` day lies in the window, and its assured group has the asked
basis.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Context, Decimal, localcontext
from typing import Protocol
from uuid import UUID
from weakref import WeakKeyDictionary

from shishi.core.calendars import day_of
from shishi.core.divisions import COUNTRY, Division, DivisionTree
from shishi.core.indicators import Indicator, Measure, Span
from shishi.core.ledger import Revision
from shishi.core.live_rows import LiveRows, division_of, is_empty, state_as_of
from shishi.core.printing import quotient
from shishi.core.questions import Held, Question
from shishi.core.tables import Table, Value

__all__ = [
    "EXACT",
    "Amount",
    "Leaves",
    "amounts",
    "climb",
    "distinct_of",
    "entries_of",
    "leaves_of",
    "nodes_above",
    "places_of",
    "ratio",
    "reported",
    "roll_up",
    "state_as_of",
    "total",
]

EXACT = Context(prec=200)
"""The context of sums: Python's own would round at 28 digits."""

_OPEN = date.min
_LINES: WeakKeyDictionary[DivisionTree, dict[tuple[str, date], tuple[str, ...]]] = WeakKeyDictionary()
"""What lies above each code, kept as long as its tree: every indicator climbs the same ways."""


class Leaves(Protocol):
    """What climbing asks of an engine."""

    def leaves(self, question: Question) -> dict[str, Decimal | None]:
        """Raw division code → count, exact sum (``None``: its rows say nothing), or the division's own figure."""

    def distinct(self, question: Question, nodes: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
        """Node → number of different values under it; ``nodes`` says for which nodes a raw code counts."""

    def places(self, table: Table, as_of: date, known_at: datetime) -> frozenset[str]:
        """Raw division codes that have live rows."""


@dataclass(frozen=True, slots=True)
class Amount:
    """The number of one node. A ratio carries numerator and denominator; *reported* carries the division's ``own``
    figure and what its ``parts`` make, whichever of them counts. ``value`` is ``None`` where the rows say nothing
    and where a ratio lacks a part."""

    value: Decimal | None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    own: Decimal | None = None
    parts: Decimal | None = None


def roll_up(engine: Leaves, question: Question, tree: DivisionTree, on: date) -> dict[str, Decimal]:
    """Node → value for every node that has one, by the tree of the day ``on``."""
    found = amounts(engine, question, tree, on)
    return {node: amount.value for node, amount in found.items() if amount.value is not None}


def amounts(engine: Leaves, question: Question, tree: DivisionTree, on: date) -> dict[str, Amount]:
    """As ``roll_up``, with what each value is made of."""
    indicator = question.indicator
    match indicator.measure:
        case Measure.RATIO:
            above = roll_up(engine, question.of(indicator.numerator), tree, on)
            below = roll_up(engine, question.of(indicator.denominator), tree, on)
            return {node: ratio(indicator, above.get(node), below.get(node)) for node in above.keys() | below.keys()}
        case Measure.DISTINCT:
            places = engine.places(question.table, question.as_of, question.known_at)
            nodes = {code: nodes_above(tree, code, on) for code in places}
            counted = engine.distinct(question, nodes)
            return {
                node: Amount(Decimal(counted[node]) if node in counted else None)
                for node in {node for line in nodes.values() for node in line}
            }
        case Measure.REPORTED:
            return reported(engine.leaves(question), indicator, tree, on)
        case _:
            return {node: Amount(value) for node, value in climb(engine.leaves(question), tree, on).items()}


def climb(leaves: Mapping[str, Decimal | None], tree: DivisionTree, on: date) -> dict[str, Decimal | None]:
    """Raw codes → nodes, each the exact sum of what lies under it. A code that has no place counts for the country
    only."""
    gathered: dict[str, Decimal | None] = {}
    with localcontext(EXACT):
        for code, value in leaves.items():
            for node in nodes_above(tree, code, on):
                held = gathered.get(node)
                gathered[node] = held if value is None else value if held is None else held + value
    return gathered


def total(values: Iterable[Decimal]) -> Decimal:
    """An exact sum."""
    with localcontext(EXACT):
        return sum(values, Decimal(0))


def nodes_above(tree: DivisionTree, code: str, on: date) -> tuple[str, ...]:
    """The nodes for which a raw code counts, the country first; one that has no place counts for the country only."""
    known = _LINES.setdefault(tree, {})
    found = known.get((code, on))
    if found is None:
        unit = tree.place(code, on) if code else None
        found = known[code, on] = _line(tree, unit, on) if unit else (COUNTRY,)
    return found


def _line(tree: DivisionTree, unit: Division, on: date) -> tuple[str, ...]:
    """What lies over a unit is known from its neighbours; where changes chase each other it is walked up."""
    above = tree.above(unit, on)
    if above and above.level < unit.level:
        line = nodes_above(tree, above.code, on)
        if unit.code not in line:
            return (*line, unit.code)
    return tuple(one.code for one in tree.lineage(unit.code, on))


def ratio(indicator: Indicator, above: Decimal | None, below: Decimal | None) -> Amount:
    """The quotient of two exact parts, rounded once."""
    value = quotient(above, below, indicator.scale, percent=indicator.unit == "%")
    return Amount(value, numerator=above, denominator=below)


def reported(
    leaves: Mapping[str, Decimal | None], indicator: Indicator, tree: DivisionTree, on: date
) -> dict[str, Amount]:
    """From below upwards: a node's parts are the values of the nodes right under it; then its own figure or its parts
    count. Figures under a code that the tree does not know are a part of the nearest node above."""
    own: defaultdict[str, list[Decimal]] = defaultdict(list)
    parts: defaultdict[str, list[Decimal]] = defaultdict(list)
    above: dict[str, tuple[str, ...]] = {}
    for code, value in leaves.items():
        if value is None:
            continue
        line = nodes_above(tree, code, on)
        above.update((node, line[: step + 1]) for step, node in enumerate(line))
        (own if code and tree.find(code, on) is not None else parts)[line[-1]].append(value)
    found: dict[str, Amount] = {}
    for node, line in sorted(above.items(), key=lambda item: -len(item[1])):
        amount = _counting(indicator, own.get(node), parts.get(node))
        found[node] = amount
        if amount.value is not None and len(line) > 1:
            parts[line[-2]].append(amount.value)
    return found


def _counting(indicator: Indicator, own: list[Decimal] | None, parts: list[Decimal] | None) -> Amount:
    mine, theirs = (None if values is None else total(values) for values in (own, parts))
    first, second = (mine, theirs) if indicator.own_counts else (theirs, mine)
    return Amount(second if first is None else first, own=mine, parts=theirs)


# What follows is the reference: the answers that every engine must give.


def leaves_of(question: Question, held: Mapping[str, Held]) -> dict[str, Decimal | None]:
    """Raw division code → contribution of its rows (count, sum), or the figure of the division's own report."""
    if question.indicator.measure is Measure.REPORTED:
        statements = _statements(question, held)
        return {code: _figure(question, rows) for code, rows in statements.items()}
    gathered: defaultdict[str, list[Decimal]] = defaultdict(list)
    for row, belongs, value in _contributions(question, held):
        found = gathered[division_of(question.table, row)]
        if not belongs:
            found.append(Decimal(0))
        elif not is_empty(value):
            found.append(_number(value))
    return {code: total(values) if values else None for code, values in gathered.items()}


def distinct_of(question: Question, held: Mapping[str, Held], nodes: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """Node → how many different values the rows that belong have; no node to which nothing contributes."""
    seen: defaultdict[str, set[Value]] = defaultdict(set)
    for row, belongs, value in _contributions(question, held):
        if belongs and is_empty(value):
            continue
        for node in nodes.get(division_of(question.table, row), ()):
            seen[node].update((value,) if belongs else ())
    return {node: len(values) for node, values in seen.items()}


def entries_of(question: Question, held: Mapping[str, Held], codes: Collection[str] | None = None) -> tuple[UUID, ...]:
    """The entries whose values enter the figure (of these raw codes), by code, then in the order in which they came."""
    table = question.table
    if question.indicator.measure is Measure.REPORTED:
        statements = _statements(question, held)
        rows = [row for code in sorted(statements) for row in sorted(statements[code], key=lambda row: row.sequence)]
    else:
        rows = [row for row, belongs, value in _contributions(question, held) if belongs and not is_empty(value)]
    return tuple(row.entry for row in rows if codes is None or division_of(table, row) in codes)


def places_of(table: Table, held: Held, as_of: date, known_at: datetime) -> frozenset[str]:
    """Raw division codes of the live rows."""
    return frozenset(division_of(table, row) for row in state_as_of(held.revisions, as_of, known_at).values())


def _contributions(question: Question, held: Mapping[str, Held]) -> Iterator[tuple[Revision, bool, Value]]:
    """Each live row, whether it belongs, and its value (1 for a count)."""
    if not question.answerable:
        return
    field = question.counted
    first, last = question.window
    rows = LiveRows(question, held)
    for row in rows:
        belongs = _within(question.indicator, row, first, last) and rows.meets(row)
        yield row, belongs, 1 if field is None else row.values.get(field.name)


def _number(value: Value) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(value) if isinstance(value, int) else Decimal(0)


def _day(indicator: Indicator, row: Revision) -> date | None:
    value = row.values.get(indicator.by)
    return day_of(value) if isinstance(value, datetime) else value if isinstance(value, date) else None


def _within(indicator: Indicator, row: Revision, first: date | None, last: date | None) -> bool:
    if not indicator.by or (first is None and last is None):
        return True
    day = _day(indicator, row)
    return day is not None and (first is None or first <= day) and (last is None or day <= last)


def _statements(question: Question, held: Mapping[str, Held]) -> dict[str, tuple[Revision, ...]]:
    """Raw code → the row that states its figure as of the day; for a flow the row that states the running
    total by the end of the period, then the one that stated it last before. Without either there is no
    flow, unless the total began in it."""
    field = question.counted
    if not question.answerable or field is None:
        return {}
    rows, indicator = LiveRows(question, held), question.indicator
    stating: defaultdict[str, list[Revision]] = defaultdict(list)
    for row in rows:
        if not is_empty(row.values.get(field.name)) and rows.meets(row):
            stating[division_of(question.table, row)].append(row)
    first, last = question.window
    found: dict[str, tuple[Revision, ...]] = {}
    for code, candidates in stating.items():
        end = _latest(indicator, candidates, first, last or question.as_of)
        if end is None:
            continue
        if indicator.span is not Span.FLOW or first is None:
            found[code] = (end,)
            continue
        before = _latest(indicator, candidates, indicator.since, first - timedelta(days=1))
        if before is not None:
            found[code] = (end, before)
        elif indicator.since is not None and indicator.since >= first:
            found[code] = (end,)
    return found


def _latest(indicator: Indicator, rows: Iterable[Revision], first: date | None, last: date) -> Revision | None:
    """The row of the latest ``by`` day within the days; without ``by`` the latest by its own day."""
    inside = [row for row in rows if _within(indicator, row, first, last)]
    return max(inside, key=lambda row: (_day(indicator, row) or _OPEN, row.effective_on, row.sequence), default=None)


def _figure(question: Question, rows: tuple[Revision, ...]) -> Decimal:
    """What the first row states, less what the one before stated."""
    stated = [_number(row.values.get(question.indicator.field)) for row in rows]
    with localcontext(EXACT):
        return stated[0] - sum(stated[1:], Decimal(0))
