"""Many questions compiled to one look at the rows of a table, climbed within DuckDB to every node.

Where a code counts is said by the relations of ``gathering.Lines``. Counts and sums are added up level by level. What
is told apart on one level is told apart again on the one above it.
"""

# ruff: noqa: S608 - SQL is what is made here: values are bound, and names are of this module

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from shishi.adapters.engines.base import Question
from shishi.adapters.engines.facts import Facts
from shishi.adapters.engines.gathering import LINES
from shishi.adapters.engines.questions_sql import Query, Together
from shishi.core.indicators import Measure

KEPT = "MATERIALIZED "
ADDED = -1
"""What ``number`` is in the rows of counts and sums: they stand in columns beside each other."""


def gathered_query(questions: Sequence[Question], depth: int, facts: Mapping[str, Facts]) -> Query:
    """``(number, node, a0, a1 …, told)``: a row of ``ADDED`` has in ``a0`` … what the question of that place counts or
    sums; a row of another number has in ``told`` how many values that question tells apart. All are of one table, as
    of one day and known at one moment; the lines have ``depth`` levels."""
    together = Together(questions, facts)
    apart = [number for number, question in enumerate(questions) if question.indicator.measure is Measure.DISTINCT]
    added = [number for number in range(len(questions)) if number not in apart]
    placed = f"placed AS {KEPT if len(apart) + bool(added) > 1 else ''}(SELECT * FROM rows JOIN {LINES} USING (code))"
    relations, selects = [together.rows(), placed], []
    if added:
        relations += _added({number: questions[number] for number in added}, together, depth)
        columns = ", ".join(f"a{number}" for number in added)
        selects.append(f"SELECT {ADDED} AS number, node, {columns} FROM ({on_every_level(depth, 'e', columns)})")
    for number in apart:
        relations += _told_apart(number, depth)
        every = on_every_level(depth, f"d{number}_", "value")
        selects.append(f"SELECT {number} AS number, node, count(value) AS told FROM ({every}) GROUP BY node")
    return together.finished(relations, " UNION ALL BY NAME ".join(selects))


def _added(added: Mapping[int, Question], together: Together, depth: int) -> Iterator[str]:
    yield f"e{depth - 1} AS {KEPT}(SELECT node, {', '.join(together.added())} FROM placed GROUP BY node)"
    whole = {number: "::BIGINT" if question.counted is None else "" for number, question in added.items()}
    sums = ", ".join(f"sum(a{number}){cast} AS a{number}" for number, cast in whole.items())
    for level in reversed(range(1, depth)):
        yield f"e{level - 1} AS {KEPT}(SELECT above AS node, {sums} FROM {step('e', level)} GROUP BY above)"


def _told_apart(number: int, depth: int) -> Iterator[str]:
    name = f"d{number}_"
    yield f"{name}{depth - 1} AS {KEPT}(SELECT DISTINCT node, v{number} AS value FROM placed WHERE k{number})"
    for level in reversed(range(1, depth)):
        yield f"{name}{level - 1} AS {KEPT}(SELECT DISTINCT above AS node, value FROM {step(name, level)})"


def step(name: str, level: int) -> str:
    """From the nodes of a level to those above them."""
    return f"{name}{level} JOIN above_{level} USING (node)"


def on_every_level(depth: int, name: str, columns: str) -> str:
    """The nodes of all levels, each on its own."""
    own = [f"SELECT node, {columns} FROM {step(name, level)} WHERE own" for level in range(1, depth)]
    return " UNION ALL ".join([f"SELECT node, {columns} FROM {name}0", *own])
