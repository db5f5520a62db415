"""Many questions compiled to one look at the rows of a table, climbed within DuckDB to every node.

The relation ``lines`` (``code n0 n1 …``, see ``gathering.Lines``) says for which nodes a code counts. Counts and sums
are added up level by level. What is told apart on one level is told apart again on the one above it.
"""

# ruff: noqa: S608 - SQL is what is made here: values are bound, and names are of this module

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from shishi.adapters.engines.base import Question
from shishi.adapters.engines.facts import Facts
from shishi.adapters.engines.questions_sql import Query, Together
from shishi.core.indicators import Measure

LINES = "lines"
ADDED = -1
"""What ``number`` is in the rows of counts and sums: they stand in columns beside each other."""


def gathered_query(questions: Sequence[Question], depth: int, facts: Mapping[str, Facts]) -> Query:
    """``(number, node, a0, a1 …, told)``: a row of ``ADDED`` has in ``a0`` … what the question of that place counts or
    sums; a row of another number has in ``told`` how many values that question tells apart. All are of one table, as
    of one day and known at one moment; ``lines`` has ``depth`` levels."""
    together = Together(questions, facts)
    apart = [number for number, question in enumerate(questions) if question.indicator.measure is Measure.DISTINCT]
    added = [number for number in range(len(questions)) if number not in apart]
    relations, selects = [together.rows(kept=bool(apart))], []
    if added:
        relations += [together.leaf(), *_added({number: questions[number] for number in added}, depth)]
        columns = ", ".join(f"a{number}" for number in added)
        selects.append(f"SELECT {ADDED} AS number, node, {columns} FROM ({_every(depth, 'e', columns)})")
    for number in apart:
        relations += _told_apart(number, depth)
        every = _every(depth, f"d{number}_", "value")
        selects.append(f"SELECT {number} AS number, node, count(value) AS told FROM ({every}) GROUP BY node")
    return together.finished(relations, " UNION ALL BY NAME ".join(selects))


def _added(added: Mapping[int, Question], depth: int) -> Iterator[str]:
    whole = {number: "::BIGINT" if question.counted is None else "" for number, question in added.items()}
    sums = ", ".join(f"sum(a{number}){cast} AS a{number}" for number, cast in whole.items())
    below = f"leaf JOIN {LINES} USING (code)"
    for level in reversed(range(depth)):
        yield f"e{level} AS MATERIALIZED (SELECT {_line(level)}, {sums} FROM {below} GROUP BY n{level})"
        below = f"e{level}"


def _told_apart(number: int, depth: int) -> Iterator[str]:
    below = f"(SELECT code, v{number} AS value FROM rows WHERE k{number}) JOIN {LINES} USING (code)"
    for level in reversed(range(depth)):
        name = f"d{number}_{level}"
        yield f"{name} AS MATERIALIZED (SELECT {_line(level)}, value FROM {below} GROUP BY n{level}, value)"
        below = name


def _line(level: int) -> str:
    """The node of a level, and what lies above it (the same for all of its rows)."""
    return ", ".join([f"n{level}", *(f"any_value(n{above}) AS n{above}" for above in range(level))])


def _every(depth: int, level: str, columns: str) -> str:
    """The nodes of all levels. A line that ends early repeats its last node, which was there before."""
    own = [f"SELECT n{at} AS node, {columns} FROM {level}{at} WHERE n{at} <> n{at - 1}" for at in range(1, depth)]
    return " UNION ALL ".join([f"SELECT n0 AS node, {columns} FROM {level}0", *own])
