"""What a cube asks of opened parts, through the engine's own queries, and how the answers are added up the tree: as
columns, all questions of a table at once, and no object for a node."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from shishi.adapters.engines.base import Question
from shishi.adapters.engines.columns import Opened
from shishi.adapters.engines.cube_sql import (
    FEWER,
    MORE,
    TOUCHED,
    WAYS,
    climbing_query,
    latest_by_query,
    latest_on_query,
    leaves_query,
    pairs_query,
    told_apart_query,
    values_query,
)
from shishi.adapters.engines.cube_store import Change
from shishi.adapters.engines.duckdb import facts_of, run, running
from shishi.adapters.engines.facts import Facts
from shishi.adapters.engines.questions_sql import Query
from shishi.adapters.engines.questions_sql import leaves_query as stated_query
from shishi.core.tables import Table

if TYPE_CHECKING:
    import pyarrow as pa

    from shishi.adapters.engines.gathering import Lines

_AT_ONCE = 50_000


@dataclass(frozen=True, slots=True)
class Asked:
    """Questions of one table, as of one day and known at one moment, over parts; of the ``touched`` entries only, where
    they are given."""

    questions: Sequence[Question]
    opened: Mapping[str, Opened]
    touched: pa.Table | None = None

    def leaves(self) -> pa.Table:
        """See ``cube_sql.leaves_query``."""
        return self._columns(leaves_query(self.questions, among=self.touched is not None, facts=self._facts))

    def values(self, place: int) -> pa.Table:
        """See ``cube_sql.values_query``."""
        query = values_query(self.questions[place], among=self.touched is not None, facts=self._facts)
        return self._columns(query)

    def stated(self) -> dict[str, Decimal | None]:
        """The divisions' own figures by raw code, for the first question."""
        found = run(stated_query(self.questions[0], self._facts), self.opened, {})
        return {code: None if value is None else Decimal(value) for code, value in found}

    def latest_by(self) -> date | None:
        """The latest ``by`` day of all rows, for the first question."""
        ((found,),) = run(latest_by_query(self.questions[0], self._facts), self.opened, {})
        return found  # type: ignore[no-any-return]  # the engine's rows have no types

    def _columns(self, query: Query) -> pa.Table:
        relations = {} if self.touched is None else {TOUCHED: self.touched}
        return _columns(query, relations, self.opened)

    @property
    def _facts(self) -> Mapping[str, Facts]:
        return facts_of(self.opened)


def latest_on(table: Table, opened: Opened) -> date | None:
    """The greatest ``effective_on`` of all revisions and marks."""
    ((found,),) = run(latest_on_query(table), {table.name: opened}, {})
    return found  # type: ignore[no-any-return]  # the engine's rows have no types


def latest_of(leaves: pa.Table, place: int) -> date | None:
    """The latest ``by`` day in the leaves of a question."""
    import pyarrow.compute as pc

    return pc.max(leaves[f"latest_{place}"]).as_py()  # type: ignore[no-any-return]  # columns have no types


@dataclass(frozen=True, slots=True)
class Climbed:
    """What ``cube_sql.climbing_query`` says, by the name of the node."""

    rows: pa.Table

    def changes(self, place: int) -> Iterator[Change]:
        """Of one question, where there is any."""
        import pyarrow.compute as pc

        names = ("node", "live", f"told_{place}", f"number_{place}", f"text_{place}")
        rows = self.rows.select(names)
        nothing = pc.and_(pc.equal(rows[1], 0), pc.and_(pc.equal(rows[2], 0), pc.equal(pc.fill_null(rows[3], 1), 0)))
        nodes, live, told, numbers, texts = rows.filter(pc.invert(nothing)).itercolumns()
        several = list(zip(nodes.to_pylist(), live.to_pylist(), told.to_pylist(), numbers.to_pylist(), strict=True))
        if texts.null_count == len(several):
            return iter(several)
        named = zip(several, texts.to_pylist(), strict=True)
        return ((*found[:3], found[3] if text is None else text) for found, text in named)


def climbed(questions: Sequence[Question], lines: Lines, more: pa.Table, fewer: pa.Table | None = None) -> Climbed:
    """The nodes of what leaves add, less what they add no longer."""
    relations = {**lines.relations, MORE: more} | ({} if fewer is None else {FEWER: fewer})
    rows = _columns(climbing_query(questions, lines.depth, less=fewer is not None), relations)
    return Climbed(rows.set_column(0, "node", lines.names.take(rows["node"])).sort_by("node"))


def told_apart(lines: Lines, values: pa.Table) -> dict[str, int]:
    """Node → number of different values."""
    rows = _columns(told_apart_query(lines.depth), {**lines.relations, MORE: values})
    return dict(zip(lines.names.take(rows["node"]).to_pylist(), rows["told"].to_pylist(), strict=True))


def pairs(
    lines: Mapping[str, str], values: pa.Table, earlier: pa.Table | None = None
) -> Iterator[tuple[str, str, int]]:
    """``(value, line, rows)``, each value and line once; how many more rows than ``earlier``, where that is given."""
    relations = {WAYS: _texts(code=lines.keys(), line=lines.values()), MORE: values}
    relations |= {} if earlier is None else {FEWER: earlier}
    with running(pairs_query(less=earlier is not None), {}, relations) as rows:
        for some in rows.to_arrow_reader(_AT_ONCE):
            yield from zip(*(column.to_pylist() for column in some.columns), strict=True)


def _columns(query: Query, relations: Mapping[str, pa.Table], opened: Mapping[str, Opened] | None = None) -> pa.Table:
    with running(query, opened or {}, relations) as rows:
        return rows.to_arrow_table()


def _texts(**columns: Iterable[str]) -> pa.Table:
    import pyarrow as pa

    return pa.table({name: pa.array(list(texts), pa.string()) for name, texts in columns.items()})
