"""What a cube asks of rows: per raw code what they add to each of several questions, and for a distinct count which
values they have; and how that is climbed."""

# ruff: noqa: S608 - SQL is made of constants here: ``asked_together_query`` binds and quotes what is given

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shishi.adapters.engines.arrow_rows import Kind, kind_of, scale_of
from shishi.adapters.engines.base import Question
from shishi.adapters.engines.facts import Facts
from shishi.adapters.engines.gathering import LINES
from shishi.adapters.engines.gathering_sql import KEPT, on_every_level, step
from shishi.adapters.engines.questions_sql import NOTHING, Query, asked_together_query
from shishi.core.indicators import Measure
from shishi.core.tables import Table

TOUCHED = "touched"
"""The relation ``(entry)`` of the rows that count; the others are there to be referred to."""
WAYS = "ways"
"""The relation ``(code, line)``: the nodes for which a raw code counts, as one text."""
MORE, FEWER = "more", "fewer"
"""Relations: what leaves add, and what they add no longer; or which values they have, and have no longer."""


def leaves_query(questions: Sequence[Question], *, among: bool, facts: Mapping[str, Facts] = NOTHING) -> Query:
    """``(code, live, told_0, amount_0, latest_0, told_1 …)``: live rows, those of them that contribute, the exact sum
    of what they contribute (0 for a distinct count) and the latest ``by`` day. ``among``: of the entries in
    ``touched`` only."""
    columns = (
        f"{_told(question, place)} AS told_{place}, {_amount(question, place)} AS amount_{place}, "
        f"max(day_{place}) AS latest_{place}"
        for place, question in enumerate(questions)
    )
    select = f"SELECT code, count(*) AS live, {', '.join(columns)} FROM {_asked(among)} GROUP BY code"
    return asked_together_query(questions, select, facts)


def values_query(question: Question, *, among: bool, facts: Mapping[str, Facts] = NOTHING) -> Query:
    """``(value, code, rows)``: how many rows of a code belong and have a value, which is told as a text of its own."""
    return asked_together_query(
        [question],
        f"SELECT {text_of(question, 'value_0')} AS value, code, count(*) AS rows FROM {_asked(among)} "
        "WHERE belongs_0 AND value_0 IS NOT NULL GROUP BY ALL",
        facts,
    )


def climbing_query(questions: Sequence[Question], depth: int, *, less: bool) -> Query:
    """``(node, live, told_0, number_0, text_0, told_1 …)`` of every node, out of the relations ``more`` and (``less``)
    ``fewer`` that ``leaves_query`` made, and those of ``gathering.Lines``. A number is whole, in units of the last
    place of its field, and a text where it is too long for that."""
    names = ["live", *(f"{kind}_{place}" for place in range(len(questions)) for kind in ("told", "amount"))]
    columns = ", ".join(names)
    leaf = f"SELECT code, {columns} FROM {MORE}"
    if less:
        leaf += f" UNION ALL SELECT code, {', '.join(f'-{name}' for name in names)} FROM {FEWER}"
    long = {f"amount_{place}" for place, question in enumerate(questions) if _summed(question)}
    sums = ", ".join(f"sum({name}){'' if name in long else '::BIGINT'} AS {name}" for name in names)
    levels = [f"e{depth - 1} AS {KEPT}(SELECT node, {sums} FROM ({leaf}) JOIN {LINES} USING (code) GROUP BY node)"]
    for level in reversed(range(1, depth)):
        levels.append(f"e{level - 1} AS {KEPT}(SELECT above AS node, {sums} FROM {step('e', level)} GROUP BY above)")
    wanted = ", ".join(f"told_{place}, {_number(question, place)}" for place, question in enumerate(questions))
    return Query(
        f"WITH {', '.join(levels)} SELECT node, live, {wanted} FROM ({on_every_level(depth, 'e', columns)})", {}, ()
    )


def told_apart_query(depth: int) -> Query:
    """``(node, told)``: how many different values there are in the relation ``more`` that ``values_query`` made."""
    levels = [f"d{depth - 1} AS {KEPT}(SELECT DISTINCT node, value FROM {MORE} JOIN {LINES} USING (code))"]
    for level in reversed(range(1, depth)):
        levels.append(f"d{level - 1} AS {KEPT}(SELECT DISTINCT above AS node, value FROM {step('d', level)})")
    every = on_every_level(depth, "d", "value")
    return Query(f"WITH {', '.join(levels)} SELECT node, count(*) AS told FROM ({every}) GROUP BY node", {}, ())


def pairs_query(*, less: bool) -> Query:
    """``(value, line, rows)`` in this order, of what ``values_query`` made: how many rows that end a line have a value;
    with ``less``, how many more than before, where that is not 0."""
    rows = f"SELECT value, line, rows FROM {MORE} JOIN {WAYS} USING (code)"
    if less:
        rows += f" UNION ALL SELECT value, line, -rows FROM {FEWER} JOIN {WAYS} USING (code)"
    having = " HAVING sum(rows) <> 0" if less else ""
    sql = (
        f"SELECT value, line, sum(rows)::BIGINT AS rows FROM ({rows}) GROUP BY value, line{having} ORDER BY value, line"
    )
    return Query(sql, {}, ())


def latest_by_query(question: Question, facts: Mapping[str, Facts] = NOTHING) -> Query:
    """``(latest)``: the latest ``by`` day of the live rows."""
    return asked_together_query([question], "SELECT max(day_0) AS latest FROM asked", facts)


def latest_on_query(table: Table) -> Query:
    """``(latest)``: the greatest ``effective_on`` of all revisions and marks."""
    latest = (
        "SELECT max(effective_on) FROM read_parquet($revisions_0)",
        "SELECT max(effective_on) FROM read_parquet($marks)",
    )
    return Query(f"SELECT greatest(({latest[0]}), ({latest[1]}))", {}, (table,), marks=True)


def decimals_of(question: Question) -> int:
    """How many decimals the numbers of its cube have."""
    return scale_of(question.counted) if _summed(question) and question.counted else 0


def _summed(question: Question) -> bool:
    return question.indicator.measure is Measure.SUM


def _told(question: Question, place: int) -> str:
    if question.counted is None:
        return "count(*)"
    return f"count(*) FILTER (WHERE NOT belongs_{place} OR value_{place} IS NOT NULL)"


def _amount(question: Question, place: int) -> str:
    match question.indicator.measure:
        case Measure.SUM:
            return f"coalesce(sum(value_{place}) FILTER (WHERE belongs_{place}), 0)"
        case Measure.COUNT:
            return f"count(*) FILTER (WHERE belongs_{place})"
        case _:
            return "0"


def _number(question: Question, place: int) -> str:
    if not _summed(question):
        return f"amount_{place} AS number_{place}, NULL AS text_{place}"
    text = f"replace(amount_{place}::VARCHAR, '.', '')"
    number = f"try_cast({text} AS BIGINT)"
    return f"{number} AS number_{place}, CASE WHEN {number} IS NULL THEN {text} END AS text_{place}"


def _asked(among: bool) -> str:
    return f"asked SEMI JOIN {TOUCHED} USING (entry)" if among else "asked"


def text_of(question: Question, value: str = "value") -> str:
    """Different values have different texts: the parts of a list are told with their lengths."""
    field = question.counted
    if field is not None and kind_of(field) is Kind.LIST:
        return f"array_to_string([concat(length(part), ':', part) FOR part IN {value}], ',')"
    return f"{value}::VARCHAR"
