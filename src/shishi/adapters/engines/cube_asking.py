"""What a cube asks of opened parts, through the engine's own queries, and how the answers are added up the tree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING

from shishi.adapters.engines.base import Question
from shishi.adapters.engines.columns import Opened
from shishi.adapters.engines.cube_sql import TOUCHED, WAYS, cells_query, latest_by_query, latest_on_query, pairs_query
from shishi.adapters.engines.cube_store import Cell
from shishi.adapters.engines.duckdb import facts_of, run, running
from shishi.adapters.engines.facts import Facts
from shishi.adapters.engines.questions_sql import NODES, distinct_query, leaves_query
from shishi.core.rollup import EXACT
from shishi.core.tables import Table

if TYPE_CHECKING:
    import pyarrow as pa

STROKE = "/"
"""Between the nodes of a line, the country first."""
_AT_ONCE = 50_000


@dataclass(frozen=True, slots=True)
class Leaf:
    """What the rows of one raw code add, and their latest ``by`` day."""

    cell: Cell
    latest: date | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question over parts; of the ``touched`` entries only, where they are given."""

    question: Question
    opened: Mapping[str, Opened]
    touched: pa.Table | None = None

    def leaves(self) -> dict[str, Leaf]:
        """Raw code → what its rows add."""
        query = cells_query(self.question, among=self.touched is not None, facts=self._facts)
        return {
            code: Leaf(Cell(live, told, Decimal(amount)), latest)
            for code, live, told, amount, latest in run(query, self.opened, self._relations)
        }

    def pairs(self, lines: Mapping[str, str]) -> Iterator[tuple[str, str, int]]:
        """``(value, line, rows)`` of a distinct count, each value and line once."""
        query = pairs_query(self.question, among=self.touched is not None, facts=self._facts)
        ways = {WAYS: _texts(code=lines.keys(), line=lines.values())}
        with running(query, self.opened, self._relations | ways) as rows:
            for some in rows.to_arrow_reader(_AT_ONCE):
                yield from zip(*(column.to_pylist() for column in some.columns), strict=True)

    def distinct(self, lines: Mapping[str, str]) -> dict[str, Decimal]:
        """Node → number of different values."""
        pairs = [(code, node) for code, line in lines.items() for node in line.split(STROKE)]
        nodes = {NODES: _texts(code=[code for code, _ in pairs], node=[node for _, node in pairs])}
        found = run(distinct_query(self.question, self._facts), self.opened, nodes)
        return {node: Decimal(number) for node, number in found}

    def stated(self) -> dict[str, Decimal | None]:
        """The divisions' own figures by raw code."""
        found = run(leaves_query(self.question, self._facts), self.opened, {})
        return {code: None if value is None else Decimal(value) for code, value in found}

    def latest_by(self) -> date | None:
        """The latest ``by`` day of all rows."""
        ((found,),) = run(latest_by_query(self.question, self._facts), self.opened, {})
        return found  # type: ignore[no-any-return]  # the engine's rows have no types

    @property
    def _facts(self) -> Mapping[str, Facts]:
        return facts_of(self.opened)

    @property
    def _relations(self) -> dict[str, pa.Table]:
        return {} if self.touched is None else {TOUCHED: self.touched}


def latest_on(table: Table, opened: Opened) -> date | None:
    """The greatest ``effective_on`` of all revisions and marks."""
    ((found,),) = run(latest_on_query(table), {table.name: opened}, {})
    return found  # type: ignore[no-any-return]  # the engine's rows have no types


def climbed(leaves: Iterable[tuple[str, Cell]]) -> dict[str, Cell]:
    """Lines and what is at their ends → nodes, each the exact sum of what lies at its own line and below."""
    held: dict[str, Cell] = {}
    found: dict[str, Cell] = {}
    with localcontext(EXACT):
        for line, cell in leaves:
            held[line] = plus(held[line], cell) if line in held else cell
        by_depth: defaultdict[int, list[str]] = defaultdict(list)
        for line in held:
            by_depth[line.count(STROKE)].append(line)
        for depth in range(max(by_depth, default=0), -1, -1):
            for line in by_depth[depth]:
                above, _, node = line.rpartition(STROKE)
                found[node] = cell = held[line]
                if above in held:
                    held[above] = plus(held[above], cell)
                elif above:
                    held[above] = cell
                    by_depth[depth - 1].append(above)
    return found


def plus(one: Cell, other: Cell) -> Cell:
    """Their sum, exact in the context of sums."""
    return Cell(one.live + other.live, one.told + other.told, one.value + other.value)


def less(cell: Cell) -> Cell:
    """What takes a cell away again."""
    return Cell(-cell.live, -cell.told, cell.value.copy_negate())


def _texts(**columns: Iterable[str]) -> pa.Table:
    import pyarrow as pa

    return pa.table({name: pa.array(list(texts), pa.string()) for name, texts in columns.items()})
