"""Patterns in the numbers of rows: how often each digit occurs, and which rows are alike; by the division that answers.

Asked of the parts of the column store, so that a million rows take about as long as a sum of them.
"""

# ruff: noqa: S608 - SQL is made of constants and places here; what is given is registered as a relation

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shishi.adapters.engines.base import Question, Source
from shishi.adapters.engines.columns import ColumnStore
from shishi.adapters.engines.duckdb import facts_of, run

if TYPE_CHECKING:
    from shishi.adapters.engines.questions_sql import Query

_UNITS = "units"


@dataclass(frozen=True, slots=True)
class Alike:
    """Rows of a division that are alike in every asked value: how many, and the values as text."""

    rows: int
    values: tuple[str | None, ...]


class Patterns:
    """Asks the parts. ``units``: raw code → the division that answers for its rows."""

    def __init__(self, source: Source, store: ColumnStore) -> None:
        self._source, self._store = source, store

    def digits(
        self, question: Question, units: Mapping[str, str], *, least: int, first: bool = False
    ) -> dict[str, tuple[int, ...]]:
        """Of each division how often its numbers (their whole part, from ``least`` on) end with 0 to 9, or begin with 1
        to 9."""
        from shishi.adapters.engines.questions_sql import asked_query

        whole = "CAST(floor(abs(value)) AS HUGEINT)"
        digit = f"CAST(left(CAST({whole} AS VARCHAR), 1) AS INTEGER)" if first else f"CAST({whole} % 10 AS INTEGER)"
        select = (
            f"SELECT unit, {digit} AS digit, count(*) FROM asked JOIN {_UNITS} USING (code) "
            f"WHERE belongs AND {whole} >= {int(least)} GROUP BY unit, digit"
        )
        found: dict[str, list[int]] = {}
        for unit, at, many in self._ask(question, lambda facts: asked_query(question, select, facts), units):
            found.setdefault(unit, [0] * (9 if first else 10))[at - 1 if first else at] = many
        return {unit: tuple(counts) for unit, counts in found.items()}

    def alike(
        self, questions: Sequence[Question], units: Mapping[str, str], *, least: int, filled: int, most: int = 200
    ) -> dict[str, tuple[Alike, ...]]:
        """Of each division the groups of at least ``least`` rows that are alike in the values of all questions (of one
        table), what is empty included, and have at least ``filled`` of them; the greatest first, ``most`` in all."""
        from shishi.adapters.engines.questions_sql import asked_together_query

        values = [f"value_{place}" for place in range(len(questions))]
        told = ", ".join(f"CAST({value} AS VARCHAR)" for value in values)
        there = " + ".join(f"CASE WHEN {value} IS NULL THEN 0 ELSE 1 END" for value in values)
        select = (
            f"SELECT unit, count(*) AS many, {told} FROM asked JOIN {_UNITS} USING (code) "
            f"WHERE {there} >= {int(filled)} GROUP BY unit, {', '.join(values)} HAVING count(*) >= {int(least)} "
            f"ORDER BY many DESC, unit, {', '.join(values)} LIMIT {int(most)}"
        )
        found: dict[str, list[Alike]] = {}
        for unit, many, *shown in self._ask(
            questions[0], lambda facts: asked_together_query(questions, select, facts), units
        ):
            found.setdefault(unit, []).append(Alike(many, tuple(shown)))
        return {unit: tuple(groups) for unit, groups in found.items()}

    def _ask(self, question: Question, compiled: Any, units: Mapping[str, str]) -> list[tuple[Any, ...]]:
        import pyarrow as pa

        codes, answering = zip(*sorted(units.items()), strict=True) if units else ((), ())
        relation = pa.table({"code": pa.array(codes, pa.string()), "unit": pa.array(answering, pa.string())})
        with self._store.reading(self._source, [question.table]) as opened:
            query: Query = compiled(facts_of(opened))
            return run(query, opened, {_UNITS: relation})
