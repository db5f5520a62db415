"""The SQL of differences: what enters a figure at a moment, what two moments have not in
common, and which revision did it."""

# ruff: noqa: S608 - SQL is made of constants here: what is given is bound, or registered as a relation

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from shishi.adapters.engines.base import Question
from shishi.adapters.engines.cube_sql import text_of
from shishi.adapters.engines.facts import Facts
from shishi.adapters.engines.questions_sql import Query, asked_query
from shishi.core.indicators import Measure
from shishi.core.tables import Table

CODES = "codes"
"""The relation ``(code)``: raw codes of which rows count."""
PARTS = "parts"
"""The relation of :data:`MOVED`, for :func:`causes_query`."""
ADDED = "coalesce(after, 0) - coalesce(before, 0)"
"""What a part makes the figure differ by."""
MOVED = """
SELECT coalesce(a.part, b.part) AS part, coalesce(a.entry, b.entry) AS entry, b.code AS code_before,
a.code AS code_after, b.value AS before, a.value AS after,
CASE WHEN b.part IS NULL THEN 'came_in' WHEN a.part IS NULL THEN 'went_out'
WHEN a.value <> b.value THEN 'changed' ELSE 'moved' END AS change
FROM earlier AS b FULL OUTER JOIN later AS a ON a.part = b.part
WHERE a.part IS NULL OR b.part IS NULL OR a.value <> b.value OR a.code <> b.code
"""
"""``(part, entry, code_before, code_after, before, after, change)`` of what
``earlier`` and ``later`` count otherwise."""
_ORDER = "array_position(['came_in', 'went_out', 'changed', 'moved'], change)"


def counted_query(question: Question, facts: Mapping[str, Facts]) -> Query:
    """``(part, entry, code, value)`` of the rows that enter the figure, of :data:`CODES`; of a distinct count its
    values, each with one of its entries and no code."""
    inside = f"SEMI JOIN {CODES} USING (code)"
    match question.indicator.measure:
        case Measure.DISTINCT:
            select = (
                f"SELECT {text_of(question)} AS part, min_by(entry, sequence) AS entry, '' AS code, "
                f"1::DECIMAL(38, 0) AS value FROM asked {inside} WHERE belongs AND value IS NOT NULL GROUP BY part"
            )
            return asked_query(question, select, facts)
        case Measure.REPORTED:
            select = (
                "SELECT entry::VARCHAR AS part, entry, code, CASE WHEN earlier THEN -value ELSE value END AS value "
                f"FROM stated {inside}"
            )
            return asked_query(question, select, facts, stated=True)
        case _:
            value = "1::DECIMAL(38, 0)" if question.counted is None else "value"
            select = (
                f"SELECT entry::VARCHAR AS part, entry, code, {value} AS value FROM asked {inside} "
                "WHERE belongs AND value IS NOT NULL"
            )
            return asked_query(question, select, facts)


def causes_query(table: Table, earlier: tuple[date, datetime], later: tuple[date, datetime]) -> Query:
    """:data:`PARTS` with ``cause``, as they are told: by change, the largest amounts first. The cause is the revision
    that holds at the later moment where another held before, or the one that voided it."""
    bound: dict[str, object] = {}
    for name, (as_of, known_at) in (("one", earlier), ("two", later)):
        bound[f"{name}_on"], bound[f"{name}_at"] = as_of, known_at.astimezone(UTC).replace(tzinfo=None)
    sql = f"""
WITH known AS (SELECT sequence, standing, entry, kind, voids, effective_on, recorded_at
  FROM read_parquet($revisions_0) SEMI JOIN {PARTS} USING (entry)),
{_held("one")}, {_held("two")},
undone AS (SELECT voids, min(sequence) AS sequence FROM known
  WHERE kind = 'voided' AND voids IS NOT NULL AND recorded_at <= $two_at GROUP BY voids)
SELECT p.*,
  CASE WHEN one.sequence IS DISTINCT FROM two.sequence THEN coalesce(undone.sequence, two.sequence) END AS cause
FROM {PARTS} AS p LEFT JOIN one ON one.entry = p.entry LEFT JOIN two ON two.entry = p.entry
LEFT JOIN undone ON undone.voids = one.sequence
ORDER BY {_ORDER}, abs({ADDED}) DESC, coalesce(code_after, code_before), part"""
    return Query(sql, bound, (table,))


def _held(name: str) -> str:
    return f"""{name} AS (SELECT entry, max_by(sequence, standing) AS sequence FROM known
  WHERE kind <> 'voided' AND effective_on <= ${name}_on AND recorded_at <= ${name}_at AND sequence NOT IN
  (SELECT voids FROM known WHERE kind = 'voided' AND voids IS NOT NULL AND recorded_at <= ${name}_at)
  GROUP BY entry)"""
