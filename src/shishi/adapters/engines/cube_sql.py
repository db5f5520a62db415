"""What a cube asks of rows: per raw code what they add, and for a distinct count which values they have."""

# ruff: noqa: S608 - SQL is made of constants here: ``asked_query`` binds and quotes what is given

from __future__ import annotations

from collections.abc import Mapping

from shishi.adapters.engines.arrow_rows import Kind, kind_of
from shishi.adapters.engines.base import Question
from shishi.adapters.engines.facts import Facts
from shishi.adapters.engines.questions_sql import NOTHING, Query, asked_query
from shishi.core.indicators import Measure
from shishi.core.tables import Table

TOUCHED = "touched"
"""The relation ``(entry)`` of the rows that count; the others are there to be referred to."""
WAYS = "ways"
"""The relation ``(code, line)``: the nodes for which a raw code counts, as one text."""

_TOLD = "NOT belongs OR value IS NOT NULL"


def cells_query(question: Question, *, among: bool = False, facts: Mapping[str, Facts] = NOTHING) -> Query:
    """``(code, live, told, sum, latest)``: live rows, those of them that contribute, the exact sum of what they
    contribute (0 for a distinct count) and the latest ``by`` day. ``among``: of the entries in ``touched`` only."""
    distinct = question.indicator.measure is Measure.DISTINCT
    amount = "0" if distinct else "coalesce(sum(value) FILTER (WHERE belongs), 0)"
    return asked_query(
        question,
        f"SELECT code, count(*) AS live, count(*) FILTER (WHERE {_TOLD}) AS told, {amount} AS amount, "
        f"max(day) AS latest FROM {_asked(among)} GROUP BY code",
        facts,
    )


def pairs_query(question: Question, *, among: bool = False, facts: Mapping[str, Facts] = NOTHING) -> Query:
    """``(value, line, rows)`` in this order: how many rows that end a line belong and have a value, which is told as a
    text of its own."""
    return asked_query(
        question,
        f"SELECT {text_of(question)} AS told, line, count(*) AS rows FROM {_asked(among)} JOIN {WAYS} USING (code) "
        "WHERE belongs AND value IS NOT NULL GROUP BY ALL ORDER BY ALL",
        facts,
    )


def latest_by_query(question: Question, facts: Mapping[str, Facts] = NOTHING) -> Query:
    """``(latest)``: the latest ``by`` day of the live rows."""
    return asked_query(question, "SELECT max(day) AS latest FROM asked", facts)


def latest_on_query(table: Table) -> Query:
    """``(latest)``: the greatest ``effective_on`` of all revisions and marks."""
    latest = (
        "SELECT max(effective_on) FROM read_parquet($revisions_0)",
        "SELECT max(effective_on) FROM read_parquet($marks)",
    )
    return Query(f"SELECT greatest(({latest[0]}), ({latest[1]}))", {}, (table,), marks=True)


def _asked(among: bool) -> str:
    return f"asked SEMI JOIN {TOUCHED} USING (entry)" if among else "asked"


def text_of(question: Question) -> str:
    """Different values have different texts: the parts of a list are told with their lengths."""
    field = question.counted
    if field is not None and kind_of(field) is Kind.LIST:
        return "array_to_string([concat(length(part), ':', part) FOR part IN value], ',')"
    return "value::VARCHAR"
