"""Questions compiled to SQL over the parts of the column store; ``core.rollup`` says what the answers mean."""

# ruff: noqa: S608 - SQL is what is made here: values are bound, and names are quoted by ``quoted``

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime

from shishi.adapters.engines.arrow_rows import Kind, kind_of, settled_column
from shishi.adapters.engines.base import Question
from shishi.adapters.engines.criteria_sql import Compilation, day_in_shanghai, quoted
from shishi.core.assurance import Basis
from shishi.core.evaluation import Moments
from shishi.core.indicators import Measure, Span
from shishi.core.tables import Table

NODES = "nodes"
"""The relation ``(code, node)`` that a distinct count is joined with."""


@dataclass(frozen=True, slots=True)
class Query:
    """``bound`` lacks only the files: ``$revisions_0`` and so on in the order of ``tables``, and ``$marks`` of the
    first table where ``marks`` says so."""

    sql: str
    bound: dict[str, object]
    tables: tuple[Table, ...]
    marks: bool = False


def leaves_query(question: Question) -> Query:
    """``(code, value)`` for counts, sums (NULL where rows say nothing) and reported figures."""
    match question.indicator.measure:
        case Measure.COUNT:
            return _Asked(question).query("SELECT code, count(*) FILTER (WHERE belongs) FROM asked GROUP BY code")
        case Measure.SUM:
            return _Asked(question).query(
                "SELECT code, CASE WHEN count(*) FILTER (WHERE belongs AND value IS NULL) < count(*) "
                "THEN coalesce(sum(value) FILTER (WHERE belongs), 0) END FROM asked GROUP BY code"
            )
        case _:
            figure = "SELECT code, sum(CASE WHEN earlier THEN -value ELSE value END) FROM stated GROUP BY code"
            return _Asked(question).query(figure, stated=True)


def distinct_query(question: Question) -> Query:
    """``(node, number)``; the relation ``nodes`` must be there."""
    return _Asked(question).query(
        f"SELECT node, count(DISTINCT value) FROM ("
        f"SELECT DISTINCT code, CASE WHEN belongs THEN value END AS value FROM asked "
        f"WHERE NOT belongs OR value IS NOT NULL) JOIN {NODES} USING (code) GROUP BY node"
    )


def entries_query(question: Question, codes: Collection[str] | None, limit: int | None, offset: int) -> Query:
    """``(entry)`` in the order of the port."""
    asked = _Asked(question)
    reported = question.indicator.measure is Measure.REPORTED
    rows = "stated" if reported else "asked"
    where = "TRUE" if reported else "belongs AND value IS NOT NULL"
    if codes is not None:
        where += f" AND list_contains({asked.compiled.bind(sorted(codes))}::VARCHAR[], code)"
    page = f"{'' if limit is None else f' LIMIT {asked.compiled.bind(limit)}'} OFFSET {asked.compiled.bind(offset)}"
    return asked.query(f"SELECT entry FROM {rows} WHERE {where} ORDER BY code, sequence{page}", stated=reported)


def asked_query(question: Question, select: str) -> Query:
    """Whatever ``select`` asks of the relation ``asked(code, entry, sequence, value, day, belongs)``: every live row of
    the asked table."""
    return _Asked(question).query(select)


def places_query(table: Table, as_of: date, known_at: datetime) -> Query:
    """``(code)`` of the live rows."""
    compiled = Compilation({table.name: table}, Moments(as_of))
    code = _code(compiled, table, compiled.live(table.name))
    relations = _live_relations(compiled, as_of, known_at)
    sql = f"WITH {', '.join(relations)} SELECT DISTINCT {code} FROM live_0"
    return Query(sql, compiled.bound, (table,))


class _Asked:
    """One question being compiled. ``live_n``: the live rows of each touched table; ``marked``: the standing marks;
    ``asked``: every live row of the asked table, its value, and whether it belongs; ``stated``: the rows that state
    a figure."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.compiled = Compilation(question.tables, question.moments)
        self.compiled.live(question.table.name)

    def query(self, select: str, *, stated: bool = False) -> Query:
        marks = self.question.basis is not Basis.REPORTED
        asked = self._asked()
        relations = [*([self._marked()] if marks else []), asked, *(self._stated() if stated else [])]
        live = _live_relations(self.compiled, self.question.as_of, self.question.known_at)
        tables = tuple(self.question.tables[name] for name in self.compiled.needed)
        return Query(f"WITH {', '.join([*live, *relations])} {select}", self.compiled.bound, tables, marks)

    def _asked(self) -> str:
        question, compiled, table = self.question, self.compiled, self.question.table
        by, field = table.by_name.get(question.indicator.by), question.counted
        day = "NULL::DATE" if by is None else compiled.column(table, by.name, "t")
        if by is not None and kind_of(by) is Kind.MOMENT:
            day = day_in_shanghai(day)
        conditions = [compiled.condition(question.indicator.where, table, "t")]
        if question.indicator.measure is not Measure.REPORTED:
            conditions += self._within(day, *question.window)
        source = "live_0 AS t"
        if question.basis is not Basis.REPORTED:
            source += " LEFT JOIN marked USING (entry)"
            settled = quoted(settled_column(question.indicator.assured_group))
            compiled.needed[table.name].add(settled)
            conditions.append(f"rank >= {compiled.bind(question.basis.rank)} AND marked_at >= t.{settled}")
        value = "1" if field is None else compiled.column(table, field.name, "t")
        return (
            f"asked AS (SELECT {_code(compiled, table, 't')} AS code, t.sequence, t.standing, t.entry, "
            f"{value} AS value, {day} AS day, coalesce({' AND '.join(conditions)}, FALSE) AS belongs FROM {source})"
        )

    def _within(self, day: str, first: date | None, last: date | None) -> list[str]:
        if not self.question.indicator.by:
            return []
        bounds = ((">=", first), ("<=", last))
        return [f"{day} {sign} {self.compiled.bind(bound)}" for sign, bound in bounds if bound is not None]

    def _marked(self) -> str:
        bind, question = self.compiled.bind, self.question
        return (
            "marked AS (SELECT entry, arg_max(sequence, standing) AS marked_at, "
            "arg_max(rank, standing) AS rank FROM read_parquet($marks) "
            f'WHERE "group" = {bind(question.indicator.assured_group)} AND effective_on <= {bind(question.as_of)} '
            f"AND recorded_at <= {bind(_naive(question.known_at))} GROUP BY entry)"
        )

    def _stated(self) -> list[str]:
        """The latest statement of each code; for a flow also the latest before the period, without which there is none
        unless the running total began within it."""
        indicator = self.question.indicator
        first, last = self.question.window
        latest = [self._latest("ended", first, last or self.question.as_of)]
        columns = "code, sequence, entry, value"
        if indicator.span is not Span.FLOW or first is None:
            return [*latest, f"stated AS (SELECT {columns}, FALSE AS earlier FROM ended)"]
        begun = indicator.since is not None and indicator.since >= first
        ended = "ended" if begun else "ended SEMI JOIN before USING (code)"
        return [
            *latest,
            self._latest("before", indicator.since, first, open_end=True),
            f"stated AS (SELECT {columns}, FALSE AS earlier FROM {ended} UNION ALL "
            f"SELECT {columns}, TRUE AS earlier FROM before SEMI JOIN ended USING (code))",
        ]

    def _latest(self, name: str, first: date | None, last: date, *, open_end: bool = False) -> str:
        inside = ["belongs", "value IS NOT NULL", *self._within("day", first, last)]
        if open_end:
            inside.append(f"day < {self.compiled.bind(last)}")
        return (
            f"{name} AS (SELECT * FROM asked WHERE {' AND '.join(inside)} "
            "QUALIFY row_number() OVER (PARTITION BY code ORDER BY day DESC NULLS LAST, standing DESC) = 1)"
        )


def _live_relations(compiled: Compilation, as_of: date, known_at: datetime) -> list[str]:
    """As ``live_rows.state_as_of``, with only the columns that the query needs."""
    day, moment = compiled.bind(as_of), compiled.bind(_naive(known_at))
    found = []
    for number, columns in enumerate(compiled.needed.values()):
        parts = f"read_parquet($revisions_{number})"
        wanted = ", ".join(["entry", "sequence", "standing", *sorted(columns)])
        found += [
            f"standing_{number} AS (SELECT max(standing) AS standing FROM {parts} "
            f"WHERE kind <> 'voided' AND effective_on <= {day} AND recorded_at <= {moment} AND sequence NOT IN "
            f"(SELECT voids FROM {parts} WHERE kind = 'voided' AND voids IS NOT NULL AND recorded_at <= {moment}) "
            "GROUP BY entry)",
            f"live_{number} AS (SELECT {wanted} FROM {parts} SEMI JOIN standing_{number} USING (standing) "
            "WHERE kind NOT IN ('voided', 'withdrawn'))",
        ]
    return found


def _code(compiled: Compilation, table: Table, alias: str) -> str:
    return f"coalesce({compiled.column(table, table.division_field, alias)}, '')"


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
