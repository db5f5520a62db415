"""Questions compiled to SQL over the parts of the column store; ``core.rollup`` says what the answers mean.

What is known of the parts before they are read (``facts``) leaves out what need not be asked: without it every shape
is the general one.
"""

# ruff: noqa: S608 - SQL is what is made here: values are bound, and names are quoted by the dialect

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from shishi.adapters.engines.arrow_rows import DIGITS, Kind, kind_of, scale_of, settled_column
from shishi.adapters.engines.base import Question
from shishi.adapters.engines.criteria_sql import Compilation, day_in_shanghai
from shishi.adapters.engines.dialects import DUCKDB, Dialect
from shishi.adapters.engines.facts import GENERAL, Facts
from shishi.core.errors import Refused
from shishi.core.evaluation import Moments
from shishi.core.indicators import Measure, Span
from shishi.core.tables import Table

NODES = "nodes"
"""The relation ``(code, node)`` that a distinct count is joined with."""
NOTHING: Mapping[str, Facts] = {}


@dataclass(frozen=True, slots=True)
class Query:
    """``bound`` lacks only the files: ``revisions_0`` and so on in the order of ``tables``, and ``marks`` of the
    first table where ``marks`` says so."""

    sql: str
    bound: dict[str, object]
    tables: tuple[Table, ...]
    marks: bool = False


def sum_too_long() -> Refused:
    """Columns hold 38 digits; nothing is ever rounded to fit."""
    message = (
        "合计超过 38 位数字，列式引擎放不下。请核对明细里有没有多写的位数；确实这么大时，改用 --engine reference 计算。"
    )
    return Refused("sum_too_long", message)


def leaves_query(question: Question, facts: Mapping[str, Facts] = NOTHING, dialect: Dialect = DUCKDB) -> Query:
    """``(code, value)`` for counts, sums (NULL where rows say nothing) and reported figures."""
    if question.indicator.measure is Measure.REPORTED:
        figure = "SELECT code, sum(CASE WHEN earlier THEN -value ELSE value END) FROM stated GROUP BY code"
        return _Asked(question, facts, dialect).query(figure, stated=True)
    together = Together([question], facts, dialect)
    return together.finished([together.rows(), together.leaf()], "SELECT * FROM leaf")


def distinct_query(question: Question, facts: Mapping[str, Facts] = NOTHING, dialect: Dialect = DUCKDB) -> Query:
    """``(node, number)``; the relation ``nodes`` must be there."""
    return _Asked(question, facts, dialect).query(
        f"SELECT node, count(DISTINCT value) FROM ("
        f"SELECT DISTINCT code, CASE WHEN belongs THEN value END AS value FROM asked "
        f"WHERE NOT belongs OR value IS NOT NULL) JOIN {NODES} USING (code) GROUP BY node"
    )


def entries_query(
    question: Question,
    codes: Collection[str] | None,
    limit: int | None,
    offset: int,
    facts: Mapping[str, Facts] = NOTHING,
    dialect: Dialect = DUCKDB,
) -> Query:
    """``(entry)`` in the order of the port."""
    asked = _Asked(question, facts, dialect)
    reported = question.indicator.measure is Measure.REPORTED
    rows = "stated" if reported else "asked"
    where = "TRUE" if reported else "belongs AND value IS NOT NULL"
    if codes is not None:
        where += f" AND {dialect.has(asked.compiled.bind(sorted(codes)), 'code')}"
    page = f"{'' if limit is None else f' LIMIT {asked.compiled.bind(limit)}'} OFFSET {asked.compiled.bind(offset)}"
    return asked.query(f"SELECT entry FROM {rows} WHERE {where} ORDER BY code, sequence{page}", stated=reported)


def asked_query(
    question: Question, select: str, facts: Mapping[str, Facts] = NOTHING, *, stated: bool = False
) -> Query:
    """Whatever ``select`` asks of the relation ``asked(code, entry, sequence, value, day, belongs)``: every live row of
    the asked table; with ``stated`` also of ``stated(code, sequence, entry, value, earlier)``."""
    return _Asked(question, facts).query(select, stated=stated)


def asked_together_query(questions: Sequence[Question], select: str, facts: Mapping[str, Facts] = NOTHING) -> Query:
    """Whatever ``select`` asks of the relation ``asked(code, entry, value_0, day_0, belongs_0, value_1 …)``: every live
    row of the asked table, and what it is to each question. All are of one table, as of one day and known at one
    moment."""
    compiling = _Compiling(questions, facts)
    columns = [f"{_code(compiling.compiled, questions[0].table, 't')} AS code", "t.entry"]
    for place, question in enumerate(questions):
        belongs = compiling.belongs(question)
        columns.append(f"{compiling.value(question)} AS value_{place}, {compiling.day(question)} AS day_{place}")
        columns.append(f"coalesce({belongs}, FALSE) AS belongs_{place}")
    return compiling.finished([f"asked AS (SELECT {', '.join(columns)} FROM {compiling.source()})"], select)


def places_query(
    table: Table,
    as_of: date,
    known_at: datetime,
    facts: Mapping[str, Facts] = NOTHING,
    dialect: Dialect = DUCKDB,
) -> Query:
    """``(code)`` of the live rows."""
    compiled = Compilation({table.name: table}, Moments(as_of), dialect)
    code = _code(compiled, table, compiled.live(table.name))
    relations = _live_relations(compiled, as_of, known_at, facts)
    sql = f"WITH {', '.join(relations)} SELECT DISTINCT {code} FROM live_0"
    return Query(sql, compiled.bound, (table,))


class _Compiling:
    """Questions of one table, one day and one moment being compiled. ``live_n``: the live rows of each touched table;
    ``marked_n``: the standing marks of each group that some question's basis needs."""

    def __init__(self, questions: Sequence[Question], facts: Mapping[str, Facts], dialect: Dialect = DUCKDB) -> None:
        self.question, self.facts = questions[0], facts
        tables = {name: table for question in questions for name, table in question.tables.items()}
        self.compiled = Compilation(tables, self.question.moments, dialect)
        self.compiled.live(self.question.table.name)
        self.groups: list[str] = []

    def day(self, question: Question) -> str:
        """The day of a row of ``t`` by which a window tells what counts."""
        by = question.table.by_name.get(question.indicator.by)
        if by is None:
            return "NULL::DATE"
        column = self.compiled.column(question.table, by.name, "t")
        return day_in_shanghai(column) if kind_of(by) is Kind.MOMENT else column

    def value(self, question: Question) -> str:
        """What a row of ``t`` adds, or tells apart."""
        field = question.counted
        return "1" if field is None else self.compiled.column(question.table, field.name, "t")

    def belongs(self, question: Question) -> str:
        """Whether a row of ``t`` belongs; NULL where that is not known."""
        compiled, table = self.compiled, question.table
        compiled.moments = question.moments
        conditions = [compiled.condition(question.indicator.where, table, "t")]
        if question.indicator.measure is not Measure.REPORTED and question.indicator.by:
            conditions += within(compiled, self.day(question), *question.window)
        for group, basis in question.assurances:
            if group not in self.groups:
                self.groups.append(group)
            mark, settled = f"m{self.groups.index(group)}", compiled.dialect.quoted(settled_column(group))
            compiled.needed[table.name].add(settled)
            conditions.append(f"{mark}.rank >= {compiled.bind(basis.rank)} AND {mark}.marked_at >= t.{settled}")
        return " AND ".join(conditions)

    def source(self) -> str:
        """``t`` with its marks and ties; ask after everything that ``belongs``."""
        marked = (
            f" LEFT JOIN marked_{number} AS m{number} ON m{number}.entry = t.entry"
            for number in range(len(self.groups))
        )
        tied = (
            f" LEFT JOIN tie_{number} AS k{number} ON k{number}.entry = t.entry"
            for number in range(len(self.compiled.ties))
        )
        return f"live_0 AS t{''.join([*marked, *tied])}"

    def finished(self, relations: Sequence[str], select: str) -> Query:
        """The query of the relations, which may name the live rows and marks."""
        question = self.question
        marked = [self._marked(number, group) for number, group in enumerate(self.groups)]
        live = _live_relations(self.compiled, question.as_of, question.known_at, self.facts)
        tables = tuple(self.compiled.tables[name] for name in self.compiled.needed)
        sql = f"WITH {', '.join([*live, *marked, *self.compiled.ties, *relations])} {select}"
        return Query(sql, self.compiled.bound, tables, bool(self.groups))

    def _marked(self, number: int, group: str) -> str:
        bind, dialect, question = self.compiled.bind, self.compiled.dialect, self.question
        return (
            f"marked_{number} AS (SELECT entry, max_by(sequence, standing) AS marked_at, "
            f"max_by(rank, standing) AS rank FROM {dialect.parts('marks')} "
            f"WHERE {dialect.quoted('group')} = {bind(group)} AND effective_on <= {bind(question.as_of)} "
            f"AND recorded_at <= {bind(_naive(question.known_at))} GROUP BY entry)"
        )


class Together(_Compiling):
    """Several questions by one look at the rows. ``rows``: code, and what each row gives to each question; ``leaf``:
    code, and what comes of all rows of a leaf, in a column for each count and sum."""

    def __init__(self, questions: Sequence[Question], facts: Mapping[str, Facts], dialect: Dialect = DUCKDB) -> None:
        super().__init__(questions, facts, dialect)
        self.questions = questions

    def rows(self) -> str:
        """The relation ``rows``."""
        columns = ", ".join(self._given(*item) for item in enumerate(self.questions))
        code = _code(self.compiled, self.question.table, "t")
        return f"rows AS (SELECT {code} AS code, {columns} FROM {self.source()})"

    def leaf(self) -> str:
        """The relation ``leaf``."""
        return f"leaf AS (SELECT {', '.join(['code', *self.added()])} FROM rows GROUP BY code)"

    def added(self) -> Iterator[str]:
        """``a0`` and so on: what comes of several rows, for each count and sum."""
        for number, question in enumerate(self.questions):
            if question.indicator.measure is Measure.COUNT:
                yield f"count(*) FILTER (WHERE v{number}) AS a{number}"
            elif question.indicator.measure is Measure.SUM:
                yield f"sum(v{number}) AS a{number}"

    def _given(self, number: int, question: Question) -> str:
        """Whether a row counts; what it adds: 0 where it does not belong, nothing where it belongs and says nothing (a
        sum of only such is NULL); or the value that it tells apart, and whether it makes its leaf say anything."""
        field, belongs = question.counted, self.belongs(question)
        if field is None:
            return f"{belongs} AS v{number}"
        value = self.compiled.column(question.table, field.name, "t")
        if question.indicator.measure is Measure.DISTINCT:
            told = f"CASE WHEN {belongs} THEN {value} END AS v{number}"
            return f"{told}, NOT coalesce({belongs}, FALSE) OR {value} IS NOT NULL AS k{number}"
        nought = f"0::DECIMAL({DIGITS}, {scale_of(field)})"
        return f"CASE WHEN {belongs} THEN {value} ELSE {nought} END AS v{number}"


class _Asked(_Compiling):
    """One question, row by row. ``asked``: every live row of the asked table, its value, and whether it belongs;
    ``stated``: the rows that state a figure."""

    def __init__(self, question: Question, facts: Mapping[str, Facts], dialect: Dialect = DUCKDB) -> None:
        super().__init__([question], facts, dialect)

    def query(self, select: str, *, stated: bool = False) -> Query:
        """``select`` of ``asked``, and of ``stated`` where that is wanted."""
        question, value = self.question, self.value(self.question)
        code, belongs = _code(self.compiled, question.table, "t"), self.belongs(question)
        asked = (
            f"asked AS (SELECT {code} AS code, t.sequence, t.standing, t.entry, {value} AS value, "
            f"{self.day(question)} AS day, coalesce({belongs}, FALSE) AS belongs FROM {self.source()})"
        )
        return self.finished([asked, *(self._stated() if stated else [])], select)

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
        inside = ["belongs", "value IS NOT NULL"]
        inside += within(self.compiled, "day", first, last) if self.question.indicator.by else []
        if open_end:
            inside.append(f"day < {self.compiled.bind(last)}")
        return (
            f"{name} AS (SELECT * FROM asked WHERE {' AND '.join(inside)} "
            "QUALIFY row_number() OVER (PARTITION BY code ORDER BY day DESC NULLS LAST, standing DESC) = 1)"
        )


def within(compiled: Compilation, day: str, first: date | None, last: date | None) -> list[str]:
    """Conditions that a day lies in the window; ``None`` is open."""
    bounds = ((">=", first), ("<=", last))
    return [f"{day} {sign} {compiled.bind(bound)}" for sign, bound in bounds if bound is not None]


def _live_relations(compiled: Compilation, as_of: date, known_at: datetime, facts: Mapping[str, Facts]) -> list[str]:
    """As ``live_rows.state_as_of``, with only the columns that the query needs. Where no entry has two revisions, each
    stands by itself; where nothing is voided, or all is in by then, that is not asked."""
    found, moment = [], _naive(known_at)
    for number, (name, columns) in enumerate(compiled.needed.items()):
        known = facts.get(name, GENERAL)
        parts = compiled.dialect.parts(f"revisions_{number}")
        wanted = ", ".join(["entry", "sequence", "standing", *sorted(columns)])
        inside = [] if known.last_on <= as_of else [f"effective_on <= {compiled.bind(as_of)}"]
        inside += [] if known.last_at <= known_at else [f"recorded_at <= {compiled.bind(moment)}"]
        if not known.repeats and not known.voids:
            there = " AND ".join([*inside, "kind NOT IN ('voided', 'withdrawn')"])
            found.append(f"live_{number} AS (SELECT {wanted} FROM {parts} WHERE {there})")
            continue
        if known.voids:
            voiding = f"kind = 'voided' AND voids IS NOT NULL AND recorded_at <= {compiled.bind(moment)}"
            inside += ["kind <> 'voided'", f"sequence NOT IN (SELECT voids FROM {parts} WHERE {voiding})"]
        there = f" WHERE {' AND '.join(inside)}" if inside else ""
        found += [
            f"standing_{number} AS (SELECT max(standing) AS standing FROM {parts}{there} GROUP BY entry)",
            f"live_{number} AS (SELECT {wanted} FROM {parts} SEMI JOIN standing_{number} USING (standing) "
            "WHERE kind NOT IN ('voided', 'withdrawn'))",
        ]
    return found


def _code(compiled: Compilation, table: Table, alias: str) -> str:
    return f"coalesce({compiled.column(table, table.division_field, alias)}, '')"


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
